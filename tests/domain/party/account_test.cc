#include "domain/party/account.h"

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_service.pb.h"
#include "domain/record/tree.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

std::string AccountText(int id, int parent, absl::string_view more = "") {
  return absl::StrCat("id: '", Id(id), "' name: 'A' state: ACCOUNT_STATE_PROSPECT ", more,
                      parent == 0 ? "" : absl::StrCat(" parent_id: '", Id(parent), "'"));
}

Scenario World() {
  Scenario scenario("account");
  scenario.Exists("user", absl::StrCat("id: '", Id(10), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(11), "' state: USER_STATE_INACTIVE"))
      .Exists("account", AccountText(2, 0))
      .Exists("account", AccountText(3, 0, "archived: true"));
  return scenario;
}

Scenario Created() {
  return std::move(World()
                       .Given(absl::StrCat(
                           "created { account { ",
                           AccountText(1, 0, "tax_number: 'de 123' external_key: 'erp:1'"), " } }"))
                       .Exists("account", AccountText(1, 0)));
}

std::string Parent(int id) { return absl::StrCat("parent_id: '", Id(id), "'"); }

std::string ChangeState(absl::string_view state) {
  return absl::StrCat("state: ACCOUNT_STATE_", state);
}

TEST(CreateAccountTest, AccountIsProspectUnlessSaidOtherwise) {
  World()
      .When<pb::CreateAccountRequest>(absl::StrCat(
          "name: 'Acme' industry: 'tools' website: 'acme.example' tax_number: 'de 123 456' "
          "country: 'DE' employees: 7 annual_revenue { minor: 110104 currency: 'USD' } "
          "founded_year: 1996 external_key: 'erp:1' owner_id: '",
          Id(10), "' ", Parent(2)))
      .Then({absl::StrCat(
          "created { account { id: '", Id(1),
          "' name: 'Acme' industry: 'tools' website: 'acme.example' tax_number: 'de 123 456' "
          "country: 'DE' employees: 7 annual_revenue { minor: 110104 currency: 'USD' } "
          "founded_year: 1996 external_key: 'erp:1' state: ACCOUNT_STATE_PROSPECT owner_id: '",
          Id(10), "' ", Parent(2), " } }")})
      .ThenClaims({"account-tax-number=DE123456", "account-external-key=erp:1"});
}

TEST(CreateAccountTest, FoundedYearAtItsLimits) {
  for (const int year : {domain::kFoundedYearMin, domain::kFoundedYearMax}) {
    World()
        .When<pb::CreateAccountRequest>(absl::StrCat("name: 'A' founded_year: ", year))
        .Then({absl::StrCat("created { account { id: '", Id(1), "' name: 'A' founded_year: ", year,
                            " state: ACCOUNT_STATE_PROSPECT } }")});
  }
  // 0 is a year like any other: what is unknown is left out.
  for (const int year : {0, domain::kFoundedYearMin - 1, domain::kFoundedYearMax + 1}) {
    World()
        .When<pb::CreateAccountRequest>(absl::StrCat("name: 'A' founded_year: ", year))
        .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "founded_year"}});
  }
}

TEST(CreateAccountTest, RefusalsInCheckOrder) {
  Created().When<pb::CreateAccountRequest>("name: 'A'").ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::CreateAccountRequest>(
      World, {
                 {"blank name", "name: ' ' founded_year: 1", Reason::REASON_INVALID_FIELD, "name"},
                 {"year", "name: 'A' founded_year: 99 external_key: 'x'",
                  Reason::REASON_INVALID_FIELD, "founded_year"},
                 {"key", absl::StrCat("name: 'A' external_key: ':x' ", Parent(99)),
                  Reason::REASON_INVALID_FIELD, "external_key"},
                 {"unknown parent", absl::StrCat("name: 'A' ", Parent(99)),
                  Reason::REASON_REFERENCE_NOT_FOUND, "parent_id"},
                 {"itself", absl::StrCat("name: 'A' ", Parent(1)), Reason::REASON_CYCLE, ""},
                 {"archived parent", absl::StrCat("name: 'A' ", Parent(3)),
                  Reason::REASON_RECORD_ARCHIVED, ""},
                 {"inactive owner", absl::StrCat("name: 'A' owner_id: '", Id(11), "'"),
                  Reason::REASON_RECORD_ARCHIVED, ""},
             });
}

TEST(UpdateAccountTest, ChangesAreRecordedAndTheTaxNumberFollows) {
  Created()
      .When<pb::UpdateAccountRequest>(
          "account { tax_number: 'FR9' } update_mask { paths: 'tax_number' }")
      .Then({"fields_changed { fields { paths: 'tax_number' } before { tax_number: 'de 123' } "
             "after { tax_number: 'FR9' } }"})
      .ThenClaims({"account-tax-number=FR9", "account-external-key=erp:1"});
}

TEST(UpdateAccountTest, RefusalsInCheckOrder) {
  World().When<pb::UpdateAccountRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::UpdateAccountRequest>(
      Created,
      {
          {"the parent", "update_mask { paths: 'parent_id' }", Reason::REASON_FIELD_NOT_WRITABLE,
           "parent_id"},
          {"the year", "account { founded_year: 3 } update_mask { paths: 'founded_year' }",
           Reason::REASON_INVALID_FIELD, "founded_year"},
          {"inactive owner",
           absl::StrCat("account { owner_id: '", Id(11), "' } update_mask { paths: 'owner_id' }"),
           Reason::REASON_RECORD_ARCHIVED, ""},
      });
}

