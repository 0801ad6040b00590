// The bridge between two moments: bars that close, for everybody, each owner and each process.

#include "projections/pipeline_moves.h"

#include <gtest/gtest.h>

#include "daybook/sales/v1/opportunity_events.pb.h"
#include "projections/sales_board.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

namespace pb = sales::v1;
using daybook::testing::LogBuilder;
using daybook::testing::Proto;
using daybook::testing::RandomHistory;

// Open deals and their value, from the board.
Measures Open(const Snapshot& snapshot, const MoveQuery& query) {
  const auto board = ReadSalesBoard(snapshot, {query.owner_id, query.process_id, std::nullopt});
  EXPECT_TRUE(board.ok()) << board.status();
  Measures sums;
  for (const BoardColumnSums& column : board->columns) {
    if (column.state != pb::OPPORTUNITY_STATE_OPEN) continue;
    sums.Add(kMoveDeals, "", column.sums.Get(kBoardCount));
    for (const std::string& currency : column.sums.Currencies()) {
      sums.Add(kMoveAmount, currency, column.sums.Get(kBoardProjected, currency));
    }
  }
  return sums;
}

std::map<MoveBar, Measures> Bars(const Snapshot& from, const Snapshot& until,
                                 const MoveQuery& query) {
  std::map<MoveBar, Measures> bars;
  for (const auto& [snapshot, sign] : {std::pair(&until, 1), std::pair(&from, -1)}) {
    const auto read = ReadBars(*snapshot, query);
    EXPECT_TRUE(read.ok()) << read.status();
    for (const BarSums& bar : *read) bars[bar.bar].Add(bar.sums, sign);
  }
  return bars;
}

// What the bars leave unexplained.
Measures Residual(const Snapshot& from, const Snapshot& until, const MoveQuery& query) {
  Measures residual = Open(until, query);
  residual.Add(Open(from, query), -1);
  for (const auto& [bar, sums] : Bars(from, until, query)) {
    Measures without_moves;
    without_moves.Add(kMoveDeals, "", sums.Get(kMoveDeals));
    for (const std::string& currency : sums.Currencies()) {
      without_moves.Add(kMoveAmount, currency, sums.Get(kMoveAmount, currency));
    }
    residual.Add(without_moves, -1);
  }
  return residual;
}

TEST(PipelineMovesTest, U11TheBridgeClosesBetweenAnyTwoMoments) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    LogBuilder log(seed);
    RandomHistory history(log, seed);
    history.Steps(150);
    const auto views = OpenCaughtUp(log);
    const eventstore::LogPosition head = log.store().GetHead().position;
    std::vector<MoveQuery> queries = {{}};
    for (const std::string& user : history.users()) queries.push_back({user, ""});
    for (const pb::Opportunity& deal : history.deals()) queries.push_back({"", deal.process_id()});
    queries.push_back({history.users()[0], history.deals()[0].process_id()});
    for (eventstore::LogPosition from = 0; from <= head; from += 37) {
      for (eventstore::LogPosition until = from; until <= head; until += 53) {
        const auto a = views->AsOf(from), b = views->AsOf(until);
        ASSERT_TRUE(a.ok() && b.ok());
        for (const MoveQuery& query : queries) {
          ASSERT_TRUE(Residual(**a, **b, query).empty())
              << "seed " << seed << ", from " << from << " to " << until << ", owner "
              << query.owner_id << ", process " << query.process_id;
        }
      }
    }
  }
}

