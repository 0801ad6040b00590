#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/sales/lead.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kNoon[] = "seconds: 1772362800";
constexpr char kOwner[] = "01890000-0000-7000-8000-000000000002";

// A good lead of user 2.
Scenario Good(absl::string_view values, absl::string_view owner_state = "USER_STATE_ACTIVE") {
  Scenario scenario("lead");
  scenario
      .Exists("user", absl::StrCat("id: '", Id(2), "' unit_id: '", Id(5), "' state: ", owner_state))
      .Exists("user", absl::StrCat("id: '", Id(3), "' state: USER_STATE_ACTIVE"))
      .Exists("account", absl::StrCat("id: '", Id(7), "' name: 'Mill'"))
      .Exists("account", absl::StrCat("id: '", Id(8), "' name: 'Gone' archived: true"))
      .Exists("contact", absl::StrCat("id: '", Id(20), "' given_name: 'B'"))
      .Exists("contact",
              absl::StrCat("id: '", Id(21), "' given_name: 'C' account_id: '", Id(7), "'"))
      .Exists("contact", absl::StrCat("id: '", Id(22), "' given_name: 'D' archived: true"))
      .Given(absl::StrCat("captured { lead { id: '", Id(1), "' state: LEAD_STATE_GOOD owner_id: '",
                          Id(2), "' state_time { ", kNoon, " } ", values, " } }"));
  return scenario;
}

constexpr char kCompany[] =
    "kind: LEAD_KIND_COMPANY company: 'Mill' country: 'DE' industry: 'food' employees: 7 "
    "family_name: 'Lovelace' email: 'ada@b.example' phone: '+4930123456' title: 'CEO'";

// What follows from the request, as text.
std::vector<std::string> FollowUpsOf(Scenario& scenario, const pb::ConvertLeadRequest& request) {
  domain::Lead::State after;
  after.record = scenario.As<pb::Lead>();
  domain::Facts facts;
  domain::Context context;
  auto owner = std::make_shared<admin::v1::User>();
  owner->set_id(kOwner);
  owner->set_state(admin::v1::USER_STATE_ACTIVE);
  facts.Add("user", kOwner, owner);
  // 20 is nobody's, 23 is at another account.
  for (const int id : {20, 23}) {
    auto contact = std::make_shared<party::v1::Contact>();
    contact->set_id(Id(id));
    if (id == 23) contact->set_account_id(Id(8));
    facts.Add("contact", Id(id), contact);
  }
  context.facts = &facts;
  const auto follow_ups = domain::Lead::Follow(after, request, context);
  EXPECT_TRUE(follow_ups.ok()) << follow_ups.status();
  std::vector<std::string> texts;
  for (const auto& follow_up : *follow_ups) {
    texts.push_back(
        absl::StrCat(follow_up->GetDescriptor()->name(), " ", follow_up->ShortDebugString()));
  }
  return texts;
}

TEST(ConvertLeadTest, F080_NewAccountContactAndOpportunityFollowInOrder) {
  Scenario lead = Good(kCompany);
  const auto request = Proto<pb::ConvertLeadRequest>(
      "new_account { name: 'Mill & Co' } new_opportunity { subject: "
      "'First order' }");
  lead.When(request)
      .Then({absl::StrCat(
          "converted { account_id: '", Id(9001), "' contact_id: '", Id(9002), "' opportunity_id: '",
          Id(9003), "' account_created: true contact_created: true state_time { ", kNoon, " } }")})
      .When(request)
      .ThenNothing();
  EXPECT_EQ(lead.As<pb::Lead>().state(), pb::LEAD_STATE_CONVERTED);
  const auto follow_ups = FollowUpsOf(lead, request);
  ASSERT_EQ(follow_ups.size(), 3u);
  EXPECT_EQ(follow_ups[0],
            absl::StrCat("CreateAccountRequest id: \"", Id(9001),
                         "\" name: \"Mill & Co\" industry: \"food\" country: \"DE\" employees: 7 "
                         "owner_id: \"",
                         Id(2), "\""));
  EXPECT_EQ(follow_ups[1],
            absl::StrCat("CreateContactRequest id: \"", Id(9002), "\" account_id: \"", Id(9001),
                         "\" family_name: \"Lovelace\" email: \"ada@b.example\" phone: "
                         "\"+4930123456\" title: \"CEO\""));
  EXPECT_EQ(follow_ups[2], absl::StrCat("CreateOpportunityRequest id: \"", Id(9003),
                                        "\" subject: \"First order\" account_id: \"", Id(9001),
                                        "\" owner_id: \"", Id(2), "\""));
}

TEST(ConvertLeadTest, F080_IntoAContactOfSeveralAccounts) {
  Scenario lead = Good(kCompany);
  lead.Exists("contact", absl::StrCat("id: '", Id(23), "' account_id: '", Id(8),
                                      "' links { account_id: '", Id(7), "' }"));
  const auto request = Proto<pb::ConvertLeadRequest>(
      absl::StrCat("account_id: '", Id(7), "' contact_id: '", Id(23), "'"));
  lead.When(request);
  EXPECT_TRUE(lead.status().ok()) << lead.status();
  EXPECT_TRUE(FollowUpsOf(lead, request).empty()) << "the contact stays where it is";
}

TEST(ConvertLeadTest, F080_IntoWhatIsThereAlready) {
  Scenario lead = Good(kCompany);
  const auto request = Proto<pb::ConvertLeadRequest>(
      absl::StrCat("account_id: '", Id(7), "' contact_id: '", Id(20), "'"));
  lead.When(request).Then({absl::StrCat("converted { account_id: '", Id(7), "' contact_id: '",
                                        Id(20), "' state_time { ", kNoon, " } }")});
  const auto follow_ups = FollowUpsOf(lead, request);
  ASSERT_EQ(follow_ups.size(), 1u);
  EXPECT_EQ(follow_ups[0], absl::StrCat("LinkContactAccountRequest id: \"", Id(20),
                                        "\" account_id: \"", Id(7), "\""));
}

