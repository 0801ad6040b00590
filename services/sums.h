#pragma once

// From the exact 128-bit sums of the views to the 64-bit amounts of answers.

#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "daybook/type/v1/money.pb.h"
#include "google/protobuf/repeated_field.h"
#include "projections/projection.h"

namespace daybook::services {

// OUT_OF_RANGE when it does not fit.
absl::StatusOr<int64_t> Narrow(absl::int128 value);
absl::Status SetMoney(absl::int128 minor, const std::string& currency, type::v1::Money* money);
// A measure in every currency in which it is not zero.
absl::Status AddAmounts(const projections::Measures& sums, uint8_t measure,
                        google::protobuf::RepeatedPtrField<type::v1::Money>* amounts);

}  // namespace daybook::services
