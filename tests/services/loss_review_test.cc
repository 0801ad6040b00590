// Losses are checked by the group of their reason (F-077), over gRPC.

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"
#include "tests/services/around_deals_fixture.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

class LossReviewTest : public AroundDealsTest {};

TEST_F(LossReviewTest, F077LossForPriceOpensOneReviewInPricingAndTimingReroutesIt) {
  // given
  const std::string pricing = Unit("Pricing"), planning = Unit("Planning");
  CheckLosses(Unit("Everything else"));
  const std::string price = LostReason("too_dear", pricing, 5);
  const std::string timing = LostReason("not_now", planning, 3);
  const std::string deal = server_.CreateDeal(acme_, ada_, 500'000);
  // when lost for its price
  const auto lost = Do(&Deals::LoseOpportunity, Id("id", deal) + Id("close_reason_id", price));
  // then one review waits in Pricing, in the same commit
  EXPECT_EQ(lost.receipt().events(), 2);
  auto reviews = ReviewsThat("opportunity_id = '" + deal + "'");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_EQ(reviews[0].unit_id(), pricing);
  EXPECT_EQ(reviews[0].state(), pb::LOSS_REVIEW_STATE_OPEN);
  EXPECT_EQ(reviews[0].lost_value().minor(), 500'000);
  // the owner of the deal may not take it, another one may
  const std::string review = Id("id", reviews[0].id());
  EXPECT_EQ(Refused(&Reviews::TakeLossReview, review + Id("reviewer_id", ada_)),
            "FOUR_EYES_REQUIRED");
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  Do(&Reviews::TakeLossReview, review + Id("reviewer_id", ben_));
  // when the reason is corrected
  Do(&Deals::CorrectLossReason, Id("id", deal) + Id("close_reason_id", timing));
  // then it waits in Planning, and says where it was
  reviews = ReviewsThat("unit_id = '" + planning + "' AND state = OPEN");
  ASSERT_EQ(reviews.size(), 1u);
  ASSERT_EQ(reviews[0].routes_size(), 2);
  EXPECT_EQ(reviews[0].routes(0).unit_id(), pricing);
  EXPECT_EQ(Read(deal).close_reason_code(), "not_now");
  // when the deal is reopened
  Do(&Deals::ReopenOpportunity, "header { reason: 'they called' }" + Id("id", deal));
  // then its review is closed
  reviews = ReviewsThat("state = CLOSED");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_EQ(reviews[0].end(), pb::LOSS_REVIEW_END_DEAL_REOPENED);
}

TEST_F(LossReviewTest, F077ReviewOfAnArchivedDealLeavesTheQueue) {
  CheckLosses(Unit("Everything else"));
  const std::string deal = server_.CreateDeal(acme_, ada_, 500'000);
  Do(&Deals::LoseOpportunity, Id("id", deal) + Id("close_reason_id", LostReason("too_dear")));
  ASSERT_EQ(Do(&Reviews::GetLossReviewMatrix, "").queues_size(), 1);
  // when
  EXPECT_EQ(Do(&Deals::ArchiveOpportunity, Id("id", deal)).receipt().events(), 2);
  // then
  EXPECT_EQ(Do(&Reviews::GetLossReviewMatrix, "").queues_size(), 0);
  auto reviews = ReviewsThat("state = CLOSED");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_EQ(reviews[0].end(), pb::LOSS_REVIEW_END_DEAL_ARCHIVED);
  // and restoring the deal does not bring it back
  EXPECT_EQ(Do(&Deals::RestoreOpportunity, Id("id", deal)).receipt().events(), 1);
  EXPECT_EQ(ReviewsThat("state = CLOSED").size(), 1u);
}

TEST_F(LossReviewTest, F077MatrixOfReasonsAndWhatIsOverdue) {
  const std::string pricing = Unit("Pricing"), rest = Unit("Everything else");
  CheckLosses(rest);
  const std::string price = LostReason("too_dear", pricing, 5), other = LostReason("anything_else");
  const auto lose = [&](const std::string& reason, const std::string& header = "") {
    const std::string deal =
        Do(&Deals::CreateOpportunity,
           absl::StrCat(header, "subject: 'Deal' value { minor: 1000 currency: 'USD' }",
                        Id("account_id", acme_), Id("owner_id", ada_)))
            .opportunity()
            .id();
    Do(&Deals::LoseOpportunity, header + Id("id", deal) + Id("close_reason_id", reason));
    return Read(deal).loss_reviews(0).loss_review_id();
  };
  // given one confirmed, one lost for another reason, one waiting, one long overdue in the default
  // group, one withdrawn
  const auto review = [&](const std::string& id, const std::string& verdict) {
    Do(&Reviews::TakeLossReview, Id("id", id) + Id("reviewer_id", ben_));
    Do(&Reviews::RecordLossReview, Id("id", id) + verdict);
  };
  review(lose(price), "verdict: LOSS_VERDICT_CONFIRMED");
  review(lose(price), absl::StrCat("verdict: LOSS_VERDICT_WRONG_REASON note: 'asked them'",
                                   Id("reviewed_reason_id", other)));
  lose(price);
  lose(other, "header { effective_at { seconds: 1767225600 } }");
  const std::string back = server_.CreateDeal(acme_, ada_, 7);
  Do(&Deals::LoseOpportunity, Id("id", back) + Id("close_reason_id", price));
  Do(&Deals::ReopenOpportunity, "header { reason: 'again' }" + Id("id", back));
  // when
  const auto matrix = Do(&Reviews::GetLossReviewMatrix, "");
  // then
  std::map<std::string, int64_t> cells;
  for (const auto& cell : matrix.cells()) {
    cells[absl::StrCat(cell.close_reason_label(), ">", cell.reviewed_reason_label())] =
        cell.count();
    EXPECT_EQ(cell.lost(0).minor(), 1000 * cell.count());
    // the count agrees with its drill-down
    EXPECT_EQ(static_cast<int64_t>(
                  ReviewsThat(absl::StrReplaceAll(cell.drill_filter(), {{"\"", "'"}})).size()),
              cell.count())
        << cell.drill_filter();
  }
  EXPECT_EQ(cells, (std::map<std::string, int64_t>{{"too_dear>too_dear", 1},
                                                   {"too_dear>anything_else", 1},
                                                   {"too_dear>", 1},
                                                   {"anything_else>", 1}}));
  EXPECT_EQ(matrix.reviewed(), 2);
  EXPECT_EQ(matrix.confirmed_share(), 500'000'000);
  std::map<std::string, std::vector<int64_t>> queues;
  for (const auto& queue : matrix.queues()) {
    queues[queue.name()] = {queue.open(), queue.taken(), queue.overdue(), queue.fallback()};
  }
  EXPECT_EQ(queues, (std::map<std::string, std::vector<int64_t>>{
                        {"Pricing", {1, 0, 0, 0}}, {"Everything else", {1, 0, 1, 1}}}));
  // of one group only
  EXPECT_EQ(Do(&Reviews::GetLossReviewMatrix, Id("unit_id", rest)).cells_size(), 1);
}

}  // namespace
}  // namespace daybook::testing
