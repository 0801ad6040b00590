// Org charts, the graph of relations and buying centers, over gRPC.

#include <gmock/gmock.h>

#include "daybook/party/v1/buying_center_service.grpc.pb.h"
#include "daybook/party/v1/org_position_service.grpc.pb.h"
#include "daybook/party/v1/relation_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

using party::v1::BuyingCenterService;
using party::v1::OrgPositionService;
using party::v1::RelationService;
using sales::v1::OpportunityService;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class OrgChartTest : public PartyTest {
 protected:
  // Puts a new contact into the chart since 2026-01-01; returns the place.
  std::string Add(const std::string& name, const std::string& manager,
                  const std::string& more = "") {
    return Do(&OrgPositionService::Stub::AddOrgPosition,
              absl::StrCat("account_id: '", account_, "' contact_id: '", NewContact(name, account_),
                           "' reports_to_id: '", manager, "' position: 'of ", name, "' ", more) +
                  From("2026-01-01"))
        .org_position()
        .id();
  }
  // "Boss(Clerk,Clerk2),Other": who reports to whom.
  std::string Chart(const std::string& day, const std::string& when = "") {
    const auto chart = Do(&OrgPositionService::Stub::GetOrgChart,
                          absl::StrCat("account_id: '", account_, "'", On(day), when));
    std::string out;
    int level = 0;
    for (int i = 0; i < chart.nodes_size(); ++i) {
      const auto& node = chart.nodes(i);
      for (; level > node.level(); --level) out += ")";
      for (; level < node.level(); ++level) out += "(";
      if (i > 0 && out.back() != '(') out += ",";
      out += node.family_name();
      if (node.has_attitude()) absl::StrAppend(&out, "/", node.attitude());
    }
    for (; level > 0; --level) out += ")";
    return out;
  }

  std::string account_ = server_.CreateAccount("Acme");
};

TEST_F(OrgChartTest, F037WhenAManagerLeavesHisReportsBecomeRootsAndThePastStillShowsHim) {
  const std::string boss = Add("Boss", "");
  const std::string head = Add("Head", boss, "attitude: 2");
  const std::string clerk = Add("Clerk", head);
  Add("Aide", head, "attitude: -1");
  EXPECT_EQ(Chart("2026-02-01"), "Boss(Head/2(Clerk,Aide/-1))");
  const uint64_t before = server_.Head();
  Do(&OrgPositionService::Stub::RemoveFromChart,
     absl::StrCat("id: '", head, "'", From("2026-05-01")));
  EXPECT_EQ(Chart("2026-04-30"), "Boss(Head/2(Clerk,Aide/-1))");
  EXPECT_EQ(Chart("2026-05-01"), "Boss,Clerk,Aide/-1");
  EXPECT_EQ(Chart("2026-05-01", AsOf(before)), "Boss(Head/2(Clerk,Aide/-1))");
  Do(&OrgPositionService::Stub::SetReportsTo,
     absl::StrCat("id: '", clerk, "' reports_to_id: '", boss, "'", From("2026-06-01")));
  EXPECT_EQ(Chart("2026-06-01"), "Boss(Clerk),Aide/-1");
  EXPECT_EQ(Chart("2025-12-31"), "");
  EXPECT_EQ(
      Refused(&OrgPositionService::Stub::SetReportsTo,
              absl::StrCat("id: '", boss, "' reports_to_id: '", clerk, "'", From("2026-06-01"))),
      "CYCLE");
}

