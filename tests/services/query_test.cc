#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/party/v1/contact_service.grpc.pb.h"
#include "daybook/record/v1/record_service.grpc.pb.h"
#include "domain/base/time.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
namespace record = ::daybook::record::v1;
using ::testing::ElementsAre;

class QueryTest : public ::testing::Test {
 protected:
  // Renames an account; returns the position.
  uint64_t Rename(const std::string& id, const std::string& name) {
    party::UpdateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.mutable_header()->set_reason("renamed");
    request.set_id(id);
    request.mutable_account()->set_name(name);
    request.mutable_update_mask()->add_paths("name");
    party::UpdateAccountResponse response;
    EXPECT_TRUE(
        server_.Call(&party::AccountService::Stub::UpdateAccount, *accounts_, request, &response)
            .ok());
    return response.receipt().position();
  }
  grpc::Status List(const party::ListAccountsRequest& request,
                    party::ListAccountsResponse* response) {
    response->Clear();
    return server_.Call(&party::AccountService::Stub::ListAccounts, *accounts_, request, response);
  }
  static std::vector<std::string> Names(const party::ListAccountsResponse& response) {
    std::vector<std::string> names;
    for (const auto& account : response.accounts()) names.push_back(account.name());
    return names;
  }

  TestServer server_;
  std::unique_ptr<party::AccountService::Stub> accounts_ =
      party::AccountService::NewStub(server_.channel());
  std::unique_ptr<record::RecordService::Stub> records_ =
      record::RecordService::NewStub(server_.channel());
};

TEST_F(QueryTest, AnyPastPositionAndTimeIsAnsweredAsItWas) {
  const std::string id = server_.CreateAccount("first");
  const uint64_t second = Rename(id, "second");
  absl::SleepFor(absl::Milliseconds(20));
  const absl::Time between = absl::Now();
  absl::SleepFor(absl::Milliseconds(20));
  const uint64_t third = Rename(id, "third");

  const auto name_at = [&](const rpc::v1::ReadHeader& header) {
    party::GetAccountRequest request;
    *request.mutable_header() = header;
    request.mutable_header()->set_min_position(third);
    request.set_id(id);
    party::GetAccountResponse response;
    const grpc::Status status =
        server_.Call(&party::AccountService::Stub::GetAccount, *accounts_, request, &response);
    return status.ok() ? response.account().name() : status.error_message();
  };
  rpc::v1::ReadHeader header;
  EXPECT_EQ(name_at(header), "third");
  header.set_as_of_position(second);
  EXPECT_EQ(name_at(header), "second");
  header.set_as_of_position(second - 1);
  EXPECT_EQ(name_at(header), "first");
  *header.mutable_as_of_time() = ToProto(between);
  EXPECT_EQ(name_at(header), "second");
}

TEST_F(QueryTest, TheFutureIsRefused) {
  const std::string id = server_.CreateAccount("Acme");
  party::GetAccountRequest request;
  request.set_id(id);
  party::GetAccountResponse response;
  *request.mutable_header()->mutable_as_of_time() = ToProto(absl::Now() + absl::Hours(1));
  auto call = &party::AccountService::Stub::GetAccount;
  EXPECT_EQ(RefusalOf(server_.Call(call, *accounts_, request, &response)).reason,
            "AS_OF_IN_FUTURE");
  request.mutable_header()->set_as_of_position(1'000'000);
  EXPECT_EQ(RefusalOf(server_.Call(call, *accounts_, request, &response)).reason,
            "AS_OF_IN_FUTURE");
}

