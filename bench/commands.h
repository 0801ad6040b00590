#pragma once

#include "bench/data_set.h"
#include "bench/table.h"

namespace daybook::bench {

class BenchServer;

// Durable commands and record gets against an empty echo, at 64 and 256 in flight.
void MeasureThroughput(BenchServer& server, const DataSet& data, int rounds, Table* table);

}  // namespace daybook::bench
