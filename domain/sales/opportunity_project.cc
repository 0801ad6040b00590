// The projects around a deal: the one it is registered under, and the one that a win asks for. And
// the way out of use and back.

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/crm_project.pb.h"
#include "daybook/sales/v1/project_request.pb.h"
#include "daybook/sales/v1/project_request_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/record/archive.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"
#include "domain/setup/sales_process.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr absl::string_view kCrmProject = "crm_project";

absl::Status NeedsStage(absl::string_view what) {
  return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                absl::StrCat(what, "; name the stage where the deal stands in stage."),
                {{"field", "stage"}});
}

// Where an open deal stands in the process of its new project: as asked, else where the mappings of
// the process lead.
absl::StatusOr<const setup::v1::Stage*> TargetStage(const setup::v1::SalesProcess& process,
                                                    const pb::Opportunity& deal,
                                                    absl::string_view stage_id) {
  if (stage_id.empty()) {
    if (process.id() != deal.process_id()) {
      return NeedsStage(absl::StrCat("The project has another process, ", process.name()));
    }
    return StageInForce(process, deal.process_version(), deal.stage());
  }
  const auto& version = *FindVersion(process, process.published_version());
  const auto* stage = FindStage(version, stage_id);
  if (stage == nullptr) {
    return InvalidField("stage", absl::StrCat("version ", version.number(), " has no stage '",
                                              stage_id, "'; it has ", StageIds(version)));
  }
  return stage;
}

// The process of the project's deals, where an open deal goes through another one, or through
// another version.
absl::Status EnterProjectProcess(const pb::Opportunity& deal, absl::string_view crm_project_id,
                                 absl::string_view stage_id, const Context& context,
                                 pb::OpportunityProjectChanged* changed) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string id, ProcessForDeal(crm_project_id, "", context));
  const auto* process = context.facts->Get<setup::v1::SalesProcess>("sales_process", id);
  if (process == nullptr) return ReferenceNotFound("crm_project_id", "sales_process", id);
  DAYBOOK_ASSIGN_OR_RETURN(const auto* stage, TargetStage(*process, deal, stage_id));
  pb::Opportunity next = deal;
  next.set_crm_project_id(std::string(crm_project_id));
  DAYBOOK_RETURN_IF_ERROR(CheckMandatory(*stage, next));
  changed->set_to_process_id(process->id());
  changed->set_to_process_version(process->published_version());
  changed->set_to_stage(stage->id());
  changed->set_stage_probability(stage->probability());
  return absl::OkStatus();
}

// Whether the deal is where it is to go. A project may have got another process while the deal was
// closed or archived: an open one has yet to enter it.
bool IsThere(const pb::Opportunity& deal, absl::string_view crm_project_id,
             const Context& context) {
  if (absl::string_view(deal.crm_project_id()) != crm_project_id) return false;
  if (crm_project_id.empty() || deal.state() != pb::OPPORTUNITY_STATE_OPEN) return true;
  const auto* project = context.facts->Get<pb::CrmProject>(kCrmProject, crm_project_id);
  return project == nullptr || project->process_id() == deal.process_id();
}

}  // namespace

absl::Status LoadDealProject(absl::string_view crm_project_id, FactLoader& loader) {
  if (crm_project_id.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* record, loader.Load(kCrmProject, crm_project_id));
  if (record == nullptr) return absl::OkStatus();
  const std::string& process_id = static_cast<const pb::CrmProject*>(record)->process_id();
  return process_id.empty() ? absl::OkStatus() : loader.Load("sales_process", process_id).status();
}

absl::StatusOr<std::string> ProcessForDeal(absl::string_view crm_project_id,
                                           absl::string_view process_id, const Context& context) {
  if (crm_project_id.empty()) return std::string(process_id);
  const auto* project = context.facts->Get<pb::CrmProject>(kCrmProject, crm_project_id);
  if (project == nullptr) return ReferenceNotFound("crm_project_id", kCrmProject, crm_project_id);
  if (!project->crm_enabled()) {
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                  absl::StrCat("The project ", project->name(),
                               " takes no deals; enable it with EnableCrm first."),
                  {{"field", "crm_project_id"}});
  }
  if (process_id.empty() || process_id == absl::string_view(project->process_id())) {
    return project->process_id();
  }
  return InvalidField("process_id", absl::StrCat("deals of the project go through the process ",
                                                 project->process_id(), "; leave it out"));
}

absl::Status CheckProjectTakesDeal(const pb::Opportunity& deal, const Context& context) {
  return ProcessForDeal(deal.crm_project_id(), "", context).status();
}

void OnProjectChanged(const pb::OpportunityProjectChanged& event, pb::Opportunity* deal) {
  deal->set_crm_project_id(event.to_crm_project_id());
  deal->set_process_id(event.to_process_id());
  deal->set_process_version(event.to_process_version());
  deal->set_stage(event.to_stage());
  deal->set_stage_probability(event.stage_probability());
}

