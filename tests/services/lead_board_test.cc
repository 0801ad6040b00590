#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "daybook/sales/v1/lead_board_service.grpc.pb.h"
#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "domain/base/time.h"
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

TEST_F(LeadBoardTest, F052_AnAnalysisOfAPeriodIsThatOfTheLeadsCapturedInIt) {
  const std::string ada = server_.CreateUser("Ada");
  const std::string bob = server_.CreateUser("Bob");
  // every way that a lead can go
  const std::string converted = Good("kind: LEAD_KIND_COMPANY company: 'Mill'", ada);
  ASSERT_TRUE(Assign(converted, bob).ok());
  ASSERT_TRUE(Convert(For<sales::ConvertLeadRequest>(converted)).ok());
  const std::string bad = Capture("kind: LEAD_KIND_COMPANY company: 'Farm'");
  ASSERT_TRUE(Assign(bad, ada).ok());
  ASSERT_TRUE(
      Send(&Leads::StartWorkingLead, *leads_, For<sales::StartWorkingLeadRequest>(bad)).ok());
  ASSERT_TRUE(
      Send(&Leads::MarkLeadBad, *leads_, For<sales::MarkLeadBadRequest>(bad, "reason: 'small'"))
          .ok());
  const std::string archived = Good("kind: LEAD_KIND_COMPANY company: 'Dairy'", bob);
  ASSERT_TRUE(Send(&Leads::ArchiveLead, *leads_, For<sales::ArchiveLeadRequest>(archived)).ok());
  Capture("kind: LEAD_KIND_COMPANY company: 'Bakery'");
  const auto analysis = [&](const std::string& text) {
    auto request = Proto<sales::GetLeadAnalysisRequest>(text);
    request.mutable_header()->set_min_position(server_.Head());
    sales::GetLeadAnalysisResponse response;
    EXPECT_TRUE(Send(&Boards::GetLeadAnalysis, *boards_, request, &response).ok());
    response.clear_read();
    return response;
  };
  const std::string wide =
      "period_from { year: 2020 month: 1 day: 1 } period_until { year: 2029 month: 1 day: 1 } ";
  // of a period that holds them all it is the analysis of all
  const auto all = analysis("");
  EXPECT_THAT(analysis(wide), EqualsProto(all));
  EXPECT_EQ(all.all().converted(), 1);
  EXPECT_EQ(all.all().bad(), 1);
  const std::string owner = "owner_id: '" + bob + "' ";
  EXPECT_THAT(analysis(wide + owner), EqualsProto(analysis(owner)));
  const auto none = analysis(
      "period_from { year: 2019 month: 1 day: 1 } period_until { year: 2020 month: 1 day: 1 }");
  EXPECT_EQ(none.all().leads(), 0);
  EXPECT_EQ(none.reps_size(), 0);
  auto half = Proto<sales::GetLeadAnalysisRequest>("period_from { year: 2020 month: 1 day: 1 }");
  sales::GetLeadAnalysisResponse response;
  EXPECT_EQ(RefusalOf(Send(&Boards::GetLeadAnalysis, *boards_, half, &response)).fields[0],
            "period_until");
}

