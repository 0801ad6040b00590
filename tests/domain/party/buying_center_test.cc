#include "domain/party/buying_center.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;
using domain::BuyingCenter;

std::string Deal(absl::string_view state) {
  return absl::StrCat("id: '", Id(20), "' state: OPPORTUNITY_STATE_", state);
}

Scenario World(absl::string_view state = "OPEN") {
  Scenario scenario("buying_center");
  scenario.Exists("opportunity", Deal(state));
  for (int id = 2; id <= 5; ++id) {
    scenario.Exists("contact",
                    absl::StrCat("id: '", Id(id), "' ", id == 5 ? "archived: true" : ""));
  }
  return scenario;
}

std::string Member(int id, absl::string_view role = "DECISION_MAKER", int influence = 80) {
  return absl::StrCat("contact_id: '", Id(id), "' role: BUYING_ROLE_", role,
                      " influence: ", influence);
}
std::string Members(std::initializer_list<int> ids) {
  std::string text;
  for (const int id : ids) absl::StrAppend(&text, "members { ", Member(id), " } ");
  return text;
}
std::string Link(int from, int to, int strength = 50) {
  return absl::StrCat("from_contact_id: '", Id(from), "' to_contact_id: '", Id(to),
                      "' strength: ", strength);
}

Scenario Opened(absl::string_view state = "OPEN") {
  Scenario scenario = World(state);
  scenario.Given(absl::StrCat("opened { buying_center { id: '", Id(1), "' opportunity_id: '",
                              Id(20), "' ", Members({2, 3}), " } }"));
  return scenario;
}
std::string Record(absl::string_view rest) {
  return absl::StrCat("id: '", Id(1), "' opportunity_id: '", Id(20), "' ", rest);
}

TEST(BuyingCenterTest, F039OneForEachDeal) {
  World()
      .When<pb::OpenBuyingCenterRequest>(
          absl::StrCat("opportunity_id: '", Id(20), "' ", Members({2, 3})))
      .ThenClaims({absl::StrCat("buying_center-opportunity=", Id(20))})
      .ThenRecord(Record(Members({2, 3})));
}

TEST(BuyingCenterTest, F039MembersAndWhoSwaysWhom) {
  Opened()
      .When<pb::AddBuyingCenterMemberRequest>(absl::StrCat("member { ", Member(4), " }"))
      .Then({absl::StrCat("member_added { member { ", Member(4), " } }")})
      .When<pb::AddBuyingCenterMemberRequest>(absl::StrCat("member { ", Member(4), " }"))
      .ThenNothing()
      .When<pb::ChangeBuyingCenterMemberRequest>(
          absl::StrCat("member { ", Member(4, "BLOCKER", 5), " }"))
      .Then({absl::StrCat("member_changed { before { ", Member(4), " } after { ",
                          Member(4, "BLOCKER", 5), " } }")})
      .When<pb::LinkInfluenceRequest>(absl::StrCat("link { ", Link(2, 4), " }"))
      .Then({absl::StrCat("influence_linked { link { ", Link(2, 4), " } }")})
      .When<pb::LinkInfluenceRequest>(absl::StrCat("link { ", Link(4, 3), " }"))
      .Then({absl::StrCat("influence_linked { link { ", Link(4, 3), " } }")})
      .When<pb::LinkInfluenceRequest>(absl::StrCat("link { ", Link(3, 2), " }"))
      .Then({absl::StrCat("influence_linked { link { ", Link(3, 2), " } }")})
      .When<pb::RemoveBuyingCenterMemberRequest>(absl::StrCat("contact_id: '", Id(4), "'"))
      .Then({absl::StrCat("member_removed { contact_id: '", Id(4), "' }")})
      .ThenRecord(Record(absl::StrCat(Members({2, 3}), "influences { ", Link(3, 2), " }")))
      .When<pb::UnlinkInfluenceRequest>(
          absl::StrCat("from_contact_id: '", Id(3), "' to_contact_id: '", Id(2), "'"))
      .Then({absl::StrCat("influence_unlinked { from_contact_id: '", Id(3), "' to_contact_id: '",
                          Id(2), "' }")})
      .ThenRecord(Record(Members({2, 3})));
}

