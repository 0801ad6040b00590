#include "domain/sales/opportunity.h"

#include "daybook/sales/v1/opportunity_service.pb.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

// The least that a new deal needs.
std::string Create(absl::string_view more = "") {
  return absl::StrCat("subject: 'Ten engines'", Ref("account_id", kAccount),
                      Ref("owner_id", kOwner), more);
}

// As above, for rows that name account and owner themselves.
std::string Bare(absl::string_view more) { return absl::StrCat("subject: 'Ten engines' ", more); }

constexpr absl::string_view kOpenedNow =
    "state: OPPORTUNITY_STATE_OPEN open_time { seconds: 1772362800 } ";

std::string Created(absl::string_view more, absl::string_view stage = "prospect",
                    int64_t probability = 100000000) {
  return absl::StrCat("created { opportunity { ", Ref("id", 1), Create(), kOpenedNow,
                      Ref("process_id", kProcess), "process_version: 1 stage: '", stage,
                      "' stage_probability: ", probability, " ", more, " } }");
}

TEST(CreateOpportunityTest, F075DealEntersTheFirstStageOfTheOnlyPublishedProcess) {
  SalesWorld().When<pb::CreateOpportunityRequest>(Create()).Then(
      {Created("value_from_job_requests: true")});
}

TEST(CreateOpportunityTest, EverythingGivenIsRecordedAsDecided) {
  SalesWorld()
      .When<pb::CreateOpportunityRequest>(Create(absl::StrCat(
          Ref("process_id", kProcess), "stage: 'offer' note: 'by phone' external_key: 'crm:1'",
          Eur("value", 4000000), Eur("gross_profit", 4000000), Ref("product_id", kProduct),
          Day("expected_close_date", 2026, 3, 1))))
      .Then({Created(absl::StrCat("note: 'by phone' external_key: 'crm:1'", Eur("value", 4000000),
                                  Eur("gross_profit", 4000000), Ref("product_id", kProduct),
                                  Day("expected_close_date", 2026, 3, 1)),
                     "offer", 600000000)})
      .ThenClaims({"opportunity-external-key=crm:1"});
}

TEST(CreateOpportunityTest, ValueAbsentIsTheSumOfTheJobRequests) {
  SalesWorld()
      .When<pb::CreateOpportunityRequest>(
          Create(absl::StrCat("job_requests { service: 'Engine'", Eur("value", 500000),
                              "} job_requests { ", Ref("id", 52), "service: 'Engine'",
                              Eur("value", 300000), Ref("product_id", kProduct), "}")))
      .Then({Created(absl::StrCat("job_requests {", JobText(9001, 500000), "} job_requests {",
                                  JobText(52, 300000), Ref("product_id", kProduct), "}",
                                  Eur("value", 800000), "value_from_job_requests: true"))});
}

TEST(CreateOpportunityTest, RefusalsInCheckOrder) {
  Deal().When<pb::CreateOpportunityRequest>(Create()).ThenRejected(Reason::REASON_DUPLICATE_KEY);
  const std::string archived = Ref("account_id", kArchivedAccount);
  ExpectRefusals<pb::CreateOpportunityRequest>(
      SalesWorld,
      {
          {"blank subject", "subject: ' ' external_key: 'x'", Reason::REASON_INVALID_FIELD,
           "subject"},
          {"key", Bare("external_key: 'x'"), Reason::REASON_INVALID_FIELD, "external_key"},
          {"no account", Bare(Ref("owner_id", kInactiveOwner)), Reason::REASON_INVALID_FIELD,
           "account_id"},
          {"unknown account", Bare(Ref("account_id", kUnknown)), Reason::REASON_REFERENCE_NOT_FOUND,
           "account_id"},
          {"archived account", Bare(archived + Ref("owner_id", kInactiveOwner)),
           Reason::REASON_RECORD_ARCHIVED, ""},
          {"inactive owner", Bare(Ref("account_id", kAccount) + Ref("owner_id", kInactiveOwner)),
           Reason::REASON_RECORD_ARCHIVED, ""},
          {"draft product", Create(Ref("product_id", kDraftProduct)),
           Reason::REASON_ILLEGAL_TRANSITION, ""},
          {"discontinued product", Create(Ref("product_id", kDiscontinuedProduct)),
           Reason::REASON_RECORD_ARCHIVED, ""},
          {"job request without value", Create("job_requests { service: 'Engine' }"),
           Reason::REASON_INVALID_FIELD, "job_requests[0].value"},
          {"two currencies",
           Create(Eur("value", 100) + "gross_profit { minor: 1 currency: 'USD' } " +
                  Day("expected_close_date", 2020, 1, 1)),
           Reason::REASON_CURRENCY_MISMATCH, "gross_profit"},
          {"gross profit above value", Create(Eur("value", 100) + Eur("gross_profit", 101)),
           Reason::REASON_INVALID_FIELD, "gross_profit"},
          {"gross profit without value", Create(Eur("gross_profit", 1)),
           Reason::REASON_INVALID_FIELD, "gross_profit"},
          {"close date in the past", Create(Day("expected_close_date", 2026, 2, 28)),
           Reason::REASON_INVALID_FIELD, "expected_close_date"},
          {"unpublished process", Create(Ref("process_id", kDraftProcess)),
           Reason::REASON_MISSING_REQUIRED_FOR_STATE, "process_id"},
          {"unknown process", Create(Ref("process_id", kUnknown)),
           Reason::REASON_REFERENCE_NOT_FOUND, "process_id"},
          {"unknown stage", Create("stage: 'won'"), Reason::REASON_INVALID_FIELD, "stage"},
          {"mandatory field", Create("stage: 'offer'"), Reason::REASON_MISSING_REQUIRED_FOR_STATE,
           "value"},
      });
}

