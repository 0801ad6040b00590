#pragma once

// What the tests of deals share: a published process, people, accounts, products, reasons, and a
// deal.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {

inline constexpr int kAccount = 2;
inline constexpr int kArchivedAccount = 3;
inline constexpr int kOwner = 10;
inline constexpr int kInactiveOwner = 11;
inline constexpr int kOtherOwner = 12;
inline constexpr int kProcess = 20;
inline constexpr int kDraftProcess = 21;
inline constexpr int kProduct = 30;
inline constexpr int kDraftProduct = 31;
inline constexpr int kDiscontinuedProduct = 32;
inline constexpr int kLostReason = 40;
inline constexpr int kWonReason = 41;
inline constexpr int kAbandonedReason = 42;
inline constexpr int kRetiredReason = 43;
inline constexpr int kOtherLostReason = 44;
inline constexpr int kUnknown = 99;

inline std::string Ref(absl::string_view field, int id) {
  return absl::StrCat(" ", field, ": '", Id(id), "' ");
}

inline std::string Eur(absl::string_view field, int64_t minor) {
  return absl::StrCat(" ", field, " { minor: ", minor, " currency: 'EUR' } ");
}

inline std::string Day(absl::string_view field, int year, int month, int day) {
  return absl::StrCat(" ", field, " { year: ", year, " month: ", month, " day: ", day, " } ");
}

// Version 1 has prospect (10 %), offer (60 %, needs a value) and order (90 %, needs job requests
// and a close date).
inline Scenario SalesWorld() {
  Scenario scenario("opportunity");
  const auto reason = [&](int id, absl::string_view kind, absl::string_view code, bool active) {
    scenario.Exists("close_reason",
                    absl::StrCat(Ref("id", id), "kind: CLOSE_REASON_KIND_", kind, " code: '", code,
                                 "' label: 'L' active: ", active ? "true" : "false"));
  };
  reason(kLostReason, "LOST", "price", true);
  reason(kOtherLostReason, "LOST", "timing", true);
  reason(kRetiredReason, "LOST", "weather", false);
  reason(kWonReason, "WON", "service", true);
  reason(kAbandonedReason, "ABANDONED", "no_answer", true);
  scenario.Exists("account", absl::StrCat(Ref("id", kAccount), "name: 'Acme'"))
      .Exists("account", absl::StrCat(Ref("id", kArchivedAccount), "archived: true"))
      .Exists("user", absl::StrCat(Ref("id", kOwner), "state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat(Ref("id", kOtherOwner), "state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat(Ref("id", kInactiveOwner), "state: USER_STATE_INACTIVE"))
      .Exists("product", absl::StrCat(Ref("id", kProduct), "state: PRODUCT_STATE_ACTIVE"))
      .Exists("product", absl::StrCat(Ref("id", kDraftProduct), "state: PRODUCT_STATE_DRAFT"))
      .Exists("product",
              absl::StrCat(Ref("id", kDiscontinuedProduct), "state: PRODUCT_STATE_DISCONTINUED"))
      .Exists("sales_process", absl::StrCat(Ref("id", kDraftProcess), "draft { number: 1 }"))
      .Exists("sales_process",
              absl::StrCat(
                  Ref("id", kProcess), "published_version: 1 versions { number: 1 ",
                  "stages { id: 'prospect' label: 'Prospect' probability: 100000000 } ",
                  "stages { id: 'offer' label: 'Offer' probability: 600000000 ",
                  "  mandatory_field: 'value' } ",
                  "stages { id: 'order' label: 'Order' probability: 900000000 ",
                  "  mandatory_field: 'job_requests' mandatory_field: 'expected_close_date' } }"));
  return scenario;
}

// The deal of the tests, opened on 10 January 2026, 09:00 UTC, in stage prospect, without amounts.
// Text in `more` adds to it.
inline std::string DealText(absl::string_view more = "") {
  return absl::StrCat(Ref("id", 1), "subject: 'Ten engines'", Ref("account_id", kAccount),
                      Ref("owner_id", kOwner), Ref("process_id", kProcess),
                      "process_version: 1 stage: 'prospect' stage_probability: 100000000 "
                      "state: OPPORTUNITY_STATE_OPEN open_time { seconds: 1768035600 } ",
                      more);
}

inline Scenario Deal(absl::string_view more = "") {
  Scenario scenario = SalesWorld();
  scenario.Given(absl::StrCat("created { opportunity { ", DealText(more), " } }"));
  return scenario;
}

inline std::string JobText(int id, int64_t minor,
                           absl::string_view state = "JOB_REQUEST_STATE_OPEN") {
  return absl::StrCat(Ref("id", id), "service: 'Engine'", Eur("value", minor), "state: ", state,
                      " ");
}

// A deal whose value follows its job requests of 5,000, 3,000 and 2,000 (ids 51 to 53).
inline Scenario DealWithThreeJobs() {
  return Deal(absl::StrCat("job_requests {", JobText(51, 500000), "} job_requests {",
                           JobText(52, 300000), "} job_requests {", JobText(53, 200000), "}",
                           Eur("value", 1000000), "value_from_job_requests: true"));
}

// The deal after an outcome, in text: "WON", "PARTIALLY_WON", "LOST", "ABANDONED".
inline Scenario ClosedDeal(absl::string_view outcome) {
  Scenario scenario = DealWithThreeJobs();
  const std::string when = Day("close_date", 2026, 2, 1) + "close_time { seconds: 1769936400 } ";
  if (outcome == "WON") {
    scenario.Given(absl::StrCat("won {", when, Eur("actual_value", 900000), "}"));
  } else if (outcome == "PARTIALLY_WON") {
    scenario.Given(absl::StrCat(
        "partially_won {", when, Eur("actual_value", 700000), Eur("lost_value", 300000),
        Ref("accepted_job_request_ids", 51), Ref("accepted_job_request_ids", 53), "declined {",
        Ref("job_request_id", 52), Ref("close_reason_id", kLostReason), "} }"));
  } else if (outcome == "LOST") {
    scenario.Given(absl::StrCat("lost {", when, Eur("lost_value", 1000000),
                                Ref("close_reason_id", kLostReason),
                                "close_reason_code: 'price' competitor: 'Globex' }"));
  } else {
    scenario.Given(absl::StrCat("abandoned {", when, Eur("lost_value", 1000000), "}"));
  }
  return scenario;
}

}  // namespace daybook::testing
