// A good lead becomes a customer: nothing is moved, the lead is linked to an account, a contact
// and, if wanted, an opportunity, and what is new of them is made in the same commit.

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/admin/v1/unit.pb.h"
#include "daybook/admin/v1/user.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/text.h"
#include "domain/base/time.h"
#include "domain/party/blacklist.h"
#include "domain/party/contact.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/lead.h"
#include "domain/sales/lead_rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
using Request = Lead::ConvertRequest;

const std::string& Either(const std::string& said, const std::string& of_lead) {
  return said.empty() ? of_lead : said;
}

bool NamesPerson(const Request& request, const pb::Lead& lead) {
  return !IsBlank(Either(request.new_contact().given_name(), lead.given_name())) ||
         !IsBlank(Either(request.new_contact().family_name(), lead.family_name()));
}

// A person always becomes a contact, a company where there is somebody to speak to.
bool MakesContact(const Request& request, const pb::Lead& lead) {
  if (!request.contact_id().empty()) return false;
  return lead.kind() == pb::LEAD_KIND_PERSON || request.has_new_contact() ||
         NamesPerson(request, lead);
}

// All that is missing in one answer, so that nobody has to try field by field.
absl::Status CheckNothingMissing(const Request& request, const pb::Lead& lead) {
  std::vector<std::string> missing;
  if (request.account_id().empty() &&
      IsBlank(Either(request.new_account().name(), lead.company()))) {
    missing.emplace_back("new_account.name");
  }
  if (MakesContact(request, lead) && !NamesPerson(request, lead)) {
    missing.emplace_back("new_contact.family_name");
  }
  if (request.has_new_opportunity() && IsBlank(request.new_opportunity().subject())) {
    missing.emplace_back("new_opportunity.subject");
  }
  if (missing.empty()) return absl::OkStatus();
  const std::string fields = absl::StrJoin(missing, ",");
  absl::Status status = Reject(
      Reason::REASON_MISSING_REQUIRED_FOR_STATE,
      absl::StrCat("Neither the lead nor the request says ", absl::StrJoin(missing, ", "), "."),
      {{"field", fields}, {"state", LeadStateName(pb::LEAD_STATE_CONVERTED)}});
  rpc::v1::BadRequest detail;
  for (const std::string& field : missing) {
    auto* violation = detail.add_field_violations();
    violation->set_field(field);
    violation->set_description("is needed for the conversion");
  }
  AddErrorDetail(&status, "google.rpc.BadRequest", detail);
  return status;
}

absl::Status CheckEither(const Request& request) {
  if (!request.account_id().empty() && request.has_new_account()) {
    return InvalidField("new_account", "account_id names an account that is there already");
  }
  if (!request.contact_id().empty() && request.has_new_contact()) {
    return InvalidField("new_contact", "contact_id names a contact that is there already");
  }
  return absl::OkStatus();
}

bool IsActive(const admin::v1::User* user) {
  return user != nullptr && user->state() == admin::v1::USER_STATE_ACTIVE;
}

// Who looks after the customer: the owner of the lead, or, when inactive, the manager of the
// owner's unit. Empty: nobody.
std::string Successor(const pb::Lead& lead, const Context& context) {
  const auto* owner = context.facts->Get<admin::v1::User>("user", lead.owner_id());
  if (IsActive(owner)) return owner->id();
  if (owner == nullptr) return "";
  const auto* unit = context.facts->Get<admin::v1::Unit>("unit", owner->unit_id());
  if (unit == nullptr) return "";
  const auto* manager = context.facts->Get<admin::v1::User>("user", unit->manager_id());
  return IsActive(manager) ? manager->id() : "";
}

std::string AccountOwner(const Request& request, const pb::Lead& lead, const Context& context) {
  const std::string& said = request.new_account().owner_id();
  return said.empty() ? Successor(lead, context) : said;
}

// The account and the deal need an owner who is there.
absl::Status CheckOwners(const Request& request, const pb::Lead& lead, const Context& context) {
  const bool opportunity_needs =
      request.has_new_opportunity() && request.new_opportunity().owner_id().empty();
  if (!request.account_id().empty() && !opportunity_needs) return absl::OkStatus();
  if (!AccountOwner(request, lead, context).empty()) return absl::OkStatus();
  const absl::string_view field =
      request.account_id().empty() ? "new_account.owner_id" : "new_opportunity.owner_id";
  return OutOfUse("user", lead.owner_id(), "INACTIVE",
                  absl::StrCat("no active manager stands in; name an active user in ", field));
}

std::shared_ptr<party::v1::CreateAccountRequest> NewAccount(const pb::Lead& lead,
                                                            const Request& request,
                                                            const Context& context) {
  auto account = std::make_shared<party::v1::CreateAccountRequest>();
  const pb::LeadAccount& said = request.new_account();
  account->set_id(lead.account_id());
  account->set_name(Either(said.name(), lead.company()));
  account->set_parent_id(said.parent_id());
  account->set_industry(Either(said.industry(), lead.industry()));
  account->set_website(Either(said.website(), lead.website()));
  account->set_tax_number(said.tax_number());
  account->set_country(Either(said.country(), lead.country()));
  DAYBOOK_COPY_PRESENCE(employees, lead, account);
  if (lead.has_annual_revenue()) *account->mutable_annual_revenue() = lead.annual_revenue();
  account->set_owner_id(AccountOwner(request, lead, context));
  account->set_external_key(said.external_key());
  *account->mutable_custom() = said.custom();
  return account;
}

