#pragma once

// How dates, amounts and numbers are written in files of others.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daybook::cli {

// One or more strptime patterns, tried in turn; none: 2017-03-01.
struct DateShape {
  std::vector<std::string> patterns;
  int64_t add_days = 0;  // to days: an end that is the last day becomes the first one after
  absl::TimeZone zone;
};

// A day. INVALID_ARGUMENT for text that fits no pattern, days that do not exist, years outside 1900
// to 2200.
absl::StatusOr<absl::CivilDay> ParseShapedDay(const DateShape& shape, absl::string_view text);
// An instant; a pattern without a time of day gives the first instant of the day in the zone.
absl::StatusOr<absl::Time> ParseShapedTime(const DateShape& shape, absl::string_view text);

// How a number is written, and what it is multiplied with ("revenue in millions": 1000000).
struct NumberShape {
  char decimal = '.';
  char group = ',';   // '\0': none
  std::string strip;  // characters to leave out: "$ "
  int64_t multiply = 1;
};

// The number times multiply times 10^decimals. INVALID_ARGUMENT for other text and when digits
// would be lost; OUT_OF_RANGE beyond int64.
absl::StatusOr<int64_t> ParseScaled(const NumberShape& shape, absl::string_view text, int decimals);

}  // namespace daybook::cli
