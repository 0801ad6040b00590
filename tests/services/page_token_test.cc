// A page token holds for the question that it was given to: the same request of the same caller.

#include <grpcpp/impl/codegen/client_unary_call.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/board_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "google/protobuf/text_format.h"
#include "services/registry.h"
#include "tests/support/proto_matchers.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

class PageTokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    account_ = server_.CreateAccount("Root");
    const std::string owner = server_.CreateUser("Ada");
    server_.CreateUser("Grace");
    for (const std::string& parent : {account_, server_.CreateAccount("Other root")}) {
      server_.CreateDeal(server_.CreateAccount("Below", parent), owner, 1000);
    }
    for (const char* name : {"First", "Second", "Third"}) Rename(name);
    IssueReader();
    head_ = server_.Head();
  }

  void Rename(const std::string& name) {
    party::v1::UpdateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(account_);
    request.mutable_account()->set_name(name);
    request.mutable_update_mask()->add_paths("name");
    party::v1::UpdateAccountResponse response;
    const auto stub = party::v1::AccountService::NewStub(server_.channel());
    ASSERT_TRUE(
        server_.Call(&party::v1::AccountService::Stub::UpdateAccount, *stub, request, &response)
            .ok());
  }
  void IssueReader() {
    admin::v1::IssueApiKeyRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name("another");
    request.set_role(admin::v1::API_ROLE_READER);
    admin::v1::IssueApiKeyResponse response;
    const auto stub = admin::v1::ApiKeyService::NewStub(server_.channel());
    ASSERT_TRUE(
        server_.Call(&admin::v1::ApiKeyService::Stub::IssueApiKey, *stub, request, &response).ok());
    reader_ = response.key();
  }

  static std::vector<const MethodDescriptor*> PagedMethods() {
    std::vector<const MethodDescriptor*> methods;
    for (const auto& row : services::AllServices()) {
      const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          std::string(row.name));
      for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
        const MethodDescriptor* method = service->method(i);
        if (method->input_type()->FindFieldByName("page_token") != nullptr &&
            method->output_type()->FindFieldByName("next_page_token") != nullptr) {
          methods.push_back(method);
        }
      }
    }
    return methods;
  }

  static std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
    return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
  }

  // A request for one element, with what the method demands.
  std::unique_ptr<Message> FirstPage(const MethodDescriptor& method) {
    auto request = NewMessage(method.input_type());
    std::string text = absl::StrCat("header { min_position: ", head_, " } page_size: 1");
    if (method.input_type()->FindFieldByName("aggregate") != nullptr) {
      absl::StrAppend(&text, " aggregate: 'account'");
    }
    const auto* id = method.input_type()->FindFieldByName("id");
    if (id != nullptr) absl::StrAppend(&text, " id: '", account_, "'");
    if (method.name() == "ListPipelineMoves") {
      absl::StrAppend(&text, " bar: PIPELINE_BAR_CREATED from { as_of_position: 1 }");
    }
    if (method.name() == "ListUnprocessedCustomers") {
      absl::StrAppend(&text, " crm_project_id: '", account_, "'");
    }
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get()))
        << method.full_name();
    return request;
  }

  // The refusal, or "".
  std::string Call(const MethodDescriptor& method, const Message& request, Message* response,
                   const std::string& key) {
    const std::string path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    const auto context = server_.Context(key);
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<Message, Message, google::protobuf::MessageLite,
                                          google::protobuf::MessageLite>(
            server_.channel().get(), rpc, context.get(), request, response);
    return status.ok() ? "" : RefusalOf(status).reason;
  }
  std::string Call(const MethodDescriptor& method, const Message& request) {
    const auto response = NewMessage(method.output_type());
    return Call(method, request, response.get(), server_.key());
  }

  static void Set(Message* message, const char* name, const std::string& value) {
    message->GetReflection()->SetString(message, message->GetDescriptor()->FindFieldByName(name),
                                        value);
  }

  // A request for the second page, changed; null where it has no such field.
  std::unique_ptr<Message> Changed(const Message& second, const std::string& what) {
    std::unique_ptr<Message> request(second.New());
    request->CopyFrom(second);
    const std::string field = what.substr(0, what.find_first_of(" :"));
    if (request->GetDescriptor()->FindFieldByName(field) == nullptr) return nullptr;
    google::protobuf::TextFormat::Parser parser;
    EXPECT_TRUE(parser.MergeFromString(what, request.get())) << what;
    return request;
  }

  TestServer server_;
  std::string account_;
  std::string reader_;
  uint64_t head_ = 0;
};

