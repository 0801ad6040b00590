#include "services/sums.h"

#include <limits>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::services {

absl::StatusOr<int64_t> Narrow(absl::int128 value) {
  if (value > std::numeric_limits<int64_t>::max() || value < std::numeric_limits<int64_t>::min()) {
    return Reject(rpc::v1::REASON_OUT_OF_RANGE, "a sum does not fit 64 bits");
  }
  return static_cast<int64_t>(value);
}

absl::Status SetMoney(absl::int128 minor, const std::string& currency, type::v1::Money* money) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t narrow, Narrow(minor));
  money->set_minor(narrow);
  money->set_currency(currency);
  return absl::OkStatus();
}

absl::Status AddAmounts(const projections::Measures& sums, uint8_t measure,
                        google::protobuf::RepeatedPtrField<type::v1::Money>* amounts) {
  for (const std::string& currency : sums.Currencies()) {
    const absl::int128 amount = sums.Get(measure, currency);
    if (amount == 0) continue;
    DAYBOOK_RETURN_IF_ERROR(SetMoney(amount, currency, amounts->Add()));
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
