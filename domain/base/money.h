#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daybook/type/v1/money.pb.h"

namespace daybook {

// Money is int64 minor units with an ISO 4217 code. No floating point, no sum over two currencies,
// one named rounding: half to even.

// The greatest amount that is written, in minor units of any currency and of either sign: ten
// trillion dollars. Sums over any number of records that a server holds then fit 128 bits.
inline constexpr int64_t kAmountMinorMax = 1'000'000'000'000'000;

inline constexpr int64_t kNano = 1'000'000'000;  // scale of rates and shares

// The number of decimals of a currency (USD 2, JPY 0, KWD 3); nullopt for codes that ISO 4217 does
// not list.
std::optional<int> CurrencyDecimals(absl::string_view code);

// OUT_OF_RANGE for an amount beyond kAmountMinorMax; `field` is its path.
absl::Status CheckAmount(absl::string_view field, absl::int128 minor);
inline bool IsWritableAmount(absl::int128 minor) {
  return minor >= -kAmountMinorMax && minor <= kAmountMinorMax;
}

// OUT_OF_RANGE for a sum beyond kAmountMinorMax, CURRENCY_MISMATCH on two currencies. An amount
// without currency (a default Money) is the neutral element.
absl::StatusOr<type::v1::Money> AddMoney(const type::v1::Money& a, const type::v1::Money& b);

// numerator / denominator, rounded half to even. REQUIRES: denominator > 0.
absl::int128 DivideHalfEven(absl::int128 numerator, absl::int128 denominator);

// amount * share / 10^9, rounded half to even; OUT_OF_RANGE when it does not fit.
absl::StatusOr<int64_t> MultiplyShare(int64_t amount_minor, int64_t share_nano);

// "40000.00 USD", "1200 JPY"; empty for an absent amount.
std::string FormatMoney(const type::v1::Money& money);
// The digits alone: "40000.00".
std::string FormatMinor(int64_t minor, absl::string_view currency);

// Reads "40,000.00", "-12.5", "1200": digits with `group` between them and one `decimal` sign. More
// decimals than the currency has are refused unless they are zeros. INVALID_ARGUMENT, or
// OUT_OF_RANGE beyond int64.
absl::StatusOr<int64_t> ParseMinor(absl::string_view text, absl::string_view currency,
                                   char decimal = '.', char group = ',');

}  // namespace daybook
