// Classes, responsibilities, billing, blacklist, brands and links of contacts, over gRPC.

#include <gmock/gmock.h>

#include "daybook/party/v1/account_profile_service.grpc.pb.h"
#include "daybook/party/v1/blacklist_service.grpc.pb.h"
#include "daybook/party/v1/brand_service.grpc.pb.h"
#include "daybook/party/v1/responsibility_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "daybook/setup/v1/class_scheme_service.grpc.pb.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

using party::v1::AccountProfileService;
using party::v1::AccountService;
using party::v1::BlacklistService;
using party::v1::BrandService;
using party::v1::ContactService;
using party::v1::ResponsibilityService;
using sales::v1::OpportunityService;
using setup::v1::ClassSchemeService;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class AccountCareTest : public PartyTest {
 protected:
  static std::string Account(const std::string& id) {
    return absl::StrCat(" account_id: '", id, "' ");
  }
  static std::string Id(const std::string& id) { return absl::StrCat(" id: '", id, "' "); }

  void SetClass(const std::string& account, const std::string& name) {
    Do(&AccountProfileService::Stub::SetAccountClass,
       absl::StrCat(Id(account), "account_class: '", name, "' reason: 'review'"));
  }
  int64_t Count(const std::string& account_class, const std::string& when = "") {
    const auto counts = Do(&AccountProfileService::Stub::CountAccountsByClass, when);
    for (const auto& count : counts.classes()) {
      if (count.account_class() == account_class) return count.count();
    }
    return 0;
  }
};

TEST_F(AccountCareTest, F017LinksAreReturnedAsTheyWereRecordedThen) {
  const std::string main = server_.CreateAccount("Main");
  const std::string other = server_.CreateAccount("Other");
  const std::string contact = NewContact("Byron", main);
  const uint64_t before = server_.Head();
  Do(&ContactService::Stub::LinkContact,
     Id(contact) + Account(other) + "role: 'billing'" + From("2026-01-01"));
  const uint64_t linked = server_.Head();
  Do(&ContactService::Stub::UnlinkContact, Id(contact) + Account(other) + Until("2026-06-01"));

  const auto roles = [&](const std::string& when, const std::string& day) {
    std::vector<std::string> out;
    const auto list =
        Do(&ContactService::Stub::ListContactsOfAccount, Account(other) + when + On(day));
    for (const auto& found : list.contacts()) {
      EXPECT_EQ(found.contact_id(), contact);
      out.insert(out.end(), found.roles().begin(), found.roles().end());
    }
    return out;
  };
  EXPECT_THAT(roles(AsOf(before), "2026-07-01"), ElementsAre());
  EXPECT_THAT(roles(AsOf(linked), "2026-07-01"), ElementsAre("billing"));
  EXPECT_THAT(roles("", "2026-07-01"), ElementsAre());
  EXPECT_THAT(roles("", "2026-05-31"), ElementsAre("billing"));
  const auto then = Do(&ContactService::Stub::GetContact, Id(contact) + AsOf(linked)).contact();
  ASSERT_EQ(then.links_size(), 1);
  EXPECT_FALSE(then.links(0).has_effective_until());
  const auto main_list = Do(&ContactService::Stub::ListContactsOfAccount, Account(main));
  ASSERT_EQ(main_list.contacts_size(), 1);
  EXPECT_TRUE(main_list.contacts(0).main());
}

TEST_F(AccountCareTest, F017TheSameDomainInOneCountryNeedsAReason) {
  const std::string acme = "name: 'Acme' domain: 'acme.example' country: 'DE' ";
  const auto first = Do(&AccountService::Stub::CreateAccount, acme);
  EXPECT_EQ(Refused(&AccountService::Stub::CreateAccount, acme), "DUPLICATE_KEY");
  EXPECT_EQ(RefusalOf(status_).metadata["holder"], absl::StrCat("account/", first.account().id()));
  Do(&AccountService::Stub::CreateAccount, acme + "allow_duplicate_reason: 'two firms'");
  Do(&AccountService::Stub::CreateAccount, "name: 'Acme' domain: 'acme.example' country: 'FR'");
  Do(&AccountService::Stub::ArchiveAccount, Id(first.account().id()));
  Do(&AccountService::Stub::CreateAccount, acme);
  EXPECT_EQ(Refused(&AccountService::Stub::RestoreAccount, Id(first.account().id())),
            "DUPLICATE_KEY");
}

