#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/unit_service.pb.h"
#include "domain/record/tree.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::admin::v1;

std::string UnitText(int id, int parent, absl::string_view state = "UNIT_STATE_OPEN") {
  return absl::StrCat("id: '", Id(id), "' name: 'U' kind: UNIT_KIND_TEAM state: ", state,
                      parent == 0 ? "" : absl::StrCat(" parent_id: '", Id(parent), "'"));
}

// Unit 1 stands alone; 2 is at the top, 3 below 2, 4 is closed.
Scenario World() {
  Scenario scenario("unit");
  scenario.Exists("unit", UnitText(2, 0))
      .Exists("unit", UnitText(3, 2))
      .Exists("unit", UnitText(4, 0, "UNIT_STATE_CLOSED"))
      .Exists("user", absl::StrCat("id: '", Id(10), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(11), "' state: USER_STATE_INACTIVE"));
  return scenario;
}

Scenario Created() {
  return std::move(
      World()
          .Given(absl::StrCat("created { unit { ", UnitText(1, 0), " external_key: 'hr:1' } }"))
          .Exists("unit", UnitText(1, 0)));
}

std::string Parent(int id) { return absl::StrCat("parent_id: '", Id(id), "'"); }

TEST(CreateUnitTest, UnitIsOpenBelowItsParent) {
  World()
      .When<pb::CreateUnitRequest>(
          absl::StrCat("name: 'Team A' kind: UNIT_KIND_TEAM external_key: 'hr:a' ", Parent(3)))
      .Then({absl::StrCat("created { unit { id: '", Id(1),
                          "' name: 'Team A' kind: UNIT_KIND_TEAM state: UNIT_STATE_OPEN "
                          "external_key: 'hr:a' ",
                          Parent(3), " } }")})
      .ThenClaims({"unit-external-key=hr:a"});
}

TEST(CreateUnitTest, RefusalsInCheckOrder) {
  Created().When<pb::CreateUnitRequest>("name: 'A'").ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::CreateUnitRequest>(
      World, {
                 {"blank name", absl::StrCat("name: '' ", Parent(99)), Reason::REASON_INVALID_FIELD,
                  "name"},
                 {"unknown parent", absl::StrCat("name: 'A' ", Parent(99)),
                  Reason::REASON_REFERENCE_NOT_FOUND, "parent_id"},
                 {"itself", absl::StrCat("name: 'A' ", Parent(1)), Reason::REASON_CYCLE, ""},
                 {"closed parent", absl::StrCat("name: 'A' ", Parent(4)),
                  Reason::REASON_RECORD_ARCHIVED, ""},
             });
}

TEST(UpdateUnitTest, ManagerMustBeActive) {
  Created()
      .When<pb::UpdateUnitRequest>(
          absl::StrCat("unit { manager_id: '", Id(11), "' } update_mask { paths: 'manager_id' }"))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::UpdateUnitRequest>(
          absl::StrCat("unit { manager_id: '", Id(12), "' } update_mask { paths: 'manager_id' }"))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND, {{"field", "unit.manager_id"}})
      .When<pb::UpdateUnitRequest>(
          absl::StrCat("unit { manager_id: '", Id(10), "' } update_mask { paths: 'manager_id' }"))
      .Then({absl::StrCat("fields_changed { fields { paths: 'manager_id' } before {} after { "
                          "manager_id: '",
                          Id(10), "' } }")});
}

TEST(MoveUnitTest, WholeSubtreeMovesWithOneEvent) {
  Created()
      .When<pb::MoveUnitRequest>(Parent(3))
      .Then({absl::StrCat("moved { to_parent_id: '", Id(3), "' }")})
      .When<pb::MoveUnitRequest>(Parent(3))
      .ThenNothing()
      .When<pb::MoveUnitRequest>("")
      .Then({absl::StrCat("moved { from_parent_id: '", Id(3), "' }")});
}

TEST(MoveUnitTest, RefusalsInCheckOrder) {
  World().When<pb::MoveUnitRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  const auto with_child = [] { return std::move(Created().Exists("unit", UnitText(2, 1))); };
  ExpectRefusals<pb::MoveUnitRequest>(
      with_child,
      {
          {"itself", Parent(1), Reason::REASON_CYCLE, ""},
          {"below its own grandchild", Parent(3), Reason::REASON_CYCLE, ""},
          {"unknown parent", Parent(99), Reason::REASON_REFERENCE_NOT_FOUND, "parent_id"},
          {"closed parent", Parent(4), Reason::REASON_RECORD_ARCHIVED, ""},
      });
}

TEST(CloseUnitTest, ClosedUnitTakesNoChangesAndFreesItsKey) {
  Created()
      .ThenClaims({"unit-external-key=hr:1"})
      .When<pb::CloseUnitRequest>("")
      .Then({"closed {}"})
      .ThenClaims({})
      .When<pb::CloseUnitRequest>("")
      .ThenNothing()
      .When<pb::MoveUnitRequest>(Parent(2))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED, {{"state", "CLOSED"}})
      .When<pb::UpdateUnitRequest>("unit { name: 'B' } update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
}

TEST(CloseUnitTest, UnknownUnitIsRefused) {
  World().When<pb::CloseUnitRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
