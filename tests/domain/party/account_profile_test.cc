// Class, renewal, billing, brand, and the strong keys of an account.

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_profile_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

std::string AccountText(int id, int parent, absl::string_view more = "") {
  return absl::StrCat("id: '", Id(id), "' name: 'A' state: ACCOUNT_STATE_PROSPECT ", more,
                      parent == 0 ? "" : absl::StrCat(" parent_id: '", Id(parent), "'"));
}

constexpr char kScheme[] =
    "name: 'Worth' version: 2 versions { number: 1 classes { id: 'x' label: 'X' } } "
    "versions { number: 2 classes { id: 'a' label: 'A' } classes { id: 'b' label: 'B' } }";

// The account 1 below 2, beside 3; 4 is a tree of its own, 5 archived below 2.
Scenario Created() {
  Scenario scenario("account");
  scenario.Exists("account", AccountText(2, 0))
      .Exists("account", AccountText(3, 2))
      .Exists("account", AccountText(4, 0))
      .Exists("account", AccountText(5, 2, "archived: true"))
      .Exists("class_scheme", absl::StrCat("id: '", Id(20), "' ", kScheme))
      .Exists("brand", absl::StrCat("id: '", Id(30), "' name: 'North'"))
      .Exists("brand", absl::StrCat("id: '", Id(31), "' name: 'South'"))
      .Given(absl::StrCat("created { account { ", AccountText(1, 2), " } }"))
      .Exists("account", AccountText(1, 2));
  return scenario;
}

Scenario Archived() { return std::move(Created().Given("archived {}")); }

TEST(AccountKeysTest, F017DomainAndCountryAreOneKeyUnlessAReasonIsGiven) {
  Scenario("account")
      .When<pb::CreateAccountRequest>(
          "name: 'Acme' domain: 'https://www.Acme.example/shop' country: 'DE'")
      .ThenClaims({"account-domain=acme.example/de"})
      .When<pb::UpdateAccountRequest>(
          "account { allow_duplicate_reason: 'two firms, one site' } "
          "update_mask { paths: 'allow_duplicate_reason' }")
      .ThenClaims({})
      .When<pb::UpdateAccountRequest>("account { domain: 'acme' } update_mask { paths: 'domain' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "account.domain"}});
}

TEST(SetAccountClassTest, F019TheVersionInForceIsRecorded) {
  Created()
      .When<pb::SetAccountClassRequest>("account_class: 'b' reason: 'small'")
      .Then({absl::StrCat("class_changed { to: 'b' class_scheme_id: '", Id(20),
                          "' class_scheme_version: 2 reason: 'small' }")})
      .When<pb::SetAccountClassRequest>("account_class: 'b' reason: 'still small'")
      .ThenNothing()
      .When<pb::SetAccountClassRequest>(
          absl::StrCat("account_class: 'a' reason: 'grew' class_scheme_id: '", Id(20), "'"))
      .Then({absl::StrCat("class_changed { from: 'b' to: 'a' class_scheme_id: '", Id(20),
                          "' class_scheme_version: 2 reason: 'grew' }")});
}

TEST(SetAccountClassTest, RefusalsInCheckOrder) {
  Archived()
      .When<pb::SetAccountClassRequest>("account_class: 'a' reason: 'x'")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
  Scenario two = Created();
  two.Exists("class_scheme", absl::StrCat("id: '", Id(21), "' ", kScheme));
  two.When<pb::SetAccountClassRequest>("account_class: 'a' reason: 'x'")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "class_scheme_id"}});
  ExpectRefusals<pb::SetAccountClassRequest>(
      Created, {{"no reason", "account_class: 'x'", Reason::REASON_INVALID_FIELD, "reason"},
                {"of an old version", "account_class: 'x' reason: 'r'",
                 Reason::REASON_INVALID_FIELD, "account_class"},
                {"unknown scheme",
                 absl::StrCat("account_class: 'a' reason: 'r' class_scheme_id: '", Id(99), "'"),
                 Reason::REASON_REFERENCE_NOT_FOUND, "class_scheme_id"}});
}

