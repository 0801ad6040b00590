#include "domain/sales/project_customer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/blacklist.h"
#include "domain/party/contact.h"
#include "domain/record/archive.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/suppression.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

const pb::OutreachHandover* FindHandover(const pb::ProjectCustomer& customer,
                                         absl::string_view source_id) {
  for (const auto& handover : customer.handovers()) {
    if (absl::string_view(handover.source_id()) == source_id) return &handover;
  }
  return nullptr;
}

// Shorter ones without a '+' are numbers of calls.
constexpr size_t kPhoneNumberBytesMin = 7;

bool LooksLikePhoneNumber(absl::string_view value) {
  constexpr absl::string_view kBetweenDigits = " +-./()";
  value = absl::StripAsciiWhitespace(value);
  bool digits = false;
  for (const char c : value) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      digits = true;
    } else if (!absl::StrContains(kBetweenDigits, c)) {
      return false;
    }
  }
  return digits && (absl::StrContains(value, '+') || value.size() >= kPhoneNumberBytesMin);
}

// INVALID_FIELD. What is written here stays when a person is forgotten, so the refusal does not
// repeat the value either.
absl::Status CheckNoPhoneNumber(absl::string_view field, absl::string_view value) {
  if (!LooksLikePhoneNumber(value)) return absl::OkStatus();
  return InvalidField(field,
                      "looks like a phone number; name the record in the outreach system by its "
                      "id, with letters where that is a number");
}

absl::Status CheckIdsOfOutreach(const pb::HandOverFromOutreachRequest& request) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("source_id", request.source_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckNoPhoneNumber("source_id", request.source_id()));
  for (int i = 0; i < request.call_refs_size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckNoPhoneNumber(absl::StrCat("call_refs[", i, "]"), request.call_refs(i)));
  }
  return absl::OkStatus();
}

// SUPPRESSED_RECIPIENT: the lead asked not to be contacted, or not to be called. RECORD_ARCHIVED:
// the contact. INVALID_FIELD: a contact of another account.
absl::Status CheckSpokenTo(const pb::HandOverFromOutreachRequest& request,
                           const pb::ProjectCustomer& customer, const Context& context) {
  if (!request.lead_id().empty()) {
    const auto* lead = context.facts->Get<pb::Lead>("lead", request.lead_id());
    if (lead == nullptr) return ReferenceNotFound("lead_id", "lead", request.lead_id());
    if (lead->state() == pb::LEAD_STATE_DO_NOT_CONTACT || lead->do_not_call()) {
      return Suppressed("lead_id");
    }
  }
  return CheckContactOf(context, "contact_id", request.contact_id(), customer.account_id());
}

// RECORD_ARCHIVED.
absl::Status CheckInProject(const pb::ProjectCustomer& customer) {
  if (!customer.archived()) return absl::OkStatus();
  return OutOfUse(ProjectCustomer::kName, customer.id(), "archived",
                  "restore it to the project first");
}

}  // namespace

void ProjectCustomer::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kAdded:
      state.record = event.added().project_customer();
      return;
    case Event::kHandedOver:
      *state.record.add_handovers() = event.handed_over().handover();
      return;
    case Event::kArchived:
      state.record.set_archived(true);
      return;
    case Event::kRestored:
      state.record.set_archived(false);
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ProjectCustomer::Claims(const State& state) {
  if (state.record.id().empty()) return {};
  return {{"project-customer",
           absl::StrCat(state.record.crm_project_id(), "/", state.record.account_id()),
           "account_id"}};
}

absl::Status ProjectCustomer::Gather(const State& state, const HandOverRequest&,
                                     FactLoader& loader) {
  return LoadForBlacklist(state.record.account_id(), loader);
}

// DUPLICATE_KEY: the id (the customer in the project by its claim). REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED: the account.
ProjectCustomer::Result ProjectCustomer::Decide(const State& state, const AddRequest& request,
                                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  Decision<Event> decision;
  pb::ProjectCustomer& customer = *decision.Add().mutable_added()->mutable_project_customer();
  customer.set_id(context.target_id);
  customer.set_crm_project_id(request.crm_project_id());
  customer.set_account_id(request.account_id());
  return decision;
}

