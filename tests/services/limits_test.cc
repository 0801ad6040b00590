// What the server takes at most, and how it refuses more.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>

#include "daybook/admin/v1/organisation_service.grpc.pb.h"
#include "daybook/admin/v1/unit_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/rpc/v1/error.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "domain/sales/opportunity.h"
#include "services/engine/decision.h"
#include "services/engine/worker_pool.h"
#include "tests/services/party_fixture.h"
#include "tests/support/command_batch.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;

grpc::Status CreateAccount(TestServer& server, const std::string& name) {
  const auto stub = party::AccountService::NewStub(server.channel());
  party::CreateAccountRequest request;
  *request.mutable_header() = server.Header();
  request.set_name(name);
  party::CreateAccountResponse response;
  return server.Call(&party::AccountService::Stub::CreateAccount, *stub, request, &response);
}

TEST(WorkerPoolTest, AFullQueueRefusesNewWorkAndTakesWhatWasAdmitted) {
  services::WorkerPool pool(1, 2);
  std::promise<void> go;
  std::promise<void> started;
  int done = 0;
  // given a worker that is busy and a full queue
  ASSERT_TRUE(pool.Submit([&] {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.Submit([&] { ++done; }));
  ASSERT_TRUE(pool.Submit([&] { ++done; }));
  EXPECT_EQ(pool.queued(), 2u);
  // when more comes
  EXPECT_FALSE(pool.Submit([&] { ++done; }));
  EXPECT_TRUE(pool.Continue([&] { ++done; }));
  // then what was taken is done, and nothing else
  go.set_value();
  pool.Close();
  EXPECT_EQ(done, 3);
  EXPECT_FALSE(pool.Continue([&] { ++done; }));
  EXPECT_EQ(done, 3);
}

TEST(LimitsTest, CommandsBeyondTheQueueOfWorkersAreRefusedWithATimeToRetry) {
  services::ServerOptions options;
  options.worker_queue = 0;
  TestServer server(options);
  const grpc::Status status = CreateAccount(server, "account");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(RefusalOf(status).reason, "OVERLOADED");
  rpc::v1::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  bool retry = false;
  for (const auto& detail : details.details()) {
    retry = retry || detail.type_url() == "type.googleapis.com/google.rpc.RetryInfo";
  }
  EXPECT_TRUE(retry);
}

// A deal won in part opens a review for each reason that job requests were declined for. Reopening
// it has more follow from it than any other command: it withdraws them and suspends the project.
class FollowUpsTest : public PartyTest {
 protected:
  void SetUp() override {
    const std::string unit =
        Do(&admin::v1::UnitService::Stub::CreateUnit, "name: 'Losses' kind: UNIT_KIND_TEAM")
            .unit()
            .id();
    const auto own = Do(&admin::v1::OrganisationService::Stub::GetOrganisation, "");
    Do(&admin::v1::OrganisationService::Stub::UpdateOrganisation,
       absl::StrCat("id: '", own.organisation().id(), "' organisation { loss_review_unit_id: '",
                    unit, "' } update_mask { paths: 'loss_review_unit_id' }"));
    for (int i = 0; i <= domain::kLossReasonsMax; ++i) {
      setup::v1::DefineCloseReasonRequest reason;
      *reason.mutable_header() = server_.Header();
      reason.set_id(server_.NewId());
      reason.set_kind(setup::v1::CLOSE_REASON_KIND_LOST);
      reason.set_code(absl::StrCat("reason_", i));
      reason.set_label(reason.code());
      batch_.Add(reason);
      reasons_.push_back(reason.id());
    }
    batch_.Send(server_);
  }
  // Declines one job request for each of so many reasons, and accepts one.
  std::string WinInPart(int reasons) {
    std::string jobs, declined;
    std::vector<std::string> ids;
    for (int i = 0; i <= reasons; ++i) {
      ids.push_back(server_.NewId());
      absl::StrAppend(&jobs, "job_requests { id: '", ids[i],
                      "' service: 'work' value { minor: 100 currency: 'USD' } } ");
      if (i == reasons) break;
      absl::StrAppend(&declined, "declined { job_request_id: '", ids[i], "' close_reason_id: '",
                      reasons_[i], "' } ");
    }
    deal_ = Do(&sales::v1::OpportunityService::Stub::CreateOpportunity,
               absl::StrCat("subject: 'D' account_id: '", server_.CreateAccount("A"),
                            "' owner_id: '", server_.CreateUser("Ada"), "' ", jobs))
                .opportunity()
                .id();
    return Refused(
        &sales::v1::OpportunityService::Stub::PartiallyWinOpportunity,
        absl::StrCat("id: '", deal_, "' accepted_job_request_ids: '", ids.back(), "' ", declined));
  }

  Batch batch_;
  std::vector<std::string> reasons_;
  std::string deal_;
};

TEST_F(FollowUpsTest, F077DealWonInPartWithTheMostReasonsAndAProjectIsReopened) {
  constexpr int kFollowing = domain::kLossReasonsMax + 1;
  static_assert(kFollowing <= services::kFollowUpsMax, "a deal can be closed and not reopened");
  using Deals = sales::v1::OpportunityService::Stub;
  EXPECT_EQ(WinInPart(domain::kLossReasonsMax + 1), "LIMIT_EXCEEDED");
  ASSERT_EQ(WinInPart(domain::kLossReasonsMax), "");
  const std::string id = absl::StrCat("id: '", deal_, "'");
  const std::string reopen = "header { reason: 'all of it' } " + id;
  Do(&Deals::CreateProjectFromOpportunity, id);
  // all that follows is in the commit
  EXPECT_EQ(Do(&Deals::ReopenOpportunity, reopen).receipt().events(), 1 + kFollowing);
}

TEST(LimitsTest, MessagesOfFourMebibytesAreReadAndLargerOnesRefused) {
  TestServer server;
  constexpr size_t kMessageBytes = 4 << 20;
  constexpr size_t kRest = 256;  // header and tags
  const grpc::Status within = CreateAccount(server, std::string(kMessageBytes - kRest, 'a'));
  EXPECT_EQ(RefusalOf(within).reason, "INVALID_FIELD");  // read, and refused as a name
  const grpc::Status beyond = CreateAccount(server, std::string(kMessageBytes + 1, 'a'));
  EXPECT_EQ(beyond.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(CreateAccount(server, "account").ok());
}

}  // namespace
}  // namespace daybook::testing