// Today is 1 March 2026.
TEST(SetRenewalTest, F035TodayOrLaterAndNothingTakesItBack) {
  const std::string renewal =
      "renewal_date { year: 2026 month: 3 day: 1 } renewal_value { minor: 5 currency: 'EUR' }";
  Created()
      .When<pb::SetRenewalRequest>(renewal)
      .Then({absl::StrCat("renewal_set { ", renewal, " }")})
      .When<pb::SetRenewalRequest>(renewal)
      .ThenNothing()
      .When<pb::SetRenewalRequest>("")
      .Then({"renewal_set {}"})
      .ThenRecord(AccountText(1, 2));
  ExpectRefusals<pb::SetRenewalRequest>(Created,
                                        {{"past", "renewal_date { year: 2026 month: 2 day: 28 }",
                                          Reason::REASON_INVALID_FIELD, "renewal_date"},
                                         {"no day", "renewal_value { minor: 5 currency: 'EUR' }",
                                          Reason::REASON_INVALID_FIELD, "renewal_value"}});
}

constexpr char kNet[] = " payment_terms { kind: PAYMENT_TERMS_KIND_NET days: 30 }";

TEST(SetBillingProfileTest, F024ForwardDatedProfilesFollowOneAnother) {
  Created()
      .When<pb::SetBillingProfileRequest>(kNet)
      .Then({absl::StrCat("billing_profile_set { profile { currency: 'EUR'", kNet,
                          " effective_from { year: 2026 month: 3 day: 1 } } }")})
      .When<pb::SetBillingProfileRequest>(
          absl::StrCat("currency: 'USD'", kNet, " effective_from { year: 2026 month: 7 day: 1 }"))
      .Then({absl::StrCat("billing_profile_set { profile { currency: 'USD'", kNet,
                          " effective_from { year: 2026 month: 7 day: 1 } } }")})
      .When<pb::SetBillingProfileRequest>(
          absl::StrCat(kNet, " effective_from { year: 2026 month: 4 day: 1 }"))
      .ThenNothing()
      .When<pb::SetBillingProfileRequest>(absl::StrCat(
          kNet,
          " effective_from { year: 2026 month: 6 day: 1 } effective_until { year: 2026 "
          "month: 8 day: 1 }"))
      .ThenRejected(Reason::REASON_INTERVAL_OVERLAP);
}

TEST(SetBillingProfileTest, F024TheInvoicingPointIsInTheTree) {
  for (const int point : {1, 2, 3}) {
    Scenario scenario = Created();
    scenario.When<pb::SetBillingProfileRequest>(
        absl::StrCat(kNet, " invoicing_point_id: '", Id(point), "'"));
    EXPECT_TRUE(scenario.status().ok()) << point << scenario.status();
  }
  const auto point = [](int id) {
    return absl::StrCat(kNet, " invoicing_point_id: '", Id(id), "'");
  };
  ExpectRefusals<pb::SetBillingProfileRequest>(
      Created,
      {{"terms", "payment_terms { kind: PAYMENT_TERMS_KIND_NET days: -1 } currency: 'EURO'",
        Reason::REASON_INVALID_FIELD, "payment_terms.days"},
       {"currency", absl::StrCat(kNet, " currency: 'EUX'"), Reason::REASON_INVALID_FIELD,
        "currency"},
       {"unknown", point(99), Reason::REASON_REFERENCE_NOT_FOUND, "invoicing_point_id"},
       {"archived", point(5), Reason::REASON_RECORD_ARCHIVED, ""},
       {"another tree", point(4), Reason::REASON_INVALID_FIELD, "invoicing_point_id"}});
}

TEST(AssignAccountToBrandTest, F107OneBrandAtATime) {
  const auto brand = [](int id, int month) {
    return absl::StrCat("brand_id: '", Id(id), "' effective_from { year: 2026 month: ", month,
                        " day: 1 }");
  };
  Created()
      .When<pb::AssignAccountToBrandRequest>(brand(30, 1))
      .Then({absl::StrCat("brand_assigned { assignment { ", brand(30, 1), " } }")})
      .When<pb::AssignAccountToBrandRequest>(brand(31, 6))
      .Then({absl::StrCat("brand_assigned { assignment { ", brand(31, 6), " } }")})
      .ThenRecord(AccountText(
          1, 2,
          absl::StrCat("brand_assignments { ", brand(30, 1),
                       " effective_until { year: 2026 month: 6 day: 1 } } brand_assignments { ",
                       brand(31, 6), " }")))
      .When<pb::AssignAccountToBrandRequest>(
          absl::StrCat(brand(31, 2), " effective_until { year: 2026 month: 3 day: 1 }"))
      .ThenRejected(Reason::REASON_INTERVAL_OVERLAP)
      .When<pb::AssignAccountToBrandRequest>(brand(99, 1))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
