#include "domain/party/org_position.h"

#include "absl/strings/str_cat.h"
#include "domain/record/tree.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

std::string From(int month) {
  return absl::StrCat(" effective_from { year: 2026 month: ", month, " day: 1 }");
}
std::string Until(int month) {
  return absl::StrCat(" effective_until { year: 2026 month: ", month, " day: 1 }");
}
std::string Reports(int id) {
  return id == 0 ? "" : absl::StrCat(" reports_to_id: '", Id(id), "'");
}
// The place `id` of contact 100 + id in the chart of account 50.
std::string Place(int id, const std::string& stretches) {
  return absl::StrCat("id: '", Id(id), "' account_id: '", Id(50), "' contact_id: '", Id(100 + id),
                      "' ", stretches);
}
std::string Stretch(const std::string& text) { return absl::StrCat("stretches { ", text, " } "); }

// Account 50 with contacts 101 to 104 and, archived, 105; contact 106 is linked to it, 107 is not.
// Place 2 is in its chart.
Scenario World() {
  Scenario scenario("org_position");
  scenario.Exists("account", absl::StrCat("id: '", Id(50), "' name: 'Acme'"))
      .Exists("account", absl::StrCat("id: '", Id(51), "' name: 'Other'"));
  for (int id = 101; id <= 105; ++id) {
    scenario.Exists("contact", absl::StrCat("id: '", Id(id), "' account_id: '", Id(50), "'",
                                            id == 105 ? " archived: true" : ""));
  }
  scenario
      .Exists("contact", absl::StrCat("id: '", Id(106), "' account_id: '", Id(51),
                                      "' links { account_id: '", Id(50), "' }"))
      .Exists("contact", absl::StrCat("id: '", Id(107), "' account_id: '", Id(51), "'"))
      .Exists("org_position", Place(2, Stretch(From(1)) + "positions: 'CEO'"));
  return scenario;
}

std::string Add(int contact, absl::string_view more = "") {
  return absl::StrCat("account_id: '", Id(50), "' contact_id: '", Id(contact), "' ", more);
}

Scenario Added() {
  Scenario scenario = World();
  scenario.Given(absl::StrCat("added { org_position { ",
                              Place(1, Stretch(From(1) + Reports(2)) + "positions: 'Buyer'"),
                              " } }"));
  return scenario;
}

TEST(OrgPositionTest, F037APlaceHasAManagerAPositionAndAnAttitude) {
  World()
      .When<pb::AddOrgPositionRequest>(Add(101,
                                           "position: 'Buyer' attitude: -2 external_key: "
                                           "'hr:1'" +
                                               Reports(2)))
      .Then({absl::StrCat("added { org_position { ",
                          Place(1, Stretch(From(3) + Reports(2) + " attitude: -2")),
                          "positions: 'Buyer' external_key: 'hr:1' } }")})
      .ThenClaims({absl::StrCat("org_position-contact=", Id(50), "/", Id(101)),
                   "org_position-external-key=hr:1"});
  World().When<pb::AddOrgPositionRequest>(Add(106)).Then(
      {absl::StrCat("added { org_position { id: '", Id(1), "' account_id: '", Id(50),
                    "' contact_id: '", Id(106), "' ", Stretch(From(3)), "positions: '' } }")});
}

TEST(OrgPositionTest, F037AddRefusalsInCheckOrder) {
  ExpectRefusals<pb::AddOrgPositionRequest>(
      World, {{"unknown contact", Add(199), Reason::REASON_REFERENCE_NOT_FOUND, "contact_id"},
              {"archived", Add(105), Reason::REASON_RECORD_ARCHIVED, ""},
              {"not linked", Add(107), Reason::REASON_INVALID_FIELD, "contact_id"},
              {"attitude", Add(101, "attitude: 3"), Reason::REASON_INVALID_FIELD, "attitude"},
              {"attitude", Add(101, "attitude: -3 external_key: 'x'"), Reason::REASON_INVALID_FIELD,
               "attitude"},
              {"key", Add(101, "external_key: 'x'"), Reason::REASON_INVALID_FIELD, "external_key"},
              {"unknown manager", Add(101, Reports(9)), Reason::REASON_REFERENCE_NOT_FOUND,
               "reports_to_id"},
              {"itself", Add(101, Reports(1)), Reason::REASON_CYCLE, "reports_to_id"},
              {"manager not there yet",
               Add(101, Reports(2) + " effective_from { year: 2025 month: 12 day: 31 }"),
               Reason::REASON_INVALID_FIELD, "reports_to_id"}});
  Scenario other = World();
  other.Exists("org_position",
               absl::StrCat("id: '", Id(3), "' account_id: '", Id(51), "' ", Stretch(From(1))));
  other.When<pb::AddOrgPositionRequest>(Add(101, Reports(3)))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "reports_to_id"}});
}

TEST(OrgPositionTest, F037EveryChangeIsDatedAndTheRestGoesOn) {
  Added()
      .When<pb::SetPositionRequest>("position: 'Head of purchasing'" + From(5))
      .Then({absl::StrCat("stretch_set { stretch { ", From(5), Reports(2), " } contact_id: '",
                          Id(101), "' position: 'Head of purchasing' }")})
      .When<pb::SetAttitudeRequest>("attitude: 1" + From(4))
      .Then({absl::StrCat("stretch_set { stretch { attitude: 1", From(4), Until(5), Reports(2),
                          " } contact_id: '", Id(101), "' position: 'Buyer' }")})
      .When<pb::SetAttitudeRequest>("attitude: 1" + From(4))
      .ThenNothing()
      .When<pb::SetReportsToRequest>(From(5))
      .Then({absl::StrCat("stretch_set { stretch { ", From(5), " } contact_id: '", Id(101),
                          "' position: 'Head of purchasing' }")})
      .ThenRecord(Place(1, absl::StrCat(Stretch(From(1) + Until(4) + Reports(2)),
                                        Stretch("attitude: 1" + From(4) + Until(5) + Reports(2)),
                                        Stretch(From(5)),
                                        "positions: 'Buyer' positions: 'Buyer' positions: 'Head "
                                        "of purchasing'")));
}

