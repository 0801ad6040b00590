#pragma once

#include "bench/data_set.h"
#include "bench/table.h"

namespace daybook::bench {

class BenchServer;

// Record gets against an empty echo, 64 in flight.
void MeasureGets(BenchServer& server, const DataSet& data, int rounds, Table* table);

// Durable commands against an empty echo, at 64 and 256 in flight.
void MeasureCommands(BenchServer& server, const DataSet& data, int rounds, Table* table);

}  // namespace daybook::bench
