// What the server takes at most, and how it refuses more.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>

#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/rpc/v1/error.pb.h"
#include "services/engine/worker_pool.h"
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
