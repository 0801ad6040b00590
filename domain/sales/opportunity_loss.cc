// What follows from the loss of a deal: its reviews, and the correction of its reason.

#include <set>
#include <string>

#include "daybook/sales/v1/loss_review_service.pb.h"
#include "daybook/sales/v1/project_request.pb.h"
#include "daybook/sales/v1/project_request_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/record/rules.h"
#include "domain/sales/loss_review.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

FollowUps OpenReviews(const pb::Opportunity& deal) {
  FollowUps follow_ups;
  for (const auto& review : deal.loss_reviews()) {
    auto open = std::make_shared<pb::OpenLossReviewRequest>();
    open->set_id(review.loss_review_id());
    open->set_opportunity_id(deal.id());
    open->set_close_reason_id(review.close_reason_id());
    follow_ups.push_back(std::move(open));
  }
  return follow_ups;
}

FollowUps WithdrawReviews(const pb::Opportunity& deal) {
  FollowUps follow_ups;
  for (const auto& review : deal.loss_reviews()) {
    auto withdraw = std::make_shared<pb::WithdrawLossReviewRequest>();
    withdraw->set_id(review.loss_review_id());
    follow_ups.push_back(std::move(withdraw));
  }
  return follow_ups;
}

// A project that was cancelled stays so.
bool HasProject(const pb::Opportunity& deal, const Context& context) {
  if (deal.project_request_id().empty()) return false;
  const auto* project =
      context.facts->Get<pb::ProjectRequest>("project_request", deal.project_request_id());
  return project == nullptr || project->state() != pb::PROJECT_REQUEST_STATE_CANCELLED;
}

// The reason to be replaced. INVALID_FIELD: not one of the deal's, or several to choose from.
absl::StatusOr<std::string> WrongReason(const pb::Opportunity& deal,
                                        const Opportunity::CorrectLossReasonRequest& request) {
  std::set<std::string> given;
  if (deal.state() == pb::OPPORTUNITY_STATE_LOST) {
    given.insert(deal.close_reason_id());
  } else {
    for (const auto& job_request : deal.job_requests()) {
      if (job_request.state() == pb::JOB_REQUEST_STATE_DECLINED) {
        given.insert(job_request.close_reason_id());
      }
    }
  }
  if (request.instead_of_id().empty()) {
    if (given.size() == 1) return *given.begin();
    return InvalidField("instead_of_id",
                        "job requests were declined for several reasons; say which one was wrong");
  }
  if (given.count(request.instead_of_id()) > 0) return request.instead_of_id();
  return InvalidField("instead_of_id", "nothing of the deal was lost for this reason");
}

}  // namespace

google::protobuf::RepeatedPtrField<pb::OpportunityLossReview> NewLossReviews(
    const pb::Opportunity& deal, const std::vector<std::string>& reason_ids,
    const Context& context) {
  google::protobuf::RepeatedPtrField<pb::OpportunityLossReview> reviews;
  if (deal.imported() || !ChecksLosses(context)) return reviews;
  std::set<std::string> seen;
  for (const auto& reason_id : reason_ids) {
    if (!seen.insert(reason_id).second) continue;
    auto* review = reviews.Add();
    review->set_loss_review_id(context.new_id());
    review->set_close_reason_id(reason_id);
  }
  return reviews;
}

void OnLossReasonCorrected(const pb::OpportunityLossReasonCorrected& event, pb::Opportunity* deal) {
  const std::string& from = event.from_close_reason_id();
  const std::string& to = event.to_close_reason_id();
  for (auto& job_request : *deal->mutable_job_requests()) {
    if (job_request.state() == pb::JOB_REQUEST_STATE_DECLINED &&
        job_request.close_reason_id() == from) {
      job_request.set_close_reason_id(to);
    }
  }
  for (auto& review : *deal->mutable_loss_reviews()) {
    if (review.close_reason_id() == from) review.set_close_reason_id(to);
  }
  if (deal->state() != pb::OPPORTUNITY_STATE_LOST) return;
  deal->set_close_reason_id(to);
  deal->set_close_reason_code(event.to_close_reason_code());
}

absl::StatusOr<FollowUps> Opportunity::Follow(const State& after, const LoseRequest&,
                                              const Context&) {
  return OpenReviews(after.record);
}

absl::StatusOr<FollowUps> Opportunity::Follow(const State& after, const PartiallyWinRequest&,
                                              const Context&) {
  return OpenReviews(after.record);
}

absl::StatusOr<FollowUps> Opportunity::Follow(const State& after, const ArchiveRequest&,
                                              const Context&) {
  return WithdrawReviews(after.record);
}

absl::StatusOr<FollowUps> Opportunity::Follow(const State& after, const ReopenRequest&,
                                              const Context& context) {
  FollowUps follow_ups = WithdrawReviews(after.record);
  if (HasProject(after.record, context)) {
    auto suspend = std::make_shared<pb::SuspendProjectRequestRequest>();
    suspend->set_id(after.record.project_request_id());
    follow_ups.push_back(std::move(suspend));
  }
  return follow_ups;
}

// NOT_FOUND. RECORD_ARCHIVED: the deal, the reason. ILLEGAL_TRANSITION: nothing was lost.
// INVALID_FIELD: no reason, which one was wrong; a reason of another kind. REFERENCE_NOT_FOUND.
// Nothing when that is the reason.
Opportunity::Result Opportunity::Decide(const State& state, const CorrectLossReasonRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  if (deal.state() != pb::OPPORTUNITY_STATE_LOST &&
      deal.state() != pb::OPPORTUNITY_STATE_PARTIALLY_WON) {
    return IllegalTransition(kName, OpportunityStateName(deal.state()), "LOST,PARTIALLY_WON",
                             "only what was lost has such a reason");
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText("close_reason_id", request.close_reason_id()));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string wrong, WrongReason(deal, request));
  if (wrong == request.close_reason_id()) return Nothing<Event>();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* reason,
                           UsableReason(context, "close_reason_id", request.close_reason_id(),
                                        setup::v1::CLOSE_REASON_KIND_LOST));
  Decision<Event> decision;
  auto& corrected = *decision.Add().mutable_loss_reason_corrected();
  corrected.set_from_close_reason_id(wrong);
  corrected.set_to_close_reason_id(reason->id());
  corrected.set_to_close_reason_code(reason->code());
  return decision;
}

absl::StatusOr<FollowUps> Opportunity::Follow(const State& after,
                                              const CorrectLossReasonRequest& request,
                                              const Context&) {
  FollowUps follow_ups;
  for (const auto& review : after.record.loss_reviews()) {
    if (review.close_reason_id() != request.close_reason_id()) continue;
    auto route = std::make_shared<pb::RouteLossReviewRequest>();
    route->set_id(review.loss_review_id());
    route->set_close_reason_id(request.close_reason_id());
    follow_ups.push_back(std::move(route));
  }
  return follow_ups;
}

}  // namespace daybook::domain