TEST_F(AccountCareTest, F018MovingANodeWith500DescendantsIsOneEventAndThePastOfItsGroupStays) {
  const std::string from = server_.CreateAccount("From");
  const std::string to = server_.CreateAccount("To");
  const std::string node = server_.CreateAccount("Node", from);
  std::string below = node;
  for (int i = 0; i < 500; ++i) {
    const std::string child = server_.CreateAccount(absl::StrCat("Below ", i), below);
    if (i % 10 == 0) below = child;
  }
  const std::string deal = server_.CreateDeal(below, server_.CreateUser("Ada"), 100);
  Do(&OpportunityService::Stub::WinOpportunity,
     Id(deal) + "actual_value { minor: 100 currency: 'USD' }");
  const uint64_t before = server_.Head();
  const auto moved =
      Do(&AccountService::Stub::MoveAccount, Id(node) + absl::StrCat("parent_id: '", to, "'"));
  EXPECT_EQ(moved.receipt().events(), 1);
  const auto won = [&](const std::string& account, const std::string& when = "") {
    const auto totals =
        Do(&sales::v1::SalesBoardService::Stub::ListGroupTotals, Account(account) + when);
    return totals.totals_size() == 0 ? 0 : totals.totals(0).won_count();
  };
  EXPECT_EQ(won(to), 1);
  EXPECT_EQ(won(from), 0);
  EXPECT_EQ(won(to, AsOf(before)), 0);
  EXPECT_EQ(won(from, AsOf(before)), 1);
}

TEST_F(AccountCareTest, F019AccountsOfAClassAreCountedAsOfAnyDay) {
  const auto scheme = Do(&ClassSchemeService::Stub::DefineClassScheme,
                         "name: 'Worth' classes { id: 'a' label: 'A' min_annual_revenue { minor: "
                         "500000 currency: 'USD' } } classes { id: 'b' label: 'B' }");
  const std::string first = server_.CreateAccount("First");
  const std::string second = server_.CreateAccount("Second");
  SetClass(first, "a");
  SetClass(second, "a");
  const uint64_t both = server_.Head();
  SetClass(second, "b");
  Do(&ClassSchemeService::Stub::ReviseClassScheme,
     Id(scheme.class_scheme().id()) + "classes { id: 'b' label: 'B' }");
  EXPECT_EQ(Count("a", AsOf(both)), 2);
  EXPECT_EQ(Count("a"), 1);
  EXPECT_EQ(Count("b"), 1);
  EXPECT_EQ(Refused(&AccountProfileService::Stub::SetAccountClass,
                    Id(second) + "account_class: 'a' reason: 'x'"),
            "INVALID_FIELD");
  Do(&AccountService::Stub::ArchiveAccount, Id(first));
  EXPECT_EQ(Count("a"), 0);
}

TEST_F(AccountCareTest, F019TheClassThatTheRevenueReachesIsProposed) {
  const auto scheme = Do(&ClassSchemeService::Stub::DefineClassScheme,
                         "name: 'Worth' classes { id: 'a' label: 'A' min_annual_revenue { minor: "
                         "500000 currency: 'USD' } } classes { id: 'b' label: 'B' "
                         "min_annual_revenue { currency: 'USD' } }");
  const auto account = Do(&AccountService::Stub::CreateAccount,
                          "name: 'A' annual_revenue { minor: 499999 currency: 'USD' }");
  const auto proposal = Do(&AccountProfileService::Stub::ProposeAccountClass,
                           Account(account.account().id()) +
                               absl::StrCat("class_scheme_id: '", scheme.class_scheme().id(), "'"));
  EXPECT_EQ(proposal.account_class(), "b");
  EXPECT_EQ(proposal.class_scheme_version(), 1u);
}

