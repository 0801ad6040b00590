#include "tests/support/test_server.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "daybook/admin/v1/user_service.grpc.pb.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "eventstore/data_directory.h"
#include "services/engine/bootstrap.h"

namespace daybook::testing {

TempDirectory::TempDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "daybook-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TestServer::TestServer() : TestServer(services::ServerOptions{}) {}

TestServer::TestServer(services::ServerOptions options)
    : data_dir_(temp_.path() + "/data"), options_(std::move(options)) {
  services::BootstrapOptions bootstrap;
  bootstrap.data_dir = data_dir_;
  bootstrap.organisation = "Test Ltd";
  bootstrap.currency = "USD";
  bootstrap.zone = "UTC";
  auto key = services::Bootstrap(bootstrap, clock_, random_);
  EXPECT_TRUE(key.ok()) << key.status();
  if (key.ok()) key_ = *key;
  options_.data_dir = data_dir_;
  options_.listen = "127.0.0.1:0";
  Start();
}

TestServer::~TestServer() = default;

void TestServer::Start() {
  auto server = services::Server::Start(options_, clock_, random_);
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(server_->port()),
                                 grpc::InsecureChannelCredentials());
}

void TestServer::Restart() {
  server_->Stop(absl::Seconds(1));
  server_.reset();
  Start();
}

void TestServer::WhileStopped(const std::function<void(eventstore::EventStore&)>& change) {
  server_->Stop(absl::Seconds(1));
  server_.reset();
  {
    const auto directory =
        eventstore::OpenDataDirectory(data_dir_, options_.store, clock_, random_);
    ASSERT_TRUE(directory.ok()) << directory.status();
    change(*directory->store);
  }
  Start();
}

std::unique_ptr<grpc::ClientContext> TestServer::Context(const std::string& key) const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + key);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  return context;
}

uint64_t TestServer::Head() const {
  const auto stub = log::v1::LogService::NewStub(channel_);
  log::v1::GetHeadResponse response;
  const auto context = Context();
  const grpc::Status status = stub->GetHead(context.get(), log::v1::GetHeadRequest(), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.read().position();
}

rpc::v1::CommandHeader TestServer::Header() {
  rpc::v1::CommandHeader header;
  header.set_request_id(NewId());
  return header;
}

std::string TestServer::CreateUser(const std::string& name) {
  const auto stub = admin::v1::UserService::NewStub(channel_);
  admin::v1::CreateUserRequest request;
  *request.mutable_header() = Header();
  request.set_display_name(name);
  admin::v1::CreateUserResponse response;
  const auto context = Context();
  const grpc::Status status = stub->CreateUser(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.user().id();
}

std::string TestServer::CreateAccount(const std::string& name, const std::string& parent_id) {
  const auto stub = party::v1::AccountService::NewStub(channel_);
  party::v1::CreateAccountRequest request;
  *request.mutable_header() = Header();
  request.set_name(name);
  request.set_parent_id(parent_id);
  party::v1::CreateAccountResponse response;
  const auto context = Context();
  const grpc::Status status = stub->CreateAccount(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.account().id();
}

std::string TestServer::CreateDeal(const std::string& account_id, const std::string& owner_id,
                                   int64_t value_minor) {
  const auto stub = sales::v1::OpportunityService::NewStub(channel_);
  sales::v1::CreateOpportunityRequest request;
  *request.mutable_header() = Header();
  request.set_subject("A deal");
  request.set_account_id(account_id);
  request.set_owner_id(owner_id);
  request.mutable_value()->set_minor(value_minor);
  request.mutable_value()->set_currency("USD");
  sales::v1::CreateOpportunityResponse response;
  const auto context = Context();
  const grpc::Status status = stub->CreateOpportunity(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.opportunity().id();
}

Refusal RefusalOf(const grpc::Status& status) {
  Refusal refusal;
  rpc::v1::Status message;
  if (!message.ParseFromString(status.error_details())) return refusal;
  for (const auto& detail : message.details()) {
    if (detail.type_url() == "type.googleapis.com/google.rpc.ErrorInfo") {
      rpc::v1::ErrorInfo info;
      info.ParseFromString(detail.value());
      refusal.reason = info.reason();
      refusal.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (detail.type_url() == "type.googleapis.com/google.rpc.BadRequest") {
      rpc::v1::BadRequest bad;
      bad.ParseFromString(detail.value());
      for (const auto& violation : bad.field_violations())
        refusal.fields.push_back(violation.field());
    }
  }
  return refusal;
}

}  // namespace daybook::testing
