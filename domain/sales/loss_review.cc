#include "domain/sales/loss_review.h"

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/organisation.pb.h"
#include "daybook/admin/v1/unit.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/setup/v1/close_reason.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

std::string StateName(pb::LossReviewState state) {
  return std::string(ShortName(pb::LossReviewState_Name(state), "LOSS_REVIEW_STATE_"));
}

absl::Status CannotFrom(const pb::LossReview& review, absl::string_view allowed,
                        absl::string_view advice) {
  return IllegalTransition(LossReview::kName, StateName(review.state()), allowed, advice);
}

// The group that has losses checked when their reason has none. Empty: nothing is checked.
std::string DefaultGroup(const Context& context) {
  for (const auto* record : context.facts->All("organisation")) {
    return static_cast<const admin::v1::Organisation*>(record)->loss_review_unit_id();
  }
  return "";
}

absl::Status LoadForRoute(absl::string_view reason_id, FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadLossReviewSwitch(loader));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* reason, loader.Load("close_reason", reason_id));
  if (reason == nullptr) return absl::OkStatus();
  const auto& unit_id = static_cast<const setup::v1::CloseReason*>(reason)->review_unit_id();
  return unit_id.empty() ? absl::OkStatus() : loader.Load("unit", unit_id).status();
}

absl::Status LoadDeal(const LossReview::State& state, FactLoader& loader) {
  if (state.record.id().empty()) return absl::OkStatus();
  return loader.Load("opportunity", state.record.opportunity_id()).status();
}

absl::StatusOr<const pb::Opportunity*> DealOf(absl::string_view id, const Context& context) {
  const auto* deal = context.facts->Get<pb::Opportunity>("opportunity", id);
  if (deal == nullptr) return ReferenceNotFound("opportunity_id", "opportunity", id);
  return deal;
}

// INVALID_FIELD unless the deal says that this review is about that reason.
absl::Status CheckNamed(const pb::Opportunity& deal, absl::string_view reason_id,
                        const Context& context) {
  for (const auto& review : deal.loss_reviews()) {
    if (review.loss_review_id() == context.target_id &&
        absl::string_view(review.close_reason_id()) == reason_id) {
      return absl::OkStatus();
    }
  }
  return InvalidField("close_reason_id",
                      absl::StrCat("the deal ", deal.id(),
                                   " has no such review for this reason; reviews follow the loss "
                                   "of their deal"));
}

// `unit_id`: the group that keeps the review when there is none for the reason.
absl::StatusOr<pb::LossReviewRoute> RouteFor(absl::string_view reason_id, absl::string_view unit_id,
                                             const Context& context) {
  const auto* reason = context.facts->Get<setup::v1::CloseReason>("close_reason", reason_id);
  if (reason == nullptr) return ReferenceNotFound("close_reason_id", "close_reason", reason_id);
  const auto* unit = context.facts->Get<admin::v1::Unit>("unit", reason->review_unit_id());
  const bool own = unit != nullptr && unit->state() == admin::v1::UNIT_STATE_OPEN;
  pb::LossReviewRoute route;
  route.set_close_reason_id(reason->id());
  route.set_close_reason_code(reason->code());
  route.set_unit_id(own ? unit->id() : DefaultGroup(context));
  if (route.unit_id().empty()) route.set_unit_id(std::string(unit_id));
  route.set_fallback(!own);
  const int days = own ? static_cast<int>(reason->review_days()) : kFallbackReviewDays;
  *route.mutable_due_date() = ToProto(context.EffectiveDay() + days);
  *route.mutable_routed_time() = ToProto(context.effective_at);
  return route;
}

// The review stands where the route leads.
void Enter(const pb::LossReviewRoute& route, pb::LossReview* review) {
  review->set_close_reason_id(route.close_reason_id());
  review->set_close_reason_code(route.close_reason_code());
  review->set_unit_id(route.unit_id());
  review->set_fallback(route.fallback());
  *review->mutable_due_date() = route.due_date();
}

