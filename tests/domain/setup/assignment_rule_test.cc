#include "domain/setup/assignment_rule.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead_events.pb.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

using domain::NextTurn;
using domain::Turn;
namespace pb = ::daybook::setup::v1;
namespace sales = ::daybook::sales::v1;

constexpr char kMembers[] =
    "members { user_id: '01890000-0000-7000-8000-000000000002' weight: 2 } "
    "members { user_id: '01890000-0000-7000-8000-000000000003' } ";

std::string Steps() {
  return absl::StrCat("steps { id: 'german' condition: 'country = DE' ", kMembers,
                      "} steps { id: 'rest' members { user_id: '", Id(4), "' } } ");
}

Scenario WithUsers(absl::string_view aggregate) {
  Scenario scenario(aggregate);
  for (const int user : {2, 3, 4}) {
    scenario.Exists("user", absl::StrCat("id: '", Id(user), "' state: USER_STATE_ACTIVE"));
  }
  scenario.Exists("user", absl::StrCat("id: '", Id(5), "' state: USER_STATE_INACTIVE"));
  return scenario;
}

// The rules in force with id 6, after `counts`.
std::string Rules(absl::string_view counts, uint64_t turns) {
  return absl::StrCat("id: '", Id(6), "' state: POLICY_STATE_IN_FORCE published_version: 3 ",
                      "versions { number: 3 ", Steps(), "} ", counts, " turns: ", turns);
}

TEST(AssignmentRuleTest, E12_VersionsComeIntoForceAndCountsBeginAnew) {
  WithUsers("assignment_rule")
      .When<pb::DefineAssignmentRuleRequest>(absl::StrCat("name: 'Desk' ", Steps()))
      .Then({absl::StrCat("defined { assignment_rule { id: '", Id(1),
                          "' name: 'Desk' state: POLICY_STATE_DRAFT draft { number: 1 ", Steps(),
                          "} } }")})
      .When<pb::PublishAssignmentRuleRequest>("")
      .Then({"published { version: 1 }"})
      .ThenClaims({"assignment_rule-name=desk", "assignment_rule-in-force=lead"})
      .Exists("lead", absl::StrCat("id: '", Id(30), "' owner_id: '", Id(2),
                                   "' assignment_rule_id: '", Id(1),
                                   "' assignment_version: 1 assignment_rule: 'german' "
                                   "assignment_turn: 1"))
      .When<pb::RecordLeadAssignmentRequest>(absl::StrCat("lead_id: '", Id(30), "'"))
      .Then({absl::StrCat("lead_assigned { lead_id: '", Id(30),
                          "' version: 1 step: 'german' user_id: '", Id(2), "' turn: 1 }")})
      .When<pb::RecordLeadAssignmentRequest>(absl::StrCat("lead_id: '", Id(30), "'"))
      .ThenNothing()
      .When<pb::ReviseAssignmentRuleRequest>(
          absl::StrCat("steps { id: 'all' members { user_id: '", Id(4), "' } }"))
      .When<pb::PublishAssignmentRuleRequest>("")
      .Then({"published { version: 2 }"})
      .When<pb::RetireAssignmentRuleRequest>("")
      .Then({"retired {}"})
      .ThenRecord(
          absl::StrCat("id: '", Id(1),
                       "' name: 'Desk' state: POLICY_STATE_RETIRED published_version: 2 turns: "
                       "1 versions { number: 1 ",
                       Steps(),
                       "} versions { number: 2 steps { id: 'all' members { "
                       "user_id: '",
                       Id(4), "' } } }"));
}

