#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/sales/opportunity.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

const std::string kToday = Day("close_date", 2026, 3, 1) + "close_time { seconds: 1772362800 } ";

// "F-066: 40,000 at 60 %, won at 38,500": the projected value stays beside the actual one.
TEST(WinOpportunityTest, F066ActualValueIsRecordedAndTheProjectedOneKept) {
  Scenario scenario = Deal(Eur("value", 4000000));
  scenario.When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 3850000) +
                                       Ref("close_reason_id", kWonReason) + "note: 'signed'")
      .Then({absl::StrCat("won {", Eur("actual_value", 3850000), kToday,
                          Ref("close_reason_id", kWonReason),
                          "close_reason_code: 'service' note: 'signed' }")});
  const auto& deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(deal.state(), pb::OPPORTUNITY_STATE_WON);
  EXPECT_EQ(deal.value().minor(), 4000000);
  EXPECT_EQ(deal.actual_value().minor(), 3850000);
  EXPECT_EQ(deal.stage(), "offer");
  EXPECT_EQ(deal.stage_probability(), 600000000);
}

TEST(WinOpportunityTest, JobRequestsAreAccepted) {
  Scenario scenario = ClosedDeal("WON");
  for (const auto& job_request : scenario.As<pb::Opportunity>().job_requests()) {
    EXPECT_EQ(job_request.state(), pb::JOB_REQUEST_STATE_ACCEPTED);
  }
}

TEST(WinOpportunityTest, CloseDateIsTheDayInTheZoneOfTheOrganisation) {
  Deal()
      .EffectiveAt("2026-02-27T23:30:00Z")  // 00:30 on 28 February in Berlin
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 1))
      .Then({absl::StrCat("won {", Eur("actual_value", 1), Day("close_date", 2026, 2, 28),
                          "close_time { seconds: 1772235000 } }")});
}

TEST(WinOpportunityTest, RepeatedOutcomeIsNothingAndAnotherOneIsRefused) {
  ClosedDeal("WON")
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 900000))
      .ThenNothing()
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 900000) + Day("close_date", 2026, 2, 1))
      .ThenNothing()
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 900001))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "WON"}, {"allowed", "OPEN"}})
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 900000) + Day("close_date", 2026, 2, 2))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION)
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 900000) +
                                       Ref("close_reason_id", kWonReason))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
}

TEST(WinOpportunityTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::WinOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  const std::string actual = Eur("actual_value", 1);
  ExpectRefusals<pb::WinOpportunityRequest>(
      [] { return Deal(Eur("value", 100)); },
      {
          {"no actual value", "", Reason::REASON_INVALID_FIELD, "actual_value"},
          {"another currency", "actual_value { minor: 1 currency: 'USD' }",
           Reason::REASON_CURRENCY_MISMATCH, "actual_value"},
          {"before the opening", actual + Day("close_date", 2026, 1, 9),
           Reason::REASON_INVALID_FIELD, "close_date"},
          {"in the future", actual + Day("close_date", 2026, 3, 2), Reason::REASON_INVALID_FIELD,
           "close_date"},
          {"reason for a loss", actual + Ref("close_reason_id", kLostReason),
           Reason::REASON_INVALID_FIELD, "close_reason_id"},
          {"unknown reason", actual + Ref("close_reason_id", kUnknown),
           Reason::REASON_REFERENCE_NOT_FOUND, "close_reason_id"},
      });
  Deal()
      .EffectiveAt("2026-01-10T08:59:59Z")
      .When<pb::WinOpportunityRequest>(actual)
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "header.effective_at"}});
}

TEST(WinOpportunityTest, DealMayCloseAtTheMomentItOpened) {
  Deal()
      .EffectiveAt("2026-01-10T09:00:00Z")
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 0) + Day("close_date", 2026, 1, 10))
      .Then({absl::StrCat("won {", Eur("actual_value", 0), Day("close_date", 2026, 1, 10),
                          "close_time { seconds: 1768035600 } }")});
}

TEST(WinOpportunityTest, DealMayCloseToday) {
  Deal()
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 1) + Day("close_date", 2026, 3, 1))
      .Then({absl::StrCat("won {", Eur("actual_value", 1), kToday, "}")});
}

