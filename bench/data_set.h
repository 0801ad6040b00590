#pragma once

// A generated organisation: users, accounts in trees, deals that are opened, moved, won and lost
// over two years. Sent as an import would: through the command stream, with backfill, in order of
// time.

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace daybook::bench {

class BenchServer;

struct DataSet {
  std::vector<std::string> users;
  std::vector<std::string> accounts;
  std::vector<std::string> deals;
  size_t rows = 0;              // users, accounts and deals
  size_t commands = 0;          // one event each
  absl::Duration acknowledged;  // until the last command was answered
  absl::Duration applied;       // until the views had them all
  uint64_t head = 0;
};

// About this many events. Ends the process when a command is refused.
DataSet FillServer(BenchServer& server, size_t events);

// So many open deals of a thousand owners, one event each, with three custom fields: `segment`, a
// text of so many values, `score`, a number, and `rank`, another whose index is covering.
inline constexpr uint64_t kSegments = 20'000;
inline constexpr uint64_t kScores = 100'000;
DataSet FillWithDeals(BenchServer& server, size_t deals);

}  // namespace daybook::bench
