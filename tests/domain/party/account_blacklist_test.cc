#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/blacklist_service.pb.h"
#include "domain/party/blacklist.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

// Commands of a scenario have no actor.
const char kActor[] = "";

Scenario Created() {
  Scenario scenario("account");
  scenario.Given(
      absl::StrCat("created { account { id: '", Id(1), "' name: 'A' tax_number: 'DE1' } }"));
  return scenario;
}

std::string Entry(absl::string_view more = "", absl::string_view actor = kActor) {
  return absl::StrCat(
      "blacklisted { blacklisting { scope: BLACKLIST_SCOPE_ORDERS reason: 'pays "
      "nothing' ",
      more, " set_by: '", actor, "' set_at { seconds: 1772362800 } } }");
}

constexpr char kOrders[] = "scope: BLACKLIST_SCOPE_ORDERS reason: 'pays nothing' ";

TEST(BlacklistTest, F025SetAndLifted) {
  Scenario scenario = Created();
  scenario.When<pb::BlacklistAccountRequest>(kOrders);
  ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  EXPECT_EQ(scenario.As<pb::Account>().blacklist_scope(), pb::BLACKLIST_SCOPE_ORDERS);
  scenario.When<pb::BlacklistAccountRequest>(kOrders)
      .ThenNothing()
      .When<pb::LiftBlacklistRequest>("reason: 'paid'")
      .Then({"blacklist_lifted { reason: 'paid' }"})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'A' tax_number: 'DE1'"))
      .When<pb::LiftBlacklistRequest>("reason: 'paid'")
      .ThenNothing();
}

TEST(BlacklistTest, F025FourEyesAskForSomebodyElse) {
  Scenario own = Created();
  own.When<pb::BlacklistAccountRequest>(absl::StrCat(kOrders, "four_eyes: true"));
  ASSERT_TRUE(own.status().ok());
  own.When<pb::LiftBlacklistRequest>("reason: 'paid'")
      .ThenRejected(Reason::REASON_FOUR_EYES_REQUIRED)
      .When<pb::BlacklistAccountRequest>("scope: BLACKLIST_SCOPE_MARKETING reason: 'x'")
      .ThenRejected(Reason::REASON_FOUR_EYES_REQUIRED);
  Created()
      .Given(Entry("four_eyes: true", Id(77)))
      .When<pb::LiftBlacklistRequest>("reason: 'paid'")
      .Then({"blacklist_lifted { reason: 'paid' }"});
}

// An account that is blacklisted keeps its tax number even when archived, so that it does not come
// back under a new record.
TEST(BlacklistTest, F025TheTaxNumberOfABlacklistedAccountStaysTaken) {
  Created()
      .Given(Entry())
      .When<pb::ArchiveAccountRequest>("")
      .Then({"archived {}"})
      .ThenClaims({"account-tax-number=DE1"});
  Created().When<pb::ArchiveAccountRequest>("").Then({"archived {}"}).ThenClaims({});
}

TEST(BlacklistTest, RefusalsInCheckOrder) {
  Scenario("account").When<pb::BlacklistAccountRequest>(kOrders).ThenRejected(
      Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::BlacklistAccountRequest>(
      Created, {{"no scope", "reason: ' '", Reason::REASON_INVALID_FIELD, "scope"},
                {"no reason", "scope: BLACKLIST_SCOPE_ALL reason: ' '",
                 Reason::REASON_INVALID_FIELD, "reason"},
                {"today", absl::StrCat(kOrders, "effective_until { year: 2026 month: 3 day: 1 }"),
                 Reason::REASON_INVALID_FIELD, "effective_until"}});
  ExpectRefusals<pb::LiftBlacklistRequest>(
      Created, {{"no reason", "reason: ' '", Reason::REASON_INVALID_FIELD, "reason"}});
}

pb::Account Account(absl::string_view entry) {
  return Proto<pb::Account>(absl::StrCat("id: '", Id(1), "' blacklisting { ", entry, " }"));
}

TEST(BlacklistTest, F025ScopesDaysAndSubtrees) {
  const absl::CivilDay today(2026, 3, 1);
  const auto orders = Account("scope: BLACKLIST_SCOPE_ORDERS");
  EXPECT_TRUE(domain::Forbids(orders, true, pb::BLACKLIST_SCOPE_ORDERS, today));
  EXPECT_FALSE(domain::Forbids(orders, true, pb::BLACKLIST_SCOPE_MARKETING, today));
  EXPECT_TRUE(domain::Forbids(orders, true, pb::BLACKLIST_SCOPE_ALL, today));
  EXPECT_FALSE(domain::Forbids(orders, false, pb::BLACKLIST_SCOPE_ORDERS, today));
  const auto all = Account(
      "scope: BLACKLIST_SCOPE_ALL subtree: true effective_until { year: 2026 month: 3 day: 2 }");
  EXPECT_TRUE(domain::Forbids(all, false, pb::BLACKLIST_SCOPE_MARKETING, today));
  EXPECT_FALSE(domain::Forbids(all, false, pb::BLACKLIST_SCOPE_MARKETING, today + 1));
  EXPECT_FALSE(domain::Forbids(pb::Account(), true, pb::BLACKLIST_SCOPE_ALL, today));
}

}  // namespace
}  // namespace daybook::testing
