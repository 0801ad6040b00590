#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/money.h"
#include "domain/sales/opportunity.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

TEST(SetOpportunityValueTest, F066FormerValueStaysInHistory) {
  Deal(Eur("value", 3500000) + Eur("gross_profit", 100000))
      .When<pb::SetOpportunityValueRequest>(Eur("value", 4000000))
      .Then({absl::StrCat("value_set {", Eur("from", 3500000), Eur("to", 4000000),
                          Eur("gross_profit", 100000), "}")})
      .When<pb::SetOpportunityValueRequest>(Eur("value", 4000000))
      .ThenNothing()
      .When<pb::SetOpportunityValueRequest>(Eur("value", 4000000) + Eur("gross_profit", -500))
      .Then({absl::StrCat("value_set {", Eur("from", 4000000), Eur("to", 4000000),
                          Eur("gross_profit", -500), "}")});
}

TEST(SetOpportunityValueTest, CurrencyChangesWithEveryAmountOrNotAtAll) {
  const absl::string_view usd = "value { minor: 100 currency: 'USD' }";
  Deal(Eur("value", 100) + Eur("gross_profit", 10))
      .When<pb::SetOpportunityValueRequest>(usd)
      .ThenRejected(Reason::REASON_CURRENCY_MISMATCH, {{"field", "gross_profit"}})
      .When<pb::SetOpportunityValueRequest>(
          absl::StrCat(usd, " gross_profit { minor: 9 currency: 'USD' }"))
      .Then({absl::StrCat("value_set {", Eur("from", 100),
                          "to { minor: 100 currency: 'USD' } "
                          "gross_profit { minor: 9 currency: 'USD' } }")});
  DealWithThreeJobs().When<pb::SetOpportunityValueRequest>(usd).ThenRejected(
      Reason::REASON_CURRENCY_MISMATCH,
      {{"field", "job_requests[0].value"}, {"expected", "USD"}, {"actual", "EUR"}});
}

TEST(SetOpportunityValueTest, AnotherValueStopsFollowingTheJobRequests) {
  DealWithThreeJobs()
      .When<pb::SetOpportunityValueRequest>(Eur("value", 1000000) + Eur("gross_profit", 1))
      .Then({absl::StrCat("value_set {", Eur("from", 1000000), Eur("to", 1000000),
                          Eur("gross_profit", 1), "from_job_requests: true }")})
      .When<pb::SetOpportunityValueRequest>(Eur("value", 900000))
      .Then({absl::StrCat("value_set {", Eur("from", 1000000), Eur("to", 900000),
                          Eur("gross_profit", 1), "}")})
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", 53))
      .Then({absl::StrCat("job_request_removed { job_request {", JobText(53, 200000), "} }")});
}

TEST(SetOpportunityValueTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::SetOpportunityValueRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("WON")
      .When<pb::SetOpportunityValueRequest>(Eur("value", 1))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "WON"}});
  ExpectRefusals<pb::SetOpportunityValueRequest>(
      [] { return Deal(Eur("value", 100) + Eur("gross_profit", 50)); },
      {
          {"no value", "", Reason::REASON_INVALID_FIELD, "value"},
          {"currencies", Eur("value", 1) + "gross_profit { currency: 'USD' }",
           Reason::REASON_CURRENCY_MISMATCH, "gross_profit"},
          {"below the gross profit", Eur("value", 49), Reason::REASON_INVALID_FIELD,
           "gross_profit"},
          {"gross profit above", Eur("value", 49) + Eur("gross_profit", 60),
           Reason::REASON_INVALID_FIELD, "gross_profit"},
      });
}

// FORMULAS 5.3: 40,000 at 60 % are 24,000; the override decides before the stage does.
TEST(SetOpportunityProbabilityTest, F066WeightedValueByStageAndByOverride) {
  Scenario scenario = Deal(Eur("value", 4000000));
  scenario.When<pb::ChangeOpportunityStageRequest>("stage: 'offer'");
  const auto& deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(*MultiplyShare(deal.value().minor(), deal.stage_probability()), 2400000);
  scenario.When<pb::SetOpportunityProbabilityRequest>("probability: 750000000")
      .Then({"probability_set { to: 750000000 }"});
  EXPECT_EQ(*MultiplyShare(deal.value().minor(), deal.probability_override()), 3000000);
  scenario.When<pb::SetOpportunityProbabilityRequest>("probability: 750000000")
      .ThenNothing()
      .When<pb::SetOpportunityProbabilityRequest>("")
      .Then({"probability_set { from: 750000000 }"})
      .When<pb::SetOpportunityProbabilityRequest>("")
      .ThenNothing();
  EXPECT_FALSE(deal.has_probability_override());
}

