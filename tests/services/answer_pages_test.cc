// Answers that hold lists are bounded: they come in pages, or have a limit with a name.

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/party/v1/account_profile_service.grpc.pb.h"
#include "daybook/party/v1/blacklist_service.grpc.pb.h"
#include "daybook/party/v1/brand_service.grpc.pb.h"
#include "daybook/party/v1/responsibility_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "services/registry.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using party::v1::AccountProfileService;
using party::v1::BlacklistService;
using party::v1::BrandService;
using party::v1::ResponsibilityService;
using sales::v1::OpportunityService;
using sales::v1::SalesBoardService;
using ::testing::ElementsAreArray;

// What bounds an answer that has no pages: names of limits in ARCHITECTURE.md, or the sentence that
// says why there can be no more.
const std::map<std::string, std::string>& Bounds() {
  static const auto* const kBounds = new std::map<std::string, std::string>{
      {"CheckAllowed", "kOpenDealsMax"},
      {"CountAccountsByClass", "kFigureRowsMax"},
      {"DiffView", "limit of the request"},
      {"ExplainField", "kSourcesShown"},
      {"FindLeadDuplicates", "kLeadDuplicatesMax"},
      {"FindPaths", "kPathsMax"},
      {"GetAccountTree", "kTreeNodesMax"},
      {"GetBillingTerms", "kInstalmentsMax"},
      {"GetDealBuyingCenter", "kBuyingCenterMembersMax"},
      {"GetKpi", "kKpiGroupsMax"},
      {"GetLeadAnalysis", "kFigureRowsMax"},
      {"GetLeadBoard", "kFigureRowsMax"},
      {"GetLossReviewMatrix", "kFigureRowsMax"},
      {"GetOrgChart", "kPlacesMax"},
      {"GetPipelineBridge", "one for each bar or currency"},
      {"GetResponsible", "max_items"},
      {"GetSalesBoard", "kFigureRowsMax"},
      {"GetSalesVelocity", "one for each bar or currency"},
      {"GetSlippage", "kSlippedShownMax"},
      {"GetStageDurations", "kFigureRowsMax"},
      {"GetWinLoss", "kFigureRowsMax"},
      {"ListNeighbours", "kGraphNodesMax"},
      {"ListTodo", "kTodoMax"},
      {"ListViews", "one for each view"},
      {"ResolveExternalKeys", "one for each that was asked for"},
  };
  return *kBounds;
}

bool HoldsAList(const Descriptor* response) {
  for (int i = 0; i < response->field_count(); ++i) {
    if (response->field(i)->is_repeated()) return true;
  }
  return false;
}

TEST(AnswerPagesContractTest, EveryAnswerWithAListHasPagesOrANamedLimit) {
  std::set<std::string> without;
  for (const services::ServiceRow& row : services::AllServices()) {
    const auto* service = DescriptorPool::generated_pool()->FindServiceByName(row.name);
    ASSERT_NE(service, nullptr) << row.name;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (method->server_streaming() || !HoldsAList(method->output_type())) continue;
      const bool sized = method->input_type()->FindFieldByName("page_size") != nullptr;
      const bool goes_on = method->output_type()->FindFieldByName("next_page_token") != nullptr ||
                           method->output_type()->FindFieldByName("next_token") != nullptr;
      // The page token of a board is that of each column.
      if (sized && (goes_on || method->name() == "GetBoard")) continue;
      without.insert(method->name());
    }
  }
  std::set<std::string> bounded;
  for (const auto& [method, bound] : Bounds()) bounded.insert(method);
  EXPECT_THAT(without, ElementsAreArray(bounded));
}

TEST(AnswerPagesContractTest, TheLimitsAreDocumented) {
  std::ifstream file(DAYBOOK_SOURCE_DIR "/ARCHITECTURE.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const auto& [method, bound] : Bounds()) {
    if (!absl::StartsWith(bound, "k")) continue;
    EXPECT_TRUE(absl::StrContains(text.str(), absl::StrCat("`", bound, "`"))) << bound;
  }
}

