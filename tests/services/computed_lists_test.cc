// Lists and figures that filter and sort by lookups and rollups.

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "daybook/sales/v1/board_service.grpc.pb.h"
#include "daybook/sales/v1/kpi_service.grpc.pb.h"
#include "tests/services/computed_lists_fixture.h"

namespace daybook::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(ComputedListsTest, F007AccountsAreFilteredAndSortedByWonRevenue) {
  DefineAll();
  const auto account = [&](const std::string& name, const std::string& country, int64_t won,
                           const std::string& region) {
    const std::string id = NewAccount(
        name,
        absl::StrCat("country: '", country, "' custom { name: 'region' text: '", region, "' }"));
    if (won > 0) WonDeal(id, won);
    return id;
  };
  account("Small", "DE", 99'999, "north");
  account("Large", "DE", 900'000, "south");
  account("Middle", "DE", 500'000, "north");
  account("Abroad", "FR", 700'000, "north");
  account("None", "DE", 0, "north");
  const uint64_t then = server_.Head();

  EXPECT_THAT(Accounts("filter: 'custom.won >= 1000 USD AND country = \"DE\"' order_by: "
                       "'custom.won desc'"),
              ElementsAre("Large", "Middle"));
  // A bare number is in the organisation's currency, as with native amounts.
  EXPECT_THAT(Accounts("filter: 'custom.won > 999.99 custom.region = north' order_by: 'name'"),
              ElementsAre("Abroad", "Middle"));
  EXPECT_THAT(Accounts("order_by: 'custom.won'"),
              ElementsAre("None", "Small", "Middle", "Abroad", "Large"));
  EXPECT_THAT(Accounts("order_by: 'country, custom.won desc'"),
              ElementsAre("Large", "Middle", "Small", "None", "Abroad"));
  EXPECT_THAT(Accounts("filter: 'NOT custom.won:*'"), ElementsAre("None"));
  EXPECT_THAT(Accounts("filter: 'custom.won = 5000 USD OR name = None' order_by: 'name'"),
              ElementsAre("Middle", "None"));
  EXPECT_THAT(Accounts("filter: 'custom.last = \"Deal 9*\"' order_by: 'custom.last'"),
              ElementsAre("Large", "Small"));

  WonDeal(account("New", "DE", 0, "north"), 1'000'000);
  EXPECT_THAT(Accounts("filter: 'country = \"DE\"' order_by: 'custom.won desc'", 1),
              ElementsAre("New", "Large", "Middle", "Small", "None"));
  EXPECT_THAT(Accounts("filter: 'custom.won:*' order_by: 'custom.won desc'" + AsOf(then)),
              ElementsAre("Large", "Abroad", "Middle", "Small"));
  // The columns of such a list are those asked for.
  const auto page = Do(&AccountService::Stub::ListAccounts,
                       "filter: 'custom.deals > 0' order_by: 'custom.won desc' page_size: 1 "
                       "field_mask { paths: 'name' paths: 'custom.won' }");
  ASSERT_EQ(page.accounts_size(), 1);
  EXPECT_EQ(page.accounts(0).ShortDebugString(),
            "name: \"New\" custom { name: \"won\" money { minor: 1000000 currency: \"USD\" } }");
}

// Neither do pages lose or repeat records while deals are won in between, nor do they show another
// position than the first.
TEST_F(ComputedListsTest, F007PagesStandWhereTheFirstOneDoes) {
  DefineAll();
  std::vector<std::string> ids;
  for (int i = 1; i <= 5; ++i) {
    ids.push_back(NewAccount(absl::StrCat("A", i)));
    WonDeal(ids.back(), 100 * i);
  }
  const std::string list = "filter: 'custom.won:*' order_by: 'custom.won' page_size: 2 ";
  auto page = Do(&AccountService::Stub::ListAccounts, list);
  const uint64_t first = page.read().position();
  std::vector<std::string> seen;
  while (true) {
    EXPECT_EQ(page.read().position(), first);
    for (const auto& account : page.accounts()) {
      const auto* won = domain::FindCustomValue(account.custom(), "won");
      ASSERT_NE(won, nullptr);
      seen.push_back(absl::StrCat(account.name(), " ", won->money().minor()));
    }
    if (page.next_page_token().empty()) break;
    WonDeal(ids[0], 5000);
    WonDeal(ids[4], 1, "EUR");
    page = Do(&AccountService::Stub::ListAccounts,
              absl::StrCat(list, "page_token: '", page.next_page_token(), "'"));
  }
  EXPECT_THAT(seen, ElementsAre("A1 100", "A2 200", "A3 300", "A4 400", "A5 500"));
}

TEST_F(ComputedListsTest, F007ValuesThatAreNotAvailableFitNoConditionAndSortAsAbsent) {
  DefineAll();
  WonDeal(NewAccount("One"), 100);
  const std::string mixed = NewAccount("Mixed");
  WonDeal(mixed, 100);
  WonDeal(mixed, 100, "EUR");
  NewAccount("None");
  EXPECT_THAT(Accounts("filter: 'custom.won > 0'"), ElementsAre("One"));
  EXPECT_THAT(Accounts("filter: 'NOT custom.won > 0'"), ElementsAre("None"));
  EXPECT_THAT(Accounts("filter: 'custom.won != 7' order_by: 'name'"), ElementsAre("None", "One"));
  EXPECT_THAT(Accounts("filter: 'NOT custom.won:*'"), ElementsAre("None"));
  EXPECT_THAT(Accounts("filter: 'custom.won > 0 OR custom.deals = 2' order_by: 'name'"),
              ElementsAre("Mixed", "One"));
  EXPECT_THAT(Accounts("order_by: 'custom.won, name'"), ElementsAre("Mixed", "None", "One"));
}

TEST_F(ComputedListsTest, F006F007RefusesWhatCannotBeFilteredOrSorted) {
  DefineAll();
  Define("account", "name: 'city' lookup_rule { relation: 'parent_id' field: 'website' }");
  Define("account", "name: 'boss' lookup_rule { relation: 'parent_id' field: 'owner_id' }");
  Define("account", "name: 'fits' lookup_rule { relation: 'parent_id' field: 'archived' }");
  Define("account",
         "name: 'person' lookup_rule { relation: 'contact.account_id' field: 'family_name' pick: "
         "LOOKUP_PICK_ONLY }");
  Define("opportunity", "name: 'rank' kind: CUSTOM_FIELD_KIND_INTEGER");
  Define("account",
         "name: 'ranks' rollup_rule { relation: 'opportunity.account_id' operation: "
         "ROLLUP_OPERATION_SUM field: 'custom.rank' }");
  EXPECT_EQ(RefusedList("filter: 'custom.wonn > 1'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("filter: 'custom.won.minor > 1'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("order_by: 'custom.wonn'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("filter: 'custom.won > many'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("filter: 'custom.boss > x'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("filter: 'custom.fits > TRUE'"), "INVALID_FILTER");
  // Texts without an index are filtered by, not sorted by, as native ones are.
  EXPECT_EQ(RefusedList("filter: 'custom.city = \"x*\"'"), "");
  EXPECT_EQ(RefusedList("order_by: 'custom.city'"), "FIELD_NOT_FILTERABLE");

  const std::string account = NewAccount("Acme");
  NewContact("Byron", account);
  const uint64_t then = server_.Head();
  EXPECT_THAT(Accounts("filter: 'custom.person = Byron'"), ElementsAre("Acme"));
  EXPECT_EQ(RefusedList("filter: 'custom.person = Byron'" + AsOf(then - 1)), "AS_OF_NOT_AVAILABLE");

  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'opportunity' name: 'rank'");
  EXPECT_EQ(RefusedList("filter: 'custom.ranks > 1'"), "FIELD_NOT_FILTERABLE");
  EXPECT_EQ(RefusedList("order_by: 'custom.ranks'"), "FIELD_NOT_FILTERABLE");
  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'account' name: 'won'");
  EXPECT_EQ(RefusedList("filter: 'custom.won > 1'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("order_by: 'custom.won'"), "INVALID_FILTER");
}

TEST_F(ComputedListsTest, F007PageTokensHoldForOneRule) {
  DefineAll();
  for (const char* name : {"A", "B", "C"}) WonDeal(NewAccount(name), 100);
  const std::string list = "order_by: 'custom.won' page_size: 1 ";
  const std::string token = absl::StrCat(
      " page_token: '", Do(&AccountService::Stub::ListAccounts, list).next_page_token(), "'");
  EXPECT_EQ(RefusedList(list + token), "");
  EXPECT_EQ(RefusedList("order_by: 'custom.deals' page_size: 1" + token), "INVALID_PAGE_TOKEN");
  ReviseWon();
  EXPECT_EQ(RefusedList(list + token), "INVALID_PAGE_TOKEN");
}

TEST_F(ComputedListsTest, F007TokensOfFiguresHoldForOneRule) {
  using sales::v1::KpiService;
  DefineAll();
  WonDeal(NewAccount("Acme"), 500);
  const auto token = [&](const std::string& filter) {
    return absl::StrCat("token: '",
                        Do(&KpiService::Stub::GetKpi,
                           absl::StrCat("metric: KPI_METRIC_ACCOUNTS_CREATED group_by: 'country' "
                                        "filter: '",
                                        filter, "'"))
                            .numbers(0)
                            .drill_token(),
                        "'");
  };
  const auto drill = [&](const std::string& of) {
    return Refused(&KpiService::Stub::DrillDownKpi, of);
  };
  const std::string by_rule = token("custom.won > 1");
  const std::string plain = token("");
  EXPECT_EQ(drill(by_rule), "");
  ReviseWon();
  EXPECT_EQ(drill(by_rule), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(drill(plain), "");
  EXPECT_EQ(drill(token("custom.won > 1")), "");
}

TEST_F(ComputedListsTest, F006TokensOfBoardsHoldForOneRule) {
  using sales::v1::BoardService;
  Define("opportunity", "name: 'trade' lookup_rule { relation: 'account_id' field: 'industry' }");
  const std::string acme = NewAccount("mills", "industry: 'mills'");
  for (int i = 1; i <= 3; ++i) NewDeal(acme, i);
  const auto next = [&](const std::string& board) {
    const auto first = Do(&BoardService::Stub::GetBoard, board);
    for (const auto& column : first.columns()) {
      if (!column.next_page_token().empty()) {
        return absl::StrCat(board, " page_token: '", column.next_page_token(), "'");
      }
    }
    return std::string();
  };
  const std::string by_rule =
      next("kind: BOARD_KIND_SALES page_size: 1 filter: 'custom.trade = mills'");
  const std::string plain = next("kind: BOARD_KIND_SALES page_size: 1 filter: 'value > 0'");
  EXPECT_EQ(Do(&BoardService::Stub::GetBoard, by_rule).columns(0).cards_size(), 1);
  Do(&FieldCatalogService::Stub::ReviseField,
     "record_type: 'opportunity' definition { name: 'trade' lookup_rule { relation: 'account_id' "
     "field: 'name' } } update_mask { paths: 'lookup_rule' }");
  EXPECT_EQ(Refused(&BoardService::Stub::GetBoard, by_rule), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Do(&BoardService::Stub::GetBoard, plain).columns(0).cards_size(), 1);
}

// As for native personal fields: there is no past, a token's neither.
TEST_F(ComputedListsTest, F006ListsByWhatShowsPersonalFieldsGoOnInThePresent) {
  Define("account",
         "name: 'person' lookup_rule { relation: 'contact.account_id' field: 'family_name' pick: "
         "LOOKUP_PICK_ONLY }");
  std::map<std::string, std::string> contacts;
  for (const char* name : {"Adams", "Byron", "Clark"}) {
    contacts[name] = NewContact(name, NewAccount(absl::StrCat("Of ", name)));
  }
  const std::string list = "filter: 'custom.person:*' order_by: 'custom.person' page_size: 1 ";
  auto page = Do(&AccountService::Stub::ListAccounts, list);
  ASSERT_EQ(page.accounts_size(), 1);
  EXPECT_EQ(page.accounts(0).name(), "Of Adams");
  Do(&party::v1::ContactService::Stub::UpdateContact,
     absl::StrCat("id: '", contacts["Byron"],
                  "' contact { family_name: 'Zeno' } update_mask { paths: 'family_name' }"));
  std::vector<std::string> rest;
  while (!page.next_page_token().empty()) {
    page = Do(&AccountService::Stub::ListAccounts,
              absl::StrCat(list, "page_token: '", page.next_page_token(), "'"));
    EXPECT_EQ(page.read().position(), server_.Head());
    for (const auto& account : page.accounts()) {
      rest.push_back(absl::StrCat(account.name(), " ", account.custom(0).text()));
    }
  }
  EXPECT_THAT(rest, ElementsAre("Of Clark Clark", "Of Byron Zeno"));
}

TEST_F(ComputedListsTest, F006PersonalAndLookedUpConditionsHoldTogether) {
  Define("contact", "name: 'firm' lookup_rule { relation: 'account_id' field: 'name' }");
  const std::string acme = NewAccount("Acme");
  const std::string mill = NewAccount("Mill");
  for (const std::string& account : {mill, acme}) NewContact("Byron", account);
  NewContact("Hopper", acme);
  const auto families = [&](const std::string& list) {
    std::vector<std::string> names;
    const auto page = Do(&party::v1::ContactService::Stub::ListContacts, list);
    for (const auto& contact : page.contacts())
      names.push_back(absl::StrCat(contact.family_name(), " ", contact.custom(0).text()));
    return names;
  };
  EXPECT_THAT(families("filter: 'family_name = Byron AND custom.firm = Acme'"),
              ElementsAre("Byron Acme"));
  EXPECT_THAT(families("order_by: 'family_name, custom.firm desc'"),
              ElementsAre("Byron Mill", "Byron Acme", "Hopper Acme"));
  EXPECT_EQ(
      Refused(&party::v1::ContactService::Stub::ListContacts,
              "filter: 'family_name = Byron AND custom.firm = Acme'" + AsOf(server_.Head() - 1)),
      "AS_OF_NOT_AVAILABLE");
}

TEST_F(ComputedListsTest, F007FiguresAndBoardsTakeComputedConditions) {
  using sales::v1::KpiService;
  Define("account", kWon);
  Define("account",
         "name: 'person' lookup_rule { relation: 'contact.account_id' field: 'family_name' pick: "
         "LOOKUP_PICK_ONLY }");
  Define("opportunity", "name: 'trade' lookup_rule { relation: 'account_id' field: 'industry' }");
  const std::string acme = NewAccount("Acme", "industry: 'mills'");
  const std::string other = NewAccount("Other", "industry: 'mines'");
  WonDeal(acme, 500);
  WonDeal(other, 100);
  NewDeal(acme, 7);
  const auto count = [&](const std::string& metric, const std::string& filter) {
    return Do(&KpiService::Stub::GetKpi,
              absl::StrCat("metric: KPI_METRIC_", metric, " filter: '", filter, "'"))
        .total()
        .count();
  };
  EXPECT_EQ(count("ACCOUNTS_CREATED", "custom.won > 1"), 1);
  EXPECT_EQ(count("ACCOUNTS_CREATED", "custom.won:*"), 2);
  EXPECT_EQ(count("CUSTOMERS_WON", "custom.won > 1 AND industry = mills"), 1);
  const auto kpi =
      Do(&KpiService::Stub::GetKpi, "metric: KPI_METRIC_ACCOUNTS_CREATED filter: 'custom.won > 1'");
  const auto drilled =
      Do(&KpiService::Stub::DrillDownKpi, absl::StrCat("token: '", kpi.total().drill_token(), "'"));
  ASSERT_EQ(drilled.records_size(), 1);
  EXPECT_EQ(drilled.records(0).title(), "Acme");
  EXPECT_EQ(Refused(&KpiService::Stub::GetKpi,
                    "metric: KPI_METRIC_ACCOUNTS_CREATED filter: 'custom.person = x'"),
            "FIELD_NOT_FILTERABLE");
  const auto board = Do(&sales::v1::BoardService::Stub::GetBoard,
                        "kind: BOARD_KIND_SALES filter: 'custom.trade = mills'");
  EXPECT_EQ(board.count(), 2);
}

// ---- against all records

// 0 false, 1 not known, 2 true.
using Truth = int;

struct Row {
  std::string id, name, country, region, last, currency;
  int64_t employees = 0, deals = 0, won = 0;
  bool unavailable = false;  // won
};

struct Condition {
  std::string text;
  std::function<Truth(const Row&)> truth;
};

class RandomListsTest : public ComputedListsTest {
 protected:
  size_t Any(size_t n) { return random_() % n; }
  template <class T>
  T Any(std::initializer_list<T> from) {
    return *(from.begin() + Any(from.size()));
  }

  // Accounts, deals, wins in one or two currencies; positions between them.
  void MakeHistory() {
    std::vector<std::string> accounts;
    std::vector<std::tuple<std::string, int64_t, std::string>> open;
    for (int step = 0; step < 150; ++step) {
      if (step % 50 == 49) positions_.push_back(server_.Head());
      const size_t what = Any(10);
      if (accounts.empty() || what < 2) {
        accounts.push_back(NewAccount(
            absl::StrCat("Mill ", accounts.size()),
            absl::StrCat("country: '", Any({"DE", "FR", "US"}), "' employees: ", 1 + Any(5),
                         Any(3) == 0 ? "" : " custom { name: 'region' text: 'north' }")));
      } else if (what < 6 || open.empty()) {
        const auto minor = static_cast<int64_t>(100 * (1 + Any(6)));
        const std::string currency = Any(8) == 0 ? "EUR" : "USD";
        const std::string deal = NewDeal(accounts[Any(accounts.size())], minor, "", currency);
        open.emplace_back(deal, minor, currency);
      } else {
        const auto& [deal, minor, currency] = open.back();
        Win(deal, minor, currency);
        open.pop_back();
      }
    }
  }

  std::vector<Row> AllRows(uint64_t position) {
    std::map<std::string, Row> rows;
    std::map<std::string, std::tuple<int64_t, int, std::string>> last;
    const auto accounts =
        Do(&AccountService::Stub::ListAccounts,
           "page_size: 1000 field_mask { paths: 'id' paths: 'name' paths: 'country' paths: "
           "'employees' paths: 'custom.region' }" +
               AsOf(position));
    for (const auto& account : accounts.accounts()) {
      Row& row = rows[account.id()];
      row.id = account.id();
      row.name = account.name();
      row.country = account.country();
      row.employees = account.employees();
      if (account.custom_size() > 0) row.region = account.custom(0).text();
    }
    const auto deals =
        Do(&OpportunityService::Stub::ListOpportunities, "page_size: 1000" + AsOf(position));
    for (const auto& deal : deals.opportunities()) {
      Row& row = rows[deal.account_id()];
      ++row.deals;
      const std::tuple<int64_t, int, std::string> opened = {deal.open_time().seconds(),
                                                            deal.open_time().nanos(), deal.id()};
      auto& latest = last[deal.account_id()];
      if (latest < opened) latest = opened, row.last = deal.subject();
      if (deal.state() != sales::v1::OPPORTUNITY_STATE_WON) continue;
      row.unavailable |= !row.currency.empty() && row.currency != deal.actual_value().currency();
      row.currency = deal.actual_value().currency();
      row.won += deal.actual_value().minor();
    }
    std::vector<Row> all;
    for (const auto& [id, row] : rows) all.push_back(row);
    return all;
  }

  Condition AnyLeaf() {
    const auto n = static_cast<int64_t>(Any(14));
    const auto known = [](bool truth) -> Truth { return truth ? 2 : 0; };
    const auto won = [known](std::function<bool(const Row&)> truth) {
      return [=](const Row& row) -> Truth { return row.unavailable ? 1 : known(truth(row)); };
    };
    switch (Any(9)) {
      case 0:
        return {absl::StrCat("custom.won > ", n),
                won([=](const Row& r) { return r.currency == "USD" && r.won > 100 * n; })};
      case 1:
        return {absl::StrCat("custom.won <= ", n, " USD"),
                won([=](const Row& r) { return r.currency == "USD" && r.won <= 100 * n; })};
      case 2:
        return {absl::StrCat("custom.won != ", n, " EUR"),
                won([=](const Row& r) { return r.currency != "EUR" || r.won != 100 * n; })};
      case 3:
        return {"custom.won:*", won([](const Row& r) { return !r.currency.empty(); })};
      case 4:
        return {absl::StrCat("custom.deals >= ", n % 5),
                [=](const Row& r) { return known(r.deals >= n % 5); }};
      case 5:
        return {"custom.last = \"Deal 2*\"",
                [=](const Row& r) { return known(absl::StartsWith(r.last, "Deal 2")); }};
      case 6:
        return {"country = DE", [=](const Row& r) { return known(r.country == "DE"); }};
      case 7:
        return {"custom.region = north", [=](const Row& r) { return known(!r.region.empty()); }};
      default:
        return {absl::StrCat("employees > ", n % 5),
                [=](const Row& r) { return known(r.employees > n % 5); }};
    }
  }

  Condition AnyCondition() {
    const Condition a = AnyLeaf();
    const Condition b = AnyLeaf();
    switch (Any(4)) {
      case 0:
        return {absl::StrCat("(", a.text, " OR ", b.text, ")"),
                [=](const Row& r) { return std::max(a.truth(r), b.truth(r)); }};
      case 1:
        return {absl::StrCat("NOT (", a.text, " AND ", b.text, ")"),
                [=](const Row& r) { return 2 - std::min(a.truth(r), b.truth(r)); }};
      default:
        return a;
    }
  }

  using Key = std::pair<std::string, bool>;  // of an order: field, descending
  static int CompareBy(const std::string& field, const Row& a, const Row& b) {
    const auto won = [](const Row& row) {
      return row.unavailable || row.currency.empty() ? std::pair<std::string, int64_t>()
                                                     : std::pair(row.currency, row.won);
    };
    const auto compare = [](const auto& x, const auto& y) { return x < y ? -1 : x > y ? 1 : 0; };
    if (field == "custom.won") return compare(won(a), won(b));
    if (field == "custom.deals") return compare(a.deals, b.deals);
    if (field == "custom.last") return compare(a.last, b.last);
    if (field == "custom.region") return compare(a.region, b.region);
    if (field == "employees") return compare(a.employees, b.employees);
    return compare(a.country, b.country);
  }

  std::vector<Key> AnyOrder() {
    std::vector<std::string> fields = {"custom.won",    "custom.deals", "custom.last",
                                       "custom.region", "employees",    "country"};
    std::shuffle(fields.begin(), fields.end(), random_);
    std::vector<Key> keys;
    for (size_t i = Any(4); i > 0; --i) keys.emplace_back(fields[i], Any(2) == 0);
    return keys;
  }

  static std::vector<std::string> BruteForce(std::vector<Row> rows,
                                             const std::vector<Condition>& all,
                                             const std::vector<Key>& order) {
    for (const Condition& condition : all) {
      std::erase_if(rows, [&](const Row& row) { return condition.truth(row) != 2; });
    }
    std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
      bool descending = false;
      for (const Key& key : order) {
        descending = key.second;
        const int by = CompareBy(key.first, a, b);
        if (by != 0) return descending ? by > 0 : by < 0;
      }
      return descending ? a.id > b.id : a.id < b.id;
    });
    std::vector<std::string> names;
    for (const Row& row : rows) names.push_back(row.name);
    return names;
  }

  std::mt19937 random_{7};
  std::vector<uint64_t> positions_;
};

TEST_F(RandomListsTest, F006F007AnyListEqualsBruteForceNowAndInThePast) {
  Define("account", kRegion);
  MakeHistory();
  // Afterwards: the past is known all the same.
  for (const char* definition : {kWon, kDeals, kLast}) Define("account", definition);
  std::vector<std::vector<Row>> rows;
  for (const uint64_t position : positions_) rows.push_back(AllRows(position));
  const std::vector<Row> present = AllRows(server_.Head());
  for (int i = 0; i < 40; ++i) {
    std::vector<Condition> all;
    std::vector<std::string> texts, keys;
    for (size_t n = Any(4); n > 0; --n) {
      all.push_back(AnyCondition());
      texts.push_back(all.back().text);
    }
    const std::vector<Key> order = AnyOrder();
    for (const Key& key : order) keys.push_back(key.first + (key.second ? " desc" : ""));
    const size_t at = Any(positions_.size());
    const std::string list = absl::StrCat("filter: '", absl::StrJoin(texts, " AND "),
                                          "' order_by: '", absl::StrJoin(keys, ", "), "'");
    EXPECT_EQ(Accounts(list, Any({3, 20, 1000})), BruteForce(present, all, order)) << list;
    const std::string then = list + AsOf(positions_[at]);
    EXPECT_EQ(Accounts(then, Any({3, 20, 1000})), BruteForce(rows[at], all, order)) << then;
  }
}

}  // namespace
}  // namespace daybook::testing
