// What a deal is worth: value, gross profit, probability and the job requests that a value may
// follow.

#include "absl/strings/str_cat.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
using google::protobuf::util::MessageDifferencer;

const pb::JobRequest* FindJobRequest(const pb::Opportunity& deal, absl::string_view id) {
  for (const auto& job_request : deal.job_requests()) {
    if (absl::string_view(job_request.id()) == id) return &job_request;
  }
  return nullptr;
}

}  // namespace

// NOT_FOUND. ILLEGAL_TRANSITION: closed, or another value while it follows the lines.
// INVALID_FIELD: no value, gross profit above it. CURRENCY_MISMATCH. A value that is the same goes
// on following the job requests; another one does not.
Opportunity::Result Opportunity::Decide(const State& state, const SetValueRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(state.record, context));
  if (!HasAmount(request.value())) return InvalidField("value", "an amount with its currency");
  pb::Opportunity next = state.record;
  const bool same_value = MessageDifferencer::Equals(state.record.value(), request.value());
  if (state.record.value_from_lines() && !same_value) {
    return IllegalTransition(kName, "SUM_OF_LINES", "MANUAL,SUM_OF_JOB_REQUESTS",
                             "its value follows its lines, change those or the value mode");
  }
  *next.mutable_value() = request.value();
  next.set_value_from_job_requests(state.record.value_from_job_requests() && same_value);
  if (request.has_gross_profit()) *next.mutable_gross_profit() = request.gross_profit();
  DAYBOOK_RETURN_IF_ERROR(CheckOneCurrency(next));
  DAYBOOK_RETURN_IF_ERROR(CheckGrossProfit(next));
  Decision<Event> decision;
  RecordValue(state.record, next, ValueOrigin::kSet, &decision);
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const SetProbabilityRequest& request,
                                 FactLoader& loader) {
  return request.has_probability() ? absl::OkStatus() : LoadProcess(state.record, loader);
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. INVALID_FIELD: not above 0 and below 1.
// MISSING_REQUIRED_FOR_STATE: the stage needs one.
Opportunity::Result Opportunity::Decide(const State& state, const SetProbabilityRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  if (request.has_probability() && (request.probability() <= 0 || request.probability() >= kNano)) {
    return InvalidField("probability",
                        absl::StrCat(request.probability(), " must be above 0 and below ", kNano,
                                     " (the share scaled by 10^9); close the deal instead"));
  }
  if (request.has_probability() == deal.has_probability_override() &&
      request.probability() == deal.probability_override()) {
    return Nothing<Event>();
  }
  Decision<Event> decision;
  auto& set = *decision.Add().mutable_probability_set();
  if (deal.has_probability_override()) set.set_from(deal.probability_override());
  if (request.has_probability()) {
    set.set_to(request.probability());
    return decision;
  }
  State next = state;
  Evolve(next, decision.events.front());
  DAYBOOK_RETURN_IF_ERROR(CheckStillSet(deal, next.record, context));
  return decision;
}

absl::Status Opportunity::Gather(const State&, const AddJobRequestRequest& request,
                                 FactLoader& loader) {
  const std::string& product_id = request.job_request().product_id();
  return product_id.empty() ? absl::OkStatus() : loader.Load("product", product_id).status();
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. LIMIT_EXCEEDED. DUPLICATE_KEY: the id. The job request as
// on creation. CURRENCY_MISMATCH, OUT_OF_RANGE. A value that follows is recorded in the same
// decision.
Opportunity::Result Opportunity::Decide(const State& state, const AddJobRequestRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  if (deal.job_requests_size() >= kJobRequestsMax) {
    return LimitExceeded("job_requests", kJobRequestsMax, deal.job_requests_size() + 1);
  }
  if (!request.job_request().id().empty() &&
      FindJobRequest(deal, request.job_request().id()) != nullptr) {
    return Reject(Reason::REASON_DUPLICATE_KEY,
                  absl::StrCat("The deal has a job request ", request.job_request().id(),
                               " already; leave the id empty for a new one."),
                  {{"field", "job_request.id"}, {"id", request.job_request().id()}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const pb::JobRequest made,
      NewJobRequest(request.job_request(), "job_request", deal.imported(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckCurrency(deal, "job_request.value", made.value()));
  pb::Opportunity next = deal;
  *next.add_job_requests() = made;
  DAYBOOK_RETURN_IF_ERROR(FollowParts(&next));
  DAYBOOK_RETURN_IF_ERROR(CheckGrossProfit(next));
  Decision<Event> decision;
  *decision.Add().mutable_job_request_added()->mutable_job_request() = made;
  RecordValue(deal, next, ValueOrigin::kDerived, &decision);
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const RemoveJobRequestRequest&,
                                 FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND: the deal or the job request. ILLEGAL_TRANSITION: closed. INVALID_FIELD: the gross
// profit would be above the value that follows. MISSING_REQUIRED_FOR_STATE: the stage needs job
// requests, or the value they give.
Opportunity::Result Opportunity::Decide(const State& state, const RemoveJobRequestRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  const pb::JobRequest* found = FindJobRequest(deal, request.job_request_id());
  if (found == nullptr) {
    return Reject(
        Reason::REASON_NOT_FOUND,
        absl::StrCat("The deal has no job request ", request.job_request_id(), "; check the id."),
        {{"field", "job_request_id"}, {"id", request.job_request_id()}});
  }
  Decision<Event> decision;
  Event& removed = decision.Add();
  *removed.mutable_job_request_removed()->mutable_job_request() = *found;
  State next = state;
  Evolve(next, removed);
  DAYBOOK_RETURN_IF_ERROR(FollowParts(&next.record));
  DAYBOOK_RETURN_IF_ERROR(CheckGrossProfit(next.record));
  DAYBOOK_RETURN_IF_ERROR(CheckStillSet(deal, next.record, context));
  RecordValue(deal, next.record, ValueOrigin::kDerived, &decision);
  return decision;
}

}  // namespace daybook::domain
