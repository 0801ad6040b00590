// Lost deals are checked by the group of the reason (F-077).

#include "domain/sales/loss_review.h"

#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "domain/setup/close_reason.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
namespace setup = ::daybook::setup::v1;

constexpr int kPricing = 60;
constexpr int kPlanning = 61;
constexpr int kEverythingElse = 62;
constexpr int kClosedGroup = 63;
constexpr int kDealId = 70;
constexpr int kReview = 1;

std::string Unit(int id, absl::string_view state = "OPEN") {
  return absl::StrCat(Ref("id", id), "state: UNIT_STATE_", state);
}

std::string ReasonText(int id, absl::string_view code, int unit, int days) {
  return absl::StrCat(Ref("id", id), "kind: CLOSE_REASON_KIND_LOST active: true code: '", code, "'",
                      unit == 0 ? "" : Ref("review_unit_id", unit), "review_days: ", days);
}

std::string Organisation(int unit) {
  return absl::StrCat(Ref("id", 80), Ref("loss_review_unit_id", unit));
}

// The lost deal as the review sees it, with the reason it has now.
std::string LostDeal(int reason, absl::string_view state = "LOST", int owner = kOwner) {
  return absl::StrCat(Ref("id", kDealId), Ref("account_id", kAccount), Ref("owner_id", owner),
                      "state: OPPORTUNITY_STATE_", state, Ref("close_reason_id", reason),
                      Eur("lost_value", 500000), "loss_reviews {", Ref("loss_review_id", kReview),
                      Ref("close_reason_id", reason), "}");
}

// Price goes to Pricing in 5 days, timing to Planning in 3, other reasons to the default group.
Scenario ReviewWorld() {
  Scenario scenario("loss_review");
  for (const int id : {kOwner, kOtherOwner}) {
    scenario.Exists("user", absl::StrCat(Ref("id", id), "state: USER_STATE_ACTIVE"));
  }
  scenario.Exists("user", absl::StrCat(Ref("id", kInactiveOwner), "state: USER_STATE_INACTIVE"))
      .Exists("unit", Unit(kPricing))
      .Exists("unit", Unit(kPlanning))
      .Exists("unit", Unit(kClosedGroup, "CLOSED"))
      .Exists("organisation", Organisation(kEverythingElse))
      .Exists("close_reason", ReasonText(kLostReason, "price", kPricing, 5))
      .Exists("close_reason", ReasonText(kOtherLostReason, "timing", kPlanning, 3))
      .Exists("close_reason", ReasonText(kRetiredReason, "weather", kClosedGroup, 3))
      .Exists("close_reason", absl::StrCat(Ref("id", kWonReason), "kind: CLOSE_REASON_KIND_WON"))
      .Exists("opportunity", LostDeal(kLostReason));
  return scenario;
}

std::string Open(int reason) {
  return absl::StrCat(Ref("opportunity_id", kDealId), Ref("close_reason_id", reason));
}

std::string Route(int reason, absl::string_view code, int unit, int day,
                  absl::string_view more = "") {
  return absl::StrCat(Ref("close_reason_id", reason), "close_reason_code: '", code, "'",
                      Ref("unit_id", unit), more, Day("due_date", 2026, 3, day));
}

constexpr absl::string_view kNow = "routed_time { seconds: 1772362800 }";

std::string Opened() {
  const std::string route = Route(kLostReason, "price", kPricing, 6);
  return absl::StrCat("opened { loss_review { ", Ref("id", kReview), Ref("opportunity_id", kDealId),
                      Ref("account_id", kAccount), "state: LOSS_REVIEW_STATE_OPEN ", route,
                      Day("opened_date", 2026, 3, 1), Eur("lost_value", 500000), "routes {", route,
                      kNow, "} } }");
}

Scenario OpenReview() {
  Scenario scenario = ReviewWorld();
  scenario.Given(Opened());
  return scenario;
}

Scenario TakenReview() {
  Scenario scenario = OpenReview();
  scenario.Given(absl::StrCat("taken {", Ref("reviewer_id", kOtherOwner), "}"));
  return scenario;
}

TEST(LossReviewTest, F077LostForPriceWaitsInGroupPricing) {
  ReviewWorld().When<pb::OpenLossReviewRequest>(Open(kLostReason)).Then({Opened()});
}

