#include "absl/strings/str_cat.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

Scenario World() {
  Scenario scenario("contact");
  scenario.Exists("account", absl::StrCat("id: '", Id(2), "' name: 'A'"))
      .Exists("account", absl::StrCat("id: '", Id(3), "' name: 'B' archived: true"));
  return scenario;
}

Scenario Created() {
  return std::move(World().Given(absl::StrCat("created { contact { id: '", Id(1),
                                              "' family_name: 'Byron' account_id: '", Id(2),
                                              "' external_key: 'erp:7' } }")));
}

std::string Account(int id) { return absl::StrCat("account_id: '", Id(id), "'"); }

TEST(CreateContactTest, PhoneIsStoredInE164) {
  World()
      .When<pb::CreateContactRequest>(absl::StrCat(
          "given_name: 'Ada' family_name: 'Byron' email: 'ada@example.org' title: 'Countess' "
          "phone: '0049 (30) 12-34.56' external_key: 'erp:7' ",
          Account(2)))
      .Then({absl::StrCat("created { contact { id: '", Id(1),
                          "' given_name: 'Ada' family_name: 'Byron' email: 'ada@example.org' "
                          "title: 'Countess' phone: '+4930123456' external_key: 'erp:7' state: "
                          "CONTACT_STATE_ACTIVE ",
                          Account(2), " } }")})
      .ThenClaims({"contact-external-key=erp:7", "not:suppressed-email=ada@example.org",
                   "not:suppressed-phone=+4930123456"});
}

TEST(CreateContactTest, OnePartOfTheNameIsEnough) {
  World()
      .When<pb::CreateContactRequest>("given_name: 'Ada'")
      .Then({absl::StrCat("created { contact { id: '", Id(1),
                          "' given_name: 'Ada' state: CONTACT_STATE_ACTIVE } }")});
}

TEST(CreateContactTest, RefusalsInCheckOrder) {
  Created()
      .When<pb::CreateContactRequest>("given_name: 'A'")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::CreateContactRequest>(
      World,
      {
          {"no name", "given_name: ' ' email: 'x'", Reason::REASON_INVALID_FIELD, "family_name"},
          {"e-mail", "given_name: 'A' email: 'ada' phone: '1'", Reason::REASON_INVALID_FIELD,
           "email"},
          {"key", "given_name: 'A' external_key: 'x' phone: '1'", Reason::REASON_INVALID_FIELD,
           "external_key"},
          {"phone", absl::StrCat("given_name: 'A' phone: '030 123' ", Account(99)),
           Reason::REASON_INVALID_FIELD, "phone"},
          {"unknown account", absl::StrCat("given_name: 'A' ", Account(99)),
           Reason::REASON_REFERENCE_NOT_FOUND, "account_id"},
          {"archived account", absl::StrCat("given_name: 'A' ", Account(3)),
           Reason::REASON_RECORD_ARCHIVED, ""},
      });
}

TEST(CreateContactTest, RefusalsNeverRepeatPersonalValues) {
  for (const absl::string_view request :
       {"given_name: 'A' email: 'secret-at-example'", "given_name: 'A' phone: 'secret'"}) {
    Scenario scenario = World();
    scenario.When<pb::CreateContactRequest>(request);
    EXPECT_EQ(scenario.status().ToString().find("secret"), std::string::npos) << scenario.status();
  }
}

TEST(UpdateContactTest, PhoneIsNormalisedBeforeItIsCompared) {
  Created()
      .When<pb::UpdateContactRequest>(
          "contact { phone: '+49 30 123456' } update_mask { paths: 'phone' }")
      .Then({"fields_changed { fields { paths: 'phone' } before {} after { phone: '+4930123456' } "
             "}"})
      .When<pb::UpdateContactRequest>(
          "contact { phone: '0049-30-123456' } update_mask { paths: 'phone' }")
      .ThenNothing();
}

TEST(UpdateContactTest, RefusalsInCheckOrder) {
  World().When<pb::UpdateContactRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::UpdateContactRequest>(
      Created, {
                   {"phone", "contact { phone: 'x' } update_mask { paths: 'phone' }",
                    Reason::REASON_INVALID_FIELD, "contact.phone"},
                   {"the account", "update_mask { paths: 'account_id' }",
                    Reason::REASON_FIELD_NOT_WRITABLE, "account_id"},
                   {"no name left", "update_mask { paths: 'family_name' }",
                    Reason::REASON_INVALID_FIELD, "family_name"},
                   {"e-mail", "contact { email: 'a@b' } update_mask { paths: 'email' }",
                    Reason::REASON_INVALID_FIELD, "email"},
               });
}