TEST(AssignmentRuleTest, RefusalsInCheckOrder) {
  const auto users = [] { return WithUsers("assignment_rule"); };
  ExpectRefusals<pb::DefineAssignmentRuleRequest>(
      users,
      {{"name", "", Reason::REASON_INVALID_FIELD, "name"},
       {"no steps", "name: 'a'", Reason::REASON_INVALID_FIELD, "steps"},
       {"id", "name: 'a' steps { id: 'A b' }", Reason::REASON_INVALID_FIELD, "steps[0].id"},
       {"condition", "name: 'a' steps { id: 'a' condition: 'x = 1' }",
        Reason::REASON_INVALID_FILTER, "steps[0].condition"},
       {"personal", "name: 'a' steps { id: 'a' condition: 'email = \"*@b.example\"' }",
        Reason::REASON_FIELD_NOT_FILTERABLE, "steps[0].condition"},
       {"nobody", "name: 'a' steps { id: 'a' }", Reason::REASON_INVALID_FIELD, "steps[0].members"},
       {"unknown",
        "name: 'a' steps { id: 'a' members { user_id: '01890000-0000-7000-8000-000000000009' } }",
        Reason::REASON_REFERENCE_NOT_FOUND, "steps[0].members[0].user_id"},
       {"left",
        "name: 'a' steps { id: 'a' members { user_id: '01890000-0000-7000-8000-000000000005' } }",
        Reason::REASON_RECORD_ARCHIVED, ""},
       {"weight",
        "name: 'a' steps { id: 'a' members { user_id: '01890000-0000-7000-8000-000000000002' "
        "weight: 1001 } }",
        Reason::REASON_INVALID_FIELD, "steps[0].members[0].weight"},
       {"twice",
        "name: 'a' steps { id: 'a' members { user_id: '01890000-0000-7000-8000-000000000002' } "
        "members { user_id: '01890000-0000-7000-8000-000000000002' } }",
        Reason::REASON_INVALID_FIELD, "steps[0].members[1].user_id"}});
  ExpectRefusals<pb::RecordLeadAssignmentRequest>(users, {{"", "", Reason::REASON_NOT_FOUND, ""}});
  ExpectRefusals<pb::PublishAssignmentRuleRequest>(users, {{"", "", Reason::REASON_NOT_FOUND, ""}});
}

TEST(AssignmentRuleTest, MembersAndVersionsAtTheirLimits) {
  std::string members;
  Scenario scenario("assignment_rule");
  for (int i = 0; i < domain::kAssignmentMembersMax; ++i) {
    scenario.Exists("user", absl::StrCat("id: '", Id(100 + i), "' state: USER_STATE_ACTIVE"));
    absl::StrAppend(&members, "members { user_id: '", Id(100 + i), "' } ");
  }
  const std::string steps = absl::StrCat("steps { id: 'all' ", members, "} ");
  scenario
      .When<pb::DefineAssignmentRuleRequest>(absl::StrCat(
          "name: 'a' ", steps, "steps { id: 'more' members { user_id: '", Id(100), "' } }"))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED, {{"field", "steps.members"}})
      .When<pb::DefineAssignmentRuleRequest>(absl::StrCat("name: 'a' ", steps))
      .When<pb::PublishAssignmentRuleRequest>("");
  for (int version = 2; version <= domain::kPolicyVersionsMax; ++version) {
    scenario
        .When<pb::ReviseAssignmentRuleRequest>(
            absl::StrCat("steps { id: 'v", version, "' members { user_id: '", Id(100), "' } }"))
        .When<pb::PublishAssignmentRuleRequest>("");
    ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  }
  scenario
      .When<pb::ReviseAssignmentRuleRequest>(
          absl::StrCat("steps { id: 'last' members { user_id: '", Id(100), "' } }"))
      .When<pb::PublishAssignmentRuleRequest>("")
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED, {{"field", "versions"}});
}

sales::LeadAssigned ChosenFor(absl::string_view lead_values, const std::string& rules) {
  Scenario lead = WithUsers("lead");
  lead.Exists("assignment_rule", rules)
      .When<sales::CaptureLeadRequest>(
          absl::StrCat("kind: LEAD_KIND_COMPANY company: 'Mill' by_rules: true ", lead_values));
  EXPECT_TRUE(lead.status().ok()) << lead.status();
  if (lead.events().size() < 2) return {};
  return static_cast<const sales::LeadEvent&>(*lead.events().back()).assigned();
}

