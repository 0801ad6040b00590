// The sales board, group totals and stage intervals, with the worked figures of the formulas.

#include "projections/sales_board.h"

#include "daybook/party/v1/account_events.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "domain/base/time.h"
#include "gtest/gtest.h"
#include "projections/group_totals.h"
#include "projections/stage_intervals.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

namespace pb = sales::v1;
using Day = absl::CivilDay;
using daybook::testing::LogBuilder;
using daybook::testing::Proto;
using daybook::testing::RandomHistory;

absl::Time On(absl::CivilDay day) { return absl::FromCivil(day, absl::UTCTimeZone()); }

class BoardTest : public ::testing::Test {
 protected:
  // A deal in stage "offer" unless the text says otherwise.
  std::string Deal(absl::string_view text, absl::CivilDay opened = Day(2026, 3, 1)) {
    const std::string id = log_.NewId();
    pb::OpportunityEvent event;
    pb::Opportunity& deal = *event.mutable_created()->mutable_opportunity();
    deal = Proto<pb::Opportunity>(text);
    deal.set_id(id);
    if (deal.process_id().empty()) deal.set_process_id(process_);
    if (deal.owner_id().empty()) deal.set_owner_id(owner_);
    if (deal.stage().empty()) deal.set_stage("offer");
    deal.set_state(pb::OPPORTUNITY_STATE_OPEN);
    *deal.mutable_open_time() = ToProto(On(opened));
    log_.Add("opportunity", id, event, On(opened)).Commit();
    return id;
  }
  void Happens(const std::string& deal, absl::string_view event, absl::CivilDay day) {
    log_.Add("opportunity", deal, Proto<pb::OpportunityEvent>(event), On(day)).Commit();
  }
  std::string Account(absl::string_view parent) {
    const std::string id = log_.NewId();
    party::v1::AccountEvent event;
    event.mutable_created()->mutable_account()->set_id(id);
    event.mutable_created()->mutable_account()->set_parent_id(std::string(parent));
    log_.Add("account", id, event).Commit();
    return id;
  }
  std::unique_ptr<Snapshot> Now() {
    views_ = OpenCaughtUp(log_);
    return views_->Now();
  }
  Measures Column(const BoardQuery& query, pb::OpportunityState state,
                  absl::string_view stage = "") {
    const auto board = ReadSalesBoard(*Now(), query);
    EXPECT_TRUE(board.ok()) << board.status();
    Measures sums;
    for (const BoardColumnSums& column : board->columns) {
      if (column.state == state && column.stage == stage) sums.Add(column.sums, 1);
    }
    return sums;
  }
  static BoardQuery Period(absl::CivilDay from, absl::CivilDay until) {
    BoardQuery query;
    query.period = BoardPeriod{from, until};
    return query;
  }

  LogBuilder log_;
  const std::string process_ = log_.NewId();
  const std::string owner_ = log_.NewId();
  std::unique_ptr<Views> views_;
};

TEST_F(BoardTest, F066WeightedIsValueTimesProbabilityAndTheWonValueStandsBesideTheProjected) {
  const std::string deal =
      Deal("value { minor: 4000000 currency: 'EUR' } stage_probability: 600000000");
  Measures offer = Column({}, pb::OPPORTUNITY_STATE_OPEN, "offer");
  EXPECT_EQ(WeightedMinor(offer, "EUR"), 2'400'000);
  EXPECT_EQ(offer.Get(kBoardProjected, "EUR"), 4'000'000);
  const eventstore::LogPosition open = views_->applied();

  Happens(deal, R"(won { actual_value { minor: 3850000 currency: 'EUR' }
                         close_date { year: 2026 month: 4 day: 10 }
                         close_time { seconds: 1775779200 } })",
          Day(2026, 4, 10));
  const Measures won = Column({}, pb::OPPORTUNITY_STATE_WON);
  EXPECT_EQ(won.Get(kBoardActual, "EUR"), 3'850'000);
  EXPECT_EQ(won.Get(kBoardProjected, "EUR"), 4'000'000);
  EXPECT_EQ(WeightedMinor(won, "EUR"), 0);
  EXPECT_EQ(won.Get(kBoardCycleSeconds), 40 * 86400);
  // and the projected value of before is still there
  const auto before = views_->AsOf(open);
  ASSERT_TRUE(before.ok());
  const auto board = ReadSalesBoard(**before, {});
  ASSERT_TRUE(board.ok());
  ASSERT_EQ(board->columns.size(), 1u);
  EXPECT_EQ(WeightedMinor(board->columns[0].sums, "EUR"), 2'400'000);
}