TEST(LossReviewTest, F077ReasonWithoutAnOpenGroupGoesToTheDefaultGroupWithAnAlarm) {
  ReviewWorld()
      .Exists("opportunity", LostDeal(kRetiredReason))
      .When<pb::OpenLossReviewRequest>(Open(kRetiredReason))
      .Then({absl::StrCat(
          "opened { loss_review { ", Ref("id", kReview), Ref("opportunity_id", kDealId),
          Ref("account_id", kAccount), "state: LOSS_REVIEW_STATE_OPEN ",
          Route(kRetiredReason, "weather", kEverythingElse, 8, "fallback: true"),
          Day("opened_date", 2026, 3, 1), Eur("lost_value", 500000), "routes {",
          Route(kRetiredReason, "weather", kEverythingElse, 8, "fallback: true"), kNow, "} } }")});
}

TEST(LossReviewTest, ReviewsFollowTheirDealAndComeFromNowhereElse) {
  ReviewWorld()
      .When<pb::OpenLossReviewRequest>(Open(kOtherLostReason))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "close_reason_id"}});
  OpenReview()
      .When<pb::OpenLossReviewRequest>(Open(kLostReason))
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
  OpenReview()
      .When<pb::RouteLossReviewRequest>(Ref("close_reason_id", kOtherLostReason))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "close_reason_id"}});
  OpenReview().When<pb::WithdrawLossReviewRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION, {{"state", "LOST"}});
}

TEST(LossReviewTest, F077PartOfADealIsReviewedForItsOwnReason) {
  Scenario scenario = ReviewWorld();
  scenario
      .Exists("opportunity",
              absl::StrCat(LostDeal(kLostReason, "PARTIALLY_WON"), "job_requests {",
                           JobText(51, 300000, "JOB_REQUEST_STATE_ACCEPTED"), "} job_requests {",
                           JobText(52, 200000, "JOB_REQUEST_STATE_DECLINED"),
                           Ref("close_reason_id", kLostReason), "} job_requests {",
                           JobText(53, 100000, "JOB_REQUEST_STATE_DECLINED"),
                           Ref("close_reason_id", kOtherLostReason), "}"))
      .When<pb::OpenLossReviewRequest>(Open(kLostReason));
  const auto& review = scenario.As<pb::LossReview>();
  EXPECT_EQ(review.lost_value().minor(), 200000);
  ASSERT_EQ(review.job_request_ids_size(), 1);
  EXPECT_EQ(review.job_request_ids(0), Id(52));
}

TEST(LossReviewTest, F077CorrectedReasonGoesToItsGroupAndTheTrailStays) {
  Scenario scenario = TakenReview();
  scenario.Exists("opportunity", LostDeal(kOtherLostReason))
      .When<pb::RouteLossReviewRequest>(Ref("close_reason_id", kOtherLostReason))
      .Then({absl::StrCat("routed { route {", Route(kOtherLostReason, "timing", kPlanning, 4), kNow,
                          "} state: LOSS_REVIEW_STATE_OPEN }")})
      .When<pb::RouteLossReviewRequest>(Ref("close_reason_id", kOtherLostReason))
      .ThenNothing();
  const auto& review = scenario.As<pb::LossReview>();
  EXPECT_EQ(review.unit_id(), Id(kPlanning));
  EXPECT_EQ(review.reviewer_id(), "");
  ASSERT_EQ(review.routes_size(), 2);
  EXPECT_EQ(review.routes(0).close_reason_code(), "price");
  EXPECT_EQ(review.routes(1).close_reason_code(), "timing");
}

TEST(LossReviewTest, ReasonThatTheReviewerFoundClosesTheReview) {
  Scenario scenario = TakenReview();
  scenario
      .When<pb::RecordLossReviewRequest>(
          absl::StrCat("verdict: LOSS_VERDICT_WRONG_REASON note: 'x'",
                       Ref("reviewed_reason_id", kOtherLostReason)))
      .When<pb::ReturnLossReviewRequest>("")
      .Then({"returned {}"})
      .Exists("opportunity", LostDeal(kOtherLostReason))
      .When<pb::RouteLossReviewRequest>(Ref("close_reason_id", kOtherLostReason));
  const auto& review = scenario.As<pb::LossReview>();
  EXPECT_EQ(review.state(), pb::LOSS_REVIEW_STATE_CLOSED);
  EXPECT_EQ(review.end(), pb::LOSS_REVIEW_END_REASON_CORRECTED);
  EXPECT_EQ(review.close_reason_code(), "price") << "as sales gave it when it was checked";
  EXPECT_EQ(review.unit_id(), Id(kPricing));
}

