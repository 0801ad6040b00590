// Who has to do with a deal beside its owner: contacts of the customer, and colleagues.

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "daybook/party/v1/contact.pb.h"
#include "domain/base/status_macros.h"
#include "domain/party/contact.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

const pb::OpportunityContact* FindContact(const pb::Opportunity& deal, absl::string_view id) {
  for (const auto& contact : deal.contacts()) {
    if (absl::string_view(contact.contact_id()) == id) return &contact;
  }
  return nullptr;
}

const pb::OpportunityCollaborator* FindUser(const pb::Opportunity& deal, absl::string_view id) {
  for (const auto& user : deal.collaborators()) {
    if (absl::string_view(user.user_id()) == id) return &user;
  }
  return nullptr;
}

// A contact without an account is nobody else's.
absl::Status CheckOfThisCustomer(const pb::Opportunity& deal, const Context& context,
                                 const pb::LinkOpportunityContactRequest& request) {
  if (request.other_account() || deal.account_id().empty()) return absl::OkStatus();
  const auto& contact =
      *context.facts->Get<party::v1::Contact>(Contact::kName, request.contact_id());
  if (contact.account_id().empty() || IsLinked(contact, deal.account_id())) return absl::OkStatus();
  return InvalidField("contact_id",
                      "belongs to another account than the deal; link it to the account of the "
                      "deal, or say other_account");
}

// A stage may demand that somebody is named. Closed deals are free of their stage.
absl::Status CheckStillNamed(const Opportunity::State& state, const pb::OpportunityEvent& event,
                             const Context& context) {
  if (state.record.state() != pb::OPPORTUNITY_STATE_OPEN) return absl::OkStatus();
  Opportunity::State next = state;
  Opportunity::Evolve(next, event);
  return CheckStillSet(state.record, next.record, context);
}

}  // namespace

// NOT_FOUND. INVALID_FIELD: no contact, or one of another account. REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED: the contact. LIMIT_EXCEEDED.
Opportunity::Result Opportunity::Decide(const State& state, const LinkContactRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  DAYBOOK_RETURN_IF_ERROR(RequireText("contact_id", request.contact_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableContact(context, "contact_id", request.contact_id()));
  const std::string role(absl::StripAsciiWhitespace(request.role()));
  const auto* linked = FindContact(deal, request.contact_id());
  if (linked != nullptr && linked->role() == role) return Nothing<Event>();
  if (linked == nullptr) {
    DAYBOOK_RETURN_IF_ERROR(CheckOfThisCustomer(deal, context, request));
    if (deal.contacts_size() >= kOpportunityContactsMax) {
      return LimitExceeded("contacts", kOpportunityContactsMax, deal.contacts_size() + 1);
    }
  }
  Decision<Event> decision;
  auto& contact = *decision.Add().mutable_contact_linked()->mutable_contact();
  contact.set_contact_id(request.contact_id());
  contact.set_role(role);
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const UnlinkContactRequest&,
                                 FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND. MISSING_REQUIRED_FOR_STATE: the stage needs contacts. Nothing when it is not linked.
Opportunity::Result Opportunity::Decide(const State& state, const UnlinkContactRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(state.record, context));
  const auto* linked = FindContact(state.record, request.contact_id());
  if (linked == nullptr) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_contact_unlinked()->mutable_contact() = *linked;
  DAYBOOK_RETURN_IF_ERROR(CheckStillNamed(state, decision.events.front(), context));
  return decision;
}

// NOT_FOUND. INVALID_FIELD: no user, or the owner. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the user.
// LIMIT_EXCEEDED.
Opportunity::Result Opportunity::Decide(const State& state, const LinkUserRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  DAYBOOK_RETURN_IF_ERROR(RequireText("user_id", request.user_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "user_id", request.user_id()));
  if (request.user_id() == deal.owner_id()) {
    return InvalidField("user_id", "owns the deal; a collaborator is somebody else");
  }
  const std::string role(absl::StripAsciiWhitespace(request.role()));
  const auto* linked = FindUser(deal, request.user_id());
  if (linked != nullptr && linked->role() == role) return Nothing<Event>();
  if (linked == nullptr && deal.collaborators_size() >= kCollaboratorsMax) {
    return LimitExceeded("collaborators", kCollaboratorsMax, deal.collaborators_size() + 1);
  }
  Decision<Event> decision;
  auto& collaborator = *decision.Add().mutable_user_linked()->mutable_collaborator();
  collaborator.set_user_id(request.user_id());
  collaborator.set_role(role);
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const UnlinkUserRequest&, FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND. MISSING_REQUIRED_FOR_STATE: the stage needs collaborators. Nothing when the user is
// none.
Opportunity::Result Opportunity::Decide(const State& state, const UnlinkUserRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(state.record, context));
  const auto* linked = FindUser(state.record, request.user_id());
  if (linked == nullptr) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_user_unlinked()->mutable_collaborator() = *linked;
  DAYBOOK_RETURN_IF_ERROR(CheckStillNamed(state, decision.events.front(), context));
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const AssignRequest&, FactLoader& loader) {
  return LoadProcess(state.record, loader);
}

// NOT_FOUND. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the owner. A collaborator who becomes the owner
// is none any more. MISSING_REQUIRED_FOR_STATE: the stage needs collaborators.
Opportunity::Result Opportunity::Decide(const State& state, const AssignRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(state.record, context));
  if (request.owner_id() == state.record.owner_id()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "owner_id", request.owner_id()));
  Decision<Event> decision;
  auto& assigned = *decision.Add().mutable_assigned();
  assigned.set_from_owner_id(state.record.owner_id());
  assigned.set_to_owner_id(request.owner_id());
  if (const auto* linked = FindUser(state.record, request.owner_id())) {
    *decision.Add().mutable_user_unlinked()->mutable_collaborator() = *linked;
    DAYBOOK_RETURN_IF_ERROR(CheckStillNamed(state, decision.events.back(), context));
  }
  return decision;
}

}  // namespace daybook::domain
