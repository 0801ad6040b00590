#pragma once

#include "bench/data_set.h"
#include "bench/table.h"

namespace daybook::bench {

class BenchServer;

// Filtered and sorted pages over many deals, by native and by custom indexes. REQUIRES: filled by
// FillWithDeals.
void MeasureLists(BenchServer& server, const DataSet& data, int rounds, Table* table);

// Board, list and get, one call at a time: against an echo, and as of the past against now.
void MeasureReads(BenchServer& server, const DataSet& data, int rounds, Table* table);

}  // namespace daybook::bench