absl::Status Opportunity::Gather(const State& state, const MoveToProjectRequest& request,
                                 FactLoader& loader) {
  if (request.crm_project_id().empty()) return LoadProcess(state.record, loader);
  return LoadDealProject(request.crm_project_id(), loader);
}

// NOT_FOUND. RECORD_ARCHIVED. Nothing when it is there. MISSING_REQUIRED_FOR_STATE: the project
// takes no deals, no stage where one is needed, mandatory fields, the project itself.
// INVALID_FIELD: unknown stage, a stage without a project or for a closed deal, before the opening.
// REFERENCE_NOT_FOUND.
Opportunity::Result Opportunity::Decide(const State& state, const MoveToProjectRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  if (IsThere(deal, request.crm_project_id(), context)) return Nothing<Event>();
  Decision<Event> decision;
  auto& changed = *decision.Add().mutable_project_changed();
  changed.set_from_crm_project_id(deal.crm_project_id());
  changed.set_to_crm_project_id(request.crm_project_id());
  changed.set_from_process_id(deal.process_id());
  changed.set_from_process_version(deal.process_version());
  changed.set_from_stage(deal.stage());
  changed.set_to_process_id(deal.process_id());
  changed.set_to_process_version(deal.process_version());
  changed.set_to_stage(deal.stage());
  changed.set_stage_probability(deal.stage_probability());
  if (deal.state() == pb::OPPORTUNITY_STATE_OPEN && !request.crm_project_id().empty()) {
    DAYBOOK_RETURN_IF_ERROR(CheckAfterOpening(deal, context));
    DAYBOOK_RETURN_IF_ERROR(
        EnterProjectProcess(deal, request.crm_project_id(), request.stage(), context, &changed));
    return decision;
  }
  if (!request.stage().empty()) {
    return InvalidField("stage",
                        "an open deal that goes to a project changes its stage; "
                        "leave it out");
  }
  DAYBOOK_RETURN_IF_ERROR(ProcessForDeal(request.crm_project_id(), "", context).status());
  if (deal.state() != pb::OPPORTUNITY_STATE_OPEN) return decision;
  State next = state;
  Evolve(next, decision.events.front());
  DAYBOOK_RETURN_IF_ERROR(CheckStillSet(deal, next.record, context));
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const CreateProjectRequest&,
                                 FactLoader& loader) {
  if (state.record.project_request_id().empty()) return absl::OkStatus();
  return loader.Load("project_request", state.record.project_request_id()).status();
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION: not won, or the project of an earlier win is
// neither cancelled nor kept. Nothing when there is one.
Opportunity::Result Opportunity::Decide(const State& state, const CreateProjectRequest&,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  if (deal.state() != pb::OPPORTUNITY_STATE_WON &&
      deal.state() != pb::OPPORTUNITY_STATE_PARTIALLY_WON) {
    return IllegalTransition(kName, OpportunityStateName(deal.state()), "WON,PARTIALLY_WON",
                             "a project is asked for when the deal is won");
  }
  if (!deal.project_request_id().empty()) {
    const auto* before =
        context.facts->Get<pb::ProjectRequest>("project_request", deal.project_request_id());
    if (before == nullptr || before->state() == pb::PROJECT_REQUEST_STATE_REQUESTED ||
        before->state() == pb::PROJECT_REQUEST_STATE_KEPT) {
      return Nothing<Event>();
    }
    if (before->state() == pb::PROJECT_REQUEST_STATE_UNDECIDED) {
      return IllegalTransition(
          "project_request", "UNDECIDED", "KEPT,CANCELLED",
          absl::StrCat("the deal was reopened since; cancel or keep ", before->id(), " first"));
    }
  }
  Decision<Event> decision;
  decision.Add().mutable_project_requested()->set_project_request_id(context.new_id());
  return decision;
}

absl::StatusOr<FollowUps> Opportunity::Follow(const State& after, const CreateProjectRequest&,
                                              const Context&) {
  auto open = std::make_shared<pb::OpenProjectRequestRequest>();
  open->set_id(after.record.project_request_id());
  open->set_opportunity_id(after.record.id());
  return FollowUps{std::move(open)};
}

// NOT_FOUND. Nothing when archived already.
Opportunity::Result Opportunity::Decide(const State& state, const ArchiveRequest&,
                                        const Context& context) {
  return DecideArchive<Opportunity>(state, context);
}

absl::Status Opportunity::Gather(const State& state, const RestoreRequest&, FactLoader& loader) {
  return LoadDealProject(state.record.crm_project_id(), loader);
}

// NOT_FOUND. Nothing when in use. MISSING_REQUIRED_FOR_STATE: the deal is open, and its project
// takes no deals.
Opportunity::Result Opportunity::Decide(const State& state, const RestoreRequest&,
                                        const Context& context) {
  if (state.record.archived() && state.record.state() == pb::OPPORTUNITY_STATE_OPEN) {
    DAYBOOK_RETURN_IF_ERROR(CheckProjectTakesDeal(state.record, context));
  }
  return DecideRestore<Opportunity>(state, context);
}

}  // namespace daybook::domain