TEST(LossReviewTest, TrailAtItsLimit) {
  Scenario scenario = OpenReview();
  for (int i = 1; i < domain::kLossReviewRoutesMax; ++i) {
    const int reason = i % 2 == 1 ? kOtherLostReason : kLostReason;
    scenario.Exists("opportunity", LostDeal(reason))
        .When<pb::RouteLossReviewRequest>(Ref("close_reason_id", reason));
    ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  }
  scenario.Exists("opportunity", LostDeal(kLostReason))
      .When<pb::RouteLossReviewRequest>(Ref("close_reason_id", kLostReason))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED, {{"limit", "50"}});
}

TEST(LossReviewTest, F077OwnerOfTheDealNeverReviewsIt) {
  OpenReview()
      .When<pb::TakeLossReviewRequest>(Ref("reviewer_id", kOwner))
      .ThenRejected(Reason::REASON_FOUR_EYES_REQUIRED, {{"set_by", Id(kOwner)}});
  // nor who got the deal after taking the review
  TakenReview()
      .Exists("opportunity", LostDeal(kLostReason, "LOST", kOtherOwner))
      .When<pb::RecordLossReviewRequest>("verdict: LOSS_VERDICT_CONFIRMED")
      .ThenRejected(Reason::REASON_FOUR_EYES_REQUIRED, {{"set_by", Id(kOtherOwner)}});
}

TEST(LossReviewTest, F077FromOpenToClosed) {
  const std::string take = Ref("reviewer_id", kOtherOwner);
  OpenReview()
      .When<pb::TakeLossReviewRequest>(take)
      .Then({absl::StrCat("taken {", take, "}")})
      .When<pb::TakeLossReviewRequest>(take)
      .ThenNothing()
      .When<pb::RecordLossReviewRequest>("verdict: LOSS_VERDICT_RECOVERABLE note: 'ask again'")
      .Then({absl::StrCat("recorded { verdict: LOSS_VERDICT_RECOVERABLE",
                          Ref("reviewed_reason_id", kLostReason), "note: 'ask again' }")})
      .When<pb::RecordLossReviewRequest>("verdict: LOSS_VERDICT_RECOVERABLE note: 'ask again'")
      .ThenNothing()
      .When<pb::ReturnLossReviewRequest>("")
      .Then({"returned {}"})
      .When<pb::ReturnLossReviewRequest>("")
      .ThenNothing()
      .When<pb::CloseLossReviewRequest>("")
      .Then({"closed { end: LOSS_REVIEW_END_DONE }"})
      .When<pb::CloseLossReviewRequest>("")
      .ThenNothing();
}

TEST(LossReviewTest, F077ReopenedDealClosesItsReview) {
  TakenReview()
      .Exists("opportunity", LostDeal(kLostReason, "OPEN"))
      .When<pb::WithdrawLossReviewRequest>("")
      .Then({"closed { end: LOSS_REVIEW_END_DEAL_REOPENED }"})
      .When<pb::WithdrawLossReviewRequest>("")
      .ThenNothing();
}

TEST(LossReviewTest, F077ArchivedDealClosesItsReview) {
  TakenReview()
      .Exists("opportunity", LostDeal(kLostReason) + "archived: true")
      .When<pb::WithdrawLossReviewRequest>("")
      .Then({"closed { end: LOSS_REVIEW_END_DEAL_ARCHIVED }"})
      .When<pb::WithdrawLossReviewRequest>("")
      .ThenNothing();
}

