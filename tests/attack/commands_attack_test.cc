// Commands and answers of a real daybookd under attack: repeats, races, names that are none, tokens
// of other questions.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "daybook/rpc/v1/conflict.pb.h"
#include "services/engine/bootstrap.h"
#include "tests/support/effort.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
namespace rpcpb = ::daybook::rpc::v1;

class CommandsAttackTest : public ::testing::Test {
 protected:
  void SetUp() override {
    services::BootstrapOptions options;
    options.data_dir = data_dir_;
    options.organisation = "Test Ltd";
    options.currency = "USD";
    options.zone = "UTC";
    auto key = services::Bootstrap(options, clock_, random_);
    ASSERT_TRUE(key.ok()) << key.status();
    key_ = *key;
    Start();
  }
  void Start() {
    server_ = std::make_unique<DaybookdProcess>(data_dir_);
    ASSERT_TRUE(server_->listening()) << server_->error();
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    accounts_ = party::AccountService::NewStub(channel_);
  }
  std::unique_ptr<grpc::ClientContext> Context() const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + key_);
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(15));
    return context;
  }
  template <class Request>
  Request With(Request request = {}) {
    std::lock_guard lock(mutex_);
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    return request;
  }
  std::string NewId() {
    std::lock_guard lock(mutex_);
    return random_.NewUuid(clock_.Now()).ToString();
  }
  grpc::Status Create(const party::CreateAccountRequest& request,
                      party::CreateAccountResponse* response) {
    const auto context = Context();
    return accounts_->CreateAccount(context.get(), request, response);
  }
  std::string CreateNamed(const std::string& name) {
    auto request = With<party::CreateAccountRequest>();
    request.set_name(name);
    party::CreateAccountResponse response;
    const grpc::Status status = Create(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.account().id();
  }
  party::UpdateAccountRequest Rename(const std::string& id, const std::string& name) {
    auto request = With<party::UpdateAccountRequest>();
    request.set_id(id);
    request.mutable_account()->set_name(name);
    request.mutable_update_mask()->add_paths("name");
    return request;
  }
  grpc::Status Send(const party::UpdateAccountRequest& request,
                    party::UpdateAccountResponse* response) {
    const auto context = Context();
    return accounts_->UpdateAccount(context.get(), request, response);
  }

  TempDirectory temp_;
  const std::string data_dir_ = temp_.path() + "/data";
  SystemClock clock_;
  SystemRandom random_;
  std::mutex mutex_;
  std::string key_;
  std::unique_ptr<DaybookdProcess> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<party::AccountService::Stub> accounts_;
};

TEST_F(CommandsAttackTest, RepeatsInOneStreamAndAfterAKillHaveOneAnswer) {
  rpcpb::ExecuteRequest message;
  const auto add = [&](const auto& request) {
    auto* command = message.add_commands();
    command->set_index(static_cast<uint64_t>(message.commands_size()));
    command->set_request_type(request.GetDescriptor()->full_name());
    request.SerializeToString(command->mutable_request());
  };
  for (int i = 0; i < 100; ++i) {
    auto create = With<party::CreateAccountRequest>();
    create.set_id(NewId());
    create.set_name("account");
    create.set_tax_number(absl::StrCat("T", i));
    auto rename = Rename(create.id(), "renamed");
    rename.mutable_header()->set_expected_revision(1);
    add(create);
    add(rename);
    add(create);
    add(rename);
  }
  // Round 1: the stream; round 2: the same stream after a kill.
  std::vector<uint64_t> positions(400);
  for (int round = 0; round < 2; ++round) {
    const auto context = Context();
    auto stream = rpcpb::CommandService::NewStub(channel_)->Execute(context.get());
    ASSERT_TRUE(stream->Write(message));
    stream->WritesDone();
    int replayed = 0;
    int answered = 0;
    rpcpb::ExecuteResponse response;
    while (stream->Read(&response)) {
      for (const auto& result : response.results()) {
        ASSERT_EQ(result.code(), 0) << "command " << result.index();
        ++answered;
        replayed += result.receipt().replayed() ? 1 : 0;
        uint64_t& position = positions[result.index() - 1];
        if (round == 1) EXPECT_EQ(result.receipt().position(), position);
        position = result.receipt().position();
      }
    }
    ASSERT_TRUE(stream->Finish().ok());
    EXPECT_EQ(answered, 400);
    EXPECT_EQ(replayed, round == 0 ? 200 : 400);
    if (round == 1) break;
    server_->Kill();
    Start();
  }
  for (size_t i = 0; i < positions.size(); i += 4) {
    EXPECT_EQ(positions[i], positions[i + 2]);
    EXPECT_EQ(positions[i + 1], positions[i + 3]);
  }
}