// NOT_FOUND. Nothing when this source id made its deal before. RECORD_ARCHIVED: out of the project.
// INVALID_FIELD: blank source id, a phone number in place of an id, a contact of another account.
// BLACKLISTED, SUPPRESSED_RECIPIENT. LIMIT_EXCEEDED. What CreateOpportunity refuses, such as a
// project that takes no deals, and LinkOpportunityContact.
ProjectCustomer::Result ProjectCustomer::Decide(const State& state, const HandOverRequest& request,
                                                const Context& context) {
  const pb::ProjectCustomer& customer = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, customer.id(), context));
  if (FindHandover(customer, request.source_id()) != nullptr) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckInProject(customer));
  DAYBOOK_RETURN_IF_ERROR(CheckIdsOfOutreach(request));
  DAYBOOK_RETURN_IF_ERROR(
      CheckNotBlacklisted(context, "id", customer.account_id(), party::v1::BLACKLIST_SCOPE_ALL));
  DAYBOOK_RETURN_IF_ERROR(CheckSpokenTo(request, customer, context));
  if (customer.handovers_size() >= kHandoversMax) {
    return LimitExceeded("handovers", kHandoversMax, customer.handovers_size() + 1);
  }
  Decision<Event> decision;
  pb::OutreachHandover& handover = *decision.Add().mutable_handed_over()->mutable_handover();
  handover.set_source_id(request.source_id());
  handover.set_outcome(request.outcome());
  *handover.mutable_call_refs() = request.call_refs();
  handover.set_opportunity_id(context.new_id());
  *handover.mutable_handed_over_time() = ToProto(context.effective_at);
  handover.set_contact_id(request.contact_id());
  handover.set_lead_id(request.lead_id());
  return decision;
}

absl::StatusOr<FollowUps> ProjectCustomer::Follow(const State& after,
                                                  const HandOverRequest& request, const Context&) {
  auto deal = std::make_shared<pb::CreateOpportunityRequest>();
  deal->set_id(FindHandover(after.record, request.source_id())->opportunity_id());
  deal->set_subject(request.subject());
  deal->set_account_id(after.record.account_id());
  deal->set_owner_id(request.owner_id());
  deal->set_crm_project_id(after.record.crm_project_id());
  if (request.has_value()) *deal->mutable_value() = request.value();
  if (request.has_expected_close_date()) {
    *deal->mutable_expected_close_date() = request.expected_close_date();
  }
  FollowUps follow_ups{std::move(deal)};
  if (request.contact_id().empty()) return follow_ups;
  auto link = std::make_shared<pb::LinkOpportunityContactRequest>();
  link->set_id(FindHandover(after.record, request.source_id())->opportunity_id());
  link->set_contact_id(request.contact_id());
  link->set_role("outreach");
  follow_ups.push_back(std::move(link));
  return follow_ups;
}

// NOT_FOUND. Nothing when archived already.
ProjectCustomer::Result ProjectCustomer::Decide(const State& state, const ArchiveRequest&,
                                                const Context& context) {
  return DecideArchive<ProjectCustomer>(state, context);
}

// NOT_FOUND. Nothing when in the project.
ProjectCustomer::Result ProjectCustomer::Decide(const State& state, const RestoreRequest&,
                                                const Context& context) {
  return DecideRestore<ProjectCustomer>(state, context);
}

// NOT_FOUND. RECORD_ARCHIVED: out of the project. FIELD_NOT_WRITABLE: all but custom fields.
ProjectCustomer::Result ProjectCustomer::Decide(const State& state, const UpdateRequest& request,
                                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckInProject(state.record));
  return DecideEdit<ProjectCustomer>(state, request.project_customer(), request.update_mask());
}

}  // namespace daybook::domain