TEST(PipelineMovesTest, U11TheMovesBehindABarAddUpToIt) {
  LogBuilder log(5);
  RandomHistory history(log, 5);
  history.Steps(300);
  const auto views = OpenCaughtUp(log);
  const eventstore::LogPosition head = log.store().GetHead().position;
  const auto from = views->AsOf(head / 3);
  ASSERT_TRUE(from.ok());
  const auto until = views->Now();
  std::vector<MoveQuery> queries = {{}, {"", history.deals()[0].process_id()}};
  for (const std::string& user : history.users()) queries.push_back({user, ""});
  for (const MoveQuery& query : queries) {
    for (const auto& [bar, sums] : Bars(**from, *until, query)) {
      const auto moves =
          ReadMoves(*until, query, bar, (*from)->position(), until->position(), 10'000);
      ASSERT_TRUE(moves.ok()) << moves.status();
      Measures listed;
      for (const PipelineMove& move : *moves) listed.Add(move.sums, 1);
      EXPECT_EQ(listed.Encode(), sums.Encode()) << static_cast<int>(bar);
      EXPECT_EQ(moves->size(), static_cast<size_t>(sums.Get(kMoveCount)));
    }
  }
}

class BridgeTest : public ::testing::Test {
 protected:
  std::string Deal(int64_t thousands, const std::string& owner) {
    const std::string id = log_.NewId();
    pb::OpportunityEvent event;
    pb::Opportunity& deal = *event.mutable_created()->mutable_opportunity();
    deal.set_id(id);
    deal.set_process_id(process_);
    deal.set_owner_id(owner);
    deal.set_stage("offer");
    deal.set_state(pb::OPPORTUNITY_STATE_OPEN);
    deal.mutable_value()->set_currency("EUR");
    deal.mutable_value()->set_minor(thousands * 100'000);
    log_.Add("opportunity", id, event).Commit();
    return id;
  }
  void Happens(const std::string& deal, absl::string_view event) {
    log_.Add("opportunity", deal, Proto<pb::OpportunityEvent>(event)).Commit();
  }
  static std::string Eur(absl::string_view field, int64_t thousands) {
    return std::string(field) + " { currency: 'EUR' minor: " + std::to_string(thousands * 100'000) +
           " }";
  }
  // Value of each bar since `from`, in thousands.
  std::map<MoveBar, int64_t> BarsSince(eventstore::LogPosition from, const MoveQuery& query) {
    views_ = OpenCaughtUp(log_);
    const auto then = views_->AsOf(from);
    EXPECT_TRUE(then.ok());
    const auto now = views_->Now();
    std::map<MoveBar, int64_t> values;
    for (const auto& [bar, sums] : Bars(**then, *now, query)) {
      if (sums.empty()) continue;
      values[bar] = static_cast<int64_t>(sums.Get(kMoveAmount, "EUR") / 100'000);
    }
    EXPECT_TRUE(Residual(**then, *now, query).empty());
    return values;
  }

  LogBuilder log_;
  const std::string process_ = log_.NewId(), ada_ = log_.NewId(), ben_ = log_.NewId();
  std::unique_ptr<Views> views_;
};

TEST_F(BridgeTest, U11TheWorkedExampleOfTheFormulas) {
  // given 500 thousand open
  const std::string won = Deal(260, ada_), lost = Deal(70, ada_), stays = Deal(170, ada_);
  const eventstore::LogPosition from = log_.store().GetHead().position;
  // when 120 are created, 30 raised, 10 lowered, 260 won and 70 lost
  const std::string fresh = Deal(120, ada_);
  Happens(stays, "value_set { " + Eur("from", 170) + Eur("to", 200) + " }");
  Happens(fresh, "value_set { " + Eur("from", 120) + Eur("to", 110) + " }");
  Happens(won, "won { " + Eur("actual_value", 255) + " }");
  Happens(lost, "lost { " + Eur("lost_value", 70) + " }");
  // then 500 + 120 + 30 - 10 - 260 - 70 = 310
  const std::map<MoveBar, int64_t> expected = {{MoveBar::kCreated, 120},
                                               {MoveBar::kRaised, 30},
                                               {MoveBar::kLowered, -10},
                                               {MoveBar::kWon, -260},
                                               {MoveBar::kLost, -70}};
  EXPECT_EQ(BarsSince(from, {}), expected);
  EXPECT_EQ(Open(*views_->Now(), {}).Get(kMoveAmount, "EUR"), 31'000'000);
}

TEST_F(BridgeTest, ADealWonInPartIsSplitInProportion) {
  const std::string deal = Deal(10, ada_);
  const eventstore::LogPosition from = log_.store().GetHead().position;
  Happens(deal, "partially_won { " + Eur("actual_value", 7) + Eur("lost_value", 3) + " }");
  const std::map<MoveBar, int64_t> expected = {{MoveBar::kWon, -7}, {MoveBar::kLost, -3}};
  EXPECT_EQ(BarsSince(from, {}), expected);
}

TEST_F(BridgeTest, AReopenedDealComesBackAtItsValue) {
  const std::string deal = Deal(10, ada_);
  Happens(deal, "lost { " + Eur("lost_value", 10) + " }");
  const eventstore::LogPosition from = log_.store().GetHead().position;
  Happens(deal, "reopened { stage: 'offer' }");
  const std::map<MoveBar, int64_t> expected = {{MoveBar::kReopened, 10}};
  EXPECT_EQ(BarsSince(from, {}), expected);
}

TEST_F(BridgeTest, AHandOverMovesBetweenTheTwoOwnersOnly) {
  const std::string deal = Deal(10, ada_);
  const eventstore::LogPosition from = log_.store().GetHead().position;
  Happens(deal, "assigned { from_owner_id: '" + ada_ + "' to_owner_id: '" + ben_ + "' }");
  EXPECT_EQ(BarsSince(from, {}), (std::map<MoveBar, int64_t>{}));
  EXPECT_EQ(BarsSince(from, {ada_, ""}),
            (std::map<MoveBar, int64_t>{{MoveBar::kTransferredOut, -10}}));
  EXPECT_EQ(BarsSince(from, {ben_, ""}),
            (std::map<MoveBar, int64_t>{{MoveBar::kTransferredIn, 10}}));
}

TEST_F(BridgeTest, LaterExpectedClosesAreCountedEarlierOnesNot) {
  const std::string deal = Deal(10, ada_);
  const auto expect = [&](int day) {
    Happens(deal,
            "fields_changed { fields { paths: 'expected_close_date' } after { "
            "expected_close_date { year: 2026 month: 4 day: " +
                std::to_string(day) + " } } }");
  };
  expect(10);
  expect(20);
  expect(15);
  expect(25);
  views_ = OpenCaughtUp(log_);
  const auto pushes = ReadPushes(*views_->Now(), deal);
  ASSERT_TRUE(pushes.ok()) << pushes.status();
  EXPECT_EQ(*pushes, 2);
}

}  // namespace
}  // namespace daybook::projections