TEST_F(OrgChartTest, F037PositionsAreReadClearAndAssistantsAreShown) {
  const std::string boss = Add("Boss", "");
  const std::string aide = Add("Aide", boss);
  Do(&OrgPositionService::Stub::SetAssistants,
     absl::StrCat("id: '", boss, "' assistant_ids: '", aide, "'", From("2026-02-01")));
  Do(&OrgPositionService::Stub::SetPosition,
     absl::StrCat("id: '", aide, "' position: 'Chief of staff'", From("2026-03-01")));
  const auto on = [&](const std::string& day) {
    return Do(&OrgPositionService::Stub::GetOrgChart,
              absl::StrCat("account_id: '", account_, "'", On(day)))
        .nodes(1);
  };
  EXPECT_EQ(on("2026-02-01").position(), "of Aide");
  EXPECT_EQ(on("2026-03-01").position(), "Chief of staff");
  EXPECT_EQ(on("2026-01-31").assistant_of_id(), "");
  EXPECT_EQ(on("2026-02-01").assistant_of_id(), boss);
}

class RelationTest : public PartyTest {
 protected:
  std::string Relate(const std::string& type, const std::string& from, const std::string& to,
                     const std::string& more = "") {
    return Do(&RelationService::Stub::AddRelation,
              absl::StrCat("type: RELATION_TYPE_", type, " ", from, " ", to, " ", more))
        .relation()
        .id();
  }
  static std::string End(const std::string& side, const std::string& kind, const std::string& id) {
    return absl::StrCat(side, "_", kind, "_id: '", id, "'");
  }
  std::string WorksAt(const std::string& contact, const std::string& account,
                      const std::string& since, const std::string& until) {
    return Relate("WORKS_AT", End("from", "contact", contact), End("to", "account", account),
                  (since.empty() ? "" : Field("since", since)) +
                      (until.empty() ? "" : Field("until", until)));
  }
  std::string Knows(const std::string& a, const std::string& b, const std::string& more = "") {
    return Relate("KNOWS", End("from", "contact", a), End("to", "contact", b), more);
  }
  std::vector<std::string> Neighbours(const std::string& contact, int depth,
                                      const std::string& selection = "",
                                      const std::string& when = "") {
    const auto found = Do(&RelationService::Stub::ListNeighbours,
                          absl::StrCat("of { contact_id: '", contact, "' } depth: ", depth,
                                       " selection { ", selection, " } ", when));
    EXPECT_FALSE(found.partial());
    std::vector<std::string> out;
    for (const auto& node : found.nodes()) {
      if (node.distance() > 0) out.push_back(absl::StrCat(node.name(), node.distance()));
    }
    return out;
  }
};

TEST_F(RelationTest, F038FormerColleaguesWereAtTheSameAccountAtTheSameTime) {
  const std::string x = server_.CreateAccount("X");
  const std::string a = NewContact("A");
  const std::string b = NewContact("B");
  const std::string c = NewContact("C");
  WorksAt(a, x, "2018-01-01", "2021-01-01");
  WorksAt(b, x, "2020-01-01", "");
  WorksAt(c, x, "2021-01-01", "");
  const auto of_a =
      Do(&RelationService::Stub::ListFormerColleagues, absl::StrCat("contact_id: '", a, "'"));
  ASSERT_EQ(of_a.colleagues_size(), 1);
  EXPECT_THAT(of_a.colleagues(0),
              EqualsProto(absl::StrCat("contact_id: '", b, "' name: 'B' account_id: '", x,
                                       "' account_name: 'X'", Field("overlap_from", "2020-01-01"),
                                       Field("overlap_until", "2021-01-01"))));
  const auto of_c =
      Do(&RelationService::Stub::ListFormerColleagues, absl::StrCat("contact_id: '", c, "'"));
  ASSERT_EQ(of_c.colleagues_size(), 1);
  EXPECT_EQ(of_c.colleagues(0).contact_id(), b);
  EXPECT_FALSE(of_c.colleagues(0).has_overlap_until());
}