TEST(LossReviewTest, RefusalsInCheckOrder) {
  ReviewWorld()
      .When<pb::TakeLossReviewRequest>(Ref("reviewer_id", kOtherOwner))
      .ThenRejected(Reason::REASON_NOT_FOUND);
  ReviewWorld().When<pb::CloseLossReviewRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::TakeLossReviewRequest>(
      OpenReview,
      {{"inactive", Ref("reviewer_id", kInactiveOwner), Reason::REASON_RECORD_ARCHIVED, ""},
       {"unknown", Ref("reviewer_id", kUnknown), Reason::REASON_REFERENCE_NOT_FOUND,
        "reviewer_id"}});
  ExpectRefusals<pb::RecordLossReviewRequest>(
      OpenReview,
      {{"not taken", "verdict: LOSS_VERDICT_CONFIRMED", Reason::REASON_ILLEGAL_TRANSITION, ""}});
  const std::string wrong = "verdict: LOSS_VERDICT_WRONG_REASON note: 'x'";
  ExpectRefusals<pb::RecordLossReviewRequest>(
      TakenReview,
      {{"which", wrong, Reason::REASON_INVALID_FIELD, "reviewed_reason_id"},
       {"the same", wrong + Ref("reviewed_reason_id", kLostReason), Reason::REASON_INVALID_FIELD,
        "reviewed_reason_id"},
       {"no loss", wrong + Ref("reviewed_reason_id", kWonReason), Reason::REASON_INVALID_FIELD,
        "reviewed_reason_id"},
       {"confirmed, but",
        "verdict: LOSS_VERDICT_CONFIRMED" + Ref("reviewed_reason_id", kOtherLostReason),
        Reason::REASON_INVALID_FIELD, "reviewed_reason_id"},
       {"no note", "verdict: LOSS_VERDICT_PROCESS_FAULT", Reason::REASON_INVALID_FIELD, "note"}});
  ExpectRefusals<pb::CloseLossReviewRequest>(
      TakenReview, {{"not reviewed", "", Reason::REASON_ILLEGAL_TRANSITION, ""}});
  ExpectRefusals<pb::ReturnLossReviewRequest>(
      TakenReview, {{"not reviewed", "", Reason::REASON_ILLEGAL_TRANSITION, ""}});
}

TEST(LoseOpportunityTest, F077OneReviewForTheLossOrForEachReasonOfWhatWasDeclined) {
  Scenario lost = DealWithThreeJobs();
  lost.Exists("organisation", Organisation(kEverythingElse))
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason));
  ASSERT_EQ(lost.As<pb::Opportunity>().loss_reviews_size(), 1);
  EXPECT_EQ(lost.As<pb::Opportunity>().loss_reviews(0).close_reason_id(), Id(kLostReason));

  const auto declined = [](int job, int reason) {
    return absl::StrCat("declined {", Ref("job_request_id", job), Ref("close_reason_id", reason),
                        "}");
  };
  Scenario part = Deal(absl::StrCat("job_requests {", JobText(51, 1), "} job_requests {",
                                    JobText(52, 1), "} job_requests {", JobText(53, 1),
                                    "} job_requests {", JobText(54, 1), "}"));
  part.Exists("organisation", Organisation(kEverythingElse))
      .When<pb::PartiallyWinOpportunityRequest>(
          absl::StrCat(Ref("accepted_job_request_ids", 51), declined(52, kLostReason),
                       declined(53, kOtherLostReason), declined(54, kLostReason)));
  ASSERT_EQ(part.As<pb::Opportunity>().loss_reviews_size(), 2);
  EXPECT_EQ(part.As<pb::Opportunity>().loss_reviews(1).close_reason_id(), Id(kOtherLostReason));
}

TEST(LoseOpportunityTest, NothingIsReviewedWithoutADefaultGroupNorOfImportedDeals) {
  Scenario off = Deal();
  off.Exists("organisation", Ref("id", 80))
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason));
  EXPECT_EQ(off.As<pb::Opportunity>().loss_reviews_size(), 0);
  Scenario imported = Deal("imported: true");
  imported.Exists("organisation", Organisation(kEverythingElse))
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason));
  EXPECT_EQ(imported.As<pb::Opportunity>().loss_reviews_size(), 0);
}

TEST(CorrectLossReasonTest, F077LostDealAndItsReviewGetTheNewReason) {
  Scenario scenario = DealWithThreeJobs();
  scenario.Exists("organisation", Organisation(kEverythingElse))
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason))
      .When<pb::CorrectLossReasonRequest>(Ref("close_reason_id", kOtherLostReason))
      .Then({absl::StrCat("loss_reason_corrected {", Ref("from_close_reason_id", kLostReason),
                          Ref("to_close_reason_id", kOtherLostReason),
                          "to_close_reason_code: 'timing' }")})
      .When<pb::CorrectLossReasonRequest>(Ref("close_reason_id", kOtherLostReason))
      .ThenNothing();
  const auto& deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(deal.close_reason_code(), "timing");
  EXPECT_EQ(deal.job_requests(0).close_reason_id(), Id(kOtherLostReason));
  EXPECT_EQ(deal.loss_reviews(0).close_reason_id(), Id(kOtherLostReason));
}

