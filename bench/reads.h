#pragma once

#include "bench/data_set.h"
#include "bench/table.h"

namespace daybook::bench {

class BenchServer;

// Board, list and get, one call at a time: against an echo, and as of the past against now.
void MeasureReads(BenchServer& server, const DataSet& data, int rounds, Table* table);

}  // namespace daybook::bench