TEST_F(QueryTest, APositionThatIsNotReachedInTimeSaysHowFarTheViewsAre) {
  party::GetAccountRequest request;
  request.set_id(server_.CreateAccount("Acme"));
  request.mutable_header()->set_min_position(1'000'000);
  party::GetAccountResponse response;
  const auto context = server_.Context();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  const grpc::Status status = accounts_->GetAccount(context.get(), request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(QueryTest, APagedListStandsAtOnePositionWhateverHappensMeanwhile) {
  uint64_t position = 0;
  for (const char* name : {"a", "b", "c", "d", "e"})
    position = Rename(server_.CreateAccount("x"), name);
  party::ListAccountsRequest request;
  request.mutable_header()->set_min_position(position);
  request.set_order_by("name");
  request.set_page_size(2);
  party::ListAccountsResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_THAT(Names(response), ElementsAre("a", "b"));
  const uint64_t stands_at = response.read().position();

  // Given changes after the first page, when the next pages are read, then they do not show.
  for (const auto& account : response.accounts()) position = Rename(account.id(), "z");
  request.mutable_header()->set_min_position(position);
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_THAT(Names(response), ElementsAre("c", "d"));
  EXPECT_EQ(response.read().position(), stands_at);
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(List(request, &response).ok());
  EXPECT_THAT(Names(response), ElementsAre("e"));
  EXPECT_TRUE(response.next_page_token().empty());
}

TEST_F(QueryTest, APageTokenOfAnotherQueryIsRefused) {
  server_.CreateAccount("a");
  server_.CreateAccount("b");
  Rename(server_.CreateAccount("c"), "cc");
  party::ListAccountsRequest request;
  request.mutable_header()->set_min_position(server_.Head());
  request.set_order_by("name");
  request.set_page_size(1);
  party::ListAccountsResponse response;
  ASSERT_TRUE(List(request, &response).ok());
  request.set_page_token(response.next_page_token());
  request.set_filter("name != b");
  EXPECT_EQ(RefusalOf(List(request, &response)).reason, "INVALID_PAGE_TOKEN");
  request.set_filter("");
  request.set_page_token("nonsense");
  EXPECT_EQ(RefusalOf(List(request, &response)).reason, "INVALID_PAGE_TOKEN");
}

TEST_F(QueryTest, AFilterErrorNamesItsPosition) {
  party::ListAccountsRequest request;
  request.set_filter("name = Acme AND colour = red");
  party::ListAccountsResponse response;
  const grpc::Status status = List(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(RefusalOf(status).metadata.at("position"), "16");
}

TEST_F(QueryTest, PersonalValuesAreReadInClearAndFoundByTheirIndex) {
  const auto contacts = party::ContactService::NewStub(server_.channel());
  party::CreateContactRequest create;
  *create.mutable_header() = server_.Header();
  create.set_given_name("Grace");
  create.set_family_name("Hopper");
  create.set_email("grace@example.org");
  party::CreateContactResponse created;
  ASSERT_TRUE(
      server_.Call(&party::ContactService::Stub::CreateContact, *contacts, create, &created).ok());
  EXPECT_EQ(created.contact().family_name(), "Hopper");
  party::ListContactsRequest list;
  list.mutable_header()->set_min_position(created.receipt().position());
  list.set_filter("family_name = \"Hopper\"");
  party::ListContactsResponse found;
  ASSERT_TRUE(
      server_.Call(&party::ContactService::Stub::ListContacts, *contacts, list, &found).ok());
  ASSERT_EQ(found.contacts_size(), 1);
  EXPECT_EQ(found.contacts(0).email(), "grace@example.org");

  list.mutable_header()->set_as_of_position(created.receipt().position() - 1);
  const grpc::Status past =
      server_.Call(&party::ContactService::Stub::ListContacts, *contacts, list, &found);
  EXPECT_EQ(RefusalOf(past).reason, "AS_OF_NOT_AVAILABLE");
}

TEST_F(QueryTest, HistoryNamesEveryChangeOfAField) {
  const std::string id = server_.CreateAccount("first");
  Rename(id, "second");
  const uint64_t position = Rename(id, "third");
  record::ListRecordChangesRequest request;
  request.mutable_header()->set_min_position(position);
  request.set_aggregate("account");
  request.set_id(id);
  request.set_field("name");
  record::ListRecordChangesResponse response;
  ASSERT_TRUE(
      server_.Call(&record::RecordService::Stub::ListRecordChanges, *records_, request, &response)
          .ok());
  ASSERT_EQ(response.changes_size(), 3);
  EXPECT_EQ(response.changes(1).fields(0).before(), "first");
  EXPECT_EQ(response.changes(1).fields(0).after(), "second");
  EXPECT_EQ(response.changes(2).reason(), "renamed");
  EXPECT_EQ(response.changes(2).type(), "account.fields_changed");
}

TEST_F(QueryTest, F018TheTreeOfAnAccountIsReadAsOfAnyMoment) {
  const std::string root = server_.CreateAccount("root");
  const std::string child = server_.CreateAccount("child", root);
  const std::string leaf = server_.CreateAccount("leaf", child);
  party::GetAccountTreeRequest request;
  request.set_id(child);
  request.mutable_header()->set_min_position(0);
  // Read your own writes: the position of the last creation.
  record::GetRecordRequest get;
  party::GetAccountTreeResponse tree;
  uint64_t position = Rename(leaf, "leaf two");
  request.mutable_header()->set_min_position(position);
  ASSERT_TRUE(
      server_.Call(&party::AccountService::Stub::GetAccountTree, *accounts_, request, &tree).ok());
  ASSERT_EQ(tree.ancestors_size(), 1);
  EXPECT_EQ(tree.ancestors(0).id(), root);
  ASSERT_EQ(tree.subtree_size(), 2);
  EXPECT_EQ(tree.subtree(1).name(), "leaf two");

  party::MoveAccountRequest move;
  *move.mutable_header() = server_.Header();
  move.set_id(leaf);
  party::MoveAccountResponse moved;
  ASSERT_TRUE(
      server_.Call(&party::AccountService::Stub::MoveAccount, *accounts_, move, &moved).ok());
  EXPECT_EQ(moved.receipt().events(), 1);
  request.mutable_header()->set_min_position(moved.receipt().position());
  tree.Clear();
  ASSERT_TRUE(
      server_.Call(&party::AccountService::Stub::GetAccountTree, *accounts_, request, &tree).ok());
  EXPECT_EQ(tree.subtree_size(), 1);
  request.mutable_header()->set_as_of_position(position);
  tree.Clear();
  ASSERT_TRUE(
      server_.Call(&party::AccountService::Stub::GetAccountTree, *accounts_, request, &tree).ok());
  EXPECT_EQ(tree.subtree_size(), 2);
}

}  // namespace
}  // namespace daybook::testing
