// What happened to the pipeline, over gRPC, with the worked figures of FORMULAS.md 5.3 and 5.7.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "domain/base/time.h"
#include "tests/support/command_batch.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using Day = absl::CivilDay;
using Service = pb::PipelineAnalysisService;

// A history that is recorded as of its own days.
class PipelineAnalysisTest : public ::testing::Test {
 protected:
  PipelineAnalysisTest() = default;
  explicit PipelineAnalysisTest(services::ServerOptions options) : server_(std::move(options)) {}

  void SetUp() override {
    batch_.options().set_backfill(true);
    admin::v1::CreateUserRequest user;
    *user.mutable_header() = On(Day(2026, 1, 1));
    user.set_id(ada_);
    user.set_display_name("Ada");
    user.set_login("ada");
    batch_.Add(user);
    party::v1::CreateAccountRequest account;
    *account.mutable_header() = On(Day(2026, 1, 1));
    account.set_id(account_);
    account.set_name("Acme");
    batch_.Add(account);
    setup::v1::DefineCloseReasonRequest reason;
    *reason.mutable_header() = On(Day(2026, 1, 1));
    reason.set_id(price_);
    reason.set_kind(setup::v1::CLOSE_REASON_KIND_LOST);
    reason.set_code("price_too_high");
    reason.set_label("Price too high");
    batch_.Add(reason);
  }

  rpc::v1::CommandHeader On(Day day) {
    rpc::v1::CommandHeader header = server_.Header();
    *header.mutable_effective_at() = ToProto(absl::FromCivil(day, absl::UTCTimeZone()));
    return header;
  }
  static void Set(int64_t amount, type::v1::Money* money) {
    money->set_currency("USD");
    money->set_minor(amount * 100);
  }
  std::string Deal(Day day, int64_t value, Day expected) {
    pb::CreateOpportunityRequest request;
    *request.mutable_header() = On(day);
    request.set_id(server_.NewId());
    request.set_subject("A deal");
    request.set_account_id(account_);
    request.set_owner_id(ada_);
    Set(value, request.mutable_value());
    *request.mutable_expected_close_date() = ToProto(expected);
    batch_.Add(request);
    return request.id();
  }
  void Win(Day day, const std::string& deal, int64_t value) {
    pb::WinOpportunityRequest request;
    *request.mutable_header() = On(day);
    request.set_id(deal);
    Set(value, request.mutable_actual_value());
    batch_.Add(request);
  }
  void Lose(Day day, const std::string& deal, const std::string& competitor = "") {
    pb::LoseOpportunityRequest request;
    *request.mutable_header() = On(day);
    request.set_id(deal);
    request.set_close_reason_id(price_);
    request.set_competitor(competitor);
    batch_.Add(request);
  }
  void Expect(Day day, const std::string& deal, Day expected) {
    pb::UpdateOpportunityRequest request;
    *request.mutable_header() = On(day);
    request.set_id(deal);
    *request.mutable_opportunity()->mutable_expected_close_date() = ToProto(expected);
    request.mutable_update_mask()->add_paths("expected_close_date");
    batch_.Add(request);
  }
  void SendAll() {
    for (const auto& [index, result] : batch_.Send(server_)) {
      ASSERT_EQ(result.code(), 0) << index << ": "
                                  << RefusalOf(
                                         grpc::Status(static_cast<grpc::StatusCode>(result.code()),
                                                      "", result.status()))
                                         .reason;
    }
  }
  template <class Request, class Response>
  grpc::Status Ask(grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                   Request request, Response* response) {
    if (request.header().as_of_case() == rpc::v1::ReadHeader::AS_OF_NOT_SET) {
      request.mutable_header()->set_min_position(server_.Head());
    }
    return server_.Call(method, *stub_, request, response);
  }

  TestServer server_;
  const std::string ada_ = server_.NewId(), account_ = server_.NewId(), price_ = server_.NewId();
  Batch batch_;
  std::unique_ptr<Service::Stub> stub_ = Service::NewStub(server_.channel());
};