class AnswerPagesTest : public PartyTest {
 protected:
  // All elements of a list that is asked for in pages of two, as `text_of` writes them.
  template <class Stub, class Request, class Response, class TextOf>
  std::vector<std::string> Pages(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 const std::string& question, TextOf text_of,
                                 int* pages = nullptr) {
    std::vector<std::string> all;
    std::string token;
    int count = 0;
    do {
      const auto page =
          Do(method, absl::StrCat(question, " page_size: 2 page_token: '", token, "'"));
      const std::vector<std::string> texts = text_of(page);
      EXPECT_LE(texts.size(), 2u);
      all.insert(all.end(), texts.begin(), texts.end());
      token = page.next_page_token();
      ++count;
    } while (!token.empty() && count < 100);
    if (pages != nullptr) *pages = count;
    return all;
  }
};

TEST_F(AnswerPagesTest, BrandsWithoutAManagerInOrderOfNames) {
  std::vector<std::string> names;
  for (const char* name : {"E", "A", "C", "B", "D"}) {
    Do(&BrandService::Stub::CreateBrand, absl::StrCat("name: '", name, "'"));
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  int pages = 0;
  const auto listed = Pages(
      &BrandService::Stub::ListBrandsWithoutManager, "",
      [](const auto& page) {
        std::vector<std::string> texts;
        for (const auto& brand : page.brands()) texts.push_back(brand.name());
        return texts;
      },
      &pages);
  EXPECT_THAT(listed, ElementsAreArray(names));
  EXPECT_EQ(pages, 3);
}

TEST_F(AnswerPagesTest, PagesStandWhereTheFirstOneDid) {
  const std::string brand = Do(&BrandService::Stub::CreateBrand, "name: 'North'").brand().id();
  std::vector<std::string> accounts;
  const auto assign = [&] {
    const std::string account = server_.CreateAccount("Acme");
    Do(&AccountProfileService::Stub::AssignAccountToBrand,
       absl::StrCat("id: '", account, "' brand_id: '", brand, "'", From("2026-01-01")));
    accounts.push_back(account);
  };
  for (int i = 0; i < 3; ++i) assign();
  const std::string question = absl::StrCat("brand_id: '", brand, "'");
  const auto list = &BrandService::Stub::ListAccountsOfBrand;
  const auto first = Do(list, question + " page_size: 2");
  ASSERT_EQ(first.accounts_size(), 2);
  ASSERT_FALSE(first.next_page_token().empty());
  // when more is written before the next page
  assign();
  const std::string next =
      absl::StrCat(" page_size: 2 page_token: '", first.next_page_token(), "'");
  const auto second = Do(list, question + next);
  // then it is not in the list that was begun
  EXPECT_EQ(second.accounts_size(), 1);
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_EQ(second.read().position(), first.read().position());
  EXPECT_EQ(Do(list, question).accounts_size(), 4);
  // another question with this token, another kind of token, no token
  const std::string other = Do(&BrandService::Stub::CreateBrand, "name: 'South'").brand().id();
  EXPECT_EQ(Refused(list, absl::StrCat("brand_id: '", other, "'", next)), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Refused(list, question + On("2026-02-01") + next), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Refused(list, question + AsOf(1) + next), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Refused(&BrandService::Stub::ListBrandsWithoutManager, next), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Refused(list, question + " page_token: 'x'"), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Refused(list, question + " page_size: -1"), "INVALID_FIELD");
  EXPECT_EQ(Refused(list, question + " page_size: 1001"), "INVALID_FIELD");
}

TEST_F(AnswerPagesTest, RolesContactsAndStaysOfADeal) {
  const std::string user = server_.CreateUser("ada");
  const std::string account = server_.CreateAccount("Acme");
  std::vector<std::string> accounts;
  for (int i = 0; i < 3; ++i) {
    accounts.push_back(server_.CreateAccount("Managed"));
    Do(&ResponsibilityService::Stub::AssignResponsibility,
       absl::StrCat("id: '", accounts.back(), "' role: ACCOUNT_ROLE_ACCOUNT_MANAGER user_ids: '",
                    user, "'", From("2026-01-01")));
  }
  std::sort(accounts.begin(), accounts.end());
  EXPECT_THAT(
      Pages(&ResponsibilityService::Stub::ListAccountsOf, absl::StrCat("user_id: '", user, "'"),
            [](const auto& page) {
              std::vector<std::string> texts;
              for (const auto& role : page.roles()) texts.push_back(role.account_id());
              return texts;
            }),
      ElementsAreArray(accounts));
  std::vector<std::string> contacts;
  for (int i = 0; i < 5; ++i) contacts.push_back(NewContact("Byron", account));
  std::sort(contacts.begin(), contacts.end());
  EXPECT_THAT(Pages(&party::v1::ContactService::Stub::ListContactsOfAccount,
                    absl::StrCat("account_id: '", account, "'"),
                    [](const auto& page) {
                      std::vector<std::string> texts;
                      for (const auto& one : page.contacts()) texts.push_back(one.contact_id());
                      return texts;
                    }),
              ElementsAreArray(contacts));
  const std::string deal = server_.CreateDeal(account, user, 100);
  for (const char* stage : {"offer", "prospect", "offer"}) {
    Do(&OpportunityService::Stub::ChangeOpportunityStage,
       absl::StrCat("id: '", deal, "' stage: '", stage, "'"));
  }
  EXPECT_THAT(Pages(&SalesBoardService::Stub::ListStageIntervals,
                    absl::StrCat("opportunity_id: '", deal, "'"),
                    [](const auto& page) {
                      std::vector<std::string> texts;
                      for (const auto& stay : page.intervals()) texts.push_back(stay.stage());
                      return texts;
                    }),
              ElementsAreArray({"prospect", "offer", "prospect", "offer"}));
}

// A page of the past is one of the past, whichever way it was named.
TEST_F(AnswerPagesTest, APastByItsTimeIsFoundOnAWorker) {
  server_.CreateAccount("Acme");
  party::v1::AccountService::Stub stub(server_.channel());
  party::v1::ListAccountsRequest request;
  request.mutable_header()->set_min_position(server_.Head());
  party::v1::ListAccountsResponse now, then;
  ASSERT_TRUE(
      server_.Call(&party::v1::AccountService::Stub::ListAccounts, stub, request, &now).ok());
  request.clear_header();
  *request.mutable_header()->mutable_as_of_time() = now.read().recorded_at();
  ASSERT_TRUE(
      server_.Call(&party::v1::AccountService::Stub::ListAccounts, stub, request, &then).ok());
  EXPECT_EQ(then.accounts_size(), 1);
  EXPECT_EQ(then.read().position(), now.read().position());
  request.mutable_header()->mutable_as_of_time()->set_seconds(4102444800);
  EXPECT_EQ(
      RefusalOf(server_.Call(&party::v1::AccountService::Stub::ListAccounts, stub, request, &then))
          .reason,
      "AS_OF_IN_FUTURE");
}

// The account has more deals than an answer used to look at, and the open one is the last.
TEST_F(AnswerPagesTest, F025OpenDealsAreFoundBehindAnyNumberOfOthers) {
  const std::string owner = server_.CreateUser("ada"), account = server_.CreateAccount("Acme");
  constexpr int kClosed = 1001;
  for (int i = 0; i < kClosed; ++i) {
    Do(&OpportunityService::Stub::AbandonOpportunity,
       absl::StrCat("id: '", server_.CreateDeal(account, owner, 100), "'"));
  }
  const std::string open = server_.CreateDeal(account, owner, 100);
  const auto answer =
      Do(&BlacklistService::Stub::CheckAllowed,
         absl::StrCat("account_id: '", account, "' action: BLACKLIST_SCOPE_ORDERS"));
  EXPECT_EQ(answer.open_opportunity_count(), 1);
  ASSERT_EQ(answer.open_opportunity_ids_size(), 1);
  EXPECT_EQ(answer.open_opportunity_ids(0), open);
}

}  // namespace
}  // namespace daybook::testing
