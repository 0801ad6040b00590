#include "domain/party/account.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status Check(const pb::Account& account) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", account.name()));
  const int year = account.founded_year();
  if (year != 0 && (year < kFoundedYearMin || year > kFoundedYearMax)) {
    return InvalidField("founded_year", absl::StrCat(year, " is neither 0 (unknown) nor between ",
                                                     kFoundedYearMin, " and ", kFoundedYearMax));
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

// The account exists and is not archived.
absl::Status CheckWritable(const pb::Account& account, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Account::kName, account.id(), context));
  if (!account.archived()) return absl::OkStatus();
  return OutOfUse(Account::kName, account.id(), "archived", "restore it with RestoreAccount first");
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

}  // namespace

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
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> Account::Claims(const State& state) {
  if (state.record.archived()) return {};
  std::vector<Claim> claims;
  std::string tax_number = TaxNumberKey(state.record.tax_number());
  if (!tax_number.empty()) {
    claims.push_back({"account-tax-number", std::move(tax_number), "tax_number"});
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

// DUPLICATE_KEY: the id (the tax number by its claim). INVALID_FIELD: blank name, year, external
// key. REFERENCE_NOT_FOUND, CYCLE, DEPTH_LIMIT, RECORD_ARCHIVED: the parent. RECORD_ARCHIVED: the
// owner is inactive.
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
  account.set_employees(request.employees());
  if (request.has_annual_revenue()) *account.mutable_annual_revenue() = request.annual_revenue();
  account.set_founded_year(request.founded_year());
  account.set_owner_id(request.owner_id());
  account.set_state(request.state() == pb::ACCOUNT_STATE_UNSPECIFIED ? pb::ACCOUNT_STATE_PROSPECT
                                                                     : request.state());
  account.set_external_key(request.external_key());
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
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
  pb::AccountFieldsChanged change;
  pb::Account next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.account(),
                                                    request.update_mask(), &change, &next));
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
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
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
  DAYBOOK_RETURN_IF_ERROR(CheckWritable(state.record, context));
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
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.archived()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_archived();
  return decision;
}

// NOT_FOUND. Nothing when in use. The claims refuse keys that another account took meanwhile.
Account::Result Account::Decide(const State& state, const pb::RestoreAccountRequest&,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (!state.record.archived()) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_restored();
  return decision;
}

}  // namespace daybook::domain
