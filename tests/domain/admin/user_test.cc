#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::admin::v1;

const std::string kOpenUnit =
    absl::StrCat("id: '", Id(2), "' name: 'North' state: UNIT_STATE_OPEN");
const std::string kClosedUnit =
    absl::StrCat("id: '", Id(3), "' name: 'South' state: UNIT_STATE_CLOSED");
const std::string kCreate = absl::StrCat(
    "display_name: 'Ada Byron' login: 'Ada@Example.org' email: 'ada@example.org' "
    "unit_id: '",
    Id(2), "' external_key: 'hr:17'");
const std::string kCreated = absl::StrCat(
    "created { user { id: '", Id(1),
    "' display_name: 'Ada Byron' login: 'Ada@Example.org' email: 'ada@example.org' unit_id: '",
    Id(2), "' state: USER_STATE_ACTIVE external_key: 'hr:17' } }");

Scenario World() {
  Scenario scenario("user");
  scenario.Exists("unit", kOpenUnit).Exists("unit", kClosedUnit);
  return scenario;
}

Scenario Created() { return std::move(World().Given(kCreated)); }

TEST(CreateUserTest, UserIsActiveAndClaimsLoginWithoutCase) {
  World()
      .When<pb::CreateUserRequest>(kCreate)
      .Then({kCreated})
      .ThenClaims({"user-login=ada@example.org", "user-external-key=hr:17"});
}

TEST(CreateUserTest, UserWithoutLoginClaimsNothing) {
  World()
      .When<pb::CreateUserRequest>("display_name: 'A robot'")
      .Then({absl::StrCat("created { user { id: '", Id(1),
                          "' display_name: 'A robot' state: USER_STATE_ACTIVE } }")})
      .ThenClaims({});
}

TEST(CreateUserTest, RefusalsInCheckOrder) {
  Created().When<pb::CreateUserRequest>(kCreate).ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::CreateUserRequest>(
      World, {
                 {"blank name", "display_name: ' ' login: 'a b'", Reason::REASON_INVALID_FIELD,
                  "display_name"},
                 {"blank in login", "display_name: 'A' login: 'a b' email: 'x'",
                  Reason::REASON_INVALID_FIELD, "login"},
                 {"no address", "display_name: 'A' email: 'x' external_key: 'x'",
                  Reason::REASON_INVALID_FIELD, "email"},
                 {"key without source", "display_name: 'A' external_key: 'x'",
                  Reason::REASON_INVALID_FIELD, "external_key"},
                 {"unknown unit", absl::StrCat("display_name: 'A' unit_id: '", Id(99), "'"),
                  Reason::REASON_REFERENCE_NOT_FOUND, "unit_id"},
                 {"closed unit", absl::StrCat("display_name: 'A' unit_id: '", Id(3), "'"),
                  Reason::REASON_RECORD_ARCHIVED, ""},
             });
}

TEST(UpdateUserTest, MovesToAnotherOpenUnitOnly) {
  Created()
      .When<pb::UpdateUserRequest>(
          absl::StrCat("user { unit_id: '", Id(3), "' } update_mask { paths: 'unit_id' }"))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::UpdateUserRequest>("update_mask { paths: 'unit_id' }")
      .Then({absl::StrCat("fields_changed { fields { paths: 'unit_id' } before { unit_id: '", Id(2),
                          "' } after {} }")});
}

TEST(UpdateUserTest, UnitThatClosedSinceDoesNotHinderOtherChanges) {
  Created()
      .Exists("unit", absl::StrCat("id: '", Id(2), "' state: UNIT_STATE_CLOSED"))
      .When<pb::UpdateUserRequest>("user { email: '' } update_mask { paths: 'email' }")
      .Then({"fields_changed { fields { paths: 'email' } before { email: 'ada@example.org' } "
             "after {} }"});
}

TEST(UpdateUserTest, RefusalsInCheckOrder) {
  World().When<pb::UpdateUserRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::UpdateUserRequest>(
      Created,
      {
          {"the state", "user { state: USER_STATE_INACTIVE } update_mask { paths: 'state' }",
           Reason::REASON_FIELD_NOT_WRITABLE, "state"},
          {"no name left", "update_mask { paths: 'display_name' }", Reason::REASON_INVALID_FIELD,
           "display_name"},
          {"no address", "user { email: 'ada@' } update_mask { paths: 'email' }",
           Reason::REASON_INVALID_FIELD, "email"},
      });
}

TEST(DeactivateUserTest, LoginBecomesFreeAndTheKeyStays) {
  Created()
      .When<pb::DeactivateUserRequest>("")
      .Then({"deactivated {}"})
      .ThenClaims({"user-external-key=hr:17"})
      .When<pb::DeactivateUserRequest>("")
      .ThenNothing()
      .When<pb::ReactivateUserRequest>("")
      .Then({"reactivated {}"})
      .ThenClaims({"user-login=ada@example.org", "user-external-key=hr:17"})
      .When<pb::ReactivateUserRequest>("")
      .ThenNothing();
}

TEST(DeactivateUserTest, TheLastAdministratorStays) {
  const auto with = [](absl::string_view other) {
    Scenario scenario = World();
    scenario
        .Given(absl::StrCat("created { user { id: '", Id(1),
                            "' display_name: 'Ada' state: USER_STATE_ACTIVE } }"))
        .Exists("api_key",
                absl::StrCat("id: '", Id(50), "' role: API_ROLE_ADMIN user_id: '", Id(1), "'"));
    if (!other.empty()) scenario.Exists("api_key", absl::StrCat("id: '", Id(51), "' ", other));
    scenario.When<pb::DeactivateUserRequest>("");
    return scenario;
  };
  constexpr Reason kLast = Reason::REASON_LAST_ADMINISTRATOR;
  with("").ThenRejected(kLast);
  with(absl::StrCat("role: API_ROLE_ADMIN user_id: '", Id(1), "'")).ThenRejected(kLast);
  with("role: API_ROLE_READER").ThenRejected(kLast);
  with("role: API_ROLE_ADMIN").Then({"deactivated {}"});
}

TEST(DeactivateUserTest, UnknownUserIsRefused) {
  World().When<pb::DeactivateUserRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World().When<pb::ReactivateUserRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
