#include "domain/party/relation.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

// Contacts 2 and 3, 4 archived; accounts 12 and 13, 14 archived.
Scenario World() {
  Scenario scenario("relation");
  for (const int id : {2, 3, 4}) {
    const char* more = id == 4 ? "archived: true" : "";
    scenario.Exists("contact", absl::StrCat("id: '", Id(id), "' ", more))
        .Exists("account", absl::StrCat("id: '", Id(id + 10), "' ", more));
  }
  return scenario;
}

std::string Edge(absl::string_view type, absl::string_view from, int from_id, absl::string_view to,
                 int to_id, absl::string_view more = "") {
  return absl::StrCat("type: RELATION_TYPE_", type, " from_", from, "_id: '", Id(from_id), "' to_",
                      to, "_id: '", Id(to_id), "' ", more);
}

std::string Added(const std::string& edge, int person) {
  return absl::StrCat("added { relation { id: '", Id(1), "' person_id: '", Id(person), "' ", edge,
                      " } }");
}

constexpr char kSpan[] =
    "since { year: 2018 month: 1 day: 1 } until { year: 2021 month: 1 day: 1 }";

TEST(AddRelationTest, F038WorksAtForATime) {
  const std::string edge =
      Edge("WORKS_AT", "contact", 2, "account", 12, absl::StrCat(kSpan, " strength: 100"));
  World().When<pb::AddRelationRequest>(edge).Then({Added(edge, 2)}).ThenClaims({});
}

TEST(AddRelationTest, F038ASymmetricRelationIsTheSameFromBothEnds) {
  const std::string claim = absl::StrCat("relation-lasting=5/", Id(2), "/", Id(3));
  World()
      .When<pb::AddRelationRequest>(Edge("KNOWS", "contact", 2, "contact", 3))
      .ThenClaims({claim});
  World()
      .When<pb::AddRelationRequest>(Edge("KNOWS", "contact", 3, "contact", 2))
      .Then({Added(Edge("KNOWS", "contact", 2, "contact", 3), 2)})
      .ThenClaims({claim});
  // A directed one is not.
  World()
      .When<pb::AddRelationRequest>(Edge("INFLUENCES", "contact", 3, "contact", 2))
      .Then({Added(Edge("INFLUENCES", "contact", 3, "contact", 2), 3)});
}

TEST(AddRelationTest, F038EachTypeTakesItsEndsAndNoOthers) {
  const struct {
    const char* type;
    std::string allowed;  // of cc, ca, ac, aa: from and to
  } rows[] = {{"WORKS_AT", "ca"},        {"PARTNER_OF", "aa"}, {"COMPETITOR_OF", "aa"},
              {"ADVOCATE_FOR", "ca cc"}, {"KNOWS", "cc"},      {"INFLUENCES", "cc"}};
  for (const auto& row : rows) {
    for (const std::string ends : {"cc", "ca", "ac", "aa"}) {
      SCOPED_TRACE(absl::StrCat(row.type, " ", ends));
      Scenario scenario = World();
      scenario.When<pb::AddRelationRequest>(
          Edge(row.type, ends[0] == 'c' ? "contact" : "account", ends[0] == 'c' ? 2 : 12,
               ends[1] == 'c' ? "contact" : "account", ends[1] == 'c' ? 3 : 13));
      if (row.allowed.find(ends) != std::string::npos) {
        EXPECT_TRUE(scenario.status().ok()) << scenario.status();
      } else {
        scenario.ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "type"}});
      }
    }
  }
}

TEST(AddRelationTest, F038RefusalsInCheckOrder) {
  const std::string two_ends =
      Edge("KNOWS", "contact", 2, "contact", 3, absl::StrCat("to_account_id: '", Id(12), "'"));
  ExpectRefusals<pb::AddRelationRequest>(
      World,
      {{"no type", "", Reason::REASON_INVALID_FIELD, "type"},
       {"no from", absl::StrCat("type: RELATION_TYPE_KNOWS to_contact_id: '", Id(2), "'"),
        Reason::REASON_INVALID_FIELD, "from_contact_id"},
       {"two ends", two_ends, Reason::REASON_INVALID_FIELD, "to_contact_id"},
       {"self", Edge("KNOWS", "contact", 2, "contact", 2), Reason::REASON_INVALID_FIELD,
        "to_contact_id"},
       {"self", Edge("PARTNER_OF", "account", 12, "account", 12), Reason::REASON_INVALID_FIELD,
        "to_account_id"},
       {"unknown", Edge("KNOWS", "contact", 2, "contact", 99), Reason::REASON_REFERENCE_NOT_FOUND,
        "to_contact_id"},
       {"archived", Edge("KNOWS", "contact", 4, "contact", 2), Reason::REASON_RECORD_ARCHIVED, ""},
       {"archived", Edge("WORKS_AT", "contact", 2, "account", 14), Reason::REASON_RECORD_ARCHIVED,
        ""},
       {"until",
        Edge("KNOWS", "contact", 2, "contact", 3,
             "since { year: 2020 month: 1 day: 1 } until { year: 2020 month: 1 day: 1 }"),
        Reason::REASON_INVALID_FIELD, "until"},
       {"strength", Edge("KNOWS", "contact", 2, "contact", 3, "strength: 101"),
        Reason::REASON_INVALID_FIELD, "strength"}});
}

TEST(EndRelationTest, F038EndsOnceAndIsCorrectedAfterwards) {
  const std::string edge =
      Edge("WORKS_AT", "contact", 2, "account", 12, "since { year: 2020 month: 1 day: 1 }");
  World()
      .Given(Added(edge, 2))
      .When<pb::EndRelationRequest>("until { year: 2019 month: 1 day: 1 }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "until"}})
      .When<pb::EndRelationRequest>("")
      .Then({"ended { until { year: 2026 month: 3 day: 1 } }"})
      .ThenClaims({})
      .When<pb::EndRelationRequest>("")
      .ThenNothing()
      .When<pb::EndRelationRequest>("until { year: 2025 month: 1 day: 1 }")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION)
      .When<pb::CorrectRelationRequest>(
          "relation { note: 'left early' } update_mask { paths: "
          "'until' paths: 'note' }")
      .Then({absl::StrCat("corrected { fields { paths: 'until' paths: 'note' } before { until { "
                          "year: 2026 month: 3 day: 1 } person_id: '",
                          Id(2), "' } after { note: 'left early' person_id: '", Id(2), "' } }")})
      .ThenClaims({absl::StrCat("relation-lasting=1/", Id(2), "/", Id(12))});
  World()
      .Given(Added(edge, 2))
      .When<pb::CorrectRelationRequest>("update_mask { paths: 'type' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE)
      .When<pb::CorrectRelationRequest>(
          "relation { strength: 200 } update_mask { paths: "
          "'strength' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "strength"}});
}

}  // namespace
}  // namespace daybook::testing