TEST(CreateOpportunityTest, UnknownStageIsToldWhichStagesThereAre) {
  Scenario scenario = SalesWorld();
  scenario.When<pb::CreateOpportunityRequest>(Create("stage: 'won'"));
  EXPECT_THAT(std::string(scenario.status().message()),
              ::testing::HasSubstr("prospect, offer, order"));
}

TEST(CreateOpportunityTest, ProcessMustBeNamedUnlessExactlyOneIsPublished) {
  Scenario none("opportunity");
  none.Exists("account", Ref("id", kAccount))
      .Exists("user", Ref("id", kOwner) + "state: USER_STATE_ACTIVE")
      .When<pb::CreateOpportunityRequest>(Create())
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "process_id"}});
  Scenario two = SalesWorld();
  two.Exists("sales_process",
             Ref("id", 22) + "published_version: 1 versions { number: 1 stages { id: 'x' } }")
      .When<pb::CreateOpportunityRequest>(Create())
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "process_id"}})
      .When<pb::CreateOpportunityRequest>(Create(Ref("process_id", kProcess)))
      .Then({Created("value_from_job_requests: true")});
}

TEST(CreateOpportunityTest, F061DealIsPinnedToTheVersionInForce) {
  SalesWorld()
      .Exists("sales_process",
              Ref("id", kProcess) +
                  "published_version: 2 versions { number: 1 stages { id: 'a' probability: 1 } } "
                  "versions { number: 2 stages { id: 'b' probability: 2 } }")
      .When<pb::CreateOpportunityRequest>(Create())
      .Then({absl::StrCat("created { opportunity { ", Ref("id", 1), Create(), kOpenedNow,
                          Ref("process_id", kProcess),
                          "process_version: 2 stage: 'b' stage_probability: 2 "
                          "value_from_job_requests: true } }")});
}

TEST(CreateOpportunityTest, F075ImportedDealMayLackAccountAndLieInThePast) {
  const std::string imported = absl::StrCat(
      "imported: true subject: 'Old'", Ref("owner_id", kOwner),
      Ref("product_id", kDiscontinuedProduct), Day("expected_close_date", 2016, 10, 20));
  SalesWorld()
      .EffectiveAt("2016-10-20T08:00:00Z")
      .When<pb::CreateOpportunityRequest>(imported)
      .Then({absl::StrCat("created { opportunity { ", Ref("id", 1), imported,
                          Ref("process_id", kProcess),
                          "process_version: 1 stage: 'prospect' stage_probability: 100000000 "
                          "state: OPPORTUNITY_STATE_OPEN open_time { seconds: 1476950400 } "
                          "value_from_job_requests: true } }")});
}

TEST(CreateOpportunityTest, BackdatedDealIsMeasuredByItsOwnDay) {
  Scenario scenario = SalesWorld();
  scenario
      .EffectiveAt("2026-02-10T23:30:00Z")  // 11 February in Berlin
      .When<pb::CreateOpportunityRequest>(Create(Day("expected_close_date", 2026, 2, 10)))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "expected_close_date"}})
      .When<pb::CreateOpportunityRequest>(Create(Day("expected_close_date", 2026, 2, 11)));
  EXPECT_TRUE(scenario.status().ok()) << scenario.status();
}

