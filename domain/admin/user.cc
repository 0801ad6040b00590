#include "domain/admin/user.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "domain/admin/administrators.h"
#include "domain/base/status_macros.h"
#include "domain/record/contact_data.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::admin::v1;

absl::Status Check(const pb::User& user) {
  DAYBOOK_RETURN_IF_ERROR(RequireText("display_name", user.display_name()));
  for (const char c : user.login()) {
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      return InvalidField("login", "must not hold blanks");
    }
  }
  DAYBOOK_RETURN_IF_ERROR(CheckEmail("email", user.email()));
  return CheckExternalKey(user.external_key());
}

// All keys were loaded when nobody else may administer.
bool HoldsAdminKey(absl::string_view user_id, const Facts& facts) {
  for (const google::protobuf::Message* record : facts.All("api_key")) {
    const auto& key = static_cast<const pb::ApiKey&>(*record);
    if (IsAdminKey(key) && key.user_id() == user_id) return true;
  }
  return false;
}

}  // namespace

void User::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kCreated:
      state.record = event.created().user();
      return;
    case Event::kFieldsChanged:
      ApplyFields(event.fields_changed().fields(), event.fields_changed().after(), &state.record);
      return;
    case Event::kDeactivated:
      state.record.set_state(pb::USER_STATE_INACTIVE);
      return;
    case Event::kReactivated:
      state.record.set_state(pb::USER_STATE_ACTIVE);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> User::Claims(const State& state) {
  std::vector<Claim> claims;
  if (state.record.state() == pb::USER_STATE_ACTIVE && !state.record.login().empty()) {
    claims.push_back({"user-login", absl::AsciiStrToLower(state.record.login()), "login"});
  }
  ClaimExternalKey(kName, state.record.external_key(), &claims);
  return claims;
}

absl::Status User::Gather(const State&, const pb::UpdateUserRequest& request, FactLoader& loader) {
  return LoadMaskedLookups(request.user(), request.update_mask(), loader);
}

// DUPLICATE_KEY: the id (the login by its claim). INVALID_FIELD: blank name, blanks in the login,
// no e-mail address, external key. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the unit.
User::Result User::Decide(const State& state, const pb::CreateUserRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  pb::User user;
  user.set_id(context.target_id);
  user.set_display_name(request.display_name());
  user.set_login(request.login());
  user.set_email(request.email());
  user.set_unit_id(request.unit_id());
  user.set_state(pb::USER_STATE_ACTIVE);
  user.set_external_key(request.external_key());
  DAYBOOK_RETURN_IF_ERROR(Check(user));
  DAYBOOK_RETURN_IF_ERROR(CheckOpenUnit(context, "unit_id", user.unit_id()));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_user() = std::move(user);
  return decision;
}

// NOT_FOUND. FIELD_NOT_WRITABLE. As CreateUser for what changes.
User::Result User::Decide(const State& state, const pb::UpdateUserRequest& request,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  pb::UserFieldsChanged change;
  pb::User next;
  DAYBOOK_ASSIGN_OR_RETURN(const bool differs, Edit(state.record, request.user(),
                                                    request.update_mask(), &change, &next));
  if (!differs) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(Check(next));
  if (Names(change.fields(), "unit_id")) {
    DAYBOOK_RETURN_IF_ERROR(CheckOpenUnit(context, "user.unit_id", next.unit_id()));
  }
  Decision<Event> decision;
  *decision.Add().mutable_fields_changed() = std::move(change);
  return decision;
}

absl::Status User::Gather(const State& state, const pb::DeactivateUserRequest&,
                          FactLoader& loader) {
  return LoadAdministrators({.without_user = state.record.id()}, loader);
}

// NOT_FOUND. LAST_ADMINISTRATOR. Nothing when inactive already.
User::Result User::Decide(const State& state, const pb::DeactivateUserRequest&,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::USER_STATE_INACTIVE) return Nothing<Event>();
  // Whoever has no key of an administrator takes none away.
  if (HoldsAdminKey(state.record.id(), *context.facts) &&
      !HasAdministrator({.without_user = state.record.id()}, *context.facts)) {
    return LastAdministrator(absl::StrCat("user ", state.record.id()));
  }
  Decision<Event> decision;
  decision.Add().mutable_deactivated();
  return decision;
}

// NOT_FOUND. Nothing when active already. The claim refuses a login that somebody else took
// meanwhile.
User::Result User::Decide(const State& state, const pb::ReactivateUserRequest&,
                          const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  if (state.record.state() == pb::USER_STATE_ACTIVE) return Nothing<Event>();
  Decision<Event> decision;
  decision.Add().mutable_reactivated();
  return decision;
}

}  // namespace daybook::domain
