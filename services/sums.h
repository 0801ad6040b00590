#pragma once

// From the exact 128-bit sums of the views to the 64-bit numbers of answers. A sum that does not
// fit is marked; the answer and its other sums stand.

#include <string>

#include "absl/numeric/int128.h"
#include "daybook/type/v1/money_sum.pb.h"
#include "google/protobuf/repeated_field.h"
#include "projections/projection.h"

namespace daybook::services {

// The nearest number that 64 bits hold.
int64_t Saturated(absl::int128 value);
bool FitsInt64(absl::int128 value);

void SetSum(absl::int128 minor, const std::string& currency, type::v1::MoneySum* sum);
// A measure in every currency in which it is not zero.
void AddAmounts(const projections::Measures& sums, uint8_t measure,
                google::protobuf::RepeatedPtrField<type::v1::MoneySum>* amounts);

}  // namespace daybook::services