TEST(MoveAccountTest, F018MovingASubtreeIsOneEvent) {
  Created()
      .When<pb::MoveAccountRequest>(Parent(2))
      .Then({absl::StrCat("moved { to_parent_id: '", Id(2), "' }")})
      .When<pb::MoveAccountRequest>(Parent(2))
      .ThenNothing()
      .When<pb::MoveAccountRequest>("")
      .Then({absl::StrCat("moved { from_parent_id: '", Id(2), "' }")});
}

// A chain 1 <- 101 <- 102 ...; account 1 may move below none of them, however deep.
TEST(MoveAccountTest, F018CycleIsRefusedAtEveryDepth) {
  Scenario scenario = Created();
  constexpr int kLevels = domain::kTreeDepthMax - 1;
  for (int level = 1; level <= kLevels; ++level) {
    scenario.Exists("account", AccountText(100 + level, level == 1 ? 1 : 99 + level));
  }
  scenario.When<pb::MoveAccountRequest>(Parent(1)).ThenRejected(Reason::REASON_CYCLE);
  for (int level = 1; level <= kLevels; ++level) {
    SCOPED_TRACE(level);
    scenario.When<pb::MoveAccountRequest>(Parent(100 + level)).ThenRejected(Reason::REASON_CYCLE);
  }
}

TEST(MoveAccountTest, F018DepthIsLimited) {
  Scenario scenario = Created();
  for (int level = 1; level <= domain::kTreeDepthMax; ++level) {
    scenario.Exists("account", AccountText(100 + level, level == 1 ? 0 : 99 + level));
  }
  scenario.When<pb::MoveAccountRequest>(Parent(100 + domain::kTreeDepthMax))
      .ThenRejected(Reason::REASON_DEPTH_LIMIT, {{"limit", absl::StrCat(domain::kTreeDepthMax)}})
      .When<pb::MoveAccountRequest>(Parent(100 + domain::kTreeDepthMax - 1))
      .Then({absl::StrCat("moved { to_parent_id: '", Id(100 + domain::kTreeDepthMax - 1), "' }")});
}

TEST(MoveAccountTest, ArchivedParentIsRefused) {
  World().When<pb::MoveAccountRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  Created().When<pb::MoveAccountRequest>(Parent(3)).ThenRejected(Reason::REASON_RECORD_ARCHIVED);
}

TEST(ChangeAccountStateTest, EveryPairOfStates) {
  const std::map<std::string, std::vector<std::string>> allowed = {
      {"PROSPECT", {"ACTIVE", "CLOSED"}},
      {"ACTIVE", {"DORMANT", "CLOSED"}},
      {"DORMANT", {"ACTIVE", "CLOSED"}},
      {"CLOSED", {"ACTIVE"}}};
  for (const auto& [from, targets] : allowed) {
    for (const auto& [to, unused] : allowed) {
      SCOPED_TRACE(absl::StrCat(from, " to ", to));
      Scenario scenario("account");
      scenario.Given(absl::StrCat("created { account { id: '", Id(1), "' state: ACCOUNT_STATE_",
                                  from, " } }"));
      scenario.When<pb::ChangeAccountStateRequest>(ChangeState(to));
      if (from == to) {
        scenario.ThenNothing();
      } else if (std::find(targets.begin(), targets.end(), to) != targets.end()) {
        scenario.Then({absl::StrCat("state_changed { from: ACCOUNT_STATE_", from,
                                    " to: ACCOUNT_STATE_", to, " }")});
      } else {
        scenario.ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", from}});
      }
    }
  }
}

TEST(ChangeAccountStateTest, RefusalNamesTheStatesAllowed) {
  Created()
      .When<pb::ChangeAccountStateRequest>(ChangeState("DORMANT"))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                    {{"state", "PROSPECT"}, {"allowed", "ACTIVE,CLOSED"}});
  World()
      .When<pb::ChangeAccountStateRequest>(ChangeState("ACTIVE"))
      .ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(ArchiveAccountTest, KeysAreFreeWhileArchivedAndNothingElseChanges) {
  Created()
      .When<pb::ArchiveAccountRequest>("")
      .Then({"archived {}"})
      .ThenClaims({})
      .When<pb::ArchiveAccountRequest>("")
      .ThenNothing()
      .When<pb::UpdateAccountRequest>("account { name: 'B' } update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::MoveAccountRequest>(Parent(2))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::ChangeAccountStateRequest>(ChangeState("ACTIVE"))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::RestoreAccountRequest>("")
      .Then({"restored {}"})
      .ThenClaims({"account-tax-number=DE123", "account-external-key=erp:1"})
      .When<pb::RestoreAccountRequest>("")
      .ThenNothing();
}

TEST(ArchiveAccountTest, UnknownAccountIsRefused) {
  World().When<pb::ArchiveAccountRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World().When<pb::RestoreAccountRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
