#pragma once

// Accounts with rollups, a lookup and a stored field over their deals.

#include <string>
#include <utility>

#include "tests/services/custom_fields_fixture.h"

namespace daybook::testing {

inline constexpr char kWon[] =
    "name: 'won' rollup_rule { relation: 'opportunity.account_id' operation: "
    "ROLLUP_OPERATION_SUM field: 'actual_value' filter: 'state = WON' currency_mode: "
    "CURRENCY_MODE_SAME }";
inline constexpr char kDeals[] =
    "name: 'deals' rollup_rule { relation: 'opportunity.account_id' operation: "
    "ROLLUP_OPERATION_COUNT }";
inline constexpr char kLast[] =
    "name: 'last' lookup_rule { relation: 'opportunity.account_id' field: 'subject' pick: "
    "LOOKUP_PICK_LAST by: 'open_time' }";
inline constexpr char kRegion[] = "name: 'region' kind: CUSTOM_FIELD_KIND_TEXT";

class ComputedListsTest : public CustomFieldsTest {
 protected:
  ComputedListsTest() = default;
  explicit ComputedListsTest(services::ServerOptions options)
      : CustomFieldsTest(std::move(options)) {}

  void DefineAll() {
    for (const char* definition : {kWon, kDeals, kLast, kRegion}) Define("account", definition);
  }
  // From the sum to the largest.
  void ReviseWon() {
    Do(&FieldCatalogService::Stub::ReviseField,
       "record_type: 'account' definition { name: 'won' rollup_rule { relation: "
       "'opportunity.account_id' operation: ROLLUP_OPERATION_MAX field: 'actual_value' "
       "currency_mode: CURRENCY_MODE_SAME } } update_mask { paths: 'rollup_rule' }");
  }
  std::string WonDeal(const std::string& account, int64_t minor,
                      const std::string& currency = "USD") {
    const std::string deal = NewDeal(account, minor, "", currency);
    Win(deal, minor, currency);
    return deal;
  }
};

}  // namespace daybook::testing