TEST(CreateOpportunityTest, JobRequestsAtTheirLimit) {
  const auto with_jobs = [](int count) {
    std::string jobs;
    for (int i = 0; i < count; ++i) {
      absl::StrAppend(&jobs, "job_requests { service: 'E'", Eur("value", 1), "} ");
    }
    return Create(jobs);
  };
  Scenario scenario = SalesWorld();
  scenario.When<pb::CreateOpportunityRequest>(with_jobs(domain::kJobRequestsMax + 1))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kJobRequestsMax)}})
      .When<pb::CreateOpportunityRequest>(with_jobs(domain::kJobRequestsMax));
  EXPECT_EQ(scenario.As<pb::Opportunity>().value().minor(), domain::kJobRequestsMax);
  scenario.When<pb::AddJobRequestRequest>("job_request { service: 'E'" + Eur("value", 1) + "}")
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED);
}

TEST(CreateOpportunityTest, SumBeyondInt64IsRefused) {
  const std::string most = Eur("value", std::numeric_limits<int64_t>::max());
  SalesWorld()
      .When<pb::CreateOpportunityRequest>(
          Create(absl::StrCat("job_requests { service: 'E'", most, "} job_requests { service: 'E'",
                              Eur("value", 1), "}")))
      .ThenRejected(Reason::REASON_OUT_OF_RANGE);
}

TEST(CreateOpportunityTest, JobRequestStateAndDoubleIdsAreRefused) {
  const std::string job = "job_requests {" + Ref("id", 51) + "service: 'E'" + Eur("value", 1);
  SalesWorld()
      .When<pb::CreateOpportunityRequest>(Create(job + "state: JOB_REQUEST_STATE_ACCEPTED }"))
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE, {{"field", "job_requests[0].state"}})
      .When<pb::CreateOpportunityRequest>(Create(job + Ref("close_reason_id", 1) + "}"))
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE)
      .When<pb::CreateOpportunityRequest>(Create(job + "}" + job + "}"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "job_requests[1].id"}})
      .When<pb::CreateOpportunityRequest>(Create(job + Ref("product_id", kUnknown) + "}"))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND, {{"field", "job_requests[0].product_id"}});
}

TEST(UpdateOpportunityTest, ChangedFieldsAreRecordedBeforeAndAfter) {
  Deal()
      .When<pb::UpdateOpportunityRequest>(absl::StrCat(
          "opportunity { subject: 'Ten engines' competitor: 'Globex'",
          Day("expected_close_date", 2026, 5, 1),
          "} update_mask { paths: 'subject' paths: 'competitor' paths: 'expected_close_date' }"))
      .Then({absl::StrCat(
          "fields_changed { fields { paths: 'competitor' paths: 'expected_close_date' } "
          "before {} after { competitor: 'Globex'",
          Day("expected_close_date", 2026, 5, 1), "} }")});
}

TEST(UpdateOpportunityTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::UpdateOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::UpdateOpportunityRequest>(
      [] { return Deal(); },
      {
          {"the value", "update_mask { paths: 'value' } opportunity {" + Eur("value", 1) + "}",
           Reason::REASON_FIELD_NOT_WRITABLE, "value"},
          {"the stage", "update_mask { paths: 'stage' }", Reason::REASON_FIELD_NOT_WRITABLE,
           "stage"},
          {"blank subject", "update_mask { paths: 'subject' }", Reason::REASON_INVALID_FIELD,
           "subject"},
          {"past",
           "update_mask { paths: 'expected_close_date' } opportunity {" +
               Day("expected_close_date", 2026, 2, 1) + "}",
           Reason::REASON_INVALID_FIELD, "expected_close_date"},
          {"discontinued product",
           "update_mask { paths: 'product_id' } opportunity {" +
               Ref("product_id", kDiscontinuedProduct) + "}",
           Reason::REASON_RECORD_ARCHIVED, ""},
          {"unknown product",
           "update_mask { paths: 'product_id' } opportunity {" + Ref("product_id", kUnknown) + "}",
           Reason::REASON_REFERENCE_NOT_FOUND, "opportunity.product_id"},
      });
}

TEST(UpdateOpportunityTest, ClosedDealTakesCorrectionsButNoExpectedClose) {
  ClosedDeal("WON")
      .When<pb::UpdateOpportunityRequest>("opportunity { note: 'n' } update_mask { paths: 'note' }")
      .Then({"fields_changed { fields { paths: 'note' } before {} after { note: 'n' } }"})
      .When<pb::UpdateOpportunityRequest>(
          "update_mask { paths: 'expected_close_date' } "
          "opportunity {" +
          Day("expected_close_date", 2027, 1, 1) + "}")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "WON"}});
}

