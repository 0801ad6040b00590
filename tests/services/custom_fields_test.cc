// Custom fields over gRPC: defined, written, listed, told in histories, computed.

#include <gmock/gmock.h>

#include "daybook/record/v1/record_service.grpc.pb.h"
#include "daybook/sales/v1/kpi_service.grpc.pb.h"
#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "services/computed_limits.h"
#include "tests/services/custom_fields_fixture.h"

namespace daybook::testing {
namespace {

using party::v1::ContactService;
using record::v1::RecordService;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(CustomFieldsTest, E21CustomFieldsAreListedFilteredSortedAndMaskedLikeNativeOnes) {
  Define("account",
         "name: 'region' kind: CUSTOM_FIELD_KIND_CHOICE choices { code: 'north' } "
         "choices { code: 'south' }");
  Define("account", "name: 'seats' kind: CUSTOM_FIELD_KIND_INTEGER");
  Define("account", "name: 'memo' kind: CUSTOM_FIELD_KIND_NOTE");
  const auto custom = [](const std::string& region, int seats) {
    return absl::StrCat("custom { name: 'region' text: '", region,
                        "' } custom { name: 'seats' "
                        "integer: ",
                        seats, " }");
  };
  NewAccount("Five", custom("north", 5) + " custom { name: 'memo' note: 'two\\nlines' }");
  NewAccount("None");
  NewAccount("Minus", custom("south", -1));
  const std::string ten = NewAccount("Ten", custom("north", 10));

  EXPECT_THAT(Accounts("filter: 'custom.region = north' order_by: 'custom.seats desc'"),
              ElementsAre("Ten", "Five"));
  EXPECT_THAT(Accounts("filter: 'custom.seats:*' order_by: 'custom.seats'"),
              ElementsAre("Minus", "Five", "Ten"));
  EXPECT_THAT(Accounts("order_by: 'custom.seats'"), ElementsAre("None", "Minus", "Five", "Ten"));
  EXPECT_THAT(Accounts("order_by: 'custom.seats desc'"),
              ElementsAre("Ten", "Five", "Minus", "None"));
  EXPECT_THAT(Accounts("filter: 'custom.seats >= 5 AND custom.region != south' order_by: 'name'"),
              ElementsAre("Five", "Ten"));
  EXPECT_THAT(Accounts("filter: 'NOT custom.region:*'"), ElementsAre("None"));
  EXPECT_EQ(RefusedList("filter: 'custom.zone = 1'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("filter: 'custom.seats = many'"), "INVALID_FILTER");
  EXPECT_EQ(RefusedList("order_by: 'custom.memo'"), "FIELD_NOT_FILTERABLE");

  const auto masked = Do(&AccountService::Stub::GetAccount,
                         absl::StrCat("id: '", ten, "' field_mask { paths: 'custom.seats' }"));
  EXPECT_EQ(masked.account().ShortDebugString(), "custom { name: \"seats\" integer: 10 }");
  EXPECT_EQ(Refused(&AccountService::Stub::GetAccount,
                    absl::StrCat("id: '", ten, "' field_mask { paths: 'custom.zone' }")),
            "INVALID_FIELD");

  // Hidden, but not forgotten.
  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'account' name: 'seats'");
  EXPECT_EQ(RefusedList("filter: 'custom.seats = 5'"), "INVALID_FILTER");
  EXPECT_EQ(ValueOf(ten, "seats"), "");
  EXPECT_EQ(ValueOf(ten, "region"), "text: \"north\"");
  const auto hidden = Do(&AccountService::Stub::ListAccounts, "filter: 'name = Ten'");
  ASSERT_EQ(hidden.accounts_size(), 1);
  EXPECT_EQ(hidden.accounts(0).custom_size(), 1);
  Do(&FieldCatalogService::Stub::ReactivateField, "record_type: 'account' name: 'seats'");
  EXPECT_THAT(Accounts("filter: 'custom.seats = 5'"), ElementsAre("Five"));
}

TEST_F(CustomFieldsTest, E21FiguresAreToldApartByCustomFields) {
  Define("account", "name: 'region' kind: CUSTOM_FIELD_KIND_TEXT");
  for (const char* region : {"north", "north", "south"}) {
    NewAccount(absl::StrCat("Mill ", server_.Head()),
               absl::StrCat("custom { name: 'region' text: '", region, "' }"));
  }
  const auto kpi = Do(&sales::v1::KpiService::Stub::GetKpi,
                      "metric: KPI_METRIC_ACCOUNTS_CREATED group_by: 'custom.region' filter: "
                      "'custom.region:*'");
  std::vector<std::string> numbers;
  for (const auto& number : kpi.numbers()) {
    numbers.push_back(absl::StrCat(number.keys(0).value(), " ", number.count()));
  }
  EXPECT_THAT(numbers, ElementsAre("north 2", "south 1"));
  const auto drilled = Do(&sales::v1::KpiService::Stub::DrillDownKpi,
                          absl::StrCat("token: '", kpi.numbers(0).drill_token(), "'"));
  EXPECT_EQ(drilled.records_size(), 2);
}

TEST_F(CustomFieldsTest, E21CustomValuesHaveAPastAndAHistory) {
  Define("account", "name: 'seats' label: 'Seats' kind: CUSTOM_FIELD_KIND_INTEGER");
  const std::string acme = NewAccount("Acme", "custom { name: 'seats' integer: 5 }");
  const uint64_t five = server_.Head();
  Update(acme, "seats", "integer: 7");
  const uint64_t seven = server_.Head();
  Update(acme, "seats", "");

  EXPECT_EQ(ValueOf(acme, "seats"), "");
  EXPECT_EQ(ValueOf(acme, "seats", AsOf(five)), "integer: 5");
  EXPECT_THAT(Accounts("filter: 'custom.seats = 5'" + AsOf(five)), ElementsAre("Acme"));
  EXPECT_THAT(Accounts("filter: 'custom.seats = 7'" + AsOf(five)), IsEmpty());
  EXPECT_THAT(Accounts("filter: 'custom.seats:*' order_by: 'custom.seats'" + AsOf(seven)),
              ElementsAre("Acme"));
  EXPECT_THAT(Accounts("filter: 'custom.seats:*'"), IsEmpty());

  const auto history =
      Do(&RecordService::Stub::ListRecordChanges,
         absl::StrCat("aggregate: 'account' id: '", acme, "' field: 'custom.seats'"));
  std::vector<std::string> changes;
  for (const auto& change : history.changes()) {
    ASSERT_EQ(change.fields_size(), 1);
    EXPECT_EQ(change.fields(0).label(), "Seats");
    EXPECT_NE(change.actor(), "");
    changes.push_back(
        absl::StrCat(change.type(), " ", change.fields(0).before(), ">", change.fields(0).after()));
  }
  EXPECT_THAT(changes, ElementsAre("account.created >5", "account.fields_changed 5>7",
                                   "account.fields_changed 7>"));
}

// Whoever completes an activity cannot be asked for fields of the next one.
TEST_F(CustomFieldsTest, E21CommandsOnOtherRecordsAreNotRefusedForRequiredFields) {
  using work::v1::ActivityService;
  const auto weekly =
      Do(&ActivityService::Stub::ScheduleActivity,
         absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'Report' assignee_id: '", owner_,
                      "' due_date { year: 2199 month: 1 day: 1 } "
                      "recurrence_rule: 'FREQ=WEEKLY' account_id: '",
                      NewAccount("Acme"), "'"))
          .activity();
  Define("activity", "name: 'room' kind: CUSTOM_FIELD_KIND_TEXT required: true");
  Define("opportunity", "name: 'fit' kind: CUSTOM_FIELD_KIND_TEXT required: true");
  const auto done =
      Do(&ActivityService::Stub::CancelActivity, absl::StrCat("id: '", weekly.id(), "'"));
  EXPECT_NE(done.activity().next_id(), "");
  EXPECT_EQ(Refused(&OpportunityService::Stub::CreateOpportunity,
                    absl::StrCat("subject: 'Deal' account_id: '", NewAccount("Other"),
                                 "' owner_id: '", owner_, "'")),
            "INVALID_FIELD");
}

TEST_F(CustomFieldsTest, E21PersonalCustomFieldsAreFilteredInThePresentOnly) {
  Define("contact", "name: 'nickname' kind: CUSTOM_FIELD_KIND_TEXT personal: true");
  Do(&ContactService::Stub::CreateContact,
     "family_name: 'Byron' custom { name: 'nickname' personal_text: 'Ada' }");
  const uint64_t then = server_.Head();
  NewContact("Hopper");
  const auto found = Do(&ContactService::Stub::ListContacts,
                        "filter: 'custom.nickname = \"Ada\"' order_by: 'custom.nickname'");
  ASSERT_EQ(found.contacts_size(), 1);
  EXPECT_EQ(found.contacts(0).custom(0).personal_text(), "Ada");
  EXPECT_EQ(Refused(&ContactService::Stub::ListContacts,
                    "filter: 'custom.nickname = \"Ada\"'" + AsOf(then)),
            "AS_OF_NOT_AVAILABLE");
  server_.Restart();
  const auto again = Do(&ContactService::Stub::ListContacts, "filter: 'custom.nickname = \"Ada\"'");
  EXPECT_EQ(again.contacts_size(), 1);
}

TEST_F(CustomFieldsTest, F006LastOfferSubjectIsThatOfTheNewestOpenDeal) {
  const std::string acme = NewAccount("Acme");
  const std::string older = NewDeal(acme, 100);
  const std::string newer = NewDeal(acme, 200);
  const uint64_t before = server_.Head();
  Define("account",
         "name: 'last_offer' lookup_rule { relation: 'opportunity.account_id' field: 'subject' "
         "pick: LOOKUP_PICK_LAST by: 'open_time' filter: 'state = OPEN' }");
  EXPECT_EQ(ValueOf(acme, "last_offer"), "text: \"Deal 200\"");
  // One projection step after that one closes.
  Win(newer, 200);
  EXPECT_EQ(ValueOf(acme, "last_offer"), "text: \"Deal 100\"");
  const auto explained =
      Do(&FieldCatalogService::Stub::ExplainField,
         absl::StrCat("record_type: 'account' id: '", acme, "' name: 'last_offer'"));
  ASSERT_EQ(explained.sources_size(), 1);
  EXPECT_EQ(explained.sources(0).id(), older);
  EXPECT_EQ(explained.sources(0).value(), "Deal 100");
  EXPECT_GT(explained.sources(0).position(), 0u);
  Win(older, 100);
  EXPECT_EQ(ValueOf(acme, "last_offer"), "");
  // Also as of a moment before the field was defined.
  EXPECT_EQ(ValueOf(acme, "last_offer", AsOf(before)), "text: \"Deal 200\"");

  Define("account",
         "name: 'only_offer' lookup_rule { relation: 'opportunity.account_id' field: "
         "'subject' pick: LOOKUP_PICK_ONLY }");
  EXPECT_EQ(ValueOf(acme, "only_offer"), "unavailable: \"SEVERAL_RECORDS\"");
  Define("opportunity", "name: 'parent_name' lookup_rule { relation: 'account_id' field: 'name' }");
  const auto deal =
      Do(&OpportunityService::Stub::GetOpportunity, absl::StrCat("id: '", newer, "'"));
  EXPECT_EQ(deal.opportunity().custom(0).text(), "Acme");
  EXPECT_THAT(Accounts("filter: 'custom.last_offer = \"Deal 200\"'" + AsOf(before)),
              ElementsAre("Acme"));
  EXPECT_THAT(Accounts("filter: 'custom.last_offer:*'"), IsEmpty());
  // A label alone can be revised, also where the rule names a custom field of another type.
  Define("opportunity", "name: 'rank' kind: CUSTOM_FIELD_KIND_INTEGER");
  Define("account",
         "name: 'ranks' rollup_rule { relation: 'opportunity.account_id' operation: "
         "ROLLUP_OPERATION_SUM field: 'custom.rank' }");
  Do(&FieldCatalogService::Stub::ReviseField,
     "record_type: 'account' definition { name: 'ranks' label: 'Ranks' } update_mask { paths: "
     "'label' }");
}

TEST_F(CustomFieldsTest, F007WonRevenueFollowsAReopenedDealNowAndAsOfThen) {
  Define("account",
         "name: 'won' rollup_rule { relation: 'opportunity.account_id' operation: "
         "ROLLUP_OPERATION_SUM field: 'actual_value' filter: 'state = WON' currency_mode: "
         "CURRENCY_MODE_SAME }");
  const std::string acme = NewAccount("Acme");
  EXPECT_EQ(ValueOf(acme, "won"), "");
  for (const int64_t minor : {10'000, 5'000}) Win(NewDeal(acme, minor, "", "EUR"), minor, "EUR");
  const std::string third = NewDeal(acme, 3'000, "", "EUR");
  Win(third, 3'000, "EUR");
  const uint64_t before = server_.Head();
  sales::v1::ReopenOpportunityRequest reopen;
  *reopen.mutable_header() = server_.Header();
  reopen.mutable_header()->set_reason("not signed");
  reopen.set_id(third);
  sales::v1::ReopenOpportunityResponse reopened;
  OpportunityService::Stub deals(server_.channel());
  ASSERT_TRUE(
      server_.Call(&OpportunityService::Stub::ReopenOpportunity, deals, reopen, &reopened).ok());
  EXPECT_EQ(ValueOf(acme, "won"), "money { minor: 15000 currency: \"EUR\" }");
  EXPECT_EQ(ValueOf(acme, "won", AsOf(before)), "money { minor: 18000 currency: \"EUR\" }");
  const auto explained =
      Do(&FieldCatalogService::Stub::ExplainField,
         absl::StrCat("record_type: 'account' id: '", acme, "' name: 'custom.won'", AsOf(before)));
  EXPECT_EQ(explained.source_count(), 3u);
  // In another currency the sum is not available, unless one of them is meant.
  Win(NewDeal(acme, 1), 1);
  EXPECT_EQ(ValueOf(acme, "won"), "unavailable: \"SEVERAL_CURRENCIES\"");
  Define("account",
         "name: 'won_usd' rollup_rule { relation: 'opportunity.account_id' operation: "
         "ROLLUP_OPERATION_SUM field: 'actual_value' currency_mode: CURRENCY_MODE_ONLY currency: "
         "'USD' }");
  EXPECT_EQ(ValueOf(acme, "won_usd"), "money { minor: 1 currency: \"USD\" }");
}

TEST_F(CustomFieldsTest, F007OperationsOverChildrenAndSubtrees) {
  const auto define = [&](const std::string& name, const std::string& rule) {
    Define("account", absl::StrCat("name: '", name,
                                   "' rollup_rule { relation: 'account.parent_id' ", rule, " }"));
  };
  Define("account", "name: 'seats' kind: CUSTOM_FIELD_KIND_DECIMAL");
  define("children", "operation: ROLLUP_OPERATION_COUNT");
  define("below", "operation: ROLLUP_OPERATION_COUNT subtree: true");
  define("staff", "operation: ROLLUP_OPERATION_SUM field: 'employees'");
  define("mean", "operation: ROLLUP_OPERATION_AVERAGE field: 'employees'");
  define("least", "operation: ROLLUP_OPERATION_MIN field: 'employees'");
  define("most", "operation: ROLLUP_OPERATION_MAX field: 'custom.seats'");
  define("trades", "operation: ROLLUP_OPERATION_DISTINCT_COUNT field: 'industry'");
  const std::string top = NewAccount("Top");
  const auto child = [&](const std::string& name, const std::string& parent,
                         const std::string& more) {
    return NewAccount(name, absl::StrCat("parent_id: '", parent, "' ", more));
  };
  const std::string a = child(
      "A", top, "employees: 1 industry: 'mills' custom { name: 'seats' decimal: 1500000000 }");
  child("B", top, "employees: 2 industry: 'mills'");
  child("C", top, "employees: 2 industry: 'mines' custom { name: 'seats' decimal: 7 }");
  child("D", a, "employees: 100");

  EXPECT_EQ(ValueOf(top, "children"), "integer: 3");
  EXPECT_EQ(ValueOf(top, "below"), "integer: 4");
  EXPECT_EQ(ValueOf(top, "staff"), "integer: 5");
  EXPECT_EQ(ValueOf(top, "mean"), "decimal: 1666666667");
  EXPECT_EQ(ValueOf(top, "least"), "integer: 1");
  EXPECT_EQ(ValueOf(top, "most"), "decimal: 1500000000");
  EXPECT_EQ(ValueOf(top, "trades"), "integer: 2");
  // Of nothing: a count is zero, everything else is absent.
  EXPECT_EQ(ValueOf(a, "mean"), "decimal: 100000000000");
  const std::string alone = NewAccount("Alone");
  EXPECT_EQ(ValueOf(alone, "children"), "integer: 0");
  EXPECT_EQ(ValueOf(alone, "mean"), "");
  EXPECT_EQ(ValueOf(alone, "staff"), "");
  // Lists show them too.
  const auto list = Do(&AccountService::Stub::ListAccounts,
                       "filter: 'name = Top' field_mask { paths: 'custom.staff' }");
  ASSERT_EQ(list.accounts_size(), 1);
  EXPECT_EQ(list.accounts(0).ShortDebugString(), "custom { name: \"staff\" integer: 5 }");
}

TEST_F(CustomFieldsTest, F007SubtreeAtItsLimit) {
  Define("account",
         "name: 'below' rollup_rule { relation: 'account.parent_id' operation: "
         "ROLLUP_OPERATION_COUNT subtree: true }");
  const std::string top = server_.CreateAccount("Top");
  // The record itself counts among those of its subtree.
  for (size_t i = 1; i < services::kSubtreeMax; ++i) {
    server_.CreateAccount(absl::StrCat("Branch ", i), top);
  }
  EXPECT_EQ(ValueOf(top, "below"), absl::StrCat("integer: ", services::kSubtreeMax - 1));
  EXPECT_THAT(Accounts("filter: 'custom.below > 0'"), ElementsAre("Top"));
  const auto most =
      Do(&AccountService::Stub::ListAccounts, "order_by: 'custom.below desc, name' page_size: 2");
  ASSERT_EQ(most.accounts_size(), 2);
  EXPECT_EQ(most.accounts(0).name(), "Top");
  EXPECT_EQ(most.accounts(1).name(), "Branch 1");
  server_.CreateAccount("One more", top);
  EXPECT_EQ(ValueOf(top, "below"), "unavailable: \"LIMIT_EXCEEDED\"");
}

}  // namespace
}  // namespace daybook::testing