void OnRouted(const pb::LossReviewRouted& event, pb::LossReview* review) {
  *review->add_routes() = event.route();
  review->set_state(event.state());
  if (event.state() == pb::LOSS_REVIEW_STATE_CLOSED) {
    // What was checked, and the outcome, stay.
    review->set_end(pb::LOSS_REVIEW_END_REASON_CORRECTED);
    return;
  }
  Enter(event.route(), review);
  review->clear_reviewer_id();
  review->clear_verdict();
  review->clear_reviewed_reason_id();
  review->clear_note();
  review->clear_end();
}

// FOUR_EYES_REQUIRED when the reviewer owns the deal.
absl::Status CheckNotOwner(const pb::LossReview& review, absl::string_view reviewer_id,
                           const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, DealOf(review.opportunity_id(), context));
  if (absl::string_view(deal->owner_id()) != reviewer_id) return absl::OkStatus();
  return Reject(Reason::REASON_FOUR_EYES_REQUIRED,
                "The reviewer owns the deal; somebody else of the group has to check it.",
                {{"set_by", deal->owner_id()}});
}

// What was lost for the reason: the whole deal, or the job requests declined for it.
absl::Status FillLoss(const pb::Opportunity& deal, absl::string_view reason_id,
                      pb::LossReview* review) {
  const bool whole = deal.state() == pb::OPPORTUNITY_STATE_LOST;
  if (whole && deal.has_lost_value()) *review->mutable_lost_value() = deal.lost_value();
  for (const auto& job_request : deal.job_requests()) {
    if (job_request.state() != pb::JOB_REQUEST_STATE_DECLINED ||
        absl::string_view(job_request.close_reason_id()) != reason_id) {
      continue;
    }
    review->add_job_request_ids(job_request.id());
    if (whole) continue;
    DAYBOOK_ASSIGN_OR_RETURN(*review->mutable_lost_value(),
                             AddMoney(review->lost_value(), job_request.value()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadLossReviewSwitch(FactLoader& loader) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto ids, loader.Ids("organisation"));
  for (const auto& id : ids) DAYBOOK_RETURN_IF_ERROR(loader.Load("organisation", id).status());
  return absl::OkStatus();
}

bool ChecksLosses(const Context& context) { return !DefaultGroup(context).empty(); }

void LossReview::Evolve(State& state, const Event& event) {
  pb::LossReview* review = &state.record;
  switch (event.kind_case()) {
    case Event::kOpened:
      *review = event.opened().loss_review();
      return;
    case Event::kRouted:
      return OnRouted(event.routed(), review);
    case Event::kTaken:
      review->set_state(pb::LOSS_REVIEW_STATE_TAKEN);
      review->set_reviewer_id(event.taken().reviewer_id());
      return;
    case Event::kRecorded:
      review->set_state(pb::LOSS_REVIEW_STATE_REVIEWED);
      review->set_verdict(event.recorded().verdict());
      review->set_reviewed_reason_id(event.recorded().reviewed_reason_id());
      review->set_note(event.recorded().note());
      return;
    case Event::kReturned:
      review->set_state(pb::LOSS_REVIEW_STATE_RETURNED);
      return;
    case Event::kClosed:
      review->set_state(pb::LOSS_REVIEW_STATE_CLOSED);
      review->set_end(event.closed().end());
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), review);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> LossReview::Claims(const State&) { return {}; }

absl::Status LossReview::Gather(const State&, const OpenRequest& request, FactLoader& loader) {
  return LoadForRoute(request.close_reason_id(), loader);
}

absl::Status LossReview::Gather(const State& state, const RouteRequest& request,
                                FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadDeal(state, loader));
  return LoadForRoute(request.close_reason_id(), loader);
}

absl::Status LossReview::Gather(const State& state, const WithdrawRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}

absl::Status LossReview::Gather(const State& state, const TakeRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}

absl::Status LossReview::Gather(const State& state, const RecordRequest&, FactLoader& loader) {
  return LoadDeal(state, loader);
}

// DUPLICATE_KEY. INVALID_FIELD: the deal names no such review.
LossReview::Result LossReview::Decide(const State& state, const OpenRequest& request,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, DealOf(request.opportunity_id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckNamed(*deal, request.close_reason_id(), context));
  Decision<Event> decision;
  pb::LossReview& review = *decision.Add().mutable_opened()->mutable_loss_review();
  review.set_id(context.target_id);
  review.set_opportunity_id(deal->id());
  review.set_account_id(deal->account_id());
  review.set_state(pb::LOSS_REVIEW_STATE_OPEN);
  DAYBOOK_ASSIGN_OR_RETURN(*review.add_routes(), RouteFor(request.close_reason_id(), "", context));
  Enter(review.routes(0), &review);
  *review.mutable_opened_date() = ToProto(context.EffectiveDay());
  DAYBOOK_RETURN_IF_ERROR(FillLoss(*deal, request.close_reason_id(), &review));
  return decision;
}

// NOT_FOUND. INVALID_FIELD: the deal has another reason. Nothing when it was sent there last.
// LIMIT_EXCEEDED.
LossReview::Result LossReview::Decide(const State& state, const RouteRequest& request,
                                      const Context& context) {
  const pb::LossReview& review = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, review.id(), context));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, DealOf(review.opportunity_id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckNamed(*deal, request.close_reason_id(), context));
  if (!review.routes().empty() &&
      review.routes().rbegin()->close_reason_id() == request.close_reason_id()) {
    return Nothing<Event>();
  }
  if (review.routes_size() >= kLossReviewRoutesMax) {
    return LimitExceeded("routes", kLossReviewRoutesMax, review.routes_size() + 1);
  }
  Decision<Event> decision;
  auto& routed = *decision.Add().mutable_routed();
  DAYBOOK_ASSIGN_OR_RETURN(*routed.mutable_route(),
                           RouteFor(request.close_reason_id(), review.unit_id(), context));
  const bool found = review.verdict() != pb::LOSS_VERDICT_UNSPECIFIED &&
                     review.reviewed_reason_id() == request.close_reason_id();
  routed.set_state(found ? pb::LOSS_REVIEW_STATE_CLOSED : pb::LOSS_REVIEW_STATE_OPEN);
  if (found) routed.mutable_route()->set_unit_id(review.unit_id());
  return decision;
}

