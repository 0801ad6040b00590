#include "services/sums.h"

#include <limits>

namespace daybook::services {

bool FitsInt64(absl::int128 value) {
  return value >= std::numeric_limits<int64_t>::min() &&
         value <= std::numeric_limits<int64_t>::max();
}

int64_t Saturated(absl::int128 value) {
  if (FitsInt64(value)) return static_cast<int64_t>(value);
  return value < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

void SetSum(absl::int128 minor, const std::string& currency, type::v1::MoneySum* sum) {
  sum->set_minor(Saturated(minor));
  sum->set_currency(currency);
  if (!FitsInt64(minor)) sum->set_overflow(true);
}

void AddAmounts(const projections::Measures& sums, uint8_t measure,
                google::protobuf::RepeatedPtrField<type::v1::MoneySum>* amounts) {
  for (const std::string& currency : sums.Currencies()) {
    const absl::int128 amount = sums.Get(measure, currency);
    if (amount != 0) SetSum(amount, currency, amounts->Add());
  }
}

}  // namespace daybook::services