TEST(ConvertLeadTest, CompanyWithoutAPersonHasNoContact) {
  Good("kind: LEAD_KIND_COMPANY company: 'Mill' email: 'info@b.example'")
      .When<pb::ConvertLeadRequest>("")
      .Then({absl::StrCat("converted { account_id: '", Id(9001),
                          "' account_created: true state_time { ", kNoon, " } }")});
}

TEST(ConvertLeadTest, F080_EverythingMissingIsListedAtOnce) {
  Scenario lead = Good("kind: LEAD_KIND_PERSON email: 'ada@b.example'");
  lead.When<pb::ConvertLeadRequest>("new_opportunity {}")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                    {{"field", "new_account.name,new_contact.family_name,new_opportunity.subject"},
                     {"state", "CONVERTED"}});
  // The name of a person is never made the name of an account, which is stored in clear.
  Good("kind: LEAD_KIND_PERSON given_name: 'Ada'")
      .When<pb::ConvertLeadRequest>("")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "new_account.name"}});
}

TEST(ConvertLeadTest, F080_RefusalsInCheckOrder) {
  const auto good = [] { return Good(kCompany); };
  ExpectRefusals<pb::ConvertLeadRequest>([] { return Scenario("lead"); },
                                         {{"none", "", Reason::REASON_NOT_FOUND, ""}});
  ExpectRefusals<pb::ConvertLeadRequest>(
      good, {{"account twice", "account_id: '01890000-0000-7000-8000-000000000007' new_account {}",
              Reason::REASON_INVALID_FIELD, "new_account"},
             {"contact twice", "contact_id: '01890000-0000-7000-8000-000000000021' new_contact {}",
              Reason::REASON_INVALID_FIELD, "new_contact"},
             {"no account", "account_id: '01890000-0000-7000-8000-000000000009'",
              Reason::REASON_REFERENCE_NOT_FOUND, "account_id"},
             {"account archived", "account_id: '01890000-0000-7000-8000-000000000008'",
              Reason::REASON_RECORD_ARCHIVED, ""},
             {"no contact", "contact_id: '01890000-0000-7000-8000-000000000029'",
              Reason::REASON_REFERENCE_NOT_FOUND, "contact_id"},
             {"contact archived", "contact_id: '01890000-0000-7000-8000-000000000022'",
              Reason::REASON_RECORD_ARCHIVED, ""},
             {"contact of another account", "contact_id: '01890000-0000-7000-8000-000000000021'",
              Reason::REASON_INVALID_FIELD, "contact_id"}});
}

TEST(ConvertLeadTest, F080_NotIntoABlacklistedAccountOrBelowOne) {
  const auto blacklisted = [](absl::string_view entry) {
    Scenario scenario = Good(kCompany);
    scenario
        .Exists("account",
                absl::StrCat("id: '", Id(6), "' name: 'Group' blacklisting { ", entry, " }"))
        .Exists("account", absl::StrCat("id: '", Id(7), "' parent_id: '", Id(6), "'"))
        .When<pb::ConvertLeadRequest>(absl::StrCat("account_id: '", Id(7), "'"));
    return scenario.status();
  };
  EXPECT_THAT(blacklisted("scope: BLACKLIST_SCOPE_ALL subtree: true"),
              HasReason(Reason::REASON_BLACKLISTED));
  EXPECT_TRUE(blacklisted("scope: BLACKLIST_SCOPE_ALL").ok());
  EXPECT_TRUE(blacklisted("scope: BLACKLIST_SCOPE_MARKETING subtree: true").ok());
}

TEST(ConvertLeadTest, F080_OnlyGoodLeads) {
  Scenario("lead")
      .Given(absl::StrCat("captured { lead { id: '", Id(1), "' state: LEAD_STATE_WORKING } }"))
      .When<pb::ConvertLeadRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "WORKING"}, {"allowed", "GOOD"}});
  Good(kCompany)
      .Given("archived {}")
      .When<pb::ConvertLeadRequest>("")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
}

TEST(ConvertLeadTest, F080_ConvertedLeadAnswersTheFirstResultInEveryState) {
  Good(kCompany)
      .Given(absl::StrCat("converted { account_id: '", Id(7), "' }"))
      .Given("do_not_contact_set {}")
      .Given("archived {}")
      .When<pb::ConvertLeadRequest>("new_account { name: 'Another' }")
      .ThenNothing();
}

TEST(ConvertLeadTest, F060_UnitsManagerStandsInForAnOwnerWhoLeft) {
  const auto request = Proto<pb::ConvertLeadRequest>("");
  Good(kCompany, "USER_STATE_INACTIVE")
      .When(request)
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED, {{"state", "INACTIVE"}});
  Scenario managed = Good(kCompany, "USER_STATE_INACTIVE");
  managed.Exists("unit", absl::StrCat("id: '", Id(5), "' manager_id: '", Id(3), "'")).When(request);
  EXPECT_TRUE(managed.status().ok()) << managed.status();
  Good(kCompany, "USER_STATE_INACTIVE")
      .When<pb::ConvertLeadRequest>(absl::StrCat("new_account { owner_id: '", Id(3), "' }"))
      .Then({absl::StrCat("converted { account_id: '", Id(9001), "' contact_id: '", Id(9002),
                          "' account_created: true contact_created: true state_time { ", kNoon,
                          " } }")});
}

}  // namespace
}  // namespace daybook::testing
