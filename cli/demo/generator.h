#pragma once

// A generated organisation: people, accounts, products, 18 months of deals and activities, as the
// commands that led to it.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

inline constexpr int kDemoUsers = 40;
inline constexpr int kDemoRegions = 3;
inline constexpr int kDemoAccounts = 300;
inline constexpr int kDemoProducts = 12;
inline constexpr int kDemoDeals = 2000;
inline constexpr int kDemoMonths = 18;

// What the generator needs to know of the organisation.
struct DemoSetting {
  uint64_t seed = 1;
  absl::CivilDay today;  // everything happens before it
  absl::TimeZone zone;
  std::string currency;
  // Ids of close reasons by "<kind>/<code>", as kDemoReasons names them.
  std::map<std::string, std::string> reasons;
};

// The close reasons the demo uses: kind and code of records that `daybook init` made.
extern const std::vector<std::pair<std::string, std::string>> kDemoReasons;

struct DemoCommand {
  absl::Time time;
  std::unique_ptr<google::protobuf::Message> request;
};

// All commands in order of time. The same setting gives the same commands, ids included.
std::vector<DemoCommand> GenerateDemo(const DemoSetting& setting);

}  // namespace daybook::cli
