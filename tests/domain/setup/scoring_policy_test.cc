#include "domain/setup/scoring_policy.h"

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;
namespace sales = ::daybook::sales::v1;

constexpr char kRules[] = "rules { id: 'big' condition: 'employees >= 100' points: 30 } ";

std::string Defined() {
  return absl::StrCat("defined { scoring_policy { id: '", Id(1),
                      "' name: 'Fit' state: POLICY_STATE_DRAFT draft { number: 1 ", kRules,
                      " } } }");
}

TEST(ScoringPolicyTest, VersionsComeIntoForceAndStay) {
  Scenario("scoring_policy")
      .When<pb::DefineScoringPolicyRequest>(absl::StrCat("name: 'Fit' ", kRules))
      .Then({Defined()})
      .ThenClaims({"scoring_policy-name=fit"})
      .When<pb::PublishScoringPolicyRequest>("")
      .Then({"published { version: 1 }"})
      .ThenClaims({"scoring_policy-name=fit", "scoring_policy-in-force=lead"})
      .When<pb::PublishScoringPolicyRequest>("")
      .ThenNothing()
      .When<pb::ReviseScoringPolicyRequest>(kRules)
      .ThenNothing()
      .When<pb::ReviseScoringPolicyRequest>(
          "rules { id: 'big' condition: 'visits > 3' points: -5 }")
      .Then({"draft_revised { draft { number: 2 rules { id: 'big' condition: 'visits > 3' points: "
             "-5 } } }"})
      .When<pb::RetireScoringPolicyRequest>("")
      .Then({"retired {}"})
      .ThenClaims({"scoring_policy-name=fit"})
      .When<pb::PublishScoringPolicyRequest>("")
      .Then({"published { version: 2 }"})
      .ThenRecord(absl::StrCat(
          "id: '", Id(1), "' name: 'Fit' state: POLICY_STATE_IN_FORCE published_version: 2 ",
          "versions { number: 1 ", kRules,
          "} versions { number: 2 rules { id: 'big' condition: 'visits > 3' points: -5 } }"));
}

TEST(ScoringPolicyTest, RetiredPolicyComesBack) {
  Scenario("scoring_policy")
      .Given(Defined())
      .Given("published { version: 1 }")
      .Given("retired {}")
      .When<pb::PublishScoringPolicyRequest>("")
      .Then({"published { version: 1 }"})
      .ThenRecord(absl::StrCat("id: '", Id(1),
                               "' name: 'Fit' state: POLICY_STATE_IN_FORCE published_version: 1 ",
                               "versions { number: 1 ", kRules, "}"));
}

TEST(ScoringPolicyTest, RefusalsInCheckOrder) {
  const auto none = [] { return Scenario("scoring_policy"); };
  ExpectRefusals<pb::DefineScoringPolicyRequest>(
      none,
      {{"name", "name: ' '", Reason::REASON_INVALID_FIELD, "name"},
       {"no rules", "name: 'a'", Reason::REASON_INVALID_FIELD, "rules"},
       {"id", "name: 'a' rules { id: 'Big' condition: 'visits > 1' points: 1 }",
        Reason::REASON_INVALID_FIELD, "rules[0].id"},
       {"no condition", "name: 'a' rules { id: 'b' points: 1 }", Reason::REASON_INVALID_FIELD,
        "rules[0].condition"},
       {"syntax", "name: 'a' rules { id: 'b' condition: 'visits >' points: 1 }",
        Reason::REASON_INVALID_FILTER, "rules[0].condition"},
       {"unknown field", "name: 'a' rules { id: 'b' condition: 'size > 1' points: 1 }",
        Reason::REASON_INVALID_FILTER, "rules[0].condition"},
       {"personal field",
        "name: 'a' rules { id: 'b' condition: 'visits > 1 OR NOT city = \"Ulm\"' points: 1 }",
        Reason::REASON_FIELD_NOT_FILTERABLE, "rules[0].condition"},
       {"no points", "name: 'a' rules { id: 'b' condition: 'visits > 1' }",
        Reason::REASON_INVALID_FIELD, "rules[0].points"},
       {"too many points", "name: 'a' rules { id: 'b' condition: 'visits > 1' points: 1001 }",
        Reason::REASON_INVALID_FIELD, "rules[0].points"},
       {"twice",
        "name: 'a' rules { id: 'b' condition: 'visits > 1' points: 1 } rules { id: 'b' condition: "
        "'visits > 2' points: 1 }",
        Reason::REASON_INVALID_FIELD, "rules[1].id"},
       {"external key",
        "name: 'a' external_key: 'x' rules { id: 'b' condition: 'visits > 1' points: 1 }",
        Reason::REASON_INVALID_FIELD, "external_key"}});
  ExpectRefusals<pb::ReviseScoringPolicyRequest>(none, {{"", "", Reason::REASON_NOT_FOUND, ""}});
  ExpectRefusals<pb::PublishScoringPolicyRequest>(none, {{"", "", Reason::REASON_NOT_FOUND, ""}});
  ExpectRefusals<pb::RetireScoringPolicyRequest>(none, {{"", "", Reason::REASON_NOT_FOUND, ""}});
}

