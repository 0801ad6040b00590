#include "domain/party/account.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/status_macros.h"
#include "domain/party/payment_terms.h"
#include "domain/record/archive.h"
#include "domain/record/contact_data.h"
#include "domain/record/dated.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status Check(const pb::Account& account) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", account.name()));
  const int year = account.founded_year();
  if (account.has_founded_year() && (year < kFoundedYearMin || year > kFoundedYearMax)) {
    return InvalidField("founded_year",
                        absl::StrCat(year, " is not between ", kFoundedYearMin, " and ",
                                     kFoundedYearMax, "; leave it out where it is unknown"));
  }
  return CheckExternalKey(account.external_key());
}

// "de 123 456" and "DE123456" are the same number.
std::string TaxNumberKey(absl::string_view text) {
  std::string key;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isspace(byte)) key.push_back(absl::ascii_toupper(byte));
  }
  return key;
}

// One company in one country; without a country, anywhere.
std::string DomainKey(const pb::Account& account) {
  return absl::StrCat(account.domain(), "/",
                      absl::AsciiStrToLower(absl::StripAsciiWhitespace(account.country())));
}

absl::Status CheckPlace(const pb::Account& account, const Context& context) {
  if (account.parent_id().empty()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(
      CheckParent(Account::kName, account.id(), account.parent_id(), *context.facts));
  return CheckUsableAccount(context, "parent_id", account.parent_id());
}

std::string StateName(pb::AccountState state) {
  return std::string(ShortName(pb::AccountState_Name(state), "ACCOUNT_STATE_"));
}

std::vector<pb::AccountState> NextStates(pb::AccountState state) {
  switch (state) {
    case pb::ACCOUNT_STATE_PROSPECT:
      return {pb::ACCOUNT_STATE_ACTIVE, pb::ACCOUNT_STATE_CLOSED};
    case pb::ACCOUNT_STATE_ACTIVE:
      return {pb::ACCOUNT_STATE_DORMANT, pb::ACCOUNT_STATE_CLOSED};
    case pb::ACCOUNT_STATE_DORMANT:
      return {pb::ACCOUNT_STATE_ACTIVE, pb::ACCOUNT_STATE_CLOSED};
    case pb::ACCOUNT_STATE_CLOSED:
      return {pb::ACCOUNT_STATE_ACTIVE};
    case pb::ACCOUNT_STATE_UNSPECIFIED:
    case pb::AccountState_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::AccountState_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return {};
}

// The entries that hold for a time.
void EvolveDated(const Account::Event& event, pb::Account* account) {
  if (event.has_billing_profile_set()) {
    pb::BillingProfile profile = event.billing_profile_set().profile();
    if (profile.has_payment_terms()) FillPaymentTerms(profile.mutable_payment_terms());
    PutDated(profile, account->mutable_billing_profiles());
  }
  if (event.has_brand_assigned()) {
    PutDated(event.brand_assigned().assignment(), account->mutable_brand_assignments());
  }
  if (event.has_responsibility_assigned()) {
    const pb::Responsibility& wanted = event.responsibility_assigned().responsibility();
    PutDated(
        wanted, [&](const pb::Responsibility& other) { return other.role() == wanted.role(); },
        account->mutable_responsibilities());
  }
}

void SetClass(const pb::AccountClassChanged& event, pb::Account* account) {
  account->set_account_class(event.to());
  account->set_class_scheme_id(event.class_scheme_id());
  account->set_class_scheme_version(event.class_scheme_version());
}

void SetRenewal(const pb::AccountRenewalSet& event, pb::Account* account) {
  account->clear_renewal_date();
  account->clear_renewal_value();
  if (event.has_renewal_date()) *account->mutable_renewal_date() = event.renewal_date();
  if (event.has_renewal_value()) *account->mutable_renewal_value() = event.renewal_value();
}

}  // namespace

absl::Status CheckWritableAccount(const pb::Account& account, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Account::kName, account.id(), context));
  if (!account.archived()) return absl::OkStatus();
  return OutOfUse(Account::kName, account.id(), "archived", "restore it with RestoreAccount first");
}