TEST_F(RelationTest, F038NeighboursByDepthTypeAndDay) {
  const std::string x = server_.CreateAccount("X");
  const std::string a = NewContact("A");
  const std::string b = NewContact("B");
  const std::string c = NewContact("C");
  const std::string d = NewContact("D");
  const std::string edge = Knows(a, b, "note: 'from school'" + Field("since", "2020-01-01"));
  Knows(b, c);
  Knows(c, d);
  WorksAt(a, x, "2018-01-01", "2021-01-01");
  EXPECT_THAT(Neighbours(a, 1), ElementsAre("B1"));
  EXPECT_THAT(Neighbours(a, 3), ElementsAre("B1", "C2", "D3"));
  EXPECT_THAT(Neighbours(a, 1, "any_day: true"), UnorderedElementsAre("B1", "X1"));
  EXPECT_THAT(Neighbours(a, 1, On("2019-06-01")), ElementsAre("X1"));
  EXPECT_THAT(Neighbours(a, 2, "types: RELATION_TYPE_WORKS_AT any_day: true"), ElementsAre("X1"));
  const uint64_t before = server_.Head();
  Do(&RelationService::Stub::EndRelation,
     absl::StrCat("id: '", edge, "'", Field("until", "2021-06-01")));
  EXPECT_THAT(Neighbours(a, 1), ElementsAre());
  EXPECT_THAT(Neighbours(a, 1, "", AsOf(before)), ElementsAre("B1"));
  EXPECT_EQ(
      Do(&RelationService::Stub::GetRelation, absl::StrCat("id: '", edge, "'")).relation().note(),
      "from school");
  EXPECT_EQ(Refused(&RelationService::Stub::ListNeighbours,
                    absl::StrCat("of { contact_id: '", a, "' } depth: 4")),
            "INVALID_FIELD");
  EXPECT_EQ(Refused(&RelationService::Stub::ListNeighbours,
                    absl::StrCat("of { contact_id: '", a, "' account_id: '", x, "' }")),
            "INVALID_FIELD");
}

TEST_F(RelationTest, F038ANodeWithMoreRelationsThanAreLookedAtIsPartial) {
  const std::string x = server_.CreateAccount("X");
  constexpr int kMore = 201;
  for (int i = 0; i < kMore; ++i) WorksAt(NewContact(absl::StrCat("C", i)), x, "", "");
  const auto found =
      Do(&RelationService::Stub::ListNeighbours, absl::StrCat("of { account_id: '", x, "' }"));
  EXPECT_TRUE(found.partial());
  EXPECT_EQ(found.relations_size(), kMore - 1);
}

TEST_F(RelationTest, F038PathsAreAllShortestOnes) {
  std::map<std::string, std::string> people;
  for (const char* name : {"A", "B", "C", "D", "E"}) people[name] = NewContact(name);
  const auto knows = [&](const char* a, const char* b) { Knows(people[a], people[b]); };
  knows("A", "B");
  knows("B", "D");
  knows("A", "C");
  knows("C", "D");
  knows("D", "E");
  const auto paths = [&](const char* a, const char* b, int length) {
    const auto found = Do(&RelationService::Stub::FindPaths,
                          absl::StrCat("from { contact_id: '", people[a], "' } to { contact_id: '",
                                       people[b], "' } max_length: ", length));
    std::vector<std::string> out;
    for (const auto& path : found.paths()) {
      std::string text;
      for (const auto& node : path.nodes()) text += node.name();
      EXPECT_EQ(path.relations_size() + 1, path.nodes_size());
      out.push_back(text);
    }
    return out;
  };
  EXPECT_THAT(paths("A", "D", 4), UnorderedElementsAre("ABD", "ACD"));
  EXPECT_THAT(paths("A", "E", 3), UnorderedElementsAre("ABDE", "ACDE"));
  EXPECT_THAT(paths("A", "E", 2), ElementsAre());
  EXPECT_EQ(Refused(&RelationService::Stub::FindPaths,
                    absl::StrCat("from { contact_id: '", people["A"], "' } to { contact_id: '",
                                 people["A"], "' }")),
            "INVALID_FIELD");
}

