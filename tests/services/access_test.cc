#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace admin = ::daybook::admin::v1;
namespace party = ::daybook::party::v1;

class AccessTest : public ::testing::Test {
 protected:
  admin::IssueApiKeyResponse Issue(admin::ApiRole role) {
    admin::IssueApiKeyRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name("a key");
    request.set_role(role);
    admin::IssueApiKeyResponse response;
    const grpc::Status status =
        server_.Call(&admin::ApiKeyService::Stub::IssueApiKey, *keys_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
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