TEST_F(BoardTest, F066WeightedSumsAreExactAndRoundedOnce) {
  // 24,000 + 9,200 + 9,000 (FORMULAS 5.3), the second with an override
  Deal("value { minor: 4000000 currency: 'EUR' } stage_probability: 600000000");
  Deal(
      "value { minor: 2300000 currency: 'EUR' } stage_probability: 1 probability_override: "
      "400000000");
  Deal("value { minor: 1000000 currency: 'EUR' } stage_probability: 900000000");
  Measures sums = Column({}, pb::OPPORTUNITY_STATE_OPEN, "offer");
  EXPECT_EQ(WeightedMinor(sums, "EUR"), 4'220'000);
  EXPECT_EQ(sums.Get(kBoardProjected, "EUR"), 7'300'000);
  // three times half a cent are one and a half: 2, not 0 (each rounded alone to even)
  for (int i = 0; i < 3; ++i)
    Deal("value { minor: 1 currency: 'USD' } stage_probability: 500000000");
  sums = Column({}, pb::OPPORTUNITY_STATE_OPEN, "offer");
  EXPECT_EQ(WeightedMinor(sums, "USD"), 2);
}

TEST_F(BoardTest, F065ADealExpectedInMayAndWonInAprilShowsInAprilsWonAndNotInMay) {
  const std::string deal = Deal(
      "value { minor: 100 currency: 'EUR' } expected_close_date { year: 2026 month: 5 day: 20 }");
  const BoardQuery april = Period(Day(2026, 4, 1), Day(2026, 5, 1));
  const BoardQuery may = Period(Day(2026, 5, 1), Day(2026, 6, 1));
  EXPECT_EQ(Column(may, pb::OPPORTUNITY_STATE_OPEN, "offer").Get(kBoardCount), 1);
  EXPECT_EQ(Column(april, pb::OPPORTUNITY_STATE_OPEN, "offer").Get(kBoardCount), 0);
  Happens(deal, R"(won { actual_value { minor: 90 currency: 'EUR' }
                         close_date { year: 2026 month: 4 day: 30 } })",
          Day(2026, 4, 30));
  EXPECT_EQ(Column(april, pb::OPPORTUNITY_STATE_WON).Get(kBoardCount), 1);
  EXPECT_EQ(Column(may, pb::OPPORTUNITY_STATE_WON).Get(kBoardCount), 0);
  EXPECT_EQ(Column(may, pb::OPPORTUNITY_STATE_OPEN, "offer").Get(kBoardCount), 0);
}

TEST_F(BoardTest, PeriodsAreHalfOpenAndDealsWithoutADateAreInNone) {
  Deal("");
  for (int day = 1; day <= 31; ++day) {
    pb::Opportunity deal;
    deal.mutable_expected_close_date()->set_year(2026);
    deal.mutable_expected_close_date()->set_month(7);
    deal.mutable_expected_close_date()->set_day(day);
    Deal(deal.ShortDebugString());
  }
  const auto count = [&](const BoardQuery& query) {
    return Column(query, pb::OPPORTUNITY_STATE_OPEN, "offer").Get(kBoardCount);
  };
  EXPECT_EQ(count({}), 32);
  EXPECT_EQ(count(Period(Day(2026, 7, 1), Day(2026, 8, 1))), 31);
  EXPECT_EQ(count(Period(Day(2026, 7, 2), Day(2026, 7, 31))), 29);
  EXPECT_EQ(count(Period(Day(2026, 6, 15), Day(2026, 8, 15))), 31);
  EXPECT_EQ(count(Period(Day(2026, 7, 31), Day(2026, 8, 1))), 1);
  EXPECT_EQ(count(Period(Day(1900, 1, 1), Day(2201, 1, 1))), 31);
  EXPECT_EQ(Column({}, pb::OPPORTUNITY_STATE_OPEN, "offer").Get(kBoardWithoutValue), 32);
}

