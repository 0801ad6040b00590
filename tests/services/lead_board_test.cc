#include "daybook/sales/v1/lead_board_service.grpc.pb.h"
#include "tests/services/lead_fixture.h"

namespace daybook::testing {
namespace {

namespace sales = ::daybook::sales::v1;
using Boards = sales::LeadBoardService::Stub;

class LeadBoardTest : public LeadFixture {
 protected:
  sales::GetLeadBoardResponse Board(const std::string& text = "") {
    auto request = Proto<sales::GetLeadBoardRequest>(text);
    if (!request.has_header()) request.mutable_header()->set_min_position(server_.Head());
    sales::GetLeadBoardResponse response;
    const grpc::Status status = Send(&Boards::GetLeadBoard, *boards_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static int64_t CountOf(const sales::GetLeadBoardResponse& board, sales::LeadState state) {
    for (const auto& column : board.columns()) {
      if (column.state() == state) return column.count();
    }
    return -1;
  }

  std::unique_ptr<Boards> boards_ = sales::LeadBoardService::NewStub(server_.channel());
};

TEST_F(LeadBoardTest, F046_ColumnsOfAllStatesBySourceAndOwnerNowAndThen) {
  const std::string ada = server_.CreateUser("Ada");
  Capture("kind: LEAD_KIND_COMPANY company: 'Mill' source: 'fair'");
  const std::string lead = Capture("kind: LEAD_KIND_COMPANY company: 'Farm' source: 'web'");
  const uint64_t before = server_.Head();
  ASSERT_TRUE(Assign(lead, ada).ok());
  const auto now = Board("grouping: LEAD_GROUPING_OWNER");
  EXPECT_EQ(now.columns_size(), 8);
  EXPECT_EQ(now.count(), 2);
  EXPECT_EQ(CountOf(now, sales::LEAD_STATE_ASSIGNED), 1);
  EXPECT_EQ(now.columns(1).groups(0).owner_id(), ada);
  EXPECT_EQ(CountOf(Board("source: 'web'"), sales::LEAD_STATE_NEW), 0);
  EXPECT_EQ(Board("owner_id: '" + ada + "'").count(), 1);
  const auto then = Board("header { as_of_position: " + std::to_string(before) +
                          " } grouping: "
                          "LEAD_GROUPING_SOURCE");
  EXPECT_EQ(CountOf(then, sales::LEAD_STATE_NEW), 2);
  EXPECT_EQ(then.columns(0).groups_size(), 2);
  EXPECT_EQ(then.read().position(), before);
}

TEST_F(LeadBoardTest, F052_AnalysisByRepAndStaysOfALead) {
  const std::string ada = server_.CreateUser("Ada");
  const std::string lead = Good("kind: LEAD_KIND_COMPANY company: 'Mill'", ada);
  Capture("kind: LEAD_KIND_COMPANY company: 'Farm'");
  ASSERT_TRUE(Convert(For<sales::ConvertLeadRequest>(lead)).ok());
  sales::GetLeadAnalysisRequest request;
  request.mutable_header()->set_min_position(server_.Head());
  sales::GetLeadAnalysisResponse response;
  ASSERT_TRUE(Send(&Boards::GetLeadAnalysis, *boards_, request, &response).ok());
  ASSERT_EQ(response.reps_size(), 2);  // nobody's time, and Ada's
  EXPECT_EQ(response.reps(1).owner_id(), ada);
  EXPECT_EQ(response.reps(1).conversion_rate(), 1'000'000'000);
  EXPECT_EQ(response.all().leads(), 2);
  EXPECT_EQ(response.all().conversion_rate(), 500'000'000);
  EXPECT_TRUE(response.all().has_mean_qualification_seconds());
  request.set_owner_id(ada);
  ASSERT_TRUE(Send(&Boards::GetLeadAnalysis, *boards_, request, &response).ok());
  ASSERT_EQ(response.reps_size(), 1);
  EXPECT_FALSE(response.has_all());
  EXPECT_EQ(response.reps(0).states_size(), 3);
  sales::ListLeadStaysRequest stays;
  stays.set_lead_id(lead);
  sales::ListLeadStaysResponse listed;
  ASSERT_TRUE(Send(&Boards::ListLeadStays, *boards_, stays, &listed).ok());
  EXPECT_EQ(listed.stays_size(), 4);
  stays.set_lead_id(server_.NewId());
  EXPECT_EQ(RefusalOf(Send(&Boards::ListLeadStays, *boards_, stays, &listed)).reason, "NOT_FOUND");
}

}  // namespace
}  // namespace daybook::testing
