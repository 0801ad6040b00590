#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "domain/base/clock.h"
#include "domain/base/uuid.h"

namespace daybook::cli {

// Repeatable chance: the same seed gives the same sequence on every machine. Not thread-safe.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  // From `low` to `high`, both included.
  int64_t Between(int64_t low, int64_t high) {
    uint64_t bits = 0;
    random_.Fill(&bits, sizeof(bits));
    return low + static_cast<int64_t>(bits % static_cast<uint64_t>(high - low + 1));
  }
  // True in `percent` of 100 cases.
  bool Chance(int percent) { return Between(1, 100) <= percent; }
  template <class T>
  const T& Pick(absl::Span<const T> values) {
    return values[static_cast<size_t>(Between(0, static_cast<int64_t>(values.size()) - 1))];
  }
  std::string NewId(absl::Time time) { return random_.NewUuid(time).ToString(); }

 private:
  SeededRandom random_;
};

}  // namespace daybook::cli