TEST_F(AccountCareTest, F020WhoWasTheMainPmOnTheDayAndWhoStandsIn) {
  const std::string ada = server_.CreateUser("Ada");
  const std::string ben = server_.CreateUser("Ben");
  const std::string cleo = server_.CreateUser("Cleo");
  const std::string account = server_.CreateAccount("Acme");
  const auto users = [](std::initializer_list<std::string> ids) {
    std::string text;
    for (const std::string& id : ids) absl::StrAppend(&text, " user_ids: '", id, "' ");
    return text;
  };
  const auto assign = [&](const std::string& role, const std::string& rest) {
    Do(&ResponsibilityService::Stub::AssignResponsibility,
       Id(account) + "role: ACCOUNT_ROLE_" + role + rest);
  };
  assign("MAIN_PM", users({ada}) + From("2026-01-01"));
  assign("BACKUP_PM", users({ben, cleo}) + From("2026-01-01"));
  const uint64_t before = server_.Head();
  Do(&ResponsibilityService::Stub::HandOverAccount,
     Id(account) + absl::StrCat("from_user_id: '", ada, "' to_user_id: '", ben, "'") +
         From("2026-06-01"));

  const auto on = [&](const std::string& day, const std::string& more = "") {
    return Do(&ResponsibilityService::Stub::GetResponsible, Account(account) + On(day) + more);
  };
  EXPECT_EQ(on("2025-12-31").main_pm_id(), "");
  EXPECT_EQ(on("2026-05-31").main_pm_id(), ada);
  EXPECT_EQ(on("2026-06-01").main_pm_id(), ben);
  EXPECT_THAT(on("2026-06-01").backup_pm_ids(), ElementsAre(cleo));
  EXPECT_EQ(on("2026-06-01", AsOf(before)).main_pm_id(), ada);

  const std::string absent = absl::StrCat(" absent_user_ids: '", ada, "' ");
  const auto standing_in = on("2026-05-31", absent);
  EXPECT_EQ(standing_in.acting_pm_id(), ben);
  EXPECT_EQ(standing_in.rule(), party::v1::PM_RULE_BACKUP);
  EXPECT_EQ(standing_in.backup_number(), 1u);
  EXPECT_EQ(on("2026-05-31", absent + absl::StrCat("absent_user_ids: '", ben, "'")).acting_pm_id(),
            cleo);
  EXPECT_EQ(on("2025-12-31").rule(), party::v1::PM_RULE_NOBODY);

  const auto of = [&](const std::string& user, const std::string& day) {
    std::vector<std::string> roles;
    const auto list = Do(&ResponsibilityService::Stub::ListAccountsOf,
                         absl::StrCat("user_id: '", user, "'", On(day)));
    for (const auto& role : list.roles()) {
      EXPECT_EQ(role.account_id(), account);
      roles.push_back(party::v1::AccountRole_Name(role.role()));
    }
    return roles;
  };
  EXPECT_THAT(of(ben, "2026-05-31"), ElementsAre("ACCOUNT_ROLE_BACKUP_PM"));
  EXPECT_THAT(of(ben, "2026-06-01"), ElementsAre("ACCOUNT_ROLE_MAIN_PM"));
  EXPECT_THAT(of(ada, "2026-06-01"), ElementsAre());
}

TEST_F(AccountCareTest, F024TermsOfTheDayAndTheNearestInvoicingPoint) {
  const std::string top = server_.CreateAccount("Top");
  const std::string branch = server_.CreateAccount("Branch", top);
  const std::string desk = server_.CreateAccount("Desk", branch);
  const std::string elsewhere = server_.CreateAccount("Elsewhere");
  const std::string monthly = "payment_terms { kind: PAYMENT_TERMS_KIND_END_OF_MONTH days: 30 } ";
  Do(&AccountProfileService::Stub::SetBillingProfile,
     Id(desk) + "currency: 'USD' " + monthly + From("2026-01-01"));
  Do(&AccountProfileService::Stub::SetBillingProfile,
     Id(top) + monthly + absl::StrCat("invoicing_point_id: '", branch, "'") + From("2026-01-01"));
  const auto terms =
      Do(&AccountProfileService::Stub::GetBillingTerms, Account(desk) + On("2026-01-15"));
  ASSERT_EQ(terms.due_size(), 1);
  EXPECT_THAT(terms.due(0).due_date(), EqualsProto("year: 2026 month: 2 day: 28"));
  EXPECT_EQ(terms.invoicing_point_id(), branch);
  EXPECT_EQ(terms.invoicing_point_from_id(), top);
  const auto before =
      Do(&AccountProfileService::Stub::GetBillingTerms, Account(desk) + On("2025-12-31"));
  EXPECT_FALSE(before.has_profile());
  EXPECT_EQ(before.invoicing_point_id(), desk);
  EXPECT_EQ(Refused(&AccountProfileService::Stub::SetBillingProfile,
                    Id(desk) + monthly + absl::StrCat("invoicing_point_id: '", elsewhere, "'")),
            "INVALID_FIELD");
}

