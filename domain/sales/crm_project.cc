#include "domain/sales/crm_project.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "daybook/setup/v1/sales_process.pb.h"
#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

// MISSING_REQUIRED_FOR_STATE: no process, or one that is not published. REFERENCE_NOT_FOUND.
absl::Status CheckPublished(absl::string_view process_id, const Context& context) {
  const auto missing = [](absl::string_view what) {
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE, what, {{"field", "process_id"}});
  };
  if (process_id.empty()) return missing("process_id: CRM needs the process of its deals.");
  const auto* process = context.facts->Get<setup::v1::SalesProcess>("sales_process", process_id);
  if (process == nullptr) return ReferenceNotFound("process_id", "sales_process", process_id);
  if (process->published_version() > 0) return absl::OkStatus();
  return missing(absl::StrCat("The sales process ", process_id,
                              " has no published version; publish it first."));
}

}  // namespace

void CrmProject::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().crm_project();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kCrmEnabled:
      state.record.set_crm_enabled(true);
      state.record.set_process_id(event.crm_enabled().process_id());
      return;
    case Event::kCrmDisabled:
      state.record.set_crm_enabled(false);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> CrmProject::Claims(const State& state) {
  std::vector<Claim> claims;
  const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(state.record.name()));
  if (!name.empty()) claims.push_back({"crm-project-name", name, "name"});
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status CrmProject::Gather(const State&, const UpdateRequest& request, FactLoader& loader) {
  return LoadMaskedLookups(request.crm_project(), request.update_mask(), loader);
}

absl::Status CrmProject::Gather(const State& state, const EnableRequest& request,
                                FactLoader& loader) {
  if (!request.process_id().empty() || state.record.process_id().empty()) return absl::OkStatus();
  return loader.Load("sales_process", state.record.process_id()).status();
}

// DUPLICATE_KEY: the id (name and external key by their claims). INVALID_FIELD: blank name,
// external key. RECORD_ARCHIVED: the owner. MISSING_REQUIRED_FOR_STATE: CRM without a published
// process.
CrmProject::Result CrmProject::Decide(const State& state, const CreateRequest& request,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "owner_id", request.owner_id()));
  if (request.crm_enabled()) {
    DAYBOOK_RETURN_IF_ERROR(CheckPublished(request.process_id(), context));
  }
  Decision<Event> decision;
  pb::CrmProject& project = *decision.Add().mutable_created()->mutable_crm_project();
  project.set_id(context.target_id);
  project.set_name(request.name());
  project.set_kind(request.kind());
  project.set_crm_enabled(request.crm_enabled());
  project.set_process_id(request.process_id());
  project.set_owner_id(request.owner_id());
  project.set_external_key(request.external_key());
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE. INVALID_FIELD: blank name. REFERENCE_NOT_FOUND, RECORD_ARCHIVED:
// the owner.
CrmProject::Result CrmProject::Decide(const State& state, const UpdateRequest& request,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::CrmProjectFieldsChanged change;
  pb::CrmProject next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.crm_project(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", next.name()));
  if (Names(change.fields(), "owner_id")) {
    DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "crm_project.owner_id", next.owner_id()));
  }
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. MISSING_REQUIRED_FOR_STATE: no published process. ILLEGAL_TRANSITION: enabled with
// another process. Nothing when enabled already.
CrmProject::Result CrmProject::Decide(const State& state, const EnableRequest& request,
                                      const Context& context) {
  const pb::CrmProject& project = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, project.id(), context));
  const std::string& process =
      request.process_id().empty() ? project.process_id() : request.process_id();
  if (project.crm_enabled()) {
    if (process == project.process_id()) return Nothing<Event>();
    return IllegalTransition(kName, "CRM enabled", "CRM disabled",
                             "its deals have a process already; disable CRM first");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckPublished(process, context));
  Decision<Event> decision;
  decision.Add().mutable_crm_enabled()->set_process_id(process);
  return decision;
}

// NOT_FOUND. Nothing when disabled already.
CrmProject::Result CrmProject::Decide(const State& state, const DisableRequest&,
                                      const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (!state.record.crm_enabled()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_crm_disabled();
  return decision;
}

}  // namespace daybook::domain
