#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
namespace sales = ::daybook::sales::v1;

class CommandTest : public ::testing::Test {
 protected:
  party::CreateAccountRequest NewAccount(const std::string& name) {
    party::CreateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name(name);
    return request;
  }
  grpc::Status Create(const party::CreateAccountRequest& request,
                      party::CreateAccountResponse* response) {
    return server_.Call(&party::AccountService::Stub::CreateAccount, *accounts_, request, response);
  }
  grpc::Status Get(const std::string& id, party::GetAccountResponse* response,
                   uint64_t min_position = 0) {
    party::GetAccountRequest request;
    request.set_id(id);
    request.mutable_header()->set_min_position(min_position);
    return server_.Call(&party::AccountService::Stub::GetAccount, *accounts_, request, response);
  }

  TestServer server_;
  std::unique_ptr<party::AccountService::Stub> accounts_ =
      party::AccountService::NewStub(server_.channel());
  std::unique_ptr<sales::OpportunityService::Stub> deals_ =
      sales::OpportunityService::NewStub(server_.channel());
};

TEST_F(CommandTest, AnswersWithReceiptAndResourceAndIsReadAtItsPosition) {
  party::CreateAccountResponse created;
  ASSERT_TRUE(Create(NewAccount("Acme"), &created).ok());
  EXPECT_EQ(created.receipt().revision(), 1);
  EXPECT_EQ(created.receipt().events(), 1);
  EXPECT_EQ(created.account().name(), "Acme");
  EXPECT_EQ(created.account().meta().revision(), 1);

  party::GetAccountResponse read;
  ASSERT_TRUE(Get(created.account().id(), &read, created.receipt().position()).ok());
  EXPECT_EQ(read.account().SerializeAsString(), created.account().SerializeAsString());
  EXPECT_GE(read.read().position(), created.receipt().position());
}

TEST_F(CommandTest, TheSameRequestTwiceGetsTheFirstAnswerAndChangesNothing) {
  const auto request = NewAccount("Acme");
  party::CreateAccountResponse first;
  party::CreateAccountResponse second;
  ASSERT_TRUE(Create(request, &first).ok());
  ASSERT_TRUE(Create(request, &second).ok());
  EXPECT_FALSE(first.receipt().replayed());
  EXPECT_TRUE(second.receipt().replayed());
  second.mutable_receipt()->clear_replayed();
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
}

TEST_F(CommandTest, TheStoredAnswerShowsTheRecordAsItWasThenAlsoAfterARestart) {
  const auto request = NewAccount("Acme");
  party::CreateAccountResponse first;
  ASSERT_TRUE(Create(request, &first).ok());
  party::UpdateAccountRequest update;
  *update.mutable_header() = server_.Header();
  update.set_id(first.account().id());
  update.mutable_account()->set_name("Acme Corporation");
  update.mutable_update_mask()->add_paths("name");
  party::UpdateAccountResponse updated;
  ASSERT_TRUE(
      server_.Call(&party::AccountService::Stub::UpdateAccount, *accounts_, update, &updated).ok());
  EXPECT_EQ(updated.receipt().revision(), 2);

  server_.Restart();
  accounts_ = party::AccountService::NewStub(server_.channel());
  party::CreateAccountResponse replayed;
  ASSERT_TRUE(Create(request, &replayed).ok());
  EXPECT_TRUE(replayed.receipt().replayed());
  replayed.mutable_receipt()->clear_replayed();
  EXPECT_EQ(replayed.SerializeAsString(), first.SerializeAsString());
}

TEST_F(CommandTest, TheSameRequestManyTimesAtOnceHasOneAnswer) {
  auto request = NewAccount("Acme");
  request.set_id(server_.NewId());
  std::vector<party::CreateAccountResponse> responses(8);
  std::vector<std::thread> clients;
  for (auto& response : responses) {
    clients.emplace_back([&] { EXPECT_TRUE(Create(request, &response).ok()); });
  }
  for (std::thread& client : clients) client.join();
  int carried_out = 0;
  for (auto& response : responses) {
    carried_out += response.receipt().replayed() ? 0 : 1;
    response.mutable_receipt()->clear_replayed();
    EXPECT_EQ(response.SerializeAsString(), responses.front().SerializeAsString());
  }
  EXPECT_EQ(carried_out, 1);
}

