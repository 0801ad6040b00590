// One sum that does not fit breaks nothing but itself, in every answer that sums amounts, also
// where the amounts are from before they were bounded.

#include <gmock/gmock.h>

#include "daybook/party/v1/buying_center_service.grpc.pb.h"
#include "daybook/sales/v1/board_service.grpc.pb.h"
#include "daybook/sales/v1/kpi_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "domain/base/money.h"
#include "domain/base/time.h"
#include "eventstore/data_directory.h"
#include "services/sums.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using Analysis = pb::PipelineAnalysisService::Stub;
using Deals = pb::OpportunityService::Stub;

constexpr int64_t kAbsurd = 9'000'000'000'000'000'000;
constexpr char kYear[] =
    "period_from { year: 2020 month: 1 day: 1 } period_until { year: 2029 month: 1 day: 1 } ";

TEST(SumsTest, OnlyWhatDoesNotFitIsMarked) {
  type::v1::MoneySum sum;
  services::SetSum(INT64_MAX, "USD", &sum);
  EXPECT_THAT(sum, EqualsProto("minor: 9223372036854775807 currency: 'USD'"));
  services::SetSum(absl::int128(INT64_MAX) + 1, "USD", &sum);
  EXPECT_THAT(sum, EqualsProto("minor: 9223372036854775807 currency: 'USD' overflow: true"));
  type::v1::MoneySum below;
  services::SetSum(absl::int128(INT64_MIN) - 1, "USD", &below);
  EXPECT_THAT(below, EqualsProto("minor: -9223372036854775808 currency: 'USD' overflow: true"));
}

class AbsurdAmountsTest : public PartyTest {
 protected:
  // Two open and two won deals of nine trillion trillion each, as events from before amounts were
  // bounded, and a reasonable one in euros beside each pair.
  void SetUp() override {
    const std::string like = server_.CreateDeal(account_, owner_, 100);
    const pb::Opportunity model =
        Do(&Deals::GetOpportunity, absl::StrCat("id: '", like, "'")).opportunity();
    before_ = server_.Head();
    server_.WhileStopped([&](eventstore::EventStore& store) {
      for (const auto& [minor, currency] :
           {std::pair(kAbsurd, "USD"), {kAbsurd, "USD"}, {int64_t{4200}, "EUR"}}) {
        Append(store, model, minor, currency, false);
        Append(store, model, minor, currency, true);
      }
    });
  }

