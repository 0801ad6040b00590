// How much one answer may look at: at its limit it is given, beyond it is refused. The limits are
// set low here, since data of their real size would take minutes to write.

#include "services/answer_limits.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/lead_board_service.grpc.pb.h"
#include "daybook/sales/v1/lead_service.grpc.pb.h"
#include "domain/base/time.h"
#include "services/sales/lead_care.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using Boards = pb::LeadBoardService::Stub;
using Leads = pb::LeadService::Stub;

services::ServerOptions Low() {
  services::ServerOptions options;
  options.answers.deadline = absl::Milliseconds(100);
  options.answers.lead_cohort = 3;
  options.answers.stale_leads = 3;
  options.answers.figure_rows = 2;
  return options;
}

class AnswerLimitsTest : public PartyTest {
 protected:
  AnswerLimitsTest() : PartyTest(Low()) {}

  void Capture(int days_ago) {
    const absl::Time at = absl::Now() - absl::Hours(24 * days_ago);
    Do(&Leads::CaptureLead,
       absl::StrCat("kind: LEAD_KIND_COMPANY company: 'Mill' header { effective_at { seconds: ",
                    absl::ToUnixSeconds(at), " } }"));
  }
};

TEST(AnswerLimitsDefaultsTest, ServerHasThoseThatAreDocumented) {
  const services::AnswerLimits limits = services::ServerOptions().answers;
  EXPECT_EQ(limits.deadline, absl::Seconds(60));
  EXPECT_EQ(limits.lead_cohort, 50'000u);
  EXPECT_EQ(limits.stale_leads, 20'000u);
  EXPECT_EQ(limits.slippage_cohort, 100'000u);
  EXPECT_EQ(limits.slipped_shown, 1000u);
  EXPECT_EQ(limits.figure_rows, 10'000u);
}

TEST_F(AnswerLimitsTest, F052LeadsOfAnAnalysisOfAPeriod) {
  const std::string wide =
      "period_from { year: 2020 month: 1 day: 1 } period_until { year: 2029 month: 1 day: 1 } ";
  for (int i = 0; i < 3; ++i) Capture(0);
  EXPECT_EQ(Do(&Boards::GetLeadAnalysis, wide).all().leads(), 3);
  Capture(0);
  EXPECT_EQ(Refused(&Boards::GetLeadAnalysis, wide), "LIMIT_EXCEEDED");
  // one of all time is summed ahead
  EXPECT_EQ(Do(&Boards::GetLeadAnalysis, "").all().leads(), 4);
}

TEST_F(AnswerLimitsTest, F047LeadsThatMayBeStale) {
  for (int i = 0; i < 3; ++i) Capture(30);
  Capture(3);
  EXPECT_EQ(Do(&Boards::ListStaleLeads, "").count(), 3);
  Capture(30);
  EXPECT_EQ(Refused(&Boards::ListStaleLeads, ""), "LIMIT_EXCEEDED");
  EXPECT_EQ(Do(&Boards::ListStaleLeads, absl::StrCat("owner_id: '", server_.CreateUser("ada"), "'"))
                .count(),
            0);
}

TEST_F(AnswerLimitsTest, RowsOfFiguresThatHaveNoPages) {
  const auto capture = [&](const std::string& source) {
    Do(&Leads::CaptureLead,
       absl::StrCat("kind: LEAD_KIND_COMPANY company: 'Mill' source: '", source, "'"));
  };
  capture("fair");
  capture("web");
  const std::string by_source = "grouping: LEAD_GROUPING_SOURCE";
  EXPECT_EQ(Do(&Boards::GetLeadBoard, by_source).count(), 2);
  capture("call");
  EXPECT_EQ(Refused(&Boards::GetLeadBoard, by_source), "LIMIT_EXCEEDED");
  EXPECT_EQ(Do(&Boards::GetLeadBoard, "").count(), 3);
}

TEST_F(AnswerLimitsTest, F079CandidatesOfAKey) {
  const auto found = [&] {
    return Do(&Boards::FindLeadDuplicates, "company: 'Mill'").duplicates_size();
  };
  for (int i = 0; i < services::kLeadDuplicatesMax; ++i) Capture(0);
  EXPECT_EQ(found(), services::kLeadDuplicatesMax);
  Capture(0);
  EXPECT_EQ(found(), services::kLeadDuplicatesMax);
}

// A query waits for a position that is not there yet until the deadline.
TEST_F(AnswerLimitsTest, DeadlineOfACallThatHasNone) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", server_.key()));
  party::v1::AccountService::Stub stub(server_.channel());
  party::v1::ListAccountsRequest request;
  request.mutable_header()->set_min_position(server_.Head() + 1000);
  party::v1::ListAccountsResponse response;
  const absl::Time begin = absl::Now();
  const grpc::Status status = stub.ListAccounts(&context, request, &response);
  EXPECT_FALSE(status.ok());
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(90));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
}

}  // namespace
}  // namespace daybook::testing
