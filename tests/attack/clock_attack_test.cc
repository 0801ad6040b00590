// Clocks that are years off, against the real programs: the directories are made in this process,
// under a clock of its own, and served by a daybookd that has the machine's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/time/clock.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "eventstore/data_directory.h"
#include "services/engine/bootstrap.h"
#include "services/server.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
using ::testing::HasSubstr;

constexpr absl::Duration kYear = absl::Hours(24 * 365);

class ClockAttackTest : public ::testing::Test {
 protected:
  // A directory that was made, and written, at `time`.
  void MakeAt(absl::Time time) {
    ManualClock clock(time);
    services::BootstrapOptions options;
    options.data_dir = dir_;
    options.organisation = "Test Ltd";
    options.currency = "USD";
    options.zone = "UTC";
    const auto key = services::Bootstrap(options, clock, random_);
    ASSERT_TRUE(key.ok()) << key.status();
    key_ = *key;
    std::ofstream(key_file_) << key_ << "\n";
    services::ServerOptions serve;
    serve.data_dir = dir_;
    serve.listen = "127.0.0.1:0";
    const auto server = services::Server::Start(serve, clock, random_);
    ASSERT_TRUE(server.ok()) << server.status();
    const grpc::Status written = Write("127.0.0.1:" + std::to_string((*server)->port()));
    ASSERT_TRUE(written.ok()) << written.error_message();
    (*server)->Stop(absl::Seconds(1));
  }
  template <class Method, class Request, class Response>
  grpc::Status Call(const std::string& address, Method method, const Request& request,
                    Response* response) {
    const auto stub = party::AccountService::NewStub(
        grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + key_);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return (stub.get()->*method)(&context, request, response);
  }
  grpc::Status Write(const std::string& address) {
    party::CreateAccountRequest request;
    request.mutable_header()->set_request_id(random_.NewUuid(absl::Now()).ToString());
    request.set_name("Mill");
    return Call(address, &party::AccountService::Stub::CreateAccount, request, &written_);
  }
  grpc::Status Read(const std::string& address) {
    party::GetAccountRequest request;
    request.set_id(written_.account().id());
    party::GetAccountResponse response;
    return Call(address, &party::AccountService::Stub::GetAccount, request, &response);
  }
  // Reads are served, writes refused until an administrator accepts the clock.
  void ExpectRefusedUntilAccepted() {
    DaybookdProcess server(dir_);
    ASSERT_TRUE(server.listening()) << server.error();
    const party::CreateAccountResponse before = written_;
    const grpc::Status refused = Write(server.address());
    const Refusal refusal = RefusalOf(refused);
    EXPECT_EQ(refusal.reason, "CLOCK_OUT_OF_BOUNDS") << refused.error_message();
    EXPECT_EQ(refusal.metadata.count("clock"), 1u);
    EXPECT_EQ(refusal.metadata.count("head_recorded_at"), 1u);
    EXPECT_THAT(refused.error_message(), HasSubstr("daybook clock accept"));
    written_ = before;
    EXPECT_TRUE(Read(server.address()).ok());
    const ProgramResult accepted =
        RunProgram({DaybookPath(), "--server", server.address(), "--key-file", key_file_, "clock",
                    "accept", "--reason", "checked against another machine"});
    EXPECT_EQ(accepted.exit_code, 0) << accepted.errors;
    EXPECT_TRUE(Write(server.address()).ok());
    EXPECT_EQ(server.Terminate(), 0);
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
  const std::string key_file_ = temp_.path() + "/key";
  SystemRandom random_;
  std::string key_;
  party::CreateAccountResponse written_;
};

TEST_F(ClockAttackTest, LogThatIsYearsAheadIsWrittenOnceAccepted) {
  ASSERT_NO_FATAL_FAILURE(MakeAt(absl::Now() + 3 * kYear));
  ASSERT_NO_FATAL_FAILURE(ExpectRefusedUntilAccepted());
  // Also after a restart, and time does not go back.
  DaybookdProcess server(dir_);
  EXPECT_TRUE(Write(server.address()).ok());
  EXPECT_GT(written_.receipt().recorded_at().seconds(),
            absl::ToUnixSeconds(absl::Now() + 2 * kYear));
  EXPECT_EQ(server.Terminate(), 0);
  EXPECT_TRUE(eventstore::VerifyLog(dir_, nullptr).ok());
}

TEST_F(ClockAttackTest, ClockThatIsYearsAheadWritesOnceAccepted) {
  ASSERT_NO_FATAL_FAILURE(MakeAt(absl::Now() - 3 * kYear));
  ASSERT_NO_FATAL_FAILURE(ExpectRefusedUntilAccepted());
  EXPECT_TRUE(eventstore::VerifyLog(dir_, nullptr).ok());
}

TEST_F(ClockAttackTest, CallsEndInTimeUnderAClockThatIsSet) {
  // Given a server under a clock that somebody sets
  ASSERT_NO_FATAL_FAILURE(MakeAt(absl::Now()));
  ManualClock clock(absl::Now());
  services::ServerOptions options;
  options.data_dir = dir_;
  options.listen = "127.0.0.1:0";
  const auto server = services::Server::Start(options, clock, random_);
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string address = "127.0.0.1:" + std::to_string((*server)->port());
  ASSERT_TRUE(Write(address).ok());
  // When it is set back by less than the bound, or forward, then calls do not time out
  for (const absl::Duration by : {absl::Minutes(-50), absl::Hours(10), absl::Hours(9.5)}) {
    clock.Set(absl::Now() + by);
    const grpc::Status written = Write(address);
    EXPECT_TRUE(written.ok()) << by << written.error_message();
    EXPECT_TRUE(Read(address).ok()) << by;
  }
}

}  // namespace
}  // namespace daybook::testing