  void Append(eventstore::EventStore& store, const pb::Opportunity& model, int64_t minor,
              const std::string& currency, bool won) {
    const std::string id = server_.NewId();
    pb::OpportunityEvent event;
    pb::Opportunity& deal = *event.mutable_created()->mutable_opportunity();
    deal = model;
    deal.clear_meta();
    deal.set_id(id);
    deal.mutable_value()->set_minor(minor);
    deal.mutable_value()->set_currency(currency);
    eventstore::Commit commit;
    commit.request_id = *Uuid::Parse(server_.NewId());
    commit.actor = *Uuid::Parse(server_.NewId());
    Add(event, "opportunity.created", id, &commit);
    if (won) {
      const type::v1::Money value = deal.value();  // `deal` is gone with the event
      event.Clear();
      *event.mutable_won()->mutable_actual_value() = value;
      *event.mutable_won()->mutable_close_date() =
          ToProto(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
      *event.mutable_won()->mutable_close_time() = ToProto(absl::Now());
      Add(event, "opportunity.won", id, &commit);
    }
    const auto appended = store.AppendAndWait(std::move(commit));
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  static void Add(const pb::OpportunityEvent& event, const std::string& type, const std::string& id,
                  eventstore::Commit* commit) {
    eventstore::NewEvent added;
    added.stream = {"opportunity", *Uuid::Parse(id)};
    added.type = type;
    added.effective_at = absl::Now();
    added.payload = event.SerializeAsString();
    commit->events.push_back(std::move(added));
  }

  // The sums of an answer by currency: "too large", or the number.
  template <class Sums>
  static std::map<std::string, std::string> Texts(const Sums& sums) {
    std::map<std::string, std::string> texts;
    for (const type::v1::MoneySum& sum : sums) {
      texts[sum.currency()] = sum.overflow() ? "too large" : absl::StrCat(sum.minor());
    }
    return texts;
  }
  using Expected = std::map<std::string, std::string>;

  std::string owner_ = server_.CreateUser("ada");
  std::string account_ = server_.CreateAccount("Acme");
  uint64_t before_ = 0;
};

TEST_F(AbsurdAmountsTest, BoardsAndTotalsMarkTheSumAndStand) {
  for (const bool past : {false, true}) {
    const std::string when = past ? AsOf(server_.Head()) : "";
    const auto board = Do(&pb::SalesBoardService::Stub::GetSalesBoard, when);
    ASSERT_GT(board.columns_size(), 0);
    std::map<std::string, type::v1::MoneySum> open, won;
    for (const auto& amounts : board.columns(0).amounts()) {
      open[amounts.currency()] = amounts.projected();
    }
    EXPECT_TRUE(open["USD"].overflow());
    EXPECT_EQ(open["EUR"].minor(), 4200);
    EXPECT_FALSE(open["EUR"].overflow());
    EXPECT_EQ(board.count(), 7);
    const auto totals = Do(&pb::SalesBoardService::Stub::ListGroupTotals, when);
    ASSERT_EQ(totals.totals_size(), 1);
    EXPECT_EQ(totals.totals(0).won_count(), 3);
    const auto cards = Do(&pb::BoardService::Stub::GetBoard, "kind: BOARD_KIND_SALES" + when);
    int too_large = 0, fit = 0;
    for (const auto& column : cards.columns()) {
      for (const auto& sum : column.sums()) (sum.sum().overflow() ? too_large : fit) += 1;
    }
    EXPECT_GT(too_large, 0);
    EXPECT_GT(fit, 0);
  }
}

TEST_F(AbsurdAmountsTest, FiguresAndAnalysesMarkTheSumAndStand) {
  const auto kpi = Do(&pb::KpiService::Stub::GetKpi, "metric: KPI_METRIC_OPEN_PIPELINE");
  std::map<std::string, std::string> values;
  for (const auto& amount : kpi.total().amounts()) {
    if (amount.name() != "value") continue;
    values[amount.sum().currency()] =
        amount.sum().overflow() ? "too large" : absl::StrCat(amount.sum().minor());
  }
  EXPECT_EQ(values, (Expected{{"EUR", "4200"}, {"USD", "too large"}}));
  EXPECT_EQ(kpi.total().count(), 4);

  const auto bridge =
      Do(&Analysis::GetPipelineBridge, absl::StrCat("from { as_of_position: ", before_, " }"));
  EXPECT_EQ(Texts(bridge.open_until().value()), (Expected{{"EUR", "4200"}, {"USD", "too large"}}));
  EXPECT_EQ(bridge.residual_count(), 0);
  EXPECT_EQ(bridge.residual_value_size(), 0);
  const auto moves =
      Do(&Analysis::ListPipelineMoves,
         absl::StrCat("from { as_of_position: ", before_, " } bar: PIPELINE_BAR_CREATED"));
  EXPECT_EQ(moves.moves_size(), 6);

  const auto win_loss = Do(&Analysis::GetWinLoss, "group_by: WIN_LOSS_GROUP_OWNER");
  ASSERT_EQ(win_loss.rows_size(), 1);
  EXPECT_EQ(Texts(win_loss.rows(0).actual()), (Expected{{"EUR", "4200"}, {"USD", "too large"}}));
  const auto velocity = Do(&Analysis::GetSalesVelocity, kYear);
  ASSERT_EQ(velocity.values_size(), 2);
  EXPECT_FALSE(velocity.values(0).accepted().overflow());
  EXPECT_TRUE(velocity.values(1).accepted().overflow());
  EXPECT_EQ(velocity.values(1).win_rate_value(), kNano);
  const auto slippage = Do(&Analysis::GetSlippage, kYear);
  EXPECT_EQ(slippage.rates_size(), 3);
  Do(&Deals::ListSoldProducts, "");
  Do(&party::v1::BuyingCenterService::Stub::ListContactInfluence,
     absl::StrCat("account_id: '", account_, "'"));
}

TEST_F(AbsurdAmountsTest, NoneIsWrittenAnyMore) {
  const auto create = [&](int64_t minor) {
    return absl::StrCat("subject: 'x' owner_id: '", owner_, "' account_id: '", account_,
                        "' value { currency: 'USD' minor: ", minor, " }");
  };
  Do(&Deals::CreateOpportunity, create(kAmountMinorMax));
  EXPECT_EQ(Refused(&Deals::CreateOpportunity, create(kAmountMinorMax + 1)), "OUT_OF_RANGE");
  EXPECT_EQ(RefusalOf(status_).metadata["field"], "value.minor");
  // Nor do parts add up to more.
  const std::string job = absl::StrCat(
      "job_requests { service: 'x' value { currency: 'USD' minor: ", kAmountMinorMax, " } } ");
  EXPECT_EQ(
      Refused(&Deals::CreateOpportunity,
              absl::StrCat("subject: 'x' owner_id: '", owner_, "' account_id: '", account_,
                           "' value_mode: OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS ", job, job)),
      "OUT_OF_RANGE");
}

}  // namespace
}  // namespace daybook::testing