TEST(CorrectLossReasonTest, RefusalsInCheckOrder) {
  const std::string to = Ref("close_reason_id", kOtherLostReason);
  SalesWorld().When<pb::CorrectLossReasonRequest>(to).ThenRejected(Reason::REASON_NOT_FOUND);
  Deal().When<pb::CorrectLossReasonRequest>(to).ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                                                             {{"state", "OPEN"}});
  ClosedDeal("ABANDONED")
      .When<pb::CorrectLossReasonRequest>(to)
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
  ExpectRefusals<pb::CorrectLossReasonRequest>(
      [] { return ClosedDeal("LOST"); },
      {{"not the reason", to + Ref("instead_of_id", kOtherLostReason), Reason::REASON_INVALID_FIELD,
        "instead_of_id"},
       {"of a win", Ref("close_reason_id", kWonReason), Reason::REASON_INVALID_FIELD,
        "close_reason_id"},
       {"retired", Ref("close_reason_id", kRetiredReason), Reason::REASON_RECORD_ARCHIVED, ""}});
  Scenario part = DealWithThreeJobs();
  part.Given(absl::StrCat("partially_won {", Ref("accepted_job_request_ids", 51), "declined {",
                          Ref("job_request_id", 52), Ref("close_reason_id", kLostReason),
                          "} declined {", Ref("job_request_id", 53),
                          Ref("close_reason_id", kOtherLostReason), "} }"));
  part.When<pb::CorrectLossReasonRequest>(to).ThenRejected(Reason::REASON_INVALID_FIELD,
                                                           {{"field", "instead_of_id"}});
  part.When<pb::CorrectLossReasonRequest>(to + Ref("instead_of_id", kLostReason));
  ASSERT_TRUE(part.status().ok()) << part.status();
  EXPECT_EQ(part.As<pb::Opportunity>().job_requests(1).close_reason_id(), Id(kOtherLostReason));
}

Scenario PriceReason() {
  Scenario scenario("close_reason");
  scenario.Exists("unit", Unit(kPricing))
      .Exists("unit", Unit(kClosedGroup, "CLOSED"))
      .Given(absl::StrCat("defined { close_reason {", Ref("id", 1),
                          "kind: CLOSE_REASON_KIND_LOST code: 'price' active: true } }"));
  return scenario;
}

TEST(MapLostReasonTest, F077GroupAndDaysOfAReason) {
  const std::string map = Ref("unit_id", kPricing) + "review_days: 5";
  PriceReason()
      .When<setup::MapLostReasonRequest>(map)
      .Then({absl::StrCat("review_mapped {", Ref("to_unit_id", kPricing), "to_days: 5 }")})
      .When<setup::MapLostReasonRequest>(map)
      .ThenNothing()
      .When<setup::MapLostReasonRequest>("")
      .Then({absl::StrCat("review_mapped {", Ref("from_unit_id", kPricing), "from_days: 5 }")});
  ExpectRefusals<setup::MapLostReasonRequest>(
      PriceReason,
      {{"no days", Ref("unit_id", kPricing), Reason::REASON_INVALID_FIELD, "review_days"},
       {"too late", Ref("unit_id", kPricing) + "review_days: 366", Reason::REASON_INVALID_FIELD,
        "review_days"},
       {"days alone", "review_days: 1", Reason::REASON_INVALID_FIELD, "review_days"},
       {"closed", Ref("unit_id", kClosedGroup) + "review_days: 365", Reason::REASON_RECORD_ARCHIVED,
        ""}});
  Scenario won("close_reason");
  won.Given(absl::StrCat("defined { close_reason {", Ref("id", 1),
                         "kind: CLOSE_REASON_KIND_WON code: 'service' active: true } }"));
  won.When<setup::MapLostReasonRequest>(map).ThenRejected(Reason::REASON_INVALID_FIELD,
                                                          {{"field", "id"}});
}

}  // namespace
}  // namespace daybook::testing