// NOT_FOUND. Nothing when closed. ILLEGAL_TRANSITION: the deal is neither open nor archived.
LossReview::Result LossReview::Decide(const State& state, const WithdrawRequest&,
                                      const Context& context) {
  const pb::LossReview& review = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, review.id(), context));
  if (review.state() == pb::LOSS_REVIEW_STATE_CLOSED) return Nothing<Event>();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, DealOf(review.opportunity_id(), context));
  if (!deal->archived() && deal->state() != pb::OPPORTUNITY_STATE_OPEN) {
    return IllegalTransition("opportunity", OpportunityStateName(deal->state()), "OPEN",
                             "the review of a loss goes with the deal; reopen that");
  }
  Decision<Event> decision;
  decision.Add().mutable_closed()->set_end(deal->archived() ? pb::LOSS_REVIEW_END_DEAL_ARCHIVED
                                                            : pb::LOSS_REVIEW_END_DEAL_REOPENED);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: reviewed already. Nothing when the same reviewer has it.
// REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the reviewer. FOUR_EYES_REQUIRED.
LossReview::Result LossReview::Decide(const State& state, const TakeRequest& request,
                                      const Context& context) {
  const pb::LossReview& review = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, review.id(), context));
  if (review.state() != pb::LOSS_REVIEW_STATE_OPEN &&
      review.state() != pb::LOSS_REVIEW_STATE_TAKEN) {
    return CannotFrom(review, "OPEN,TAKEN", "it has been checked already");
  }
  if (review.reviewer_id() == request.reviewer_id()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "reviewer_id", request.reviewer_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckNotOwner(review, request.reviewer_id(), context));
  Decision<Event> decision;
  decision.Add().mutable_taken()->set_reviewer_id(request.reviewer_id());
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: not taken. INVALID_FIELD: no note, a reason found where the reason
// is right, none where it is wrong, or no reason for a loss. RECORD_ARCHIVED: the reason is
// retired. FOUR_EYES_REQUIRED: the reviewer got the deal meanwhile.
LossReview::Result LossReview::Decide(const State& state, const RecordRequest& request,
                                      const Context& context) {
  const pb::LossReview& review = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, review.id(), context));
  const bool wrong = request.verdict() == pb::LOSS_VERDICT_WRONG_REASON;
  const std::string& reason = wrong ? request.reviewed_reason_id() : review.close_reason_id();
  if (review.state() == pb::LOSS_REVIEW_STATE_REVIEWED && review.verdict() == request.verdict() &&
      review.reviewed_reason_id() == reason && review.note() == request.note()) {
    return Nothing<Event>();
  }
  if (review.state() != pb::LOSS_REVIEW_STATE_TAKEN) {
    return CannotFrom(review, "TAKEN", "take it with TakeLossReview first");
  }
  if (wrong && (reason.empty() || reason == review.close_reason_id())) {
    return InvalidField("reviewed_reason_id", "name the right reason, another one than sales gave");
  }
  if (!wrong && !request.reviewed_reason_id().empty() && request.reviewed_reason_id() != reason) {
    return InvalidField("reviewed_reason_id",
                        "another reason is found with the verdict WRONG_REASON");
  }
  if (wrong) {
    DAYBOOK_RETURN_IF_ERROR(
        UsableReason(context, "reviewed_reason_id", reason, setup::v1::CLOSE_REASON_KIND_LOST)
            .status());
  }
  if (request.verdict() != pb::LOSS_VERDICT_CONFIRMED) {
    DAYBOOK_RETURN_IF_ERROR(RequireText("note", request.note()));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckNotOwner(review, review.reviewer_id(), context));
  Decision<Event> decision;
  auto& recorded = *decision.Add().mutable_recorded();
  recorded.set_verdict(request.verdict());
  recorded.set_reviewed_reason_id(reason);
  recorded.set_note(request.note());
  return decision;
}