TEST_F(CommandTest, AnotherRequestUnderAUsedIdIsRefused) {
  auto request = NewAccount("Acme");
  party::CreateAccountResponse response;
  ASSERT_TRUE(Create(request, &response).ok());
  request.set_name("Bluth");
  const grpc::Status status = Create(request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(RefusalOf(status).reason, "IDEMPOTENCY_MISMATCH");
}

TEST_F(CommandTest, AStaleRevisionIsRefusedWithBothNumbers) {
  const std::string id = server_.CreateAccount("Acme");
  party::UpdateAccountRequest update;
  *update.mutable_header() = server_.Header();
  update.mutable_header()->set_expected_revision(7);
  update.set_id(id);
  update.mutable_account()->set_name("Bluth");
  update.mutable_update_mask()->add_paths("name");
  party::UpdateAccountResponse response;
  const grpc::Status status =
      server_.Call(&party::AccountService::Stub::UpdateAccount, *accounts_, update, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  const Refusal refusal = RefusalOf(status);
  EXPECT_EQ(refusal.reason, "REVISION_CONFLICT");
  EXPECT_EQ(refusal.metadata.at("expected"), "7");
  EXPECT_EQ(refusal.metadata.at("actual"), "1");
}

TEST_F(CommandTest, ValidateOnlyDecidesAndWritesNothing) {
  auto request = NewAccount("Acme");
  request.mutable_header()->set_validate_only(true);
  request.set_id(server_.NewId());
  party::CreateAccountResponse response;
  ASSERT_TRUE(Create(request, &response).ok());
  EXPECT_EQ(response.account().name(), "Acme");
  party::GetAccountResponse read;
  EXPECT_EQ(Get(request.id(), &read).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(CommandTest, ACommandThatChangesNothingWritesNoEventAndIsRememberedToo) {
  const std::string id = server_.CreateAccount("Acme");
  party::UpdateAccountRequest update;
  *update.mutable_header() = server_.Header();
  update.set_id(id);
  update.mutable_account()->set_name("Acme");
  update.mutable_update_mask()->add_paths("name");
  party::UpdateAccountResponse first;
  party::UpdateAccountResponse second;
  auto call = &party::AccountService::Stub::UpdateAccount;
  ASSERT_TRUE(server_.Call(call, *accounts_, update, &first).ok());
  EXPECT_EQ(first.receipt().events(), 0);
  EXPECT_EQ(first.receipt().revision(), 1);
  ASSERT_TRUE(server_.Call(call, *accounts_, update, &second).ok());
  EXPECT_EQ(second.receipt().events(), 0);
  EXPECT_EQ(second.account().name(), "Acme");
}

TEST_F(CommandTest, AUniqueValueIsTakenOnceAndFreeAfterArchiving) {
  auto request = NewAccount("Acme");
  request.set_tax_number("DE 123");
  party::CreateAccountResponse first;
  ASSERT_TRUE(Create(request, &first).ok());
  auto twin = NewAccount("Twin");
  twin.set_tax_number("de123");
  party::CreateAccountResponse response;
  grpc::Status status = Create(twin, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(RefusalOf(status).reason, "DUPLICATE_KEY");
  EXPECT_EQ(RefusalOf(status).metadata.at("field"), "tax_number");

  party::ArchiveAccountRequest archive;
  *archive.mutable_header() = server_.Header();
  archive.set_id(first.account().id());
  party::ArchiveAccountResponse archived;
  ASSERT_TRUE(
      server_.Call(&party::AccountService::Stub::ArchiveAccount, *accounts_, archive, &archived)
          .ok());
  *twin.mutable_header() = server_.Header();
  EXPECT_TRUE(Create(twin, &response).ok());
}

TEST_F(CommandTest, F018MovingIntoTheOwnSubtreeIsRefusedAtAnyDepth) {
  std::vector<std::string> chain = {server_.CreateAccount("level 0")};
  for (int level = 1; level <= 5; ++level) {
    chain.push_back(server_.CreateAccount("level " + std::to_string(level), chain.back()));
  }
  party::MoveAccountRequest move;
  *move.mutable_header() = server_.Header();
  move.set_id(chain.front());
  move.set_parent_id(chain.back());
  party::MoveAccountResponse response;
  const grpc::Status status =
      server_.Call(&party::AccountService::Stub::MoveAccount, *accounts_, move, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(RefusalOf(status).reason, "CYCLE");
}

TEST_F(CommandTest, F075AnIllegalTransitionNamesStateAndWhatIsAllowed) {
  const std::string deal =
      server_.CreateDeal(server_.CreateAccount("Acme"), server_.CreateUser("Ada"), 100000);
  sales::ReopenOpportunityRequest reopen;
  *reopen.mutable_header() = server_.Header();
  reopen.mutable_header()->set_reason("won after all");
  reopen.set_id(deal);
  sales::ReopenOpportunityResponse response;
  const grpc::Status status =
      server_.Call(&sales::OpportunityService::Stub::ReopenOpportunity, *deals_, reopen, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  const Refusal refusal = RefusalOf(status);
  EXPECT_EQ(refusal.reason, "ILLEGAL_TRANSITION");
  EXPECT_EQ(refusal.metadata.at("state"), "OPEN");
  EXPECT_FALSE(refusal.metadata.at("allowed").empty());
}

}  // namespace
}  // namespace daybook::testing
