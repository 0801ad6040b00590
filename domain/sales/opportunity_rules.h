#pragma once

// The rules that several commands of a deal share. Pure functions.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/setup/v1/close_reason.pb.h"
#include "daybook/setup/v1/sales_process.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

// "WON".
std::string OpportunityStateName(sales::v1::OpportunityState state);

// NOT_FOUND when there is no deal; ILLEGAL_TRANSITION when it is closed.
absl::Status CheckOpen(const sales::v1::Opportunity& deal, const Context& context);

// An amount of money that is there: not absent and not a default message.
bool HasAmount(const type::v1::Money& money);

// CURRENCY_MISMATCH when the amounts of the deal (value, gross profit, job requests) are in more
// than one currency.
absl::Status CheckOneCurrency(const sales::v1::Opportunity& deal);
// CURRENCY_MISMATCH when `amount` is in another currency than the deal's amounts.
absl::Status CheckCurrency(const sales::v1::Opportunity& deal, absl::string_view field,
                           const type::v1::Money& amount);
// INVALID_FIELD when the gross profit is above the value, or there is no value.
absl::Status CheckGrossProfit(const sales::v1::Opportunity& deal);

// The refusal itself.
absl::Status CurrencyMismatch(absl::string_view field, absl::string_view expected,
                              absl::string_view actual);

// Sets the value to the sum of the job requests; absent when there are none. OUT_OF_RANGE.
absl::Status SumJobRequests(sales::v1::Opportunity* deal);
// Sets the value to the sum of what it follows, lines or job requests; leaves alone one that
// follows nothing. OUT_OF_RANGE.
absl::Status FollowParts(sales::v1::Opportunity* deal);

// Records value and gross profit of `next` where they differ from those of `deal`.
enum class ValueOrigin { kSet, kDerived };
void RecordValue(const sales::v1::Opportunity& deal, const sales::v1::Opportunity& next,
                 ValueOrigin origin, Decision<sales::v1::OpportunityEvent>* decision);

// Completes a new job request (id, state) and checks it: INVALID_FIELD, FIELD_NOT_WRITABLE,
// products as CheckSellableProduct unless the deal is imported.
absl::StatusOr<sales::v1::JobRequest> NewJobRequest(const sales::v1::JobRequest& wanted,
                                                    absl::string_view at, bool imported,
                                                    const Context& context);

// INVALID_FIELD when the expected close lies before the day of effective_at, unless the deal is
// imported.
absl::Status CheckExpectedClose(const sales::v1::Opportunity& deal, const Context& context);
// INVALID_FIELD when effective_at lies before the opening of the deal: durations would be negative.
absl::Status CheckAfterOpening(const sales::v1::Opportunity& deal, const Context& context);

// The version of its process that the deal follows. REFERENCE_NOT_FOUND when it is not among the
// facts.
absl::StatusOr<const setup::v1::ProcessVersion*> VersionOf(const sales::v1::Opportunity& deal,
                                                           const Context& context);
// MISSING_REQUIRED_FOR_STATE when a mandatory field of the deal's stage was set before and no
// longer is.
absl::Status CheckStillSet(const sales::v1::Opportunity& before,
                           const sales::v1::Opportunity& after, const Context& context);

// INVALID_FIELD when one of the texts in `changed` is none of the fixed labels of the deal's
// process. Loads nothing; REFERENCE_NOT_FOUND when the process is not among the facts.
absl::Status CheckChangedLabels(const sales::v1::Opportunity& deal,
                                const sales::v1::Opportunity& changed, const Context& context);

// The reason a deal may be closed with. An empty id gives null. REFERENCE_NOT_FOUND, INVALID_FIELD
// (a reason of another kind), RECORD_ARCHIVED (retired).
absl::StatusOr<const setup::v1::CloseReason*> UsableReason(const Context& context,
                                                           absl::string_view field,
                                                           absl::string_view id,
                                                           setup::v1::CloseReasonKind kind);

}  // namespace daybook::domain