TEST(WinOpportunityTest, ImportedDealMayCarryALaterCloseDate) {
  Scenario scenario = Deal("imported: true");
  scenario.When<pb::WinOpportunityRequest>(Eur("actual_value", 1) + Day("close_date", 2026, 3, 2));
  EXPECT_TRUE(scenario.status().ok()) << scenario.status();
}

std::string Accepted(int id) { return Ref("accepted_job_request_ids", id); }

std::string Declined(int id, int reason = kLostReason) {
  return absl::StrCat("declined {", Ref("job_request_id", id), Ref("close_reason_id", reason),
                      "} ");
}

// F-075: 3 job requests 5,000/3,000/2,000, accepted 1 and 3: won 7,000, lost 3,000, one reason per
// declined line.
TEST(PartiallyWinOpportunityTest, F075WonSevenThousandLostThreeThousand) {
  const std::string lines = Accepted(51) + Accepted(53) + Declined(52);
  Scenario scenario = DealWithThreeJobs();
  scenario.When<pb::PartiallyWinOpportunityRequest>(lines)
      .Then({absl::StrCat("partially_won {", Eur("actual_value", 700000), Eur("lost_value", 300000),
                          kToday, lines, "}")})
      .When<pb::PartiallyWinOpportunityRequest>(lines)
      .ThenNothing();
  const auto& deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(deal.state(), pb::OPPORTUNITY_STATE_PARTIALLY_WON);
  EXPECT_EQ(deal.value().minor(), 1000000);
  EXPECT_EQ(deal.job_requests(0).state(), pb::JOB_REQUEST_STATE_ACCEPTED);
  EXPECT_EQ(deal.job_requests(1).state(), pb::JOB_REQUEST_STATE_DECLINED);
  EXPECT_EQ(deal.job_requests(1).close_reason_id(), Id(kLostReason));
  EXPECT_EQ(deal.job_requests(2).state(), pb::JOB_REQUEST_STATE_ACCEPTED);
}

TEST(PartiallyWinOpportunityTest, OtherLinesOfAClosedDealAreRefused) {
  ClosedDeal("PARTIALLY_WON")
      .When<pb::PartiallyWinOpportunityRequest>(Accepted(51) + Accepted(52) + Declined(53))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "PARTIALLY_WON"}})
      .When<pb::PartiallyWinOpportunityRequest>(Accepted(51) + Accepted(53) +
                                                Declined(52, kOtherLostReason))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION)
      .When<pb::PartiallyWinOpportunityRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
}

TEST(PartiallyWinOpportunityTest, F075RefusalsInCheckOrder) {
  SalesWorld().When<pb::PartiallyWinOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::PartiallyWinOpportunityRequest>(
      DealWithThreeJobs,
      {
          {"nothing accepted", Declined(51) + Declined(52) + Declined(53),
           Reason::REASON_INVALID_FIELD, "accepted_job_request_ids"},
          {"nothing declined", Accepted(51) + Accepted(52) + Accepted(53),
           Reason::REASON_INVALID_FIELD, "declined"},
          {"accepted twice", Accepted(51) + Accepted(51) + Declined(52),
           Reason::REASON_INVALID_FIELD, "accepted_job_request_ids[1]"},
          {"unknown", Accepted(kUnknown) + Declined(52), Reason::REASON_INVALID_FIELD,
           "accepted_job_request_ids[0]"},
          {"in both lists", Accepted(51) + Declined(51), Reason::REASON_INVALID_FIELD,
           "declined[0].job_request_id"},
          {"declined without reason", Accepted(51) + "declined {" + Ref("job_request_id", 52) + "}",
           Reason::REASON_INVALID_FIELD, "declined[0].close_reason_id"},
          {"one left out", Accepted(51) + Declined(52), Reason::REASON_INVALID_FIELD, "declined"},
          {"reason of another kind", Accepted(51) + Declined(52) + Declined(53, kAbandonedReason),
           Reason::REASON_INVALID_FIELD, "declined[1].close_reason_id"},
          {"unknown reason", Accepted(51) + Declined(52) + Declined(53, kUnknown),
           Reason::REASON_REFERENCE_NOT_FOUND, "declined[1].close_reason_id"},
          {"retired reason", Accepted(51) + Declined(52) + Declined(53, kRetiredReason),
           Reason::REASON_RECORD_ARCHIVED, ""},
          {"close date", Accepted(51) + Declined(52) + Declined(53) + Day("close_date", 2026, 3, 2),
           Reason::REASON_INVALID_FIELD, "close_date"},
      });
}

