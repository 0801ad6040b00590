#pragma once

// Accounts and deals with custom fields.

#include <string>
#include <vector>

#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/setup/v1/field_catalog_service.grpc.pb.h"
#include "domain/fields/custom.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {

class CustomFieldsTest : public PartyTest {
 protected:
  using AccountService = party::v1::AccountService;
  using FieldCatalogService = setup::v1::FieldCatalogService;
  using OpportunityService = sales::v1::OpportunityService;

  CustomFieldsTest() = default;
  explicit CustomFieldsTest(services::ServerOptions options) : PartyTest(std::move(options)) {}

  void Define(const std::string& record_type, const std::string& definition) {
    Do(&FieldCatalogService::Stub::DefineField,
       absl::StrCat("record_type: '", record_type, "' definition { ", definition, " }"));
  }
  std::string NewAccount(const std::string& name, const std::string& more = "") {
    return Do(&AccountService::Stub::CreateAccount, absl::StrCat("name: '", name, "' ", more))
        .account()
        .id();
  }
  void Update(const std::string& account, const std::string& name, const std::string& value) {
    Do(&AccountService::Stub::UpdateAccount,
       absl::StrCat("id: '", account, "' account { ",
                    value.empty() ? "" : absl::StrCat("custom { name: '", name, "' ", value, " }"),
                    " } update_mask { paths: 'custom.", name, "' }"));
  }
  // Names of the accounts of a list, page by page.
  std::vector<std::string> Accounts(const std::string& arguments, int page_size = 2) {
    std::vector<std::string> names;
    std::string token;
    do {
      const auto page =
          Do(&AccountService::Stub::ListAccounts,
             absl::StrCat(arguments, " page_size: ", page_size, " page_token: '", token, "'"));
      for (const auto& account : page.accounts()) names.push_back(account.name());
      token = page.next_page_token();
    } while (!token.empty());
    return names;
  }
  std::string RefusedList(const std::string& arguments) {
    return Refused(&AccountService::Stub::ListAccounts, arguments);
  }
  // A custom value of an account, in text format.
  std::string ValueOf(const std::string& account, const std::string& name,
                      const std::string& header = "") {
    const auto read =
        Do(&AccountService::Stub::GetAccount, absl::StrCat("id: '", account, "' ", header));
    const auto* value = domain::FindCustomValue(read.account().custom(), name);
    if (value == nullptr) return "";
    type::v1::CustomValue bare = *value;
    bare.clear_name();
    return bare.ShortDebugString();
  }
  std::string NewDeal(const std::string& account, int64_t minor, const std::string& more = "",
                      const std::string& currency = "USD") {
    return Do(&OpportunityService::Stub::CreateOpportunity,
              absl::StrCat("subject: 'Deal ", minor, "' account_id: '", account,
                           "' value { minor: ", minor, " currency: '", currency, "' } ",
                           "owner_id: '", owner_, "' ", more))
        .opportunity()
        .id();
  }
  void Win(const std::string& deal, int64_t minor, const std::string& currency = "USD") {
    Do(&OpportunityService::Stub::WinOpportunity,
       absl::StrCat("id: '", deal, "' actual_value { minor: ", minor, " currency: '", currency,
                    "' }"));
  }

  std::string owner_ = server_.CreateUser("Rep");
};

}  // namespace daybook::testing
