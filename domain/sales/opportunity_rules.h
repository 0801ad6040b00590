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

// NOT_FOUND when there is no deal; RECORD_ARCHIVED when it is archived.
absl::Status CheckDealInUse(const sales::v1::Opportunity& deal, const Context& context);
// As CheckDealInUse; ILLEGAL_TRANSITION when it is closed.
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

// What custom fields of lines are defined for.
inline constexpr absl::string_view kOpportunityLine = "opportunity_line";

// opportunity_line.cc: completes a new line (id, price, total) and checks it: INVALID_FIELD,
// FIELD_NOT_WRITABLE, custom values as those of new records, products as CheckSellableProduct
// unless the deal is imported, CURRENCY_MISMATCH, OUT_OF_RANGE.
absl::StatusOr<sales::v1::OpportunityLine> NewLine(const sales::v1::OpportunityLine& wanted,
                                                   absl::string_view at, bool imported,
                                                   const Context& context);

// INVALID_FIELD when the expected close lies before the day of effective_at, unless the deal is
// imported.
absl::Status CheckExpectedClose(const sales::v1::Opportunity& deal, const Context& context);
// INVALID_FIELD when effective_at lies before the opening of the deal: durations would be negative.
absl::Status CheckAfterOpening(const sales::v1::Opportunity& deal, const Context& context);

// For Gather: the process of a deal that exists.
absl::Status LoadProcess(const sales::v1::Opportunity& deal, FactLoader& loader);
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

// opportunity_loss.cc: the reviews that a loss for these reasons opens, one for each. None for
// imported deals, and where the organisation has no losses checked.
google::protobuf::RepeatedPtrField<sales::v1::OpportunityLossReview> NewLossReviews(
    const sales::v1::Opportunity& deal, const std::vector<std::string>& reason_ids,
    const Context& context);
void OnLossReasonCorrected(const sales::v1::OpportunityLossReasonCorrected& event,
                           sales::v1::Opportunity* deal);

// opportunity_project.cc, for Gather: a project and its process. An empty id loads nothing.
absl::Status LoadDealProject(absl::string_view crm_project_id, FactLoader& loader);
// The process of a deal registered under a project; `process_id` without one.
// MISSING_REQUIRED_FOR_STATE: the project takes no deals. INVALID_FIELD: another process named.
absl::StatusOr<std::string> ProcessForDeal(absl::string_view crm_project_id,
                                           absl::string_view process_id, const Context& context);
// For a deal that is open again. MISSING_REQUIRED_FOR_STATE: its project takes no deals.
absl::Status CheckProjectTakesDeal(const sales::v1::Opportunity& deal, const Context& context);
void OnProjectChanged(const sales::v1::OpportunityProjectChanged& event,
                      sales::v1::Opportunity* deal);

}  // namespace daybook::domain