TEST(ScoringPolicyTest, RulesAtTheirLimit) {
  std::string rules;
  for (int i = 0; i < domain::kPolicyRulesMax; ++i) {
    absl::StrAppend(&rules, "rules { id: 'r", i, "' condition: 'visits > 1' points: 1 } ");
  }
  Scenario scenario("scoring_policy");
  scenario.When<pb::DefineScoringPolicyRequest>(absl::StrCat("name: 'a' ", rules));
  EXPECT_TRUE(scenario.status().ok()) << scenario.status();
  Scenario("scoring_policy")
      .When<pb::DefineScoringPolicyRequest>(absl::StrCat(
          "name: 'a' ", rules, "rules { id: 'more' condition: 'visits > 1' points: 1 }"))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED, {{"field", "rules"}});
}

// The policy of a test of leads: id 6, version 2.
std::string Policy(absl::string_view state) {
  return absl::StrCat(
      "id: '", Id(6), "' state: ", state,
      " published_version: 2 versions { number: 1 } versions { number: 2 rules { id: 'big' "
      "condition: 'employees >= 100' points: 30 } rules { id: 'fair' condition: 'source = fair' "
      "points: 20 } rules { id: 'silent' condition: 'do_not_email = true' points: -15 } }");
}

TEST(ScoreLeadTest, E14_CaptureStoresTheScoreWithItsVersionAndRules) {
  Scenario lead("lead");
  lead.Exists("scoring_policy", Policy("POLICY_STATE_IN_FORCE"))
      .When<sales::CaptureLeadRequest>(
          "kind: LEAD_KIND_COMPANY company: 'Mill' employees: 100 do_not_email: true");
  ASSERT_EQ(lead.events().size(), 2u);
  EXPECT_THAT(*lead.events()[1],
              EqualsProto(absl::StrCat("scored { score: 15 scoring_policy_id: '", Id(6),
                                       "' scoring_version: 2 parts { rule: 'big' points: 30 } "
                                       "parts { rule: 'silent' points: -15 } }")));
  EXPECT_EQ(lead.As<sales::Lead>().score(), 15);
  // Scored again it says the same; after a change it is another fact, and the state is the same.
  lead.When<sales::ScoreLeadRequest>("")
      .ThenNothing()
      .When<sales::UpdateLeadRequest>("lead { source: 'fair' } update_mask { paths: 'source' }")
      .When<sales::ScoreLeadRequest>("");
  ASSERT_EQ(lead.events().size(), 1u);
  EXPECT_EQ(lead.As<sales::Lead>().score(), 35);
  EXPECT_EQ(lead.As<sales::Lead>().state(), sales::LEAD_STATE_NEW);
}

TEST(ScoreLeadTest, E14_NothingIsScoredWithoutAPolicyInForce) {
  Scenario lead("lead");
  lead.Exists("scoring_policy", Policy("POLICY_STATE_RETIRED"))
      .When<sales::CaptureLeadRequest>("kind: LEAD_KIND_COMPANY company: 'Mill'");
  EXPECT_EQ(lead.events().size(), 1u);
  lead.When<sales::ScoreLeadRequest>("").ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                                                      {{"field", "scoring_policy_id"}});
}

TEST(ScoreLeadTest, E14_NoRuleThatFitsIsAScoreOfNothing) {
  Scenario lead("lead");
  lead.Exists("scoring_policy", Policy("POLICY_STATE_IN_FORCE"))
      .When<sales::CaptureLeadRequest>("kind: LEAD_KIND_COMPANY company: 'Mill'")
      .When<sales::ScoreLeadRequest>("")
      .ThenNothing();
  EXPECT_TRUE(lead.As<sales::Lead>().has_score());
  EXPECT_EQ(lead.As<sales::Lead>().score(), 0);
}

}  // namespace
}  // namespace daybook::testing