TEST(OrgPositionTest, F037RemovedAndReturned) {
  Added()
      .When<pb::SetPositionRequest>("position: 'Head'" + From(6))
      .Then({absl::StrCat("stretch_set { stretch { ", From(6), Reports(2), " } contact_id: '",
                          Id(101), "' position: 'Head' }")})
      .When<pb::RemoveFromChartRequest>(From(4))
      .Then({absl::StrCat("removed { ", From(4), " }")})
      .ThenRecord(Place(1, Stretch(From(1) + Until(4) + Reports(2)) + "positions: 'Buyer'"))
      .When<pb::RemoveFromChartRequest>(From(4))
      .ThenNothing()
      .When<pb::SetAttitudeRequest>("attitude: 1" + From(4))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION)
      .When<pb::ReturnToChartRequest>("position: 'Head'" + From(3))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION)
      .When<pb::ReturnToChartRequest>("position: 'Head'" + From(8))
      .Then({absl::StrCat("stretch_set { stretch { ", From(8), " } contact_id: '", Id(101),
                          "' position: 'Head' }")});
}

TEST(OrgPositionTest, F037NobodyReportsToHimselfOnAnyDay) {
  // 2 reports to 1 from May on, so 1 may report to 2 before that, but not without an end.
  Scenario scenario = World();
  scenario.Exists("org_position",
                  Place(2, Stretch(From(1) + Until(5)) + Stretch(From(5) + Reports(1)) +
                               "positions: '' positions: ''"));
  scenario.Given(absl::StrCat("added { org_position { ",
                              Place(1, Stretch(From(1)) + "positions: ''"), " } }"));
  scenario.When<pb::SetReportsToRequest>(Reports(2) + From(2))
      .ThenRejected(Reason::REASON_CYCLE, {{"field", "reports_to_id"}});
  scenario.Given(
      absl::StrCat("stretch_set { stretch { ", From(5), " } contact_id: '", Id(101), "' }"));
  scenario.When<pb::SetReportsToRequest>(Reports(2) + From(2));
  EXPECT_TRUE(scenario.status().ok()) << scenario.status();
  scenario.When<pb::SetReportsToRequest>(Reports(1)).ThenRejected(Reason::REASON_CYCLE);
}

// A chain above, each of which reports to the next.
TEST(OrgPositionTest, F037DepthIsLimitedAndCyclesAreFoundAtEveryDepth) {
  const auto chain = [](int levels, int top_reports_to) {
    Scenario scenario = Added();
    for (int i = 0; i < levels; ++i) {
      const int manager = i + 1 < levels ? 201 + i : top_reports_to;
      scenario.Exists("org_position", Place(200 + i, Stretch(From(1) + Reports(manager))));
    }
    return scenario;
  };
  chain(domain::kTreeDepthMax - 1, 0)
      .When<pb::SetReportsToRequest>(Reports(200))
      .Then({absl::StrCat("stretch_set { stretch { ", From(3), Reports(200), " } contact_id: '",
                          Id(101), "' position: 'Buyer' }")});
  chain(domain::kTreeDepthMax, 0)
      .When<pb::SetReportsToRequest>(Reports(200))
      .ThenRejected(Reason::REASON_DEPTH_LIMIT);
  for (const int levels : {1, 2, 30, domain::kTreeDepthMax - 1}) {
    chain(levels, 1).When<pb::SetReportsToRequest>(Reports(200)).ThenRejected(Reason::REASON_CYCLE);
  }
}

TEST(OrgPositionTest, F037AtMostTwoAssistants) {
  const auto given = [] {
    Scenario scenario = Added();
    for (const int id : {3, 4, 5}) scenario.Exists("org_position", Place(id, Stretch(From(1))));
    scenario.Exists("org_position", Place(1, Stretch(From(1))));
    return scenario;
  };
  const auto assistants = [](std::initializer_list<int> ids) {
    std::string text;
    for (const int id : ids) absl::StrAppend(&text, "assistant_ids: '", Id(id), "' ");
    return text;
  };
  given()
      .When<pb::SetAssistantsRequest>(assistants({3, 4}))
      .Then({absl::StrCat("stretch_set { stretch { ", From(3), Reports(2), " ", assistants({3, 4}),
                          " } contact_id: '", Id(101), "' position: 'Buyer' }")});
  static_assert(domain::kAssistantsMax == 2);
  const std::string three = assistants({3, 4, 5});
  const std::string twice = assistants({3, 3});
  const std::string self = assistants({1});
  const std::string unknown = assistants({9});
  ExpectRefusals<pb::SetAssistantsRequest>(
      given, {{"three", three, Reason::REASON_LIMIT_EXCEEDED, "assistant_ids"},
              {"twice", twice, Reason::REASON_INVALID_FIELD, "assistant_ids[1]"},
              {"itself", self, Reason::REASON_INVALID_FIELD, "assistant_ids[0]"},
              {"unknown", unknown, Reason::REASON_REFERENCE_NOT_FOUND, "assistant_ids[0]"}});
}

}  // namespace
}  // namespace daybook::testing
