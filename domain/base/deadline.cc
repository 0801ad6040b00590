#include "domain/base/deadline.h"

#include <chrono>

#include "absl/time/clock.h"

namespace daybook {

absl::Time DeadlineNow() {
  using Steady = std::chrono::steady_clock;
  static const Steady::time_point began = Steady::now();
  static const absl::Time wall = absl::Now();
  return wall + absl::FromChrono(Steady::now() - began);
}

}  // namespace daybook
