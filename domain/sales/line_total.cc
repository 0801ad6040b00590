#include "domain/sales/line_total.h"

#include <limits>

#include "absl/numeric/int128.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::domain {
namespace {

absl::int128 PowerOfTen(int exponent) {
  absl::int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

int DecimalsOf(const std::string& currency) {
  const auto decimals = CurrencyDecimals(ToAbsl(currency));
  DAYBOOK_CHECK(decimals.has_value(), "a line has no known currency");
  return *decimals;
}

absl::StatusOr<int64_t> Narrow(absl::int128 value, absl::string_view field) {
  if (value <= std::numeric_limits<int64_t>::max()) return static_cast<int64_t>(value);
  return Reject(Reason::REASON_OUT_OF_RANGE, "An amount does not fit 64 bits; make it smaller.",
                {{"field", field}});
}

}  // namespace

absl::StatusOr<type::v1::Money> LineTotal(int64_t quantity, int64_t unit_price, int64_t discount,
                                          const std::string& currency) {
  // a x b / 10^24 with a below 2^126 and b at most 10^13: split, since a x b may need more bits
  // than there are.
  const absl::int128 scale = PowerOfTen(24);
  const absl::int128 a = absl::int128(quantity) * unit_price;
  const absl::int128 b = absl::int128(kNano - discount) * PowerOfTen(DecimalsOf(currency));
  const absl::int128 whole = a / scale * b;
  // Half to even looks at the last digit of the sum, so the remainder is rounded with the parity of
  // the whole.
  const absl::int128 odd = whole % 2;
  const absl::int128 rest = DivideHalfEven(odd * scale + a % scale * b, scale) - odd;
  DAYBOOK_RETURN_IF_ERROR(CheckAmount("line.total", whole + rest));
  type::v1::Money total;
  total.set_minor(static_cast<int64_t>(whole + rest));
  total.set_currency(currency);
  return total;
}

absl::StatusOr<int64_t> UnitPriceOf(const type::v1::Money& amount) {
  const absl::int128 scale = PowerOfTen(9 - DecimalsOf(amount.currency()));
  return Narrow(absl::int128(amount.minor()) * scale, "line.unit_price");
}

}  // namespace daybook::domain