TEST(LinkContactAccountTest, ToAnotherAccountOrToNone) {
  Created()
      .When<pb::LinkContactAccountRequest>(Account(2))
      .ThenNothing()
      .When<pb::LinkContactAccountRequest>("")
      .Then({absl::StrCat("account_linked { from_account_id: '", Id(2), "' }")})
      .When<pb::LinkContactAccountRequest>(Account(3))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::LinkContactAccountRequest>(Account(99))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND)
      .When<pb::LinkContactAccountRequest>(Account(2))
      .Then({absl::StrCat("account_linked { to_account_id: '", Id(2), "' }")});
}

TEST(ArchiveContactTest, ArchivedContactTakesNoChangesButRestore) {
  Created()
      .When<pb::ArchiveContactRequest>("")
      .Then({"archived {}"})
      .ThenClaims({})
      .When<pb::ArchiveContactRequest>("")
      .ThenNothing()
      .When<pb::UpdateContactRequest>("contact { title: 'x' } update_mask { paths: 'title' }")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::LinkContactAccountRequest>("")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::RestoreContactRequest>("")
      .Then({"restored {}"})
      .When<pb::RestoreContactRequest>("")
      .ThenNothing();
}

TEST(ArchiveContactTest, UnknownContactIsRefused) {
  World().When<pb::ArchiveContactRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World().When<pb::RestoreContactRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World().When<pb::LinkContactAccountRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

std::string From(int month) {
  return absl::StrCat(" effective_from { year: 2026 month: ", month, " day: 1 }");
}
std::string Until(int month) {
  return absl::StrCat(" effective_until { year: 2026 month: ", month, " day: 1 }");
}

TEST(LinkContactTest, F017LinksInRolesEachForATime) {
  Created()
      .When<pb::LinkContactRequest>(Account(2) + " role: ' billing '")
      .Then({absl::StrCat("linked { link { ", Account(2), " role: 'billing'", From(3), " } }")})
      .When<pb::LinkContactRequest>(Account(2) + " role: 'billing'" + From(5))
      .ThenNothing()
      .When<pb::LinkContactRequest>(Account(2) + " role: 'purchasing'" + From(4) + Until(6))
      .Then({absl::StrCat("linked { link { ", Account(2), " role: 'purchasing'", From(4), Until(6),
                          " } }")})
      .When<pb::LinkContactRequest>(Account(2) + " role: 'purchasing'" + From(5) + Until(7))
      .ThenRejected(Reason::REASON_INTERVAL_OVERLAP)
      .When<pb::UnlinkContactRequest>(Account(2) + Until(5))
      .Then({absl::StrCat("unlinked { ", Account(2), Until(5), " }")})
      .When<pb::UnlinkContactRequest>(Account(2) + Until(5))
      .ThenNothing()
      .ThenRecord(absl::StrCat("id: '", Id(1), "' family_name: 'Byron' ", Account(2),
                               " external_key: 'erp:7' links { ", Account(2), " role: 'billing'",
                               From(3), Until(5), " } links { ", Account(2), " role: 'purchasing'",
                               From(4), Until(5), " }"));
}

TEST(LinkContactTest, RefusalsInCheckOrder) {
  World().When<pb::LinkContactRequest>(Account(2)).ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::LinkContactRequest>(
      Created, {{"unknown account", Account(99), Reason::REASON_REFERENCE_NOT_FOUND, "account_id"},
                {"archived account", Account(3), Reason::REASON_RECORD_ARCHIVED, ""},
                {"ends before it begins", Account(2) + From(3) + Until(3),
                 Reason::REASON_INVALID_FIELD, "effective_until"}});
}

TEST(ChangeContactStateTest, ActiveAndStale) {
  Created()
      .When<pb::ChangeContactStateRequest>("state: CONTACT_STATE_ACTIVE")
      .ThenNothing()
      .When<pb::ChangeContactStateRequest>("state: CONTACT_STATE_STALE")
      .Then({"state_changed { from: CONTACT_STATE_ACTIVE to: CONTACT_STATE_STALE }"})
      .When<pb::ChangeContactStateRequest>("")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "state"}});
}

}  // namespace
}  // namespace daybook::testing