class BuyingCenterTest : public PartyTest {
 protected:
  // A deal with these decision makers; returns the deal.
  std::string Deal(int64_t minor, const std::vector<std::string>& contacts) {
    const std::string deal = server_.CreateDeal(account_, owner_, minor);
    std::string members;
    for (const std::string& contact : contacts) {
      absl::StrAppend(&members, "members { contact_id: '", contact,
                      "' role: BUYING_ROLE_DECISION_MAKER influence: 90 } ");
    }
    Do(&BuyingCenterService::Stub::OpenBuyingCenter,
       absl::StrCat("opportunity_id: '", deal, "' ", members));
    return deal;
  }
  void Win(const std::string& deal, int64_t minor) {
    Do(&OpportunityService::Stub::WinOpportunity,
       absl::StrCat("id: '", deal, "' actual_value { minor: ", minor, " currency: 'USD' }"));
  }
  party::v1::GetDealBuyingCenterResponse Center(const std::string& deal,
                                                const std::string& more = "") {
    return Do(&BuyingCenterService::Stub::GetDealBuyingCenter,
              absl::StrCat("opportunity_id: '", deal, "' ", more));
  }

  std::string owner_ = server_.CreateUser("Ada");
  std::string account_ = server_.CreateAccount("Acme");
};

TEST_F(BuyingCenterTest, F039ADecisionMakerOfThreeDealsOfWhichTwoAreWon) {
  const std::string c = NewContact("C", account_);
  const std::string d = NewContact("D");
  Win(Deal(1000, {c, d}), 900);
  Win(Deal(2000, {c}), 2100);
  Deal(3000, {c});
  const auto influence = Do(&BuyingCenterService::Stub::ListContactInfluence,
                            absl::StrCat("account_id: '", account_, "'"));
  ASSERT_EQ(influence.contacts_size(), 2);
  const auto& of_c = influence.contacts(influence.contacts(0).contact_id() == c ? 0 : 1);
  EXPECT_EQ(of_c.deals(), 3);
  EXPECT_EQ(of_c.won(), 2);
  EXPECT_EQ(of_c.lost(), 0);
  ASSERT_EQ(of_c.won_value_size(), 1);
  EXPECT_EQ(of_c.won_value(0).minor(), 3000);
  EXPECT_FALSE(influence.partial());
}

TEST_F(BuyingCenterTest, F039ItIsFrozenWithTheDealAndCorrectionsKeepWhatStood) {
  const std::string c = NewContact("C", account_);
  const std::string d = NewContact("D");
  const std::string deal = Deal(1000, {c});
  const std::string id = Center(deal).id();
  EXPECT_EQ(Refused(&BuyingCenterService::Stub::OpenBuyingCenter,
                    absl::StrCat("opportunity_id: '", deal, "'")),
            "DUPLICATE_KEY");
  Win(deal, 1000);
  const std::string add =
      absl::StrCat("id: '", id, "' member { contact_id: '", d, "' role: BUYING_ROLE_USER } ");
  EXPECT_EQ(Refused(&BuyingCenterService::Stub::AddBuyingCenterMember, add), "ILLEGAL_TRANSITION");
  EXPECT_TRUE(Center(deal).frozen());
  EXPECT_FALSE(Center(deal).corrected());
  Do(&BuyingCenterService::Stub::AddBuyingCenterMember, add + "correction: true");
  EXPECT_TRUE(Center(deal).corrected());
  EXPECT_EQ(Center(deal).members_size(), 2);
  ASSERT_EQ(Center(deal, "at_close: true").members_size(), 1);
  EXPECT_EQ(Center(deal, "at_close: true").members(0).family_name(), "C");
}

TEST_F(BuyingCenterTest, ADealWithoutOneIsNotFound) {
  const std::string deal = server_.CreateDeal(account_, owner_, 1);
  EXPECT_EQ(Refused(&BuyingCenterService::Stub::GetDealBuyingCenter,
                    absl::StrCat("opportunity_id: '", deal, "'")),
            "NOT_FOUND");
}

}  // namespace
}  // namespace daybook::testing