std::shared_ptr<party::v1::CreateContactRequest> NewContact(const pb::Lead& lead,
                                                            const Request& request) {
  auto contact = std::make_shared<party::v1::CreateContactRequest>();
  const pb::LeadContact& said = request.new_contact();
  contact->set_id(lead.contact_id());
  contact->set_account_id(lead.account_id());
  contact->set_given_name(Either(said.given_name(), lead.given_name()));
  contact->set_family_name(Either(said.family_name(), lead.family_name()));
  contact->set_email(Either(said.email(), lead.email()));
  contact->set_phone(Either(said.phone(), lead.phone()));
  contact->set_title(Either(said.title(), lead.title()));
  contact->set_external_key(said.external_key());
  *contact->mutable_custom() = said.custom();
  return contact;
}

std::shared_ptr<pb::CreateOpportunityRequest> NewOpportunity(const pb::Lead& lead,
                                                             const Request& request,
                                                             const Context& context) {
  auto deal = std::make_shared<pb::CreateOpportunityRequest>();
  const pb::LeadOpportunity& said = request.new_opportunity();
  deal->set_id(lead.opportunity_id());
  deal->set_subject(said.subject());
  deal->set_account_id(lead.account_id());
  deal->set_owner_id(said.owner_id().empty() ? AccountOwner(request, lead, context)
                                             : said.owner_id());
  deal->set_process_id(said.process_id());
  deal->set_stage(said.stage());
  if (said.has_value()) *deal->mutable_value() = said.value();
  if (said.has_expected_close_date()) {
    *deal->mutable_expected_close_date() = said.expected_close_date();
  }
  deal->set_product_id(said.product_id());
  deal->set_note(said.note());
  *deal->mutable_custom() = said.custom();
  return deal;
}

}  // namespace

absl::Status Lead::Gather(const State& state, const ConvertRequest& request, FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadForBlacklist(request.account_id(), loader));
  if (state.record.owner_id().empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* user, loader.Load("user", state.record.owner_id()));
  if (user == nullptr) return absl::OkStatus();
  const std::string& unit_id = static_cast<const admin::v1::User*>(user)->unit_id();
  if (unit_id.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* unit, loader.Load("unit", unit_id));
  if (unit == nullptr) return absl::OkStatus();
  const std::string& manager_id = static_cast<const admin::v1::Unit*>(unit)->manager_id();
  return manager_id.empty() ? absl::OkStatus() : loader.Load("user", manager_id).status();
}

// NOT_FOUND. Nothing when converted before, whatever is asked now. RECORD_ARCHIVED: the lead, the
// account, the contact, no active owner. ILLEGAL_TRANSITION: not GOOD. INVALID_FIELD: both an id
// and what is new, a contact of another account, effective_at. MISSING_REQUIRED_FOR_STATE with all
// fields that are missing. REFERENCE_NOT_FOUND. BLACKLISTED. What CreateAccount, CreateContact and
// CreateOpportunity refuse.
Lead::Result Lead::Decide(const State& state, const ConvertRequest& request,
                          const Context& context) {
  const pb::Lead& lead = state.record;
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, lead.id(), context));
  if (!lead.account_id().empty()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckLeadInUse(lead, context));
  if (lead.state() != pb::LEAD_STATE_GOOD) {
    return CannotFrom(lead, "GOOD", "only a good lead can be converted");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckEither(request));
  DAYBOOK_RETURN_IF_ERROR(CheckNothingMissing(request, lead));
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckNotBlacklisted(context, "account_id", request.account_id(),
                                              party::v1::BLACKLIST_SCOPE_ORDERS));
  DAYBOOK_RETURN_IF_ERROR(
      CheckContactOf(context, "contact_id", request.contact_id(), request.account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckOwners(request, lead, context));
  DAYBOOK_RETURN_IF_ERROR(CheckLeadTime(lead, context));
  Decision<Event> decision;
  auto& converted = *decision.Add().mutable_converted();
  converted.set_account_created(request.account_id().empty());
  converted.set_account_id(converted.account_created() ? context.new_id() : request.account_id());
  converted.set_contact_created(MakesContact(request, lead));
  converted.set_contact_id(converted.contact_created() ? context.new_id() : request.contact_id());
  if (request.has_new_opportunity()) converted.set_opportunity_id(context.new_id());
  *converted.mutable_state_time() = ToProto(context.effective_at);
  return decision;
}

absl::StatusOr<FollowUps> Lead::Follow(const State& after, const ConvertRequest& request,
                                       const Context& context) {
  const pb::Lead& lead = after.record;
  FollowUps follow_ups;
  if (request.account_id().empty()) follow_ups.push_back(NewAccount(lead, request, context));
  if (MakesContact(request, lead)) {
    follow_ups.push_back(NewContact(lead, request));
  } else if (const auto* contact =
                 context.facts->Get<party::v1::Contact>("contact", request.contact_id());
             contact != nullptr && contact->account_id().empty()) {
    // One that is at an account stays there: the conversion moves nothing.
    auto link = std::make_shared<party::v1::LinkContactAccountRequest>();
    link->set_id(lead.contact_id());
    link->set_account_id(lead.account_id());
    follow_ups.push_back(std::move(link));
  }
  if (request.has_new_opportunity()) follow_ups.push_back(NewOpportunity(lead, request, context));
  return follow_ups;
}

}  // namespace daybook::domain