TEST(UpdateOpportunityTest, MandatoryFieldOfTheStageCannotBeCleared) {
  Scenario scenario = Deal(absl::StrCat("job_requests {", JobText(51, 100), "}",
                                        Day("expected_close_date", 2026, 4, 1)));
  scenario.When<pb::ChangeOpportunityStageRequest>("stage: 'order'")
      .When<pb::UpdateOpportunityRequest>("update_mask { paths: 'expected_close_date' }")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                    {{"field", "expected_close_date"}, {"state", "order"}})
      .When<pb::RemoveJobRequestRequest>(Ref("job_request_id", 51))
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "job_requests"}});
}

TEST(ChangeOpportunityStageTest, ProbabilityOfTheVersionIsStored) {
  Deal(Eur("value", 4000000))
      .When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .Then({"stage_changed { from: 'prospect' to: 'offer' stage_probability: 600000000 }"})
      .When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .ThenNothing()
      .When<pb::ChangeOpportunityStageRequest>("stage: 'prospect'")
      .Then({"stage_changed { from: 'offer' to: 'prospect' stage_probability: 100000000 }"});
}

TEST(ChangeOpportunityStageTest, F061DealFollowsItsOwnVersionAfterANewOne) {
  Deal()
      .Exists("sales_process",
              Ref("id", kProcess) +
                  "published_version: 2 versions { number: 1 stages { id: 'prospect' } stages { "
                  "id: 'offer' probability: 5 } } versions { number: 2 stages { id: 'negotiation' "
                  "probability: 6 } stages { id: 'offer' probability: 7 } }")
      .When<pb::ChangeOpportunityStageRequest>("stage: 'negotiation'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "stage"}})
      .When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .Then({"stage_changed { from: 'prospect' to: 'offer' stage_probability: 5 }"});
}

TEST(ChangeOpportunityStageTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::ChangeOpportunityStageRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  for (const absl::string_view outcome : {"WON", "PARTIALLY_WON", "LOST", "ABANDONED"}) {
    ClosedDeal(outcome)
        .When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
        .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                      {{"state", std::string(outcome)}, {"allowed", "OPEN"}});
  }
  ExpectRefusals<pb::ChangeOpportunityStageRequest>(
      [] { return Deal(); },
      {
          {"unknown stage", "stage: 'won'", Reason::REASON_INVALID_FIELD, "stage"},
          {"mandatory field", "stage: 'offer'", Reason::REASON_MISSING_REQUIRED_FOR_STATE, "value"},
      });
  Deal()
      .EffectiveAt("2026-01-10T08:59:59Z")
      .When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "header.effective_at"}});
}

TEST(AssignOpportunityTest, ToAnActiveOwnerInEveryState) {
  for (const bool closed : {false, true}) {
    Scenario scenario = closed ? ClosedDeal("LOST") : Deal();
    scenario.When<pb::AssignOpportunityRequest>(Ref("owner_id", kOwner))
        .ThenNothing()
        .When<pb::AssignOpportunityRequest>(Ref("owner_id", kInactiveOwner))
        .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
        .When<pb::AssignOpportunityRequest>(Ref("owner_id", kUnknown))
        .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND, {{"field", "owner_id"}})
        .When<pb::AssignOpportunityRequest>(Ref("owner_id", kOtherOwner))
        .Then({absl::StrCat("assigned {", Ref("from_owner_id", kOwner),
                            Ref("to_owner_id", kOtherOwner), "}")});
  }
  SalesWorld().When<pb::AssignOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(LinkOpportunityAccountTest, F075ImportedDealIsLinkedLater) {
  Scenario scenario = SalesWorld();
  scenario.Given(absl::StrCat("created { opportunity {", Ref("id", 1), "imported: true } }"))
      .When<pb::LinkOpportunityAccountRequest>(Ref("account_id", kArchivedAccount))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::LinkOpportunityAccountRequest>(Ref("account_id", kUnknown))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND)
      .When<pb::LinkOpportunityAccountRequest>(Ref("account_id", kAccount))
      .Then({absl::StrCat("account_linked {", Ref("to_account_id", kAccount), "}")})
      .When<pb::LinkOpportunityAccountRequest>(Ref("account_id", kAccount))
      .ThenNothing();
  SalesWorld().When<pb::LinkOpportunityAccountRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