TEST_F(PageTokenTest, HoldsForTheSameRequestOfTheSameCallerOnly) {
  std::set<std::string> tried;
  for (const MethodDescriptor* method : PagedMethods()) {
    SCOPED_TRACE(method->full_name());
    const auto request = FirstPage(*method);
    const auto response = NewMessage(method->output_type());
    const std::string refused = Call(*method, *request, response.get(), server_.key());
    if (!refused.empty()) continue;
    const std::string token = response->GetReflection()->GetString(
        *response, method->output_type()->FindFieldByName("next_page_token"));
    if (token.empty()) continue;
    tried.insert(method->name());
    Set(request.get(), "page_token", token);
    // the same question, whatever the size of the page and where the caller has read
    EXPECT_EQ(Call(*method, *request), "");
    EXPECT_EQ(Call(*method, *Changed(*request, "page_size: 2")), "");
    EXPECT_EQ(Call(*method, *Changed(*request, "header { min_position: 1 }")), "");
    // another one
    for (const std::string& what :
         {absl::StrCat("header { as_of_position: ", head_, " }"),
          absl::StrCat("header { as_of_position: ", head_ - 1, " }"),
          std::string("filter: 'id != \"\"'"), std::string("order_by: 'id desc'"),
          std::string("field_mask { paths: 'id' }"), std::string("from { as_of_position: 2 }"),
          std::string("field: 'name'"), std::string("aggregates: 'account'"),
          absl::StrCat("account_id: '", account_, "'")}) {
      const auto other = Changed(*request, what);
      if (other != nullptr) EXPECT_EQ(Call(*method, *other), "INVALID_PAGE_TOKEN") << what;
    }
    // and of another caller
    const auto again = NewMessage(method->output_type());
    EXPECT_EQ(Call(*method, *request, again.get(), reader_), "INVALID_PAGE_TOKEN");
  }
  for (const char* name : {"ListAccounts", "ListUsers", "ListOpportunities", "ListCloseReasons",
                           "ListApiKeys", "ListRecords", "ListRecordChanges", "GetTimeline",
                           "ListGroupTotals", "ListPipelineMoves"}) {
    EXPECT_TRUE(tried.contains(name)) << name << " gave no second page";
  }
}

TEST_F(PageTokenTest, OfOneMethodIsRefusedByAllOthers) {
  const auto methods = PagedMethods();
  ASSERT_GT(methods.size(), 30u);
  const auto accounts = std::find_if(methods.begin(), methods.end(), [](const auto* method) {
    return method->name() == "ListAccounts";
  });
  const auto response = NewMessage((*accounts)->output_type());
  ASSERT_EQ(Call(**accounts, *FirstPage(**accounts), response.get(), server_.key()), "");
  const std::string token = response->GetReflection()->GetString(
      *response, (*accounts)->output_type()->FindFieldByName("next_page_token"));
  ASSERT_NE(token, "");
  for (const MethodDescriptor* method : methods) {
    if (method == *accounts) continue;
    const auto request = FirstPage(*method);
    const std::string without = Call(*method, *request);
    Set(request.get(), "page_token", token);
    // What is refused without a token may be refused for the same reason with one.
    const std::string with = Call(*method, *request);
    EXPECT_TRUE(with == "INVALID_PAGE_TOKEN" || (!without.empty() && with == without))
        << method->full_name() << " " << with;
  }
}

TEST_F(PageTokenTest, OfABoardHoldsForItsMoment) {
  const auto stub = sales::v1::BoardService::NewStub(server_.channel());
  auto request = Proto<sales::v1::GetBoardRequest>(
      absl::StrCat("header { min_position: ", head_, " } kind: BOARD_KIND_PIPELINE page_size: 1"));
  const auto board = [&](sales::v1::GetBoardResponse* response) {
    const auto status =
        server_.Call(&sales::v1::BoardService::Stub::GetBoard, *stub, request, response);
    return status.ok() ? "" : RefusalOf(status).reason;
  };
  sales::v1::GetBoardResponse response;
  ASSERT_EQ(board(&response), "");
  for (const auto& column : response.columns()) {
    if (!column.next_page_token().empty()) request.set_page_token(column.next_page_token());
  }
  ASSERT_NE(request.page_token(), "");
  EXPECT_EQ(board(&response), "");
  request.mutable_header()->set_as_of_position(head_);
  EXPECT_EQ(board(&response), "INVALID_PAGE_TOKEN");
}

}  // namespace
}  // namespace daybook::testing
