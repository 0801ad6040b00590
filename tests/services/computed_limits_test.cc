// What lists, figures and answers with lookups and rollups read at most.

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "tests/services/computed_lists_fixture.h"

namespace daybook::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

services::ServerOptions Limited() {
  services::ServerOptions options;
  options.computed.related = 3;
  options.computed.related_of_answer = 6;
  options.computed.listed_values = 4;
  options.computed.related_of_list = 5;
  return options;
}

class ComputedLimitsTest : public ComputedListsTest {
 protected:
  ComputedLimitsTest() : ComputedListsTest(Limited()) {}
};

TEST_F(ComputedLimitsTest, F007RelatedRecordsAtTheirLimit) {
  static_assert(services::ComputedLimits().related == services::kRelatedMax);
  Define("account", kDeals);
  const std::string acme = NewAccount("Acme");
  for (int i = 1; i <= 3; ++i) NewDeal(acme, i);
  EXPECT_EQ(ValueOf(acme, "deals"), "integer: 3");
  EXPECT_THAT(Accounts("filter: 'custom.deals = 3'"), ElementsAre("Acme"));
  NewDeal(acme, 4);
  EXPECT_EQ(ValueOf(acme, "deals"), "unavailable: \"LIMIT_EXCEEDED\"");
  EXPECT_THAT(Accounts("filter: 'custom.deals > 0 OR NOT custom.deals > 0'"), IsEmpty());
  EXPECT_THAT(Accounts("order_by: 'custom.deals'"), ElementsAre("Acme"));
}

TEST_F(ComputedLimitsTest, F007ListsAtTheirLimits) {
  Define("account", kDeals);
  std::string first;
  for (const char* name : {"A", "B", "C", "D"}) {
    const std::string id = NewAccount(name, "country: 'DE'");
    if (first.empty()) first = id;
    NewDeal(id, 1);
  }
  EXPECT_EQ(Accounts("order_by: 'custom.deals'").size(), 4u);
  NewAccount("E", "country: 'FR'");
  EXPECT_EQ(RefusedList("order_by: 'custom.deals'"), "LIMIT_EXCEEDED");
  EXPECT_EQ(RefusalOf(status_).metadata["limit"], "4");
  EXPECT_EQ(Accounts("filter: 'country = DE' order_by: 'custom.deals'").size(), 4u);
  NewDeal(first, 2);
  EXPECT_EQ(Accounts("filter: 'country = DE' order_by: 'custom.deals'").size(), 4u);
  NewDeal(first, 3);
  EXPECT_EQ(RefusedList("filter: 'country = DE' order_by: 'custom.deals'"), "LIMIT_EXCEEDED");
  EXPECT_EQ(RefusalOf(status_).metadata["limit"], "5");
}

// Of those that an index narrows to, too.
TEST_F(ComputedLimitsTest, F007ListsOrderedByStoredFieldsComputeWhatThePageNeeds) {
  Define("account", kDeals);
  for (const char* name : {"F", "E", "D", "C", "B", "A"}) {
    NewDeal(NewAccount(name, "country: 'DE'"), 1);
  }
  EXPECT_THAT(Accounts("filter: 'country = DE AND custom.deals > 0' order_by: 'name'"),
              ElementsAre("A", "B", "C", "D", "E", "F"));
  EXPECT_THAT(Accounts("filter: 'country = DE AND custom.deals > 0' order_by: 'name desc'"),
              ElementsAre("F", "E", "D", "C", "B", "A"));
  EXPECT_EQ(RefusedList("filter: 'country = DE AND custom.deals > 1' order_by: 'name'"),
            "LIMIT_EXCEEDED");
}

TEST_F(ComputedLimitsTest, F007AnswersAtTheirLimitOfRelatedRecords) {
  static_assert(services::ComputedLimits().related_of_answer == services::kRelatedOfAnswerMax);
  Define("account", kDeals);
  for (const auto& [name, deals] : {std::pair("A", 3), std::pair("B", 3), std::pair("C", 1)}) {
    const std::string account = NewAccount(name);
    for (int i = 0; i < deals; ++i) NewDeal(account, 1);
  }
  std::vector<std::string> values;
  const auto page = Do(&AccountService::Stub::ListAccounts, "order_by: 'name'");
  for (const auto& account : page.accounts()) {
    values.push_back(account.custom(0).has_unavailable()
                         ? account.custom(0).unavailable()
                         : absl::StrCat(account.custom(0).integer()));
  }
  EXPECT_THAT(values, ElementsAre("3", "3", "LIMIT_EXCEEDED"));
}

TEST_F(ComputedLimitsTest, F007WhatIsReadCountsAlsoWhereNoValueComesOfIt) {
  Define("account", kDeals);
  const std::string acme = NewAccount("Acme");
  for (int i = 0; i < 4; ++i) NewDeal(acme, 1);
  NewDeal(NewAccount("B"), 1);
  EXPECT_THAT(Accounts("order_by: 'custom.deals'"), ElementsAre("Acme", "B"));
  NewDeal(NewAccount("C"), 1);
  EXPECT_EQ(RefusedList("order_by: 'custom.deals'"), "LIMIT_EXCEEDED");
  EXPECT_EQ(RefusalOf(status_).metadata["limit"], "5");
}

TEST_F(ComputedLimitsTest, F007RecordsOfSubtreesCount) {
  Define("account",
         "name: 'below' rollup_rule { relation: 'opportunity.account_id' operation: "
         "ROLLUP_OPERATION_COUNT subtree: true }");
  std::string parent;
  for (const char* name : {"A", "B", "C", "D"}) {
    parent = NewAccount(name, absl::StrCat("country: '", name[0] == 'A' ? "DE" : "FR", "' ",
                                           parent.empty() ? "" : "parent_id: '", parent,
                                           parent.empty() ? "" : "'"));
  }
  // The three below A; then the three below the others.
  EXPECT_THAT(Accounts("filter: 'country = DE' order_by: 'custom.below'"), ElementsAre("A"));
  EXPECT_THAT(Accounts("filter: 'country = FR' order_by: 'custom.below, name'"),
              ElementsAre("B", "C", "D"));
  EXPECT_EQ(RefusedList("order_by: 'custom.below'"), "LIMIT_EXCEEDED");
  EXPECT_EQ(RefusalOf(status_).metadata["limit"], "5");
}

}  // namespace
}  // namespace daybook::testing
