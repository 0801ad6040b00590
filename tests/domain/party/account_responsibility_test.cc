#include "absl/strings/str_cat.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

// Users 10, 12, 13 and 14 are active, 11 is not.
Scenario Created() {
  Scenario scenario("account");
  for (const int user : {10, 12, 13, 14}) {
    scenario.Exists("user", absl::StrCat("id: '", Id(user), "' state: USER_STATE_ACTIVE"));
  }
  scenario.Exists("user", absl::StrCat("id: '", Id(11), "' state: USER_STATE_INACTIVE"))
      .Given(absl::StrCat("created { account { id: '", Id(1), "' name: 'A' } }"));
  return scenario;
}

std::string Role(absl::string_view role, std::initializer_list<int> users, int month,
                 int until = 0) {
  std::string text = absl::StrCat("role: ACCOUNT_ROLE_", role);
  for (const int user : users) absl::StrAppend(&text, " user_ids: '", Id(user), "'");
  absl::StrAppend(&text, " effective_from { year: 2026 month: ", month, " day: 1 }");
  if (until != 0) {
    absl::StrAppend(&text, " effective_until { year: 2026 month: ", until, " day: 1 }");
  }
  return text;
}

std::string Assigned(const std::string& role) {
  return absl::StrCat("responsibility_assigned { responsibility { ", role, " } }");
}

TEST(AssignResponsibilityTest, F020RolesAreDatedEachForItself) {
  Created()
      .When<pb::AssignResponsibilityRequest>(Role("MAIN_PM", {10}, 1))
      .Then({Assigned(Role("MAIN_PM", {10}, 1))})
      .When<pb::AssignResponsibilityRequest>(Role("ACCOUNT_MANAGER", {10}, 2))
      .Then({Assigned(Role("ACCOUNT_MANAGER", {10}, 2))})
      .When<pb::AssignResponsibilityRequest>(Role("MAIN_PM", {12}, 6))
      .Then({Assigned(Role("MAIN_PM", {12}, 6))})
      .When<pb::AssignResponsibilityRequest>(Role("BACKUP_PM", {13, 14}, 1))
      .Then({Assigned(Role("BACKUP_PM", {13, 14}, 1))})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'A' responsibilities { ",
                               Role("MAIN_PM", {10}, 1, 6), " } responsibilities { ",
                               Role("ACCOUNT_MANAGER", {10}, 2), " } responsibilities { ",
                               Role("MAIN_PM", {12}, 6), " } responsibilities { ",
                               Role("BACKUP_PM", {13, 14}, 1), " }"));
}

TEST(AssignResponsibilityTest, F020RefusalsInCheckOrder) {
  const auto with_roles = [] {
    Scenario scenario = Created();
    scenario.Given(Assigned(Role("MAIN_PM", {10}, 1, 6)))
        .Given(Assigned(Role("BACKUP_PM", {13, 14}, 1)));
    return scenario;
  };
  ExpectRefusals<pb::AssignResponsibilityRequest>(
      with_roles,
      {{"no role", absl::StrCat("user_ids: '", Id(10), "'"), Reason::REASON_INVALID_FIELD, "role"},
       {"nobody", Role("MAIN_PM", {}, 1), Reason::REASON_INVALID_FIELD, "user_ids"},
       {"two", Role("ACCOUNT_MANAGER", {10, 12}, 1), Reason::REASON_INVALID_FIELD, "user_ids"},
       {"inactive", Role("MAIN_PM", {11}, 1), Reason::REASON_RECORD_ARCHIVED, ""},
       {"unknown", Role("MAIN_PM", {99}, 1), Reason::REASON_REFERENCE_NOT_FOUND, "user_ids[0]"},
       {"twice", Role("BACKUP_PM", {13, 13}, 1), Reason::REASON_INVALID_FIELD, "user_ids[1]"},
       {"overlap", Role("MAIN_PM", {12}, 5, 9), Reason::REASON_INTERVAL_OVERLAP, ""},
       {"main is backup", Role("MAIN_PM", {14}, 3), Reason::REASON_INVALID_FIELD, "user_ids"},
       {"backup is main", Role("BACKUP_PM", {12, 10}, 5), Reason::REASON_INVALID_FIELD,
        "user_ids"}});
  // From June on nobody is the main project manager, so 10 may stand in.
  Scenario later = with_roles();
  later.When<pb::AssignResponsibilityRequest>(Role("BACKUP_PM", {10}, 6));
  EXPECT_TRUE(later.status().ok()) << later.status();
}

TEST(HandOverAccountTest, F020AllRolesOfAUserInOneCommand) {
  const auto given = [] {
    Scenario scenario = Created();
    scenario.Given(Assigned(Role("MAIN_PM", {10}, 1)))
        .Given(Assigned(Role("ACCOUNT_MANAGER", {10}, 1)))
        .Given(Assigned(Role("BACKUP_PM", {13, 12}, 1)));
    return scenario;
  };
  const auto hand_over = [](int from, int to) {
    return absl::StrCat("from_user_id: '", Id(from), "' to_user_id: '", Id(to),
                        "' effective_from { year: 2026 month: 4 day: 1 }");
  };
  // The first backup becomes the main project manager and leaves the list.
  given()
      .When<pb::HandOverAccountRequest>(hand_over(10, 13))
      .Then({Assigned(Role("BACKUP_PM", {12}, 4)), Assigned(Role("MAIN_PM", {13}, 4)),
             Assigned(Role("ACCOUNT_MANAGER", {13}, 4))})
      .When<pb::HandOverAccountRequest>(hand_over(10, 13))
      .ThenNothing();
  given()
      .When<pb::HandOverAccountRequest>(hand_over(12, 14))
      .Then({Assigned(Role("BACKUP_PM", {13, 14}, 4))});
  given()
      .When<pb::HandOverAccountRequest>(hand_over(12, 10))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "user_ids"}});
  ExpectRefusals<pb::HandOverAccountRequest>(
      given, {{"same", hand_over(10, 10), Reason::REASON_INVALID_FIELD, "to_user_id"},
              {"inactive", hand_over(10, 11), Reason::REASON_RECORD_ARCHIVED, ""}});
}

}  // namespace
}  // namespace daybook::testing
