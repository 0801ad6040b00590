// Unknown is not zero: numbers that nobody stated stay absent from request to record, and those
// that are always known are there from the first event on, also in records of older events.

#include "domain/record/presence.h"

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account.pb.h"
#include "daybook/party/v1/account_events.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/sales/v1/lead_service.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/setup/v1/assignment_rule_events.pb.h"
#include "daybook/setup/v1/import_run_events.pb.h"
#include "daybook/setup/v1/sales_process_events.pb.h"
#include "daybook/work/v1/activity_events.pb.h"
#include "domain/catalog/product.h"
#include "domain/fields/filter.h"
#include "domain/party/account.h"
#include "domain/party/payment_terms.h"
#include "domain/registry.h"
#include "domain/sales/lead.h"
#include "domain/sales/opportunity.h"
#include "domain/setup/assignment_rule.h"
#include "domain/setup/close_reason.h"
#include "domain/setup/import_run.h"
#include "domain/setup/sales_process.h"
#include "domain/work/activity.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"
#include "tests/support/proto_matchers.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;

// The record that an event makes, written as text.
template <class Aggregate>
typename Aggregate::Record Folded(std::initializer_list<absl::string_view> events) {
  typename Aggregate::State state;
  for (const absl::string_view text : events) {
    Aggregate::Evolve(state, Proto<typename Aggregate::Event>(text));
  }
  return state.record;
}

template <class Aggregate, class Request>
typename Aggregate::Record Decided(absl::string_view text) {
  domain::Context context;
  context.target_id = Id(1);
  context.zone = absl::UTCTimeZone();
  context.new_id = [] { return Id(50); };
  const domain::Facts facts;
  context.facts = &facts;
  const auto decision = Aggregate::Decide({}, Proto<Request>(text), context);
  EXPECT_TRUE(decision.ok()) << decision.status();
  typename Aggregate::State state;
  if (!decision.ok()) return state.record;
  for (const auto& event : decision->events) Aggregate::Evolve(state, event);
  return state.record;
}

TEST(PresenceTest, WhatNobodyStatedIsUnknownAndZeroIsZero) {
  const auto unknown = Decided<domain::Account, party::CreateAccountRequest>("name: 'A'");
  EXPECT_FALSE(unknown.has_employees());
  EXPECT_FALSE(unknown.has_founded_year());
  const auto zero = Decided<domain::Account, party::CreateAccountRequest>("name: 'A' employees: 0");
  EXPECT_TRUE(zero.has_employees());

  using Capture = sales::v1::CaptureLeadRequest;
  const auto lead = Decided<domain::Lead, Capture>("company: 'A' kind: LEAD_KIND_COMPANY");
  EXPECT_FALSE(lead.has_employees());
  EXPECT_FALSE(lead.has_visits());
  EXPECT_FALSE(lead.has_visit_seconds());
  EXPECT_FALSE(lead.has_assignment_version());
  const auto visited =
      Decided<domain::Lead, Capture>("company: 'A' kind: LEAD_KIND_COMPANY visits: 0");
  EXPECT_TRUE(visited.has_visits());
  EXPECT_FALSE(visited.has_visit_seconds());
}

TEST(PresenceTest, FiltersFindUnknownByPresenceAlone) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("account");
  const auto fits = [&](absl::string_view filter, absl::string_view account) {
    const auto bound = domain::ParseFilter(type, filter, {});
    EXPECT_TRUE(bound.ok()) << bound.status();
    return bound.ok() && domain::Matches(*bound, Proto<party::Account>(account));
  };
  for (const char* filter : {"employees = 0", "employees < 5", "employees >= 0", "employees:*"}) {
    EXPECT_FALSE(fits(filter, "name: 'unknown'")) << filter;
    EXPECT_TRUE(fits(filter, "employees: 0")) << filter;
  }
  EXPECT_TRUE(fits("NOT employees:*", "name: 'unknown'"));
  EXPECT_FALSE(fits("NOT employees:*", "employees: 0"));
}

std::string Account(absl::string_view more) {
  return absl::StrCat("created { account { id: '", Id(1), "' name: 'A' ", more, " } }");
}

TEST(PresenceTest, ClearingANumberMakesItUnknown) {
  Scenario("account")
      .Given(Account("employees: 0"))
      .When<party::UpdateAccountRequest>("account { } update_mask { paths: 'employees' }")
      .Then({"fields_changed { fields { paths: 'employees' } before { employees: 0 } after { } }"});
  Scenario("account")
      .Given(Account(""))
      .When<party::UpdateAccountRequest>(
          "account { employees: 0 } update_mask { paths: 'employees' }")
      .Then({"fields_changed { fields { paths: 'employees' } before { } after { employees: 0 } }"});
  Scenario("account")
      .Given(Account(""))
      .When<party::UpdateAccountRequest>("account { } update_mask { paths: 'employees' }")
      .ThenNothing();
}

// Events from before numbers had presence lack those that were 0.
TEST(PresenceTest, OlderEventsAreReadAsUnknown) {
  EXPECT_FALSE(
      Folded<domain::Account>({"created { account { id: 'x' name: 'A' } }"}).has_employees());
  const auto activity =
      Folded<domain::Activity>({"scheduled { activity { id: 'x' } }",
                                "rescheduled { to { date { year: 2026 month: 1 day: 1 } } }"});
  EXPECT_FALSE(activity.has_duration_minutes());
  const auto reason = Folded<domain::CloseReason>(
      {"defined { close_reason { id: 'x' } }", "review_mapped { from_unit_id: 'u' from_days: 3 }"});
  EXPECT_FALSE(reason.has_review_days());
}

TEST(PresenceTest, CountersAreKnownFromTheFirstEventOn) {
  const auto deal = Folded<domain::Opportunity>(
      {"created { opportunity { id: 'x' lines { id: 'l' } } }", "line_added { line { id: 'm' } }"});
  EXPECT_TRUE(deal.has_reopened());
  EXPECT_TRUE(deal.lines(0).has_discount());
  EXPECT_TRUE(deal.lines(1).has_discount());
  EXPECT_TRUE(Folded<domain::Product>({"created { product { id: 'x' } }"}).has_quantity_decimals());
  EXPECT_TRUE(Folded<domain::SalesProcess>({"defined { sales_process { id: 'x' } }"})
                  .has_published_version());
  const auto rules = Folded<domain::AssignmentRule>({"defined { assignment_rule { id: 'x' } }"});
  EXPECT_TRUE(rules.has_published_version());
  EXPECT_TRUE(rules.has_turns());
  const auto run = Folded<domain::ImportRun>({"started { import_run { id: 'x' } }"});
  EXPECT_TRUE(run.has_rows());
  EXPECT_TRUE(run.has_rows_applied());
  EXPECT_TRUE(run.has_commands());
}

TEST(PresenceTest, TermsOfPaymentWithoutDaysFallDueAtOnce) {
  auto net = Proto<party::PaymentTerms>("kind: PAYMENT_TERMS_KIND_NET");
  domain::FillPaymentTerms(&net);
  EXPECT_TRUE(net.has_days());
  auto parts = Proto<party::PaymentTerms>(
      "kind: PAYMENT_TERMS_KIND_INSTALMENTS instalments { share: 500000000 } "
      "instalments { share: 500000000 days: 30 }");
  domain::FillPaymentTerms(&parts);
  EXPECT_TRUE(parts.instalments(0).has_days());
  EXPECT_FALSE(parts.has_days());
}

}  // namespace
}  // namespace daybook::testing
