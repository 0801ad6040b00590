#include "domain/sales/sales_measures.h"

#include "domain/base/money.h"

namespace daybook::domain {

std::optional<int64_t> ShareOf(absl::int128 part, absl::int128 whole) {
  if (whole <= 0) return std::nullopt;
  return static_cast<int64_t>(DivideHalfEven(part * kNano, whole));
}

std::optional<absl::int128> VelocityPerDay(const VelocityInput& input) {
  if (input.won <= 0 || input.closed <= 0 || input.cycles <= 0 || input.cycle_seconds <= 0) {
    return std::nullopt;
  }
  // open x (accepted / won) x (won / closed) / (seconds / cycles / 86400): the won deals cancel
  // out.
  constexpr int kDaySeconds = 86'400;
  absl::int128 product = input.accepted_minor;
  for (const int64_t factor : {input.open, input.cycles, int64_t{kDaySeconds}}) {
    if (factor > 0 && product > absl::Int128Max() / factor) return absl::Int128Max();
    product *= factor;
  }
  return DivideHalfEven(product, input.cycle_seconds * input.closed);
}

}  // namespace daybook::domain
