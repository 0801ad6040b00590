// What operators rely on: health by service and view, metrics, reflection, answers under overload,
// a graceful stop.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace logpb = ::daybook::log::v1;
namespace party = ::daybook::party::v1;
using ::testing::HasSubstr;

// grpc.health.v1.Health/Check by hand: field 1 of request and answer are the service and its
// status.
std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  grpc::ClientContext context;
  grpc::ByteBuffer answer;
  std::string request = "\x0a";
  request.push_back(static_cast<char>(service.size()));
  request += service;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", bytes, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return status.error_message();
  std::vector<grpc::Slice> slices;
  answer.Dump(&slices);
  std::string text;
  for (const auto& part : slices)
    text.append(reinterpret_cast<const char*>(part.begin()), part.size());
  return text == std::string("\x08\x01", 2) ? "SERVING" : "NOT_SERVING";
}

std::string HttpGet(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string text;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    if (write(fd, request.data(), request.size()) > 0) {
      char buffer[4096];
      for (ssize_t got = 0; (got = read(fd, buffer, sizeof(buffer))) > 0;)
        text.append(buffer, static_cast<size_t>(got));
    }
  }
  close(fd);
  return text;
}

party::CreateAccountRequest NewAccount(TestServer& server) {
  party::CreateAccountRequest request;
  *request.mutable_header() = server.Header();
  request.set_name("Acme");
  return request;
}

TEST(OperationsTest, HealthIsToldByServiceAndByView) {
  TestServer server;
  for (const char* name :
       {"", "daybook.sales.v1.SalesBoardService", "daybook.party.v1.AccountService", "view/records",
        "view/sales_board", "view/stage_intervals", "log/writing"}) {
    EXPECT_EQ(CheckHealth(server.channel(), name), "SERVING") << name;
  }
  EXPECT_NE(CheckHealth(server.channel(), "no.such.Service"), "SERVING");
}

TEST(OperationsTest, LogThatTakesNoCommandsIsNotServingWhileReadsAre) {
  services::ServerOptions options;
  options.store.reserve_free_bytes = UINT64_MAX;  // no disk has that
  TestServer server(options);
  EXPECT_EQ(CheckHealth(server.channel(), "log/writing"), "NOT_SERVING");
  EXPECT_EQ(CheckHealth(server.channel(), ""), "NOT_SERVING");
  EXPECT_EQ(CheckHealth(server.channel(), "daybook.party.v1.AccountService"), "SERVING");
  const auto stub = logpb::LogService::NewStub(server.channel());
  logpb::GetHeadResponse head;
  ASSERT_TRUE(
      server.Call(&logpb::LogService::Stub::GetHead, *stub, logpb::GetHeadRequest(), &head).ok());
  EXPECT_THAT(head.write_refusal(), HasSubstr("the disk has no room"));
}

// A scraper that says nothing keeps no other from its answer.
TEST(OperationsTest, MetricsAnswerBesideConnectionsThatSayNothing) {
  services::ServerOptions options;
  options.metrics_listen = "127.0.0.1:0";
  TestServer server(options);
  std::vector<int> silent;
  for (int i = 0; i < 3; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(server.server().metrics_port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    silent.push_back(fd);
  }
  const absl::Time asked = absl::Now();
  EXPECT_THAT(HttpGet(server.server().metrics_port(), "/metrics"), HasSubstr("200 OK"));
  EXPECT_LT(absl::Now() - asked, absl::Seconds(1));
  for (const int fd : silent) close(fd);
}

TEST(OperationsTest, MetricsCountCallsByMethodAndCode) {
  services::ServerOptions options;
  options.metrics_listen = "127.0.0.1:0";
  TestServer server(options);
  server.CreateAccount("Acme");
  const std::string page = HttpGet(server.server().metrics_port(), "/metrics");
  EXPECT_THAT(page, HasSubstr("daybook_rpc_calls_total"));
  EXPECT_THAT(page, HasSubstr("method=\"CreateAccount\""));
  EXPECT_THAT(page, HasSubstr("daybook_rpc_seconds_bucket"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("Acme")));
}

TEST(OperationsTest, TooMuchAtOnceIsRefusedAtOnceWithATimeToTryAgain) {
  services::ServerOptions options;
  options.workers = 1;
  options.worker_queue = 2;
  TestServer server(options);
  std::atomic<int> refused{0};
  std::atomic<int> accepted{0};
  std::atomic<bool> told{true};
  std::vector<std::thread> clients;
  for (int c = 0; c < 32; ++c) {
    clients.emplace_back([&] {
      const auto stub = party::AccountService::NewStub(server.channel());
      for (int i = 0; i < 20; ++i) {
        party::CreateAccountResponse response;
        const grpc::Status status = server.Call(&party::AccountService::Stub::CreateAccount, *stub,
                                                NewAccount(server), &response);
        if (status.ok()) {
          ++accepted;
          continue;
        }
        ++refused;
        told = told && status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
               RefusalOf(status).reason == "OVERLOADED" &&
               status.error_details().find("google.rpc.RetryInfo") != std::string::npos;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_GT(refused, 0);
  EXPECT_GT(accepted, 0);
  EXPECT_TRUE(told);
  EXPECT_FALSE(server.CreateAccount("afterwards").empty());
}

TEST(OperationsTest, AStopLetsCommandsUnderWayFinishAndLosesNoneThatWasAcknowledged) {
  TestServer server;
  std::atomic<bool> stopping{false};
  std::vector<std::string> acknowledged;
  std::thread client([&] {
    const auto stub = party::AccountService::NewStub(server.channel());
    while (true) {
      party::CreateAccountResponse response;
      const grpc::Status status = server.Call(&party::AccountService::Stub::CreateAccount, *stub,
                                              NewAccount(server), &response);
      if (status.ok()) {
        acknowledged.push_back(response.account().id());
      } else if (stopping) {
        return;
      }
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  stopping = true;
  server.server().Stop(absl::Seconds(2));
  client.join();
  ASSERT_FALSE(acknowledged.empty());
  server.Restart();
  const auto stub = party::AccountService::NewStub(server.channel());
  for (const std::string& id : acknowledged) {
    party::GetAccountRequest request;
    request.set_id(id);
    request.mutable_header()->set_min_position(server.Head());
    party::GetAccountResponse response;
    EXPECT_TRUE(
        server.Call(&party::AccountService::Stub::GetAccount, *stub, request, &response).ok());
  }
}

TEST(OperationsTest, ADeadlineThatHasPassedStopsTheWorkBeforeItBegins) {
  TestServer server;
  const auto stub = party::AccountService::NewStub(server.channel());
  const auto request = NewAccount(server);
  party::CreateAccountResponse response;
  const auto context = server.Context();
  context->set_deadline(std::chrono::system_clock::now() - std::chrono::milliseconds(1));
  EXPECT_EQ(stub->CreateAccount(context.get(), request, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // The same request may then be sent with time enough, and is the first.
  EXPECT_TRUE(
      server.Call(&party::AccountService::Stub::CreateAccount, *stub, request, &response).ok());
  EXPECT_EQ(response.receipt().revision(), 1);
}

}  // namespace
}  // namespace daybook::testing