TEST_F(BoardTest, F046TheBoardFollowsOwnersAndEqualsTheSumOfItsDeals) {
  RandomHistory history(log_, 12);
  history.Steps(300);
  const auto now = Now();
  std::vector<std::string> ids;
  for (const auto& deal : history.deals()) ids.push_back(deal.id());
  const auto records = now->GetRecords(*domain::Registry::Get().Find("opportunity"), ids);
  ASSERT_TRUE(records.ok());
  std::vector<std::string> owners = history.users();
  owners.push_back("");
  for (const std::string& owner : owners) {
    Measures expected, found;
    for (const auto& record : *records) {
      const auto& deal = static_cast<const pb::Opportunity&>(*record);
      if (deal.archived() || (!owner.empty() && deal.owner_id() != owner)) continue;
      expected.Add(kBoardCount, "", 1);
      if (deal.has_value())
        expected.Add(kBoardProjected, deal.value().currency(), deal.value().minor());
    }
    BoardQuery query;
    query.owner_id = owner;
    const auto board = ReadSalesBoard(*now, query);
    ASSERT_TRUE(board.ok());
    for (const BoardColumnSums& column : board->columns) found.Add(column.sums, 1);
    EXPECT_EQ(found.Get(kBoardCount), expected.Get(kBoardCount));
    for (const char* currency : {"USD", "EUR", "JPY"}) {
      EXPECT_EQ(found.Get(kBoardProjected, currency), expected.Get(kBoardProjected, currency));
    }
  }
}

TEST_F(BoardTest, F018GroupTotalsAddUpTheAccountTree) {
  const std::string top = Account("");
  const std::string middle = Account(top);
  const std::string leaf = Account(middle);
  const std::string other = Account("");
  const auto won = [&](const std::string& account, int64_t minor) {
    const std::string deal = Deal("account_id: '" + account + "'");
    Happens(deal,
            "won { actual_value { minor: " + std::to_string(minor) +
                " currency: 'USD' } close_date { year: 2026 month: 4 day: 1 } }",
            Day(2026, 4, 1));
  };
  won(top, 100);
  won(leaf, 30);
  won(other, 120);
  Deal("account_id: '" + middle + "' value { minor: 7 currency: 'USD' }");
  const auto now = Now();
  const auto all = ReadGroupTotals(*now, "", "USD");
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].account_id, top);
  EXPECT_EQ((*all)[0].accounts, 3);
  EXPECT_EQ((*all)[0].won_count, 2);
  EXPECT_EQ((*all)[0].open_count, 1);
  EXPECT_EQ((*all)[0].group.Get(kBoardActual, "USD"), 130);
  EXPECT_EQ((*all)[0].own.Get(kBoardActual, "USD"), 100);
  EXPECT_EQ((*all)[1].group.Get(kBoardActual, "USD"), 120);
  const auto one = ReadGroupTotals(*now, middle, "USD");
  ASSERT_TRUE(one.ok());
  ASSERT_EQ(one->size(), 1u);
  EXPECT_EQ((*one)[0].accounts, 2);
  EXPECT_EQ((*one)[0].group.Get(kBoardActual, "USD"), 30);
  EXPECT_THAT(ReadGroupTotals(*now, log_.NewId(), "USD").status(),
              daybook::testing::HasReason(Reason::REASON_NOT_FOUND));
  // at the limit of accounts that an answer looks at
  EXPECT_TRUE(ReadGroupTotals(*now, "", "USD", 4).ok());
  EXPECT_TRUE(ReadGroupTotals(*now, top, "USD", 3).ok());
  for (const auto& beyond :
       {ReadGroupTotals(*now, "", "USD", 3), ReadGroupTotals(*now, top, "USD", 2)}) {
    EXPECT_THAT(beyond.status(), daybook::testing::HasReason(Reason::REASON_LIMIT_EXCEEDED));
  }
  EXPECT_EQ(kGroupAccountsMax, 200'000u);
  // Moving an account moves its sums, without an event of the deals.
  party::v1::AccountEvent moved;
  moved.mutable_moved()->set_to_parent_id(other);
  log_.Add("account", middle, moved).Commit();
  const auto after = ReadGroupTotals(*Now(), "", "USD");
  ASSERT_TRUE(after.ok());
  EXPECT_EQ((*after)[0].account_id, other);
  EXPECT_EQ((*after)[0].group.Get(kBoardActual, "USD"), 150);
}

