#pragma once

#include "bench/table.h"

namespace daybook::bench {

class BenchServer;

// From the start of the program's server to its first answer: with many events against few.
void MeasureStartUp(BenchServer& few, BenchServer& many, int rounds, Table* table);

}  // namespace daybook::bench