TEST_F(LeadBoardTest, F047_ALeadOlderThanFourteenDaysWithoutActivityIsStale) {
  const auto captured = [&](const std::string& company, int days_ago) {
    auto request =
        For<sales::CaptureLeadRequest>("", "kind: LEAD_KIND_COMPANY company: '" + company + "'");
    *request.mutable_header()->mutable_effective_at() =
        ToProto(absl::Now() - absl::Hours(24 * days_ago));
    sales::CaptureLeadResponse response;
    EXPECT_TRUE(Send(&Leads::CaptureLead, *leads_, request, &response).ok());
    return response.lead().id();
  };
  const std::string old = captured("Mill", 40);
  const std::string fifteen = captured("Farm", 15);
  captured("Dairy", 14);
  const std::string talked = captured("Bakery", 30);
  const std::string ada = server_.CreateUser("Ada");
  const auto call = [&](const std::string& lead, int days_ago) {
    auto request = For<work::v1::LogActivityRequest>(
        "", "kind: ACTIVITY_KIND_CALL subject: 'Talk' direction: CALL_DIRECTION_OUTBOUND");
    request.set_lead_id(lead);
    request.set_assignee_id(ada);
    *request.mutable_occurred_at() = ToProto(absl::Now() - absl::Hours(24 * days_ago));
    work::v1::ActivityService::Stub activities(server_.channel());
    work::v1::LogActivityResponse response;
    const auto status =
        Send(&work::v1::ActivityService::Stub::LogActivity, activities, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  };
  call(talked, 3);
  call(old, 20);
  sales::ListStaleLeadsRequest request;
  request.mutable_header()->set_min_position(server_.Head());
  sales::ListStaleLeadsResponse stale;
  ASSERT_TRUE(Send(&Boards::ListStaleLeads, *boards_, request, &stale).ok());
  ASSERT_EQ(stale.leads_size(), 2);
  EXPECT_EQ(stale.leads(0).lead().id(), old);
  EXPECT_EQ(stale.leads(0).idle_days(), 20);
  EXPECT_EQ(stale.leads(1).lead().id(), fifteen);
  // page by page
  request.set_page_size(1);
  ASSERT_TRUE(Send(&Boards::ListStaleLeads, *boards_, request, &stale).ok());
  request.set_page_token(stale.next_page_token());
  ASSERT_TRUE(Send(&Boards::ListStaleLeads, *boards_, request, &stale).ok());
  EXPECT_EQ(stale.leads(0).lead().id(), fifteen);
  EXPECT_EQ(stale.count(), 2);
  request.set_days(5);
  EXPECT_EQ(RefusalOf(Send(&Boards::ListStaleLeads, *boards_, request, &stale)).reason,
            "INVALID_PAGE_TOKEN");
  request.clear_page_token();
  request.set_days(19);
  ASSERT_TRUE(Send(&Boards::ListStaleLeads, *boards_, request, &stale).ok());
  EXPECT_EQ(stale.count(), 1);
}

TEST_F(LeadBoardTest, F079_CandidatesAmongLeadsContactsAndAccounts) {
  const std::string lead = Capture(
      "kind: LEAD_KIND_PERSON family_name: 'Lovelace' email: 'Ada@Mill.example' company: 'Mill' "
      "website: 'https://www.mill.example/'");
  Capture("kind: LEAD_KIND_COMPANY company: 'Mill'");
  const auto contact =
      For<party::v1::CreateContactRequest>("", "family_name: 'Lovelace' email: 'ada@mill.example'");
  ASSERT_TRUE(Send(&party::v1::ContactService::Stub::CreateContact, *contacts_, contact).ok());
  const auto account =
      For<party::v1::CreateAccountRequest>("", "name: 'Old Mill' domain: 'mill.example'");
  ASSERT_TRUE(Send(&party::v1::AccountService::Stub::CreateAccount, *accounts_, account).ok());
  sales::FindLeadDuplicatesRequest request;
  request.mutable_header()->set_min_position(server_.Head());
  request.set_lead_id(lead);
  sales::FindLeadDuplicatesResponse found;
  ASSERT_TRUE(Send(&Boards::FindLeadDuplicates, *boards_, request, &found).ok());
  std::vector<std::string> keys;
  for (const auto& duplicate : found.duplicates()) {
    keys.push_back(duplicate.aggregate() + "/" + duplicate.key());
  }
  EXPECT_THAT(keys, ::testing::ElementsAre("lead/company", "contact/email", "account/domain"));
  // before a lead is there
  request.clear_lead_id();
  request.set_email("ADA@mill.example");
  ASSERT_TRUE(Send(&Boards::FindLeadDuplicates, *boards_, request, &found).ok());
  EXPECT_EQ(found.duplicates_size(), 1);
  request.mutable_header()->set_as_of_position(1);
  EXPECT_EQ(RefusalOf(Send(&Boards::FindLeadDuplicates, *boards_, request, &found)).reason,
            "AS_OF_NOT_AVAILABLE");
}

}  // namespace
}  // namespace daybook::testing
