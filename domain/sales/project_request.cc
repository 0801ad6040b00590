#include "domain/sales/project_request.h"

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/status_macros.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr absl::string_view kStatePrefix = "PROJECT_REQUEST_STATE_";

absl::StatusOr<const pb::Opportunity*> DealOf(absl::string_view id, const Context& context) {
  const auto* deal = context.facts->Get<pb::Opportunity>("opportunity", id);
  if (deal == nullptr) return ReferenceNotFound("opportunity_id", "opportunity", id);
  return deal;
}

pb::ProjectJob JobOf(const pb::JobRequest& accepted) {
  pb::ProjectJob job;
  job.set_job_request_id(accepted.id());
  job.set_service(accepted.service());
  job.set_specs(accepted.specs());
  DAYBOOK_COPY_PRESENCE(volume, accepted, &job);
  if (accepted.has_deadline()) *job.mutable_deadline() = accepted.deadline();
  if (accepted.has_value()) *job.mutable_value() = accepted.value();
  job.set_product_id(accepted.product_id());
  return job;
}

}  // namespace

void ProjectRequest::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kOpened:
      state.record = event.opened().project_request();
      return;
    case Event::kSuspended:
      state.record.set_state(pb::PROJECT_REQUEST_STATE_UNDECIDED);
      return;
    case Event::kKept:
      state.record.set_state(pb::PROJECT_REQUEST_STATE_KEPT);
      return;
    case Event::kCancelled:
      state.record.set_state(pb::PROJECT_REQUEST_STATE_CANCELLED);
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ProjectRequest::Claims(const State&) { return {}; }

absl::Status ProjectRequest::Gather(const State& state, const SuspendRequest&, FactLoader& loader) {
  if (state.record.id().empty()) return absl::OkStatus();
  return loader.Load("opportunity", state.record.opportunity_id()).status();
}

// DUPLICATE_KEY. INVALID_FIELD: the deal names no such request.
ProjectRequest::Result ProjectRequest::Decide(const State& state, const OpenRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, DealOf(request.opportunity_id(), context));
  if (deal->project_request_id() != context.target_id) {
    return InvalidField("opportunity_id",
                        absl::StrCat("the deal ", deal->id(),
                                     " names no such request; ask for the project with "
                                     "CreateProjectFromOpportunity"));
  }
  Decision<Event> decision;
  pb::ProjectRequest& project = *decision.Add().mutable_opened()->mutable_project_request();
  project.set_id(context.target_id);
  project.set_subject(deal->subject());
  project.set_opportunity_id(deal->id());
  project.set_account_id(deal->account_id());
  project.set_owner_id(deal->owner_id());
  project.set_state(pb::PROJECT_REQUEST_STATE_REQUESTED);
  if (deal->has_actual_value()) *project.mutable_value() = deal->actual_value();
  for (const auto& job_request : deal->job_requests()) {
    if (job_request.state() != pb::JOB_REQUEST_STATE_ACCEPTED) continue;
    *project.add_jobs() = JobOf(job_request);
  }
  return decision;
}

// NOT_FOUND. Nothing when cancelled, or undecided already. ILLEGAL_TRANSITION: the deal is not
// open.
ProjectRequest::Result ProjectRequest::Decide(const State& state, const SuspendRequest&,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PROJECT_REQUEST_STATE_CANCELLED ||
      state.record.state() == pb::PROJECT_REQUEST_STATE_UNDECIDED) {
    return Nothing<Event>();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto* deal, DealOf(state.record.opportunity_id(), context));
  if (deal->state() != pb::OPPORTUNITY_STATE_OPEN) {
    return IllegalTransition("opportunity", OpportunityStateName(deal->state()), "OPEN",
                             "the project of a win goes with the deal; cancel it, or reopen that");
  }
  Decision<Event> decision;
  decision.Add().mutable_suspended();
  return decision;
}

// NOT_FOUND. Nothing when kept already. ILLEGAL_TRANSITION: there is nothing to decide.
// INVALID_FIELD: no header.reason.
ProjectRequest::Result ProjectRequest::Decide(const State& state, const KeepRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PROJECT_REQUEST_STATE_KEPT) return Nothing<Event>();
  if (state.record.state() != pb::PROJECT_REQUEST_STATE_UNDECIDED) {
    return IllegalTransition(
        kName, ShortName(pb::ProjectRequestState_Name(state.record.state()), kStatePrefix),
        "UNDECIDED", "only the project of a deal that was reopened is kept or not");
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText("header.reason", request.header().reason()));
  Decision<Event> decision;
  decision.Add().mutable_kept();
  return decision;
}

// NOT_FOUND. Nothing when cancelled already. INVALID_FIELD: no header.reason.
ProjectRequest::Result ProjectRequest::Decide(const State& state, const CancelRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PROJECT_REQUEST_STATE_CANCELLED) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(RequireText("header.reason", request.header().reason()));
  Decision<Event> decision;
  decision.Add().mutable_cancelled();
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: cancelled. FIELD_NOT_WRITABLE: all but custom fields.
ProjectRequest::Result ProjectRequest::Decide(const State& state, const UpdateRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::PROJECT_REQUEST_STATE_CANCELLED) {
    return IllegalTransition(kName, "CANCELLED", "REQUESTED,UNDECIDED,KEPT",
                             "a cancelled request stays as it is");
  }
  return DecideEdit<ProjectRequest>(state, request.project_request(), request.update_mask());
}

}  // namespace daybook::domain
