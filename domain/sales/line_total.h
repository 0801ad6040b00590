#pragma once

// What a line of products costs. Pure arithmetic, no floating point.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "daybook/type/v1/money.pb.h"

namespace daybook::domain {

inline constexpr int64_t kMicro = 1'000'000;  // scale of quantities

// quantity x unit price x (1 - discount), rounded once, half to even, to minor units. `quantity` is
// scaled by 10^6, `unit_price` (in whole units of the currency) and `discount` by 10^9. REQUIRES:
// none is negative, the discount is at most 1, the currency is one of ISO 4217. OUT_OF_RANGE.
absl::StatusOr<type::v1::Money> LineTotal(int64_t quantity, int64_t unit_price, int64_t discount,
                                          const std::string& currency);

// An amount as a unit price. REQUIRES: the currency is one of ISO 4217. OUT_OF_RANGE.
absl::StatusOr<int64_t> UnitPriceOf(const type::v1::Money& amount);

}  // namespace daybook::domain