// FORMULAS.md 5.3: ten deals worth 500,000 on 1 April; by 30 June five won (260,000), two lost
// (70,000), three open (170,000) and put off by 30, 45 and 92 days.
TEST_F(PipelineAnalysisTest, U11SlippageInItsThreeVariants) {
  const Day opened(2026, 3, 1), expected(2026, 6, 1), end(2026, 7, 1);
  std::vector<std::string> won, lost;
  for (int i = 0; i < 5; ++i) won.push_back(Deal(opened, 52'000, expected));
  for (int i = 0; i < 2; ++i) lost.push_back(Deal(opened, 35'000, expected));
  const std::string a = Deal(opened, 100'000, expected), b = Deal(opened, 50'000, expected),
                    c = Deal(opened, 20'000, expected);
  Deal(opened, 1'000'000, Day(2026, 9, 1));  // expected later: not in the cohort
  for (const std::string& deal : won) Win(Day(2026, 5, 10), deal, 50'000);
  for (const std::string& deal : lost) Lose(Day(2026, 5, 20), deal);
  Expect(Day(2026, 5, 30), a, expected + 30);
  Expect(Day(2026, 5, 30), b, expected + 45);
  Expect(Day(2026, 5, 30), c, expected + 92);
  Deal(Day(2026, 6, 1), 7'000, Day(2026, 6, 15));  // opened later: not in the cohort
  ASSERT_NO_FATAL_FAILURE(SendAll());

  pb::GetSlippageRequest request;
  *request.mutable_period_from() = ToProto(Day(2026, 4, 1));
  *request.mutable_period_until() = ToProto(end);
  pb::GetSlippageResponse response;
  const grpc::Status status = Ask(&Service::Stub::GetSlippage, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.cohort(), 10);
  EXPECT_EQ(response.won(), 5);
  EXPECT_EQ(response.lost(), 2);
  ASSERT_EQ(response.rates_size(), 3);
  EXPECT_EQ(response.rates(0).formula(), "slippage-open");
  EXPECT_EQ(response.rates(0).count(), 3);
  EXPECT_EQ(response.rates(0).rate_by_count(), 300'000'000);
  ASSERT_EQ(response.rates(0).value_size(), 1);
  EXPECT_EQ(response.rates(0).value(0).slipped().minor(), 17'000'000);
  EXPECT_EQ(response.rates(0).value(0).cohort().minor(), 50'000'000);
  EXPECT_EQ(response.rates(0).value(0).rate(), 340'000'000);
  EXPECT_EQ(response.rates(1).formula(), "slippage-not-won");
  EXPECT_EQ(response.rates(1).rate_by_count(), 500'000'000);
  EXPECT_EQ(response.rates(2).formula(), "slippage-moved");
  EXPECT_EQ(response.rates(2).count(), 3);
  EXPECT_EQ(response.mean_slip_days(), 55'666'666'667);
  ASSERT_EQ(response.slipped_size(), 3);
  EXPECT_EQ(response.slipped(0).opportunity_id(), a);
  EXPECT_EQ(response.slipped(0).pushes(), 1);
}

// The limits of an answer, set low.
class SlippageLimitsTest : public PipelineAnalysisTest {
 protected:
  SlippageLimitsTest() : PipelineAnalysisTest(Low()) {}
  static services::ServerOptions Low() {
    services::ServerOptions options;
    options.answers.slippage_cohort = 3;
    options.answers.slipped_shown = 2;
    return options;
  }
};

TEST_F(SlippageLimitsTest, U11CohortAndSlippedDealsAtTheirLimits) {
  const Day expected(2026, 6, 1);
  for (int i = 0; i < 3; ++i) Deal(Day(2026, 3, 1), 1'000, expected);
  Deal(Day(2026, 3, 2), 1'000, expected + 30);
  ASSERT_NO_FATAL_FAILURE(SendAll());
  pb::GetSlippageRequest request;
  *request.mutable_period_from() = ToProto(Day(2026, 4, 1));
  *request.mutable_period_until() = ToProto(Day(2026, 6, 2));
  pb::GetSlippageResponse response;
  const grpc::Status status = Ask(&Service::Stub::GetSlippage, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.cohort(), 3);
  EXPECT_EQ(response.rates(0).count(), 3);
  EXPECT_EQ(response.slipped_size(), 2);
  *request.mutable_period_until() = ToProto(Day(2026, 8, 1));
  EXPECT_EQ(RefusalOf(Ask(&Service::Stub::GetSlippage, request, &response)).reason,
            "LIMIT_EXCEEDED");
}

TEST_F(PipelineAnalysisTest, U11TheBridgeBetweenTwoDaysClosesAndNamesItsDeals) {
  const Day expected(2026, 9, 1);
  const std::string won = Deal(Day(2026, 3, 1), 260'000, expected);
  const std::string lost = Deal(Day(2026, 3, 2), 70'000, expected);
  Deal(Day(2026, 3, 3), 170'000, expected);
  const std::string fresh = Deal(Day(2026, 5, 1), 120'000, expected);
  Win(Day(2026, 5, 10), won, 250'000);
  Lose(Day(2026, 5, 11), lost);
  ASSERT_NO_FATAL_FAILURE(SendAll());

  pb::GetPipelineBridgeRequest request;
  *request.mutable_from()->mutable_as_of_time() =
      ToProto(absl::FromCivil(Day(2026, 4, 1), absl::UTCTimeZone()));
  pb::GetPipelineBridgeResponse bridge;
  grpc::Status status = Ask(&Service::Stub::GetPipelineBridge, request, &bridge);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(bridge.open_from().count(), 3);
  EXPECT_EQ(bridge.open_from().value(0).minor(), 50'000'000);
  EXPECT_EQ(bridge.open_until().count(), 2);
  EXPECT_EQ(bridge.open_until().value(0).minor(), 29'000'000);
  EXPECT_EQ(bridge.residual_count(), 0);
  EXPECT_EQ(bridge.residual_value_size(), 0);
  ASSERT_EQ(bridge.bars_size(), 3);
  EXPECT_EQ(bridge.bars(0).bar(), pb::PIPELINE_BAR_CREATED);
  EXPECT_EQ(bridge.bars(0).value(0).minor(), 12'000'000);
  EXPECT_EQ(bridge.bars(1).bar(), pb::PIPELINE_BAR_WON);
  EXPECT_EQ(bridge.bars(1).value(0).minor(), -26'000'000);
  EXPECT_EQ(bridge.bars(2).bar(), pb::PIPELINE_BAR_LOST);

  pb::ListPipelineMovesRequest list;
  *list.mutable_from() = request.from();
  list.set_bar(pb::PIPELINE_BAR_CREATED);
  pb::ListPipelineMovesResponse moves;
  status = Ask(&Service::Stub::ListPipelineMoves, list, &moves);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(moves.moves_size(), 1);
  EXPECT_EQ(moves.moves(0).opportunity_id(), fresh);
  EXPECT_EQ(moves.moves(0).subject(), "A deal");
}

TEST_F(PipelineAnalysisTest, F045MovesComeInPages) {
  for (int i = 0; i < 7; ++i) Deal(Day(2026, 3, 1 + i), 1000, Day(2026, 9, 1));
  ASSERT_NO_FATAL_FAILURE(SendAll());
  pb::ListPipelineMovesRequest list;
  list.mutable_from()->set_as_of_position(0);
  list.set_bar(pb::PIPELINE_BAR_CREATED);
  list.set_page_size(3);
  std::vector<int> sizes;
  uint64_t last = 0;
  do {
    pb::ListPipelineMovesResponse page;
    const grpc::Status status = Ask(&Service::Stub::ListPipelineMoves, list, &page);
    ASSERT_TRUE(status.ok()) << status.error_message();
    sizes.push_back(page.moves_size());
    for (const auto& move : page.moves()) {
      EXPECT_GT(move.position(), last);
      last = move.position();
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(sizes, ::testing::ElementsAre(3, 3, 1));
}

TEST_F(PipelineAnalysisTest, F078ReasonsAgreeWithTheDealsBehindThem) {
  const Day expected(2026, 9, 1);
  // A backfill comes in the order of time: all openings first.
  std::vector<std::string> opened;
  for (int i = 0; i < 4; ++i) opened.push_back(Deal(Day(2026, 3, 1), 1000, expected));
  for (int i = 0; i < 3; ++i) Lose(Day(2026, 4, 1 + i), opened[i], i == 0 ? "Globex \"X\"" : "");
  Win(Day(2026, 4, 10), opened[3], 4000);
  Lose(Day(2026, 6, 1), Deal(Day(2026, 5, 1), 9000, expected));  // outside the period
  ASSERT_NO_FATAL_FAILURE(SendAll());
  const auto deals = pb::OpportunityService::NewStub(server_.channel());
  for (const pb::WinLossGroup group : {pb::WIN_LOSS_GROUP_REASON, pb::WIN_LOSS_GROUP_COMPETITOR,
                                       pb::WIN_LOSS_GROUP_STAGE, pb::WIN_LOSS_GROUP_OWNER}) {
    pb::GetWinLossRequest request;
    *request.mutable_period_from() = ToProto(Day(2026, 4, 1));
    *request.mutable_period_until() = ToProto(Day(2026, 5, 1));
    request.set_group_by(group);
    pb::GetWinLossResponse response;
    const grpc::Status status = Ask(&Service::Stub::GetWinLoss, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    int64_t count = 0;
    for (const auto& row : response.rows()) {
      count += row.count();
      pb::ListOpportunitiesRequest list;
      list.mutable_header()->set_as_of_position(response.read().position());
      list.set_filter(row.drill_filter());
      list.set_page_size(1000);
      pb::ListOpportunitiesResponse found;
      const grpc::Status listed =
          server_.Call(&pb::OpportunityService::Stub::ListOpportunities, *deals, list, &found);
      ASSERT_TRUE(listed.ok()) << row.drill_filter() << ": " << listed.error_message();
      EXPECT_EQ(found.opportunities_size(), row.count()) << row.drill_filter();
    }
    EXPECT_EQ(count, 4) << group;
    if (group == pb::WIN_LOSS_GROUP_REASON) {
      ASSERT_EQ(response.rows_size(), 2);
      EXPECT_EQ(response.rows(1).label(), "Price too high");
      EXPECT_EQ(response.rows(1).lost(0).minor(), 300'000);
    }
  }
}

TEST_F(PipelineAnalysisTest, F053VelocityOfAPeriod) {
  // two won and two lost after 40 days each, three open
  const Day opened(2026, 3, 1), closed(2026, 4, 10), expected(2026, 9, 1);
  std::vector<std::string> deals;
  for (int i = 0; i < 7; ++i) deals.push_back(Deal(opened, 10'000, expected));
  Win(closed, deals[0], 12'000);
  Win(closed, deals[1], 8'000);
  pb::SetOpportunityValueRequest raised;
  *raised.mutable_header() = On(closed);
  raised.set_id(deals[2]);
  Set(21'000, raised.mutable_value());
  batch_.Add(raised);
  Lose(closed, deals[2]);
  Lose(closed, deals[3]);
  ASSERT_NO_FATAL_FAILURE(SendAll());
  pb::GetSalesVelocityRequest request;
  *request.mutable_period_from() = ToProto(Day(2026, 4, 1));
  *request.mutable_period_until() = ToProto(Day(2026, 5, 1));
  pb::GetSalesVelocityResponse response;
  const grpc::Status status = Ask(&Service::Stub::GetSalesVelocity, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.open(), 3);
  EXPECT_EQ(response.win_rate_count(), 500'000'000);
  EXPECT_EQ(response.mean_cycle_seconds(), 40 * 86'400);
  ASSERT_EQ(response.values_size(), 1);
  EXPECT_EQ(response.values(0).win_rate_value(), 392'156'863);  // 20,000 of 51,000
  EXPECT_EQ(response.values(0).average_won().minor(), 1'000'000);
  // as they stood when they were lost
  EXPECT_EQ(response.values(0).average_lost().minor(), 1'550'000);
  // 3 x 10,000 x 50 % / 40
  EXPECT_EQ(response.values(0).velocity_per_day().minor(), 37'500);
}

TEST_F(PipelineAnalysisTest, BadInputIsRefused) {
  ASSERT_NO_FATAL_FAILURE(SendAll());
  pb::GetPipelineBridgeResponse bridge;
  pb::GetPipelineBridgeRequest request;
  EXPECT_THAT(RefusalOf(Ask(&Service::Stub::GetPipelineBridge, request, &bridge)).fields,
              ::testing::ElementsAre("from.as_of"));
  request.mutable_from()->set_as_of_position(server_.Head() + 1);
  EXPECT_EQ(RefusalOf(Ask(&Service::Stub::GetPipelineBridge, request, &bridge)).reason,
            "AS_OF_IN_FUTURE");
  request.mutable_from()->set_as_of_position(server_.Head());
  request.mutable_header()->set_as_of_position(1);
  EXPECT_THAT(RefusalOf(Ask(&Service::Stub::GetPipelineBridge, request, &bridge)).fields,
              ::testing::ElementsAre("from.as_of"));
  pb::GetSlippageRequest slippage;
  *slippage.mutable_period_from() = ToProto(Day(2026, 4, 2));
  *slippage.mutable_period_until() = ToProto(Day(2026, 4, 2));
  pb::GetSlippageResponse slipped;
  EXPECT_THAT(RefusalOf(Ask(&Service::Stub::GetSlippage, slippage, &slipped)).fields,
              ::testing::ElementsAre("period_until"));
  *slippage.mutable_period_from() = ToProto(Day(2100, 1, 1));
  *slippage.mutable_period_until() = ToProto(Day(2100, 2, 1));
  EXPECT_EQ(RefusalOf(Ask(&Service::Stub::GetSlippage, slippage, &slipped)).reason,
            "AS_OF_IN_FUTURE");
  pb::GetWinLossRequest win_loss;
  pb::GetWinLossResponse rows;
  EXPECT_EQ(RefusalOf(Ask(&Service::Stub::GetWinLoss, win_loss, &rows)).reason, "INVALID_FIELD");
  pb::ListPipelineMovesRequest list;
  list.mutable_from()->set_as_of_position(0);
  list.set_bar(pb::PIPELINE_BAR_WON);
  list.set_page_token("x");
  pb::ListPipelineMovesResponse moves;
  EXPECT_EQ(RefusalOf(Ask(&Service::Stub::ListPipelineMoves, list, &moves)).reason,
            "INVALID_PAGE_TOKEN");
}

}  // namespace
}  // namespace daybook::testing
