#pragma once

#include <string>

#include "bench/data_set.h"
#include "bench/table.h"

namespace daybook::bench {

// Rebuilds of the views of a stopped server's directory, against a scan of its log and against the
// way the events came in.
void MeasureRebuild(const std::string& data_dir, const std::string& scratch, const DataSet& data,
                    int rounds, Table* table);

}  // namespace daybook::bench
