// docs/reference/service_config.json, which clients give to gRPC: it names every service, and
// retries what is safe to repeat and nothing else.

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/record/v1/view_service.grpc.pb.h"
#include "services/registry.h"

namespace daybook::services {
namespace {

namespace party = ::daybook::party::v1;
namespace viewpb = ::daybook::record::v1;

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

std::string ConfigText() {
  std::ifstream file(DAYBOOK_SOURCE_DIR "/docs/reference/service_config.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Whether a method is retried, by "service" or "service/method".
std::map<std::string, bool> RetriedByName() {
  google::protobuf::Struct config;
  const auto status = google::protobuf::util::JsonStringToMessage(ConfigText(), &config);
  EXPECT_TRUE(status.ok()) << status.ToString();
  std::map<std::string, bool> retried;
  for (const auto& entry : config.fields().at("methodConfig").list_value().values()) {
    const auto& fields = entry.struct_value().fields();
    for (const auto& name : fields.at("name").list_value().values()) {
      const auto& parts = name.struct_value().fields();
      std::string key = parts.at("service").string_value();
      if (parts.contains("method")) key += "/" + parts.at("method").string_value();
      EXPECT_TRUE(retried.emplace(key, fields.contains("retryPolicy")).second) << key;
    }
  }
  return retried;
}

const ServiceDescriptor* ServiceOf(const std::string& name) {
  return DescriptorPool::generated_pool()->FindServiceByName(name);
}

TEST(ServiceConfigTest, NamesEveryServiceAndNoOther) {
  std::set<std::string> named;
  for (const auto& [name, retried] : RetriedByName()) {
    const size_t slash = name.find('/');
    const ServiceDescriptor* service = ServiceOf(name.substr(0, slash));
    ASSERT_NE(service, nullptr) << name;
    if (slash != std::string::npos) {
      EXPECT_NE(service->FindMethodByName(name.substr(slash + 1)), nullptr) << name;
    }
    named.insert(service->full_name());
  }
  std::set<std::string> served;
  for (const ServiceRow& row : AllServices()) served.insert(row.name);
  EXPECT_EQ(named, served);
}

TEST(ServiceConfigTest, RetriesWhatIsSafeToRepeat) {
  const std::map<std::string, bool> by_name = RetriedByName();
  std::set<std::string> not_retried;
  std::set<std::string> without_header;
  for (const ServiceRow& row : AllServices()) {
    const ServiceDescriptor* service = ServiceOf(row.name);
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      const std::string name = service->full_name() + "/" + method->name();
      auto found = by_name.find(name);
      if (found == by_name.end()) found = by_name.find(service->full_name());
      ASSERT_NE(found, by_name.end()) << name;
      if (!found->second) {
        not_retried.insert(method->name());
        continue;
      }
      // A query, or a command that is carried out once for its request id.
      const auto* header = method->input_type()->FindFieldByNumber(1)->message_type();
      if (header == nullptr ||
          (header->name() != "CommandHeader" && header->name() != "ReadHeader")) {
        without_header.insert(method->name());
      }
    }
  }
  EXPECT_EQ(without_header, std::set<std::string>{"ReadEvents"}) << "which reads, from a position";
  // A stream of commands is resumed by its client; a rebuild goes on without its caller; the secret
  // of a key, and the token of a feed, is in the first answer alone.
  EXPECT_EQ(not_retried,
            (std::set<std::string>{"Execute", "IssueApiKey", "IssueCalendarFeed", "RebuildView"}));
}

// Answers with `failures` UNAVAILABLE first.
class Accounts final : public party::AccountService::Service {
 public:
  grpc::Status CreateAccount(grpc::ServerContext*, const party::CreateAccountRequest* request,
                             party::CreateAccountResponse*) override {
    request_ids.insert(request->header().request_id());
    return ++calls > failures ? grpc::Status::OK : grpc::Status(code, "not now");
  }
  grpc::StatusCode code = grpc::StatusCode::UNAVAILABLE;
  int failures = 2;
  std::atomic<int> calls{0};
  std::set<std::string> request_ids;
};

class NoViews final : public viewpb::ViewService::Service {
 public:
  grpc::Status RebuildView(grpc::ServerContext*, const viewpb::RebuildViewRequest*,
                           grpc::ServerWriter<viewpb::RebuildViewResponse>*) override {
    ++calls;
    return {grpc::StatusCode::UNAVAILABLE, "not now"};
  }
  std::atomic<int> calls{0};
};

class ServiceConfigRetryTest : public ::testing::Test {
 protected:
  ServiceConfigRetryTest() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&accounts_);
    builder.RegisterService(&views_);
    server_ = builder.BuildAndStart();
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(ConfigText());
    channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                         grpc::InsecureChannelCredentials(), arguments);
  }
  ~ServiceConfigRetryTest() override { server_->Shutdown(); }

  grpc::Status Create() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    party::CreateAccountRequest request;
    request.mutable_header()->set_request_id("one");
    party::CreateAccountResponse response;
    return party::AccountService::NewStub(channel_)->CreateAccount(&context, request, &response);
  }

  Accounts accounts_;
  NoViews views_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(ServiceConfigRetryTest, CommandIsRepeatedUnderItsRequestIdUntilTheServerIsThere) {
  const grpc::Status status = Create();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(accounts_.calls, 3);
  EXPECT_EQ(accounts_.request_ids.size(), 1u);
}

TEST_F(ServiceConfigRetryTest, OtherRefusalsAreNotRepeated) {
  accounts_.code = grpc::StatusCode::ABORTED;
  EXPECT_EQ(Create().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(accounts_.calls, 1);
}

TEST_F(ServiceConfigRetryTest, RebuildIsNotBegunAgain) {
  grpc::ClientContext context;
  auto reader = viewpb::ViewService::NewStub(channel_)->RebuildView(&context, {});
  viewpb::RebuildViewResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(views_.calls, 1);
}

}  // namespace
}  // namespace daybook::services