TEST(LoseOpportunityTest, F078ReasonAndProjectedValueAreRecorded) {
  Scenario scenario = DealWithThreeJobs();
  scenario
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason) +
                                        "competitor: 'Globex' note: 'again next year'")
      .Then({absl::StrCat("lost {", Eur("lost_value", 1000000), kToday,
                          Ref("close_reason_id", kLostReason),
                          "close_reason_code: 'price' competitor: 'Globex' note: 'again next year' "
                          "}")});
  const auto& deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(deal.competitor(), "Globex");
  EXPECT_EQ(deal.note(), "again next year");
  EXPECT_EQ(deal.job_requests(2).state(), pb::JOB_REQUEST_STATE_DECLINED);
  EXPECT_EQ(deal.job_requests(2).close_reason_id(), Id(kLostReason));
}

TEST(PartiallyWinOpportunityTest, F075ReasonsAtTheirLimit) {
  // One job request is accepted, and each of the others declined for a reason of its own, but for
  // two that share one.
  const auto win = [](int reasons) {
    std::string jobs =
        absl::StrCat("job_requests {", JobText(1000, 1), "} job_requests {", JobText(1001, 1), "}");
    std::string request =
        absl::StrCat(Ref("accepted_job_request_ids", 1000), "declined {",
                     Ref("job_request_id", 1001), Ref("close_reason_id", 2000), "}");
    for (int i = 0; i < reasons; ++i) {
      absl::StrAppend(&jobs, "job_requests {", JobText(1002 + i, 1), "}");
      absl::StrAppend(&request, "declined {", Ref("job_request_id", 1002 + i),
                      Ref("close_reason_id", 2000 + i), "}");
    }
    Scenario scenario = Deal(jobs);
    for (int i = 0; i < reasons; ++i) {
      scenario.Exists("close_reason",
                      Ref("id", 2000 + i) + "kind: CLOSE_REASON_KIND_LOST code: 'c' active: true");
    }
    scenario.When<pb::PartiallyWinOpportunityRequest>(request);
    return scenario;
  };
  const Scenario most = win(domain::kLossReasonsMax);
  EXPECT_TRUE(most.status().ok()) << most.status();
  win(domain::kLossReasonsMax + 1)
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED, {{"field", "declined"}, {"limit", "40"}});
}

TEST(LoseOpportunityTest, DealWithoutValueLosesNone) {
  Scenario scenario = Deal("competitor: 'Globex'");
  scenario.When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason))
      .Then({absl::StrCat("lost {", kToday, Ref("close_reason_id", kLostReason),
                          "close_reason_code: 'price' }")});
  EXPECT_FALSE(scenario.As<pb::Opportunity>().has_lost_value());
  EXPECT_EQ(scenario.As<pb::Opportunity>().competitor(), "Globex");
}

TEST(LoseOpportunityTest, F078RefusalsInCheckOrder) {
  SalesWorld().When<pb::LoseOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("LOST")
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason))
      .ThenNothing()
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kOtherLostReason))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "LOST"}})
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason) +
                                        "competitor: 'Initech'")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
  ExpectRefusals<pb::LoseOpportunityRequest>(
      [] { return Deal(); },
      {
          {"no reason", "", Reason::REASON_INVALID_FIELD, "close_reason_id"},
          {"unknown reason", Ref("close_reason_id", kUnknown), Reason::REASON_REFERENCE_NOT_FOUND,
           "close_reason_id"},
          {"reason for a win", Ref("close_reason_id", kWonReason), Reason::REASON_INVALID_FIELD,
           "close_reason_id"},
          {"retired reason", Ref("close_reason_id", kRetiredReason), Reason::REASON_RECORD_ARCHIVED,
           ""},
          {"close date", Ref("close_reason_id", kLostReason) + Day("close_date", 2025, 1, 1),
           Reason::REASON_INVALID_FIELD, "close_date"},
      });
}

