#pragma once

// The measures of closed deals (FORMULAS.md 5.3 and 5.7). Pure; exact integers, each rounded once,
// half to even.

#include <cstdint>
#include <optional>

#include "absl/numeric/int128.h"

namespace daybook::domain {

// part / whole as a share scaled by 10^9; absent when the whole is not above zero.
std::optional<int64_t> ShareOf(absl::int128 part, absl::int128 whole);

// What velocity is made of. "Won" includes partially won, "closed" also lost deals.
struct VelocityInput {
  int64_t open = 0;
  absl::int128 accepted_minor = 0;  // in one currency
  int64_t won = 0;
  int64_t closed = 0;
  absl::int128 cycle_seconds = 0;  // of `cycles` closed deals
  int64_t cycles = 0;
};
// open deals x average won value x win rate by count / mean cycle in days: minor units per day.
// Absent without won deals or cycles, or when the cycles have no length. Where 128 bits are too few
// on the way: the greatest number that they hold, which fits no amount either.
std::optional<absl::int128> VelocityPerDay(const VelocityInput& input);

}  // namespace daybook::domain