void Account::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().account();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kMoved:
      state.record.set_parent_id(event.moved().to_parent_id());
      return;
    case Event::kStateChanged:
      state.record.set_state(event.state_changed().to());
      return;
    case Event::kArchived:
      state.record.set_archived(true);
      return;
    case Event::kRestored:
      state.record.set_archived(false);
      return;
    case Event::kClassChanged:
      SetClass(event.class_changed(), &state.record);
      return;
    case Event::kRenewalSet:
      SetRenewal(event.renewal_set(), &state.record);
      return;
    case Event::kBillingProfileSet:
    case Event::kResponsibilityAssigned:
    case Event::kBrandAssigned:
      EvolveDated(event, &state.record);
      return;
    case Event::kBlacklisted:
      state.record.set_blacklist_scope(event.blacklisted().blacklisting().scope());
      *state.record.mutable_blacklisting() = event.blacklisted().blacklisting();
      return;
    case Event::kBlacklistLifted:
      state.record.clear_blacklist_scope();
      state.record.clear_blacklisting();
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Account::Claims(const State& state) {
  if (state.record.archived() && !state.record.has_blacklisting()) return {};
  std::vector<Claim> claims;
  std::string tax_number = TaxNumberKey(state.record.tax_number());
  if (!tax_number.empty()) {
    claims.push_back({"account-tax-number", std::move(tax_number), "tax_number"});
  }
  if (state.record.archived()) return claims;
  if (!state.record.domain().empty() && state.record.allow_duplicate_reason().empty()) {
    claims.push_back({"account-domain", DomainKey(state.record), "domain"});
  }
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status Account::Gather(const State&, const pb::CreateAccountRequest& request,
                             FactLoader& loader) {
  return LoadAncestors(kName, request.parent_id(), loader);
}

absl::Status Account::Gather(const State&, const pb::UpdateAccountRequest& request,
                             FactLoader& loader) {
  return LoadMaskedLookups(request.account(), request.update_mask(), loader);
}

absl::Status Account::Gather(const State&, const pb::MoveAccountRequest& request,
                             FactLoader& loader) {
  return LoadAncestors(kName, request.parent_id(), loader);
}

// DUPLICATE_KEY: the id (tax number and domain by their claims). INVALID_FIELD: domain, blank name,
// year, external key. REFERENCE_NOT_FOUND, CYCLE, DEPTH_LIMIT, RECORD_ARCHIVED: the parent.
// RECORD_ARCHIVED: the owner is inactive.
Account::Result Account::Decide(const State& state, const pb::CreateAccountRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::Account account;
  account.set_id(context.target_id);
  account.set_name(request.name());
  account.set_parent_id(request.parent_id());
  account.set_industry(request.industry());
  account.set_website(request.website());
  account.set_tax_number(request.tax_number());
  account.set_country(request.country());
  DAYBOOK_COPY_PRESENCE(employees, request, &account);
  if (request.has_annual_revenue()) *account.mutable_annual_revenue() = request.annual_revenue();
  DAYBOOK_COPY_PRESENCE(founded_year, request, &account);
  account.set_owner_id(request.owner_id());
  account.set_state(request.state() == pb::ACCOUNT_STATE_UNSPECIFIED ? pb::ACCOUNT_STATE_PROSPECT
                                                                     : request.state());
  account.set_external_key(request.external_key());
  account.set_allow_duplicate_reason(request.allow_duplicate_reason());
  DAYBOOK_ASSIGN_OR_RETURN(*account.mutable_domain(), NormaliseDomain("domain", request.domain()));
  DAYBOOK_RETURN_IF_ERROR(Check(account));
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(account, context));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "owner_id", account.owner_id()));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_account() = std::move(account);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: archived. FIELD_NOT_WRITABLE. As CreateAccount for what changes.
Account::Result Account::Decide(const State& state, const pb::UpdateAccountRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  pb::Account wanted = request.account();
  if (Names(request.update_mask(), "domain")) {
    DAYBOOK_ASSIGN_OR_RETURN(*wanted.mutable_domain(),
                             NormaliseDomain("account.domain", request.account().domain()));
  }
  pb::AccountFieldsChanged change;
  pb::Account next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs,
                           Edit(state.record, wanted, request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  if (Names(change.fields(), "owner_id")) {
    DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "account.owner_id", next.owner_id()));
  }
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: the account or the new parent. REFERENCE_NOT_FOUND, CYCLE,
// DEPTH_LIMIT. One event, however much is below the account.
Account::Result Account::Decide(const State& state, const pb::MoveAccountRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  if (request.parent_id() == state.record.parent_id()) return Nothing<Event>();
  pb::Account next = state.record;
  next.set_parent_id(request.parent_id());
  DAYBOOK_RETURN_IF_ERROR(CheckPlace(next, context));
  Decision<Event> decision;
  auto& moved = *decision.Add().mutable_moved();
  moved.set_from_parent_id(state.record.parent_id());
  moved.set_to_parent_id(request.parent_id());
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. ILLEGAL_TRANSITION.
Account::Result Account::Decide(const State& state, const pb::ChangeAccountStateRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  const pb::AccountState from = state.record.state();
  if (request.state() == from) return Nothing<Event>();
  std::vector<std::string> allowed;
  bool found = false;
  for (const pb::AccountState to : NextStates(from)) {
    allowed.push_back(StateName(to));
    found = found || to == request.state();
  }
  if (!found) {
    return IllegalTransition(kName, StateName(from), absl::StrJoin(allowed, ","),
                             absl::StrCat("it can become ", absl::StrJoin(allowed, " or ")));
  }
  Decision<Event> decision;
  auto& changed = *decision.Add().mutable_state_changed();
  changed.set_from(from);
  changed.set_to(request.state());
  return decision;
}

// NOT_FOUND. Nothing when archived already.
Account::Result Account::Decide(const State& state, const pb::ArchiveAccountRequest&,
                                const Context& context) {
  return DecideArchive<Account>(state, context);
}

// NOT_FOUND. Nothing when in use. The claims refuse keys that another account took meanwhile.
Account::Result Account::Decide(const State& state, const pb::RestoreAccountRequest&,
                                const Context& context) {
  return DecideRestore<Account>(state, context);
}

}  // namespace daybook::domain