TEST(AbandonOpportunityTest, ReasonIsOptional) {
  DealWithThreeJobs()
      .When<pb::AbandonOpportunityRequest>("note: 'silence'")
      .Then({absl::StrCat("abandoned {", Eur("lost_value", 1000000), kToday, "note: 'silence' }")})
      .When<pb::AbandonOpportunityRequest>("")
      .ThenNothing()
      .When<pb::AbandonOpportunityRequest>(Ref("close_reason_id", kAbandonedReason))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "ABANDONED"}});
  Deal()
      .When<pb::AbandonOpportunityRequest>(Ref("close_reason_id", kAbandonedReason))
      .Then({absl::StrCat("abandoned {", kToday, Ref("close_reason_id", kAbandonedReason),
                          "close_reason_code: 'no_answer' }")});
}

TEST(AbandonOpportunityTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::AbandonOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::AbandonOpportunityRequest>(
      [] { return Deal(); },
      {
          {"reason for a loss", Ref("close_reason_id", kLostReason), Reason::REASON_INVALID_FIELD,
           "close_reason_id"},
          {"unknown reason", Ref("close_reason_id", kUnknown), Reason::REASON_REFERENCE_NOT_FOUND,
           "close_reason_id"},
          {"close date", Day("close_date", 2026, 3, 2), Reason::REASON_INVALID_FIELD, "close_date"},
      });
}

TEST(ReopenOpportunityTest, F075EveryOutcomeGoesBackToTheStageItHad) {
  for (const absl::string_view outcome : {"WON", "PARTIALLY_WON", "LOST", "ABANDONED"}) {
    SCOPED_TRACE(std::string(outcome));
    Scenario scenario = ClosedDeal(outcome);
    const bool lost = outcome == "LOST";
    scenario
        .When<pb::ReopenOpportunityRequest>("header { reason: 'they called' }" +
                                            Day("expected_close_date", 2026, 4, 1))
        .Then({absl::StrCat("reopened { stage: 'prospect' stage_probability: 100000000",
                            Day("expected_close_date", 2026, 4, 1), "}")})
        .ThenRecord(DealText(absl::StrCat(
            "job_requests {", JobText(51, 500000), "} job_requests {", JobText(52, 300000),
            "} job_requests {", JobText(53, 200000), "}", Eur("value", 1000000),
            "value_from_job_requests: true reopened: 1", Day("expected_close_date", 2026, 4, 1),
            lost ? "competitor: 'Globex'" : "")))
        .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason));
    EXPECT_TRUE(scenario.status().ok()) << scenario.status();
  }
}

TEST(ReopenOpportunityTest, ExpectedCloseIsClearedUnlessGiven) {
  Scenario scenario = Deal(Day("expected_close_date", 2026, 2, 1));
  scenario.When<pb::AbandonOpportunityRequest>("")
      .When<pb::ReopenOpportunityRequest>("header { reason: 'r' }")
      .Then({"reopened { stage: 'prospect' stage_probability: 100000000 }"});
  EXPECT_FALSE(scenario.As<pb::Opportunity>().has_expected_close_date());
}

TEST(ReopenOpportunityTest, F075RefusalsInCheckOrder) {
  SalesWorld().When<pb::ReopenOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  Deal().When<pb::ReopenOpportunityRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION,
      {{"state", "OPEN"}, {"allowed", "WON,PARTIALLY_WON,LOST,ABANDONED"}});
  ExpectRefusals<pb::ReopenOpportunityRequest>(
      [] { return ClosedDeal("LOST"); },
      {
          {"no reason", "", Reason::REASON_INVALID_FIELD, "header.reason"},
          {"past", "header { reason: 'r' }" + Day("expected_close_date", 2026, 2, 28),
           Reason::REASON_INVALID_FIELD, "expected_close_date"},
      });
  ClosedDeal("LOST")
      .EffectiveAt("2026-02-01T08:59:59Z")
      .When<pb::ReopenOpportunityRequest>("header { reason: 'r' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "header.effective_at"}});
}

}  // namespace
}  // namespace daybook::testing