TEST_F(AccountCareTest, F025NothingNewForABlacklistedAccountOrWhatLiesBelow) {
  const std::string owner = server_.CreateUser("Ada");
  const std::string top = server_.CreateAccount("Top");
  const std::string branch = server_.CreateAccount("Branch", top);
  const std::string open = server_.CreateDeal(branch, owner, 100);
  Do(&BlacklistService::Stub::BlacklistAccount,
     Id(top) + "scope: BLACKLIST_SCOPE_ORDERS reason: 'pays nothing' subtree: true");
  const uint64_t listed = server_.Head();
  const auto deal = [&](const std::string& account) {
    return absl::StrCat("subject: 'x' owner_id: '", owner, "'", Account(account),
                        "value { minor: 1 currency: 'USD' }");
  };
  EXPECT_EQ(Refused(&OpportunityService::Stub::CreateOpportunity, deal(branch)), "BLACKLISTED");
  EXPECT_EQ(RefusalOf(status_).metadata["account"], top);
  const auto allowed = [&](const std::string& scope, const std::string& more = "") {
    return Do(&BlacklistService::Stub::CheckAllowed,
              Account(branch) + "action: BLACKLIST_SCOPE_" + scope + more);
  };
  EXPECT_FALSE(allowed("ORDERS").allowed());
  EXPECT_EQ(allowed("ORDERS").blacklisted_account_id(), top);
  EXPECT_THAT(allowed("ORDERS").open_opportunity_ids(), ElementsAre(open));
  EXPECT_TRUE(allowed("MARKETING").allowed());
  Do(&BlacklistService::Stub::LiftBlacklist, Id(top) + "reason: 'paid'");
  EXPECT_TRUE(allowed("ORDERS").allowed());
  EXPECT_FALSE(allowed("ORDERS", AsOf(listed)).allowed());
  Do(&OpportunityService::Stub::CreateOpportunity, deal(branch));
}

TEST_F(AccountCareTest, F025ABlacklistedCompanyDoesNotComeBackUnderANewAccount) {
  const auto old = Do(&AccountService::Stub::CreateAccount, "name: 'Acme' tax_number: 'DE 1'");
  Do(&BlacklistService::Stub::BlacklistAccount,
     Id(old.account().id()) + "scope: BLACKLIST_SCOPE_ALL reason: 'fraud'");
  Do(&AccountService::Stub::ArchiveAccount, Id(old.account().id()));
  EXPECT_EQ(Refused(&AccountService::Stub::CreateAccount, "name: 'Acme 2' tax_number: 'de1'"),
            "DUPLICATE_KEY");
}

TEST_F(AccountCareTest, F107AccountsOfABrandAreThoseAssignedOnTheDay) {
  const auto north = Do(&BrandService::Stub::CreateBrand, "name: 'North'").brand().id();
  const auto south = Do(&BrandService::Stub::CreateBrand, "name: 'South'").brand().id();
  const std::string manager = server_.CreateUser("Ada");
  Do(&BrandService::Stub::AssignBrandManager,
     Id(north) + absl::StrCat("user_id: '", manager, "'") + From("2026-01-01"));
  const std::string first = server_.CreateAccount("First");
  const std::string second = server_.CreateAccount("Second");
  const auto assign = [&](const std::string& account, const std::string& brand,
                          const std::string& day) {
    Do(&AccountProfileService::Stub::AssignAccountToBrand,
       Id(account) + absl::StrCat("brand_id: '", brand, "'") + From(day));
  };
  assign(first, north, "2026-01-01");
  assign(second, north, "2026-01-01");
  assign(second, south, "2026-10-01");
  const auto of = [&](const std::string& brand, const std::string& day) {
    std::vector<std::string> accounts;
    const auto list = Do(&BrandService::Stub::ListAccountsOfBrand,
                         absl::StrCat("brand_id: '", brand, "'", On(day)));
    for (const auto& account : list.accounts()) accounts.push_back(account.account_id());
    return accounts;
  };
  EXPECT_THAT(of(north, "2026-09-30"), UnorderedElementsAre(first, second));
  EXPECT_THAT(of(north, "2026-10-01"), ElementsAre(first));
  EXPECT_THAT(of(south, "2026-10-01"), ElementsAre(second));
  const auto unmanaged = Do(&BrandService::Stub::ListBrandsWithoutManager, On("2026-06-01"));
  ASSERT_EQ(unmanaged.brands_size(), 1);
  EXPECT_EQ(unmanaged.brands(0).id(), south);
}

}  // namespace
}  // namespace daybook::testing