TEST(AssignmentRuleTest, E12_F056b_FirstRuleThatFitsDecidesAndTheEventSaysWhich) {
  const sales::LeadAssigned german = ChosenFor("country: 'DE'", Rules("", 0));
  EXPECT_EQ(german.to_owner_id(), Id(2));
  EXPECT_EQ(german.to_state(), sales::LEAD_STATE_ASSIGNED);
  EXPECT_EQ(german.assignment_rule_id(), Id(6));
  EXPECT_EQ(german.assignment_version(), 3u);
  EXPECT_EQ(german.assignment_rule(), "german");
  EXPECT_EQ(german.assignment_turn(), 1u);
  EXPECT_EQ(ChosenFor("country: 'FR'", Rules("", 7)).to_owner_id(), Id(4));
  EXPECT_EQ(ChosenFor("country: 'FR'", Rules("", 7)).assignment_turn(), 8u);
}

TEST(AssignmentRuleTest, E13_CountsDecideWhoseTurnItIs) {
  const std::string counts = absl::StrCat("counts { step: 'german' user_id: '", Id(2),
                                          "' assigned: 1 } counts { step: "
                                          "'rest' user_id: '",
                                          Id(3), "' assigned: 9 } ");
  EXPECT_EQ(ChosenFor("country: 'DE'", Rules(counts, 10)).to_owner_id(), Id(3));
}

TEST(AssignmentRuleTest, MembersWhoLeftAreLeftOut) {
  const std::string rules =
      absl::StrCat("id: '", Id(6),
                   "' state: POLICY_STATE_IN_FORCE versions { number: 1 steps { id: 'a' members "
                   "{ user_id: '",
                   Id(5), "' } } steps { id: 'b' members { user_id: '", Id(5),
                   "' } members { user_id: '", Id(4), "' } } }");
  EXPECT_EQ(ChosenFor("", rules).assignment_rule(), "b");
  EXPECT_EQ(ChosenFor("", rules).to_owner_id(), Id(4));
}

TEST(AssignmentRuleTest, LeadStaysNewWhenNoRuleFits) {
  const std::string rules =
      absl::StrCat("id: '", Id(6),
                   "' state: POLICY_STATE_IN_FORCE versions { number: 1 steps { id: 'a' "
                   "condition: 'country = FR' members { user_id: '",
                   Id(4), "' } } }");
  EXPECT_EQ(ChosenFor("", rules).to_owner_id(), "");
}

// Weights 2, 1, 1 (FORMULAS.md 5.10).
TEST(NextTurnTest, E13_WorkedRound) {
  std::vector<Turn> turns = {{"a", 2, 0}, {"b", 1, 0}, {"c", 1, 0}};
  std::string order;
  for (int i = 0; i < 8; ++i) {
    const size_t next = NextTurn(turns);
    ++turns[next].assigned;
    order += std::string(turns[next].member);
  }
  EXPECT_EQ(order, "abcaabca");
}

TEST(NextTurnTest, E13_EverybodysShareIsOffByAtMostOne) {
  EXPECT_TRUE(rc::check("fair", [] {
    const auto weights = *rc::gen::nonEmpty(rc::gen::container<std::vector<uint32_t>>(
        rc::gen::resize(1000, rc::gen::inRange<uint32_t>(1, domain::kAssignmentWeightMax + 1))));
    std::vector<std::string> names;
    for (size_t i = 0; i < weights.size(); ++i) names.push_back(Id(static_cast<int>(i)));
    std::vector<Turn> turns;
    int64_t sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
      turns.push_back({names[i], weights[i], 0});
      sum += weights[i];
    }
    for (int64_t total = 1; total <= 300; ++total) {
      ++turns[NextTurn(turns)].assigned;
      for (const Turn& turn : turns) {
        const int64_t off = static_cast<int64_t>(turn.assigned) * sum - total * turn.weight;
        RC_ASSERT(std::abs(off) <= sum);
      }
    }
  }));
}

// Equal weights are a plain round, whoever is named first.
TEST(NextTurnTest, EqualWeightsGoRound) {
  std::vector<Turn> turns = {{"c", 5, 0}, {"a", 5, 0}, {"b", 5, 0}};
  std::string order;
  for (int i = 0; i < 6; ++i) {
    const size_t next = NextTurn(turns);
    ++turns[next].assigned;
    order += std::string(turns[next].member);
  }
  EXPECT_EQ(order, "abcabc");
}

}  // namespace
}  // namespace daybook::testing
