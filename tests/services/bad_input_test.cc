// Every way to say something wrong, with the reason it gets; nothing may change.

#include <gtest/gtest.h>

#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
namespace sales = ::daybook::sales::v1;

class BadInputTest : public ::testing::Test {
 protected:
  // Sends an account creation after `spoil` has had its way with it.
  Refusal Account(const std::function<void(party::CreateAccountRequest*)>& spoil) {
    party::CreateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name("Acme");
    spoil(&request);
    party::CreateAccountResponse response;
    const grpc::Status status =
        server_.Call(&party::AccountService::Stub::CreateAccount, *accounts_, request, &response);
    EXPECT_FALSE(status.ok());
    return RefusalOf(status);
  }

  Refusal Deal(const std::function<void(sales::CreateOpportunityRequest*)>& spoil) {
    sales::CreateOpportunityRequest request;
    *request.mutable_header() = server_.Header();
    request.set_subject("A deal");
    request.set_account_id(account_);
    request.set_owner_id(owner_);
    request.mutable_value()->set_minor(1000);
    request.mutable_value()->set_currency("USD");
    spoil(&request);
    sales::CreateOpportunityResponse response;
    const grpc::Status status = server_.Call(&sales::OpportunityService::Stub::CreateOpportunity,
                                             *deals_, request, &response);
    EXPECT_FALSE(status.ok());
    return RefusalOf(status);
  }

  TestServer server_;
  std::unique_ptr<party::AccountService::Stub> accounts_ =
      party::AccountService::NewStub(server_.channel());
  std::unique_ptr<sales::OpportunityService::Stub> deals_ =
      sales::OpportunityService::NewStub(server_.channel());
  const std::string account_ = server_.CreateAccount("Customer");
  const std::string owner_ = server_.CreateUser("Owner");
};

TEST_F(BadInputTest, WrongTextsIdsAndNumbersAreRefusedByField) {
  EXPECT_EQ(Account([](auto* r) { r->clear_name(); }).fields[0], "name");
  EXPECT_EQ(Account([](auto* r) { r->set_name(std::string(201, 'x')); }).fields[0], "name");
  EXPECT_EQ(Account([](auto* r) { r->set_name("a\tb"); }).fields[0], "name");
  EXPECT_EQ(Account([](auto* r) { r->set_employees(-1); }).fields[0], "employees");
  EXPECT_EQ(Account([](auto* r) { r->set_id("42"); }).fields[0], "id");
  EXPECT_EQ(Account([](auto* r) { r->mutable_header()->set_request_id(""); }).fields[0],
            "header.request_id");
  EXPECT_EQ(Account([](auto* r) { r->set_state(static_cast<party::AccountState>(99)); }).fields[0],
            "state");
  EXPECT_EQ(
      Account([](auto* r) { r->mutable_annual_revenue()->set_minor(5); }).fields[0].substr(0, 14),
      "annual_revenue");
}

TEST_F(BadInputTest, ReferencesMustExist) {
  const Refusal refusal = Account([&](auto* r) { r->set_parent_id(server_.NewId()); });
  EXPECT_EQ(refusal.reason, "REFERENCE_NOT_FOUND");
  EXPECT_EQ(refusal.metadata.at("field"), "parent_id");
}

TEST_F(BadInputTest, MoneyIsOneCurrencyNotNegativeAndInRange) {
  EXPECT_EQ(Deal([](auto* r) { r->mutable_value()->set_minor(-1); }).reason, "INVALID_FIELD");
  EXPECT_EQ(Deal([](auto* r) { r->mutable_value()->set_currency("XXY"); }).reason, "INVALID_FIELD");
  EXPECT_EQ(Deal([](auto* r) {
              r->mutable_gross_profit()->set_minor(1);
              r->mutable_gross_profit()->set_currency("EUR");
            }).reason,
            "CURRENCY_MISMATCH");
  EXPECT_EQ(Deal([](auto* r) {
              r->clear_value();
              for (int i = 0; i < 2; ++i) {
                auto* job = r->add_job_requests();
                job->set_service("x");
                job->mutable_value()->set_minor(INT64_MAX);
                job->mutable_value()->set_currency("USD");
              }
            }).reason,
            "OUT_OF_RANGE");
}

TEST_F(BadInputTest, ImpossibleDatesAndFutureEffectsAreRefused) {
  EXPECT_EQ(Deal([](auto* r) {
              r->mutable_expected_close_date()->set_year(2027);
              r->mutable_expected_close_date()->set_month(2);
              r->mutable_expected_close_date()->set_day(30);
            }).reason,
            "INVALID_FIELD");
  EXPECT_EQ(Deal([](auto* r) {
              r->mutable_header()->mutable_effective_at()->set_seconds(7'000'000'000);
            }).fields[0],
            "header.effective_at");
}

TEST_F(BadInputTest, NothingChangesByWhatIsRefused) {
  const uint64_t before = server_.Head();
  Account([](auto* r) { r->clear_name(); });
  Deal([](auto* r) { r->set_stage("no such stage"); });
  Deal([](auto* r) { r->clear_account_id(); });
  EXPECT_EQ(server_.Head(), before);
}

}  // namespace
}  // namespace daybook::testing