// NOT_FOUND. Nothing when returned already. ILLEGAL_TRANSITION: not reviewed.
LossReview::Result LossReview::Decide(const State& state, const ReturnRequest&,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::LOSS_REVIEW_STATE_RETURNED) return Nothing<Event>();
  if (state.record.state() != pb::LOSS_REVIEW_STATE_REVIEWED) {
    return CannotFrom(state.record, "REVIEWED", "record what was found first");
  }
  Decision<Event> decision;
  decision.Add().mutable_returned();
  return decision;
}

// NOT_FOUND. Nothing when closed already. ILLEGAL_TRANSITION: not reviewed.
LossReview::Result LossReview::Decide(const State& state, const CloseRequest&,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::LOSS_REVIEW_STATE_CLOSED) return Nothing<Event>();
  if (state.record.state() != pb::LOSS_REVIEW_STATE_REVIEWED &&
      state.record.state() != pb::LOSS_REVIEW_STATE_RETURNED) {
    return CannotFrom(state.record, "REVIEWED,RETURNED", "record what was found first");
  }
  Decision<Event> decision;
  decision.Add().mutable_closed()->set_end(pb::LOSS_REVIEW_END_DONE);
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed. FIELD_NOT_WRITABLE: all but custom fields.
LossReview::Result LossReview::Decide(const State& state, const UpdateRequest& request,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::LOSS_REVIEW_STATE_CLOSED) {
    return CannotFrom(state.record, "OPEN,TAKEN,REVIEWED,RETURNED",
                      "a closed review stays as it is");
  }
  return DecideEdit<LossReview>(state, request.loss_review(), request.update_mask());
}

}  // namespace daybook::domain