TEST_F(CommandsAttackTest, SixtyFourWritersOfOneRecordAllSucceed) {
  const std::string account = CreateNamed("Acme");
  const int each = Rounds(3, 50);
  std::atomic<int> refused{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 64; ++i) {
    writers.emplace_back([&, i] {
      for (int k = 0; k < each; ++k) {
        party::UpdateAccountResponse response;
        const auto status = Send(Rename(account, absl::StrCat("Mill ", i, " ", k)), &response);
        if (!status.ok()) ++refused;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(refused, 0);
  party::UpdateAccountResponse response;
  ASSERT_TRUE(Send(Rename(account, "last"), &response).ok());
  EXPECT_EQ(response.receipt().revision(), 2u + 64 * static_cast<unsigned>(each));
}

TEST_F(CommandsAttackTest, AConflictIsDecidedOnWithoutAnotherCall) {
  const std::string account = CreateNamed("Acme");
  party::UpdateAccountResponse response;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Send(Rename(account, absl::StrCat(std::string(190, 'x'), i)), &response).ok());
  }
  auto stale = Rename(account, "late");
  stale.mutable_header()->set_expected_revision(1);
  // A client with the limits that gRPC gives it takes the trailer.
  const grpc::Status status = Send(stale, &response);
  EXPECT_EQ(RefusalOf(status).reason, "REVISION_CONFLICT") << status.error_message();
  rpcpb::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  rpcpb::RevisionConflict conflict;
  for (const auto& detail : details.details()) {
    if (detail.Is<rpcpb::RevisionConflict>()) detail.UnpackTo(&conflict);
  }
  ASSERT_EQ(conflict.actual(), 41u);
  EXPECT_EQ(conflict.changed_fields_size(), 1);
  EXPECT_GT(conflict.missed_events_size(), 0);
  EXPECT_TRUE(conflict.truncated());
  stale = Rename(account, "late");
  stale.mutable_header()->set_expected_revision(conflict.actual());
  EXPECT_TRUE(Send(stale, &response).ok());
}

TEST_F(CommandsAttackTest, IdsHaveOneSpellingAndNamesCanBeSeen) {
  const auto refused = [&](const std::function<void(party::CreateAccountRequest*)>& spoil) {
    auto request = With<party::CreateAccountRequest>();
    request.set_name("Acme");
    spoil(&request);
    party::CreateAccountResponse response;
    const auto refusal = RefusalOf(Create(request, &response));
    return refusal.reason + " " + (refusal.fields.empty() ? "" : refusal.fields[0]);
  };
  const auto as_id = [&](const std::string& id) {
    return refused([&](auto* r) { r->mutable_header()->set_request_id(id); });
  };
  EXPECT_EQ(as_id("00000000-0000-0000-0000-000000000000"), "INVALID_FIELD header.request_id");
  EXPECT_EQ(as_id("01890A5D-AC96-774B-BCCE-B302099A8057"), "INVALID_FIELD header.request_id");
  EXPECT_EQ(as_id("{01890a5d-ac96-774b-bcce-b302099a8057}"), "INVALID_FIELD header.request_id");
  EXPECT_EQ(as_id("01890a5dac96774bbcceb302099a8057"), "INVALID_FIELD header.request_id");
  for (const char* name : {"\ufeff", "\u200b\u2060", "\u3000", "gpj\u202eexe", "a\u2066b"}) {
    EXPECT_EQ(refused([&](auto* r) { r->set_name(name); }), "INVALID_FIELD name");
  }
}

TEST_F(CommandsAttackTest, ATokenOfNowIsNoneOfThePast) {
  for (const char* name : {"a", "b", "c"}) CreateNamed(name);
  party::ListAccountsRequest request;
  request.set_page_size(1);
  party::ListAccountsResponse response;
  const auto list = [&] {
    const auto context = Context();
    return RefusalOf(accounts_->ListAccounts(context.get(), request, &response)).reason;
  };
  auto rename = Rename(CreateNamed("d"), "e");
  party::UpdateAccountResponse renamed;
  ASSERT_TRUE(Send(rename, &renamed).ok());
  request.mutable_header()->set_min_position(renamed.receipt().position());
  ASSERT_EQ(list(), "");
  request.set_page_token(response.next_page_token());
  EXPECT_EQ(list(), "");
  request.mutable_header()->set_as_of_position(renamed.receipt().position() - 1);
  EXPECT_EQ(list(), "INVALID_PAGE_TOKEN");
}

}  // namespace
}  // namespace daybook::testing