TEST(SetOpportunityProbabilityTest, F061StageThatNeedsAnOverrideKeepsIt) {
  Deal("probability_override: 500000000")
      .Exists("sales_process", Ref("id", kProcess) +
                                   "published_version: 1 versions { number: 1 stages { id: "
                                   "'prospect' mandatory_field: 'probability_override' } }")
      .When<pb::SetOpportunityProbabilityRequest>("")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "probability_override"}})
      .When<pb::SetOpportunityProbabilityRequest>("probability: 1")
      .Then({"probability_set { from: 500000000 to: 1 }"});
}

TEST(SetOpportunityProbabilityTest, F066ZeroAndOneAreRefusedOnAnOpenDeal) {
  for (const absl::string_view bad : {"0", "1000000000", "-1"}) {
    Deal()
        .When<pb::SetOpportunityProbabilityRequest>(absl::StrCat("probability: ", bad))
        .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "probability"}});
  }
  for (const absl::string_view good : {"1", "999999999"}) {
    Deal()
        .When<pb::SetOpportunityProbabilityRequest>(absl::StrCat("probability: ", good))
        .Then({absl::StrCat("probability_set { to: ", good, " }")});
  }
  ClosedDeal("LOST")
      .When<pb::SetOpportunityProbabilityRequest>("probability: 1")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "LOST"}});
  SalesWorld().When<pb::SetOpportunityProbabilityRequest>("").ThenRejected(
      Reason::REASON_NOT_FOUND);
}

TEST(AddJobRequestTest, F075ValueFollowsInTheSameDecision) {
  Deal("value_from_job_requests: true")
      .When<pb::AddJobRequestRequest>("job_request { service: 'Engine'" + Eur("value", 500000) +
                                      "}")
      .Then({absl::StrCat("job_request_added { job_request {", JobText(9001, 500000), "} }"),
             absl::StrCat("value_set {", Eur("to", 500000),
                          "from_job_requests: true derived: true }")})
      .When<pb::AddJobRequestRequest>("job_request {" + Ref("id", 52) + "service: 'Engine'" +
                                      Eur("value", 300000) + "}")
      .Then({absl::StrCat("job_request_added { job_request {", JobText(52, 300000), "} }"),
             absl::StrCat("value_set {", Eur("from", 500000), Eur("to", 800000),
                          "from_job_requests: true derived: true }")})
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", 9001))
      .Then({absl::StrCat("job_request_removed { job_request {", JobText(9001, 500000), "} }"),
             absl::StrCat("value_set {", Eur("from", 800000), Eur("to", 300000),
                          "from_job_requests: true derived: true }")})
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", 52))
      .Then({absl::StrCat("job_request_removed { job_request {", JobText(52, 300000), "} }"),
             absl::StrCat("value_set {", Eur("from", 300000),
                          "from_job_requests: true derived: true }")})
      .ThenRecord(DealText("value_from_job_requests: true reopened: 0"));
}

TEST(AddJobRequestTest, ValueOfItsOwnStays) {
  Deal(Eur("value", 100))
      .When<pb::AddJobRequestRequest>("job_request { service: 'Engine'" + Eur("value", 500000) +
                                      "}")
      .Then({absl::StrCat("job_request_added { job_request {", JobText(9001, 500000), "} }")});
}

TEST(AddJobRequestTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::AddJobRequestRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("ABANDONED")
      .When<pb::AddJobRequestRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "ABANDONED"}});
  const std::string service = "service: 'Engine' ";
  ExpectRefusals<pb::AddJobRequestRequest>(
      DealWithThreeJobs,
      {
          {"known id", "job_request {" + Ref("id", 52) + "}", Reason::REASON_DUPLICATE_KEY,
           "job_request.id"},
          {"state set", "job_request { state: JOB_REQUEST_STATE_OPEN }",
           Reason::REASON_FIELD_NOT_WRITABLE, "job_request.state"},
          {"blank service", "job_request {" + Eur("value", 1) + "}", Reason::REASON_INVALID_FIELD,
           "job_request.service"},
          {"no value", "job_request {" + service + "}", Reason::REASON_INVALID_FIELD,
           "job_request.value"},
          {"draft product",
           "job_request {" + service + Eur("value", 1) + Ref("product_id", kDraftProduct) + "}",
           Reason::REASON_ILLEGAL_TRANSITION, ""},
          {"currency", "job_request {" + service + "value { minor: 1 currency: 'USD' } }",
           Reason::REASON_CURRENCY_MISMATCH, "job_request.value"},
          {"overflow",
           "job_request {" + service + Eur("value", std::numeric_limits<int64_t>::max()) + "}",
           Reason::REASON_OUT_OF_RANGE, ""},
      });
}

TEST(RemoveJobRequestTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::RemoveJobRequestRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("WON")
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", 51))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
  DealWithThreeJobs()
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", kUnknown))
      .ThenRejected(Reason::REASON_NOT_FOUND, {{"field", "job_request_id"}})
      .When<pb::SetOpportunityValueRequest>(Eur("value", 1000000) + Eur("gross_profit", 900000))
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", 51))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "gross_profit"}});
}

}  // namespace
}  // namespace daybook::testing
