#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "daybook/admin/v1/user_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/record/v1/view_service.grpc.pb.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "domain/base/uuid.h"
#include "services/registry.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace admin = ::daybook::admin::v1;
namespace party = ::daybook::party::v1;

class AccessTest : public ::testing::Test {
 protected:
  admin::IssueApiKeyResponse Issue(admin::ApiRole role, const std::string& user = "",
                                   const std::string& by = "") {
    admin::IssueApiKeyRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name("a key");
    request.set_role(role);
    request.set_user_id(user);
    admin::IssueApiKeyResponse response;
    const auto context = server_.Context(by.empty() ? server_.key() : by);
    const grpc::Status status = keys_->IssueApiKey(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Revoke(const std::string& by, const std::string& id) {
    admin::RevokeApiKeyRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(id);
    admin::RevokeApiKeyResponse response;
    const auto context = server_.Context(by);
    return keys_->RevokeApiKey(context.get(), request, &response);
  }
  grpc::Status Deactivate(const std::string& by, const std::string& user) {
    admin::DeactivateUserRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(user);
    admin::DeactivateUserResponse response;
    const auto context = server_.Context(by);
    return users_->DeactivateUser(context.get(), request, &response);
  }
  // "dbk_<id>_<secret>".
  std::string OwnKeyId() {
    const std::string digits = server_.key().substr(4, 32);
    return Uuid::FromBytes(absl::HexStringToBytes(digits)).ToString();
  }
  grpc::Status CreateWith(const std::string& key) {
    party::CreateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name("Acme");
    party::CreateAccountResponse response;
    const auto context = server_.Context(key);
    return accounts_->CreateAccount(context.get(), request, &response);
  }
  grpc::Status ListWith(const std::string& key) {
    party::ListAccountsResponse response;
    const auto context = server_.Context(key);
    return accounts_->ListAccounts(context.get(), party::ListAccountsRequest(), &response);
  }

  TestServer server_;
  std::unique_ptr<admin::ApiKeyService::Stub> keys_ =
      admin::ApiKeyService::NewStub(server_.channel());
  std::unique_ptr<party::AccountService::Stub> accounts_ =
      party::AccountService::NewStub(server_.channel());
  std::unique_ptr<admin::UserService::Stub> users_ = admin::UserService::NewStub(server_.channel());
};

TEST_F(AccessTest, WithoutAValidKeyNothingIsAnswered) {
  for (const std::string& key : {std::string(), std::string("dbk_1_2"), server_.key() + "0",
                                 server_.key().substr(0, server_.key().size() - 1) + "g"}) {
    EXPECT_EQ(ListWith(key).error_code(), grpc::StatusCode::UNAUTHENTICATED) << key;
    EXPECT_EQ(CreateWith(key).error_code(), grpc::StatusCode::UNAUTHENTICATED) << key;
  }
}

TEST_F(AccessTest, AReaderReadsAndChangesNothing) {
  const auto issued = Issue(admin::API_ROLE_READER);
  EXPECT_TRUE(ListWith(issued.key()).ok());
  const grpc::Status status = CreateWith(issued.key());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(RefusalOf(status).reason, "ACCESS_DENIED");
}

TEST_F(AccessTest, ARevokedKeyEndsAtOnce) {
  const auto issued = Issue(admin::API_ROLE_ADMIN);
  ASSERT_TRUE(CreateWith(issued.key()).ok());
  admin::RevokeApiKeyRequest revoke;
  *revoke.mutable_header() = server_.Header();
  revoke.set_id(issued.api_key().id());
  admin::RevokeApiKeyResponse response;
  ASSERT_TRUE(
      server_.Call(&admin::ApiKeyService::Stub::RevokeApiKey, *keys_, revoke, &response).ok());
  EXPECT_EQ(CreateWith(issued.key()).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(AccessTest, AKeyOfADeactivatedUserEndsAtOnceAndComesBackWithHim) {
  const std::string user = server_.CreateUser("Ada");
  const auto issued = Issue(admin::API_ROLE_ADMIN, user);
  ASSERT_TRUE(CreateWith(issued.key()).ok());
  ASSERT_TRUE(ListWith(issued.key()).ok());
  ASSERT_TRUE(Deactivate(server_.key(), user).ok());
  EXPECT_EQ(CreateWith(issued.key()).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ListWith(issued.key()).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  admin::ReactivateUserRequest back;
  *back.mutable_header() = server_.Header();
  back.set_id(user);
  admin::ReactivateUserResponse response;
  ASSERT_TRUE(
      server_.Call(&admin::UserService::Stub::ReactivateUser, *users_, back, &response).ok());
  EXPECT_TRUE(CreateWith(issued.key()).ok());
}

TEST_F(AccessTest, SomebodyWhoMayAdministerIsAlwaysLeft) {
  const std::string own = OwnKeyId();
  EXPECT_EQ(RefusalOf(Revoke(server_.key(), own)).reason, "LAST_ADMINISTRATOR");
  Issue(admin::API_ROLE_READER);
  EXPECT_EQ(RefusalOf(Revoke(server_.key(), own)).reason, "LAST_ADMINISTRATOR");
  const std::string user = server_.CreateUser("Ada");
  const auto issued = Issue(admin::API_ROLE_ADMIN, user);
  ASSERT_TRUE(Revoke(issued.key(), own).ok());
  EXPECT_EQ(RefusalOf(Deactivate(issued.key(), user)).reason, "LAST_ADMINISTRATOR");
  EXPECT_TRUE(CreateWith(issued.key()).ok());
}

// Each of two administrators takes the other's key away, at the same moment.
TEST_F(AccessTest, TwoAdministratorsWhoRevokeEachOtherDoNotBothSucceed) {
  constexpr int kRounds = 20;
  std::string own_key = server_.key();
  std::string own_id = OwnKeyId();
  for (int round = 0; round < kRounds; ++round) {
    const auto other = Issue(admin::API_ROLE_ADMIN, "", own_key);
    grpc::Status first;
    std::thread racing([&] { first = Revoke(own_key, other.api_key().id()); });
    const grpc::Status second = Revoke(other.key(), own_id);
    racing.join();
    ASSERT_NE(first.ok(), second.ok()) << first.error_message() << second.error_message();
    if (second.ok()) {
      own_key = other.key();
      own_id = other.api_key().id();
    }
  }
  EXPECT_TRUE(CreateWith(own_key).ok());
}

// What waits when its key is revoked opens nothing any more.
TEST_F(AccessTest, AKeyThatIsRevokedWhileAQueryWaitsEndsTheQuery) {
  const auto reader = Issue(admin::API_ROLE_READER);
  const std::string account = server_.CreateAccount("Acme");
  party::GetAccountRequest request;
  request.set_id(account);
  request.mutable_header()->set_min_position(server_.Head() + 2);
  grpc::Status waited;
  std::thread waiting([&] {
    party::GetAccountResponse response;
    const auto context = server_.Context(reader.key());
    waited = accounts_->GetAccount(context.get(), request, &response);
  });
  // The wait has begun, or begins with a key that is revoked: refused in either case.
  absl::SleepFor(absl::Milliseconds(200));
  EXPECT_TRUE(Revoke(server_.key(), reader.api_key().id()).ok());
  EXPECT_TRUE(CreateWith(server_.key()).ok());
  waiting.join();
  EXPECT_EQ(RefusalOf(waited).reason, "UNAUTHENTICATED") << waited.error_message();
}

TEST_F(AccessTest, TwoKeysInOneCallAreNone) {
  party::ListAccountsResponse response;
  const auto context = server_.Context(server_.key());
  context->AddMetadata("authorization", "Bearer " + server_.key());
  const grpc::Status status =
      accounts_->ListAccounts(context.get(), party::ListAccountsRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(RefusalOf(status).reason, "UNAUTHENTICATED");
  EXPECT_THAT(status.error_message(), ::testing::HasSubstr("more than one"));
}

TEST_F(AccessTest, WhoMayNotSendARequestLearnsNothingOfItsShape) {
  const auto reader = Issue(admin::API_ROLE_READER);
  party::CreateAccountRequest wrong;
  wrong.set_employees(-1);
  const auto create = [&](const std::string& key) {
    party::CreateAccountResponse response;
    const auto context = server_.Context(key);
    return accounts_->CreateAccount(context.get(), wrong, &response);
  };
  EXPECT_EQ(RefusalOf(create("")).reason, "UNAUTHENTICATED");
  EXPECT_EQ(RefusalOf(create(reader.key())).reason, "ACCESS_DENIED");
  EXPECT_EQ(RefusalOf(create(server_.key())).reason, "INVALID_FIELD");
  // a query for operators
  record::v1::DiffViewRequest diff;
  diff.set_view(std::string(5000, 'x'));
  record::v1::DiffViewResponse answer;
  const auto views = record::v1::ViewService::NewStub(server_.channel());
  const auto context = server_.Context(reader.key());
  EXPECT_EQ(RefusalOf(views->DiffView(context.get(), diff, &answer)).reason, "ACCESS_DENIED");
  // a command of the stream
  const auto commands = rpc::v1::CommandService::NewStub(server_.channel());
  const auto stream_context = server_.Context(reader.key());
  const auto stream = commands->Execute(stream_context.get());
  rpc::v1::ExecuteRequest request;
  auto* command = request.add_commands();
  command->set_request_type(wrong.GetDescriptor()->full_name());
  command->set_request("\xff\xff");
  ASSERT_TRUE(stream->Write(request));
  rpc::v1::ExecuteResponse results;
  ASSERT_TRUE(stream->Read(&results));
  EXPECT_EQ(results.results(0).code(), static_cast<int>(grpc::StatusCode::PERMISSION_DENIED));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Every method of every service, as reflection lists them.
TEST_F(AccessTest, BytesThatAreNoRequestAreRefusedByEveryMethod) {
  const auto reader = Issue(admin::API_ROLE_READER);
  grpc::GenericStub any(server_.channel());
  int methods = 0;
  for (const services::ServiceRow& row : services::AllServices()) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(row.name);
    ASSERT_NE(service, nullptr) << row.name;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      const std::string path = absl::StrCat("/", row.name, "/", method->name());
      SCOPED_TRACE(path);
      const auto send = [&](const std::string& key, const std::string& bytes) {
        const auto context = server_.Context(key);
        grpc::Slice slice(bytes);
        grpc::ByteBuffer request(&slice, 1);
        grpc::CompletionQueue queue;
        const auto call = any.PrepareCall(context.get(), path, &queue);
        void* tag = nullptr;
        bool ok = false;
        call->StartCall(nullptr);
        queue.Next(&tag, &ok);
        call->WriteLast(request, grpc::WriteOptions(), nullptr);
        queue.Next(&tag, &ok);
        grpc::Status status;
        call->Finish(&status, nullptr);
        queue.Next(&tag, &ok);
        return status;
      };
      for (const std::string bytes : {"\xff\xff\xff", "\x0a\x7f"}) {
        EXPECT_EQ(RefusalOf(send("", bytes)).reason, "UNAUTHENTICATED");
        const grpc::Status status = send(server_.key(), bytes);
        // Some commands are the server's own.
        const bool internal =
            method->name() == "CreateOrganisation" || method->name() == "IntroduceSchemaSet";
        EXPECT_EQ(RefusalOf(status).reason, internal ? "ACCESS_DENIED" : "INVALID_FIELD");
        const std::string for_reader = RefusalOf(send(reader.key(), bytes)).reason;
        EXPECT_THAT(for_reader, ::testing::AnyOf("INVALID_FIELD", "ACCESS_DENIED"));
      }
      ++methods;
    }
  }
  EXPECT_GT(methods, 100);
}

TEST_F(AccessTest, TextThatIsNotUtf8IsRefused) {
  party::CreateAccountRequest request;
  *request.mutable_header() = server_.Header();
  std::string bytes = request.SerializeAsString();
  bytes += std::string("\x1a\x02\xc3\x28", 4);  // a text field
  grpc::GenericStub any(server_.channel());
  const auto context = server_.Context();
  grpc::Slice slice(bytes);
  const grpc::ByteBuffer buffer(&slice, 1);
  grpc::ByteBuffer answer;
  std::promise<grpc::Status> status;
  any.UnaryCall(context.get(), "/daybook.party.v1.AccountService/CreateAccount",
                grpc::StubOptions(), &buffer, &answer,
                [&](grpc::Status s) { status.set_value(std::move(s)); });
  const grpc::Status refused = status.get_future().get();
  EXPECT_EQ(RefusalOf(refused).reason, "INVALID_FIELD") << refused.error_message();
}

TEST_F(AccessTest, TheSecretIsToldOnceAndStoredNowhere) {
  admin::IssueApiKeyRequest request;
  *request.mutable_header() = server_.Header();
  request.set_name("a key");
  request.set_role(admin::API_ROLE_READER);
  admin::IssueApiKeyResponse first;
  admin::IssueApiKeyResponse second;
  auto call = &admin::ApiKeyService::Stub::IssueApiKey;
  ASSERT_TRUE(server_.Call(call, *keys_, request, &first).ok());
  ASSERT_TRUE(server_.Call(call, *keys_, request, &second).ok());
  EXPECT_EQ(second.api_key().id(), first.api_key().id());
  EXPECT_TRUE(second.key().empty());
  EXPECT_TRUE(ListWith(first.key()).ok());

  const std::string secret = first.key().substr(first.key().rfind('_') + 1);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(server_.data_dir())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    EXPECT_EQ(bytes.str().find(secret), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace daybook::testing