TEST_F(BoardTest, F053StageIntervalsOfTheWorkedExample) {
  // Prospect 1 Mar, Offer 15 Mar, Prospect 20 Mar, Offer 28 Mar, Order 10 Apr (FORMULAS 5.7)
  const std::string deal = Deal("stage: 'prospect'", Day(2026, 3, 1));
  Happens(deal, "stage_changed { from: 'prospect' to: 'offer' }", Day(2026, 3, 15));
  Happens(deal, "stage_changed { from: 'offer' to: 'prospect' }", Day(2026, 3, 20));
  Happens(deal, "stage_changed { from: 'prospect' to: 'offer' }", Day(2026, 3, 28));
  Happens(deal, "stage_changed { from: 'offer' to: 'order' }", Day(2026, 4, 10));
  const auto now = Now();
  const auto stays = ReadStageStays(*now, deal);
  ASSERT_TRUE(stays.ok()) << stays.status();
  ASSERT_EQ(stays->size(), 5u);
  std::map<std::string, absl::Duration> total;
  for (const StageStay& stay : *stays) {
    if (stay.left_at.has_value()) total[stay.stage] += *stay.left_at - stay.entered_at;
  }
  EXPECT_EQ(total["prospect"], absl::Hours(24 * 22));
  EXPECT_EQ(total["offer"], absl::Hours(24 * 18));
  EXPECT_EQ((*stays)[0].left_to, "offer");
  EXPECT_EQ((*stays)[4].stage, "order");
  EXPECT_FALSE((*stays)[4].left_at.has_value());
  const auto totals = ReadStageTotals(*now, process_);
  ASSERT_TRUE(totals.ok());
  ASSERT_EQ(totals->size(), 3u);
  EXPECT_EQ((*totals)[0].stage, "offer");
  EXPECT_EQ((*totals)[0].stays, 2);
  EXPECT_EQ((*totals)[0].total_seconds, 18 * 86400);
  EXPECT_EQ((*totals)[0].open, 0);
  EXPECT_EQ((*totals)[1].stage, "order");
  EXPECT_EQ((*totals)[1].open, 1);
  EXPECT_EQ((*totals)[2].total_seconds, 22 * 86400);
}

TEST_F(BoardTest, F053ClosesEndAStayAndReopeningBeginsOne) {
  const std::string deal = Deal("", Day(2026, 3, 1));
  Happens(deal, "lost { close_date { year: 2026 month: 3 day: 5 } }", Day(2026, 3, 5));
  Happens(deal, "reopened { stage: 'offer' }", Day(2026, 3, 10));
  // recorded with a business time before the stay began: length zero
  Happens(deal, "won { close_date { year: 2026 month: 3 day: 9 } }", Day(2026, 3, 9));
  const auto stays = ReadStageStays(*Now(), deal);
  ASSERT_TRUE(stays.ok());
  ASSERT_EQ(stays->size(), 2u);
  EXPECT_EQ((*stays)[0].left_to, "lost");
  EXPECT_EQ(*(*stays)[0].left_at - (*stays)[0].entered_at, absl::Hours(24 * 4));
  EXPECT_EQ((*stays)[1].left_to, "won");
  EXPECT_EQ(*(*stays)[1].left_at, (*stays)[1].entered_at);
  const auto none = ReadStageStays(*views_->Now(), log_.NewId());
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->empty());
}

}  // namespace
}  // namespace daybook::projections