TEST(BuyingCenterTest, F039AfterTheCloseOnlyCorrectionsAndWhatStoodIsKept) {
  const std::string four = absl::StrCat("member { ", Member(4), " }");
  Opened("WON")
      .When<pb::AddBuyingCenterMemberRequest>(four)
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "CLOSED"}})
      .When<pb::AddBuyingCenterMemberRequest>(four + " correction: true")
      .Then({absl::StrCat("member_added { ", four, " correction: true }")})
      .When<pb::RemoveBuyingCenterMemberRequest>(
          absl::StrCat("contact_id: '", Id(2), "' correction: true"))
      .ThenRecord(Record(absl::StrCat(Members({3, 4}), "at_close { ", Members({2, 3}), " }")))
      // Reopened: what stood at that close does not count any more.
      .Exists("opportunity", Deal("OPEN"))
      .When<pb::RemoveBuyingCenterMemberRequest>(absl::StrCat("contact_id: '", Id(3), "'"))
      .ThenRecord(Record(Members({4})));
  World("LOST")
      .When<pb::OpenBuyingCenterRequest>(
          absl::StrCat("opportunity_id: '", Id(20), "' ", Members({2})))
      .ThenRecord(Record(Members({2}) + "at_close {}"));
}

TEST(BuyingCenterTest, F039RefusalsInCheckOrder) {
  World()
      .When<pb::AddBuyingCenterMemberRequest>(absl::StrCat("member { ", Member(2), " }"))
      .ThenRejected(Reason::REASON_NOT_FOUND);
  const std::string deal = absl::StrCat("opportunity_id: '", Id(20), "' ");
  ExpectRefusals<pb::OpenBuyingCenterRequest>(
      [] { return World(); },
      {{"unknown deal", absl::StrCat("opportunity_id: '", Id(99), "'"),
        Reason::REASON_REFERENCE_NOT_FOUND, "opportunity_id"},
       {"twice", deal + Members({2, 2}), Reason::REASON_INVALID_FIELD, "members[1].contact_id"},
       {"archived", deal + Members({5}), Reason::REASON_RECORD_ARCHIVED, ""}});
  const auto member = [](const std::string& text) { return absl::StrCat("member { ", text, " }"); };
  ExpectRefusals<pb::AddBuyingCenterMemberRequest>(
      [] { return Opened(); },
      {{"no role", member(absl::StrCat("contact_id: '", Id(4), "'")), Reason::REASON_INVALID_FIELD,
        "member.role"},
       {"unknown", member(Member(9)), Reason::REASON_REFERENCE_NOT_FOUND, "member.contact_id"},
       {"influence", member(Member(4, "USER", 101)), Reason::REASON_INVALID_FIELD,
        "member.influence"},
       {"there already", member(Member(2, "USER")), Reason::REASON_INVALID_FIELD,
        "member.contact_id"}});
  ExpectRefusals<pb::ChangeBuyingCenterMemberRequest>(
      [] { return Opened(); },
      {{"no member", member(Member(4)), Reason::REASON_INVALID_FIELD, "member.contact_id"}});
  const auto link = [](int from, int to, int strength) {
    return absl::StrCat("link { ", Link(from, to, strength), " }");
  };
  ExpectRefusals<pb::LinkInfluenceRequest>(
      [] { return Opened(); },
      {{"itself", link(2, 2, 1), Reason::REASON_INVALID_FIELD, "link.to_contact_id"},
       {"outside", link(4, 2, 1), Reason::REASON_INVALID_FIELD, "link.from_contact_id"},
       {"outside", link(2, 4, 1), Reason::REASON_INVALID_FIELD, "link.to_contact_id"},
       {"strength", link(2, 3, 101), Reason::REASON_INVALID_FIELD, "link.strength"}});
}

TEST(BuyingCenterTest, MembersAtTheirLimit) {
  Scenario scenario = Opened();
  for (int i = 2; i < domain::kBuyingCenterMembersMax; ++i) {
    scenario.Given(absl::StrCat("member_added { member { ", Member(1000 + i), " } }"));
  }
  scenario.When<pb::AddBuyingCenterMemberRequest>(absl::StrCat("member { ", Member(4), " }"))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED);
}

}  // namespace
}  // namespace daybook::testing
