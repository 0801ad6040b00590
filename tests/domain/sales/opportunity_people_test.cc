// Who has to do with a deal, how it follows its process, and what its texts may say.

#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/sales/opportunity.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kContact = 60;
constexpr int kLinkedContact = 61;
constexpr int kForeignContact = 62;
constexpr int kArchivedContact = 63;
constexpr int kNobodysContact = 64;
constexpr int kOtherAccount = 4;

Scenario World(Scenario scenario) {
  scenario.Exists("contact", Ref("id", kContact) + Ref("account_id", kAccount))
      .Exists("contact",
              absl::StrCat(Ref("id", kLinkedContact), Ref("account_id", kOtherAccount), "links {",
                           Ref("account_id", kAccount), Day("effective_from", 2020, 1, 1), "}"))
      .Exists("contact", Ref("id", kForeignContact) + Ref("account_id", kOtherAccount))
      .Exists("contact",
              Ref("id", kArchivedContact) + Ref("account_id", kAccount) + "archived: true")
      .Exists("contact", Ref("id", kNobodysContact));
  return scenario;
}

std::string Contact(int id, absl::string_view role) {
  return absl::StrCat("contact {", Ref("contact_id", id), "role: '", role, "' } ");
}

std::string User(int id, absl::string_view role) {
  return absl::StrCat("collaborator {", Ref("user_id", id), "role: '", role, "' } ");
}

TEST(LinkOpportunityContactTest, F070RoleIsOfThisDeal) {
  World(Deal())
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kContact) + "role: ' buyer '")
      .Then({absl::StrCat("contact_linked {", Contact(kContact, "buyer"), "}")})
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kContact) + "role: 'buyer'")
      .ThenNothing()
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kContact) + "role: 'champion'")
      .Then({absl::StrCat("contact_linked {", Contact(kContact, "champion"), "}")})
      .ThenRecord(DealText(absl::StrCat("contacts {", Ref("contact_id", kContact),
                                        "role: 'champion' } reopened: 0")))
      .When<pb::UnlinkOpportunityContactRequest>(Ref("contact_id", kContact))
      .Then({absl::StrCat("contact_unlinked {", Contact(kContact, "champion"), "}")})
      .When<pb::UnlinkOpportunityContactRequest>(Ref("contact_id", kContact))
      .ThenNothing()
      .ThenRecord(DealText("reopened: 0"));
}

TEST(LinkOpportunityContactTest, F070ContactsOfOtherCustomersOnlyWhenSaidSo) {
  for (const int usable : {kContact, kLinkedContact, kNobodysContact}) {
    World(Deal())
        .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", usable))
        .Then({absl::StrCat("contact_linked {", Contact(usable, ""), "}")});
  }
  World(Deal())
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kForeignContact))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "contact_id"}})
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kForeignContact) +
                                               "other_account: true")
      .Then({absl::StrCat("contact_linked {", Contact(kForeignContact, ""), "}")});
}

TEST(LinkOpportunityContactTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::LinkOpportunityContactRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  World(Deal())
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kUnknown))
      .ThenRejected(Reason::REASON_REFERENCE_NOT_FOUND)
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kArchivedContact))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
  std::string contacts, users;
  for (int i = 0; i < domain::kOpportunityContactsMax - 1; ++i) {
    absl::StrAppend(&contacts, "contacts {", Ref("contact_id", 1000 + i), "} ");
  }
  World(Deal(contacts))
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kContact))
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kLinkedContact))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kOpportunityContactsMax)}})
      .When<pb::LinkOpportunityContactRequest>(Ref("contact_id", kContact) + "role: 'buyer'")
      .Then({absl::StrCat("contact_linked {", Contact(kContact, "buyer"), "}")});
  for (int i = 0; i < domain::kCollaboratorsMax; ++i) {
    absl::StrAppend(&users, "collaborators {", Ref("user_id", 1000 + i), "} ");
  }
  Deal(users)
      .When<pb::LinkOpportunityUserRequest>(Ref("user_id", kOtherOwner))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kCollaboratorsMax)}});
}

TEST(LinkOpportunityContactTest, StageThatNeedsAContactKeepsIt) {
  World(Deal(absl::StrCat("contacts {", Ref("contact_id", kContact), "}")))
      .Exists("sales_process", Ref("id", kProcess) +
                                   "published_version: 1 versions { number: 1 stages { id: "
                                   "'prospect' mandatory_field: 'contacts' } }")
      .When<pb::UnlinkOpportunityContactRequest>(Ref("contact_id", kContact))
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "contacts"}});
}

TEST(AssignOpportunityTest, F061StageThatNeedsACollaboratorKeepsTheLast) {
  const std::string process = Ref("id", kProcess) +
                              "published_version: 1 versions { number: 1 stages { id: 'prospect' "
                              "mandatory_field: 'collaborators' } }";
  const std::string one = absl::StrCat("collaborators {", Ref("user_id", kOtherOwner), "}");
  Deal(one)
      .Exists("sales_process", process)
      .When<pb::AssignOpportunityRequest>(Ref("owner_id", kOtherOwner))
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "collaborators"}});
  Scenario another = Deal(absl::StrCat(one, "collaborators {", Ref("user_id", 1000), "}"));
  another.Exists("sales_process", process)
      .When<pb::AssignOpportunityRequest>(Ref("owner_id", kOtherOwner));
  EXPECT_TRUE(another.status().ok()) << another.status();
}

TEST(LinkOpportunityUserTest, F070OwnerIsNoCollaborator) {
  SalesWorld().When<pb::LinkOpportunityUserRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  Deal()
      .When<pb::LinkOpportunityUserRequest>(Ref("user_id", kInactiveOwner))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::LinkOpportunityUserRequest>(Ref("user_id", kOwner))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "user_id"}})
      .When<pb::LinkOpportunityUserRequest>(Ref("user_id", kOtherOwner) + "role: 'legal'")
      .Then({absl::StrCat("user_linked {", User(kOtherOwner, "legal"), "}")})
      .When<pb::LinkOpportunityUserRequest>(Ref("user_id", kOtherOwner) + "role: 'legal'")
      .ThenNothing()
      .When<pb::AssignOpportunityRequest>(Ref("owner_id", kOtherOwner))
      .Then({absl::StrCat("assigned {", Ref("from_owner_id", kOwner),
                          Ref("to_owner_id", kOtherOwner), "}"),
             absl::StrCat("user_unlinked {", User(kOtherOwner, "legal"), "}")})
      .When<pb::UnlinkOpportunityUserRequest>(Ref("user_id", kOtherOwner))
      .ThenNothing();
  ClosedDeal("WON")
      .When<pb::LinkOpportunityUserRequest>(Ref("user_id", kOtherOwner))
      .When<pb::UnlinkOpportunityUserRequest>(Ref("user_id", kOtherOwner))
      .Then({absl::StrCat("user_unlinked {", User(kOtherOwner, ""), "}")});
}

// Account 4 and all below it take no orders; account 5 is below it.
Scenario WithBlacklist(Scenario scenario) {
  scenario.Exists("account", Ref("id", kOtherAccount) +
                                 "blacklisting { scope: BLACKLIST_SCOPE_ORDERS reason: 'r' "
                                 "subtree: true }");
  scenario.Exists("account", Ref("id", 5) + Ref("parent_id", kOtherAccount));
  return scenario;
}

TEST(LinkOpportunityAccountTest, F075BlacklistedAccountsTakeNoDeals) {
  WithBlacklist(Deal())
      .When<pb::LinkOpportunityAccountRequest>(Ref("account_id", kOtherAccount))
      .ThenRejected(Reason::REASON_BLACKLISTED, {{"field", "account_id"}})
      .When<pb::LinkOpportunityAccountRequest>(Ref("account_id", 5))
      .ThenRejected(Reason::REASON_BLACKLISTED, {{"account", Id(kOtherAccount)}});
}

TEST(WinOpportunityTest, F075DealOfAnAccountBlacklistedSinceCanOnlyBeLost) {
  Scenario scenario = WithBlacklist(DealWithThreeJobs());
  scenario.Exists("account", Ref("id", kAccount) + Ref("parent_id", kOtherAccount))
      .When<pb::WinOpportunityRequest>(Eur("actual_value", 1))
      .ThenRejected(Reason::REASON_BLACKLISTED)
      .When<pb::PartiallyWinOpportunityRequest>("")
      .ThenRejected(Reason::REASON_BLACKLISTED)
      .When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason));
  EXPECT_TRUE(scenario.status().ok()) << scenario.status();
}

// Version 2 calls offers negotiations, version 3 wants a close date for them.
constexpr absl::string_view kThreeVersions =
    "published_version: 3 versions { number: 1 stages { id: 'prospect' } "
    "  stages { id: 'offer' } stages { id: 'pilot' } } "
    "versions { number: 2 stages { id: 'prospect' } stages { id: 'talks' probability: 5 } "
    "  mapping { from: 'offer' to: 'talks' } } "
    "versions { number: 3 stages { id: 'prospect' probability: 7 } "
    "  stages { id: 'negotiation' probability: 6 mandatory_field: 'expected_close_date' } "
    "  mapping { from: 'talks' to: 'negotiation' } }";

Scenario DealInVersion1(absl::string_view stage, absl::string_view more = "") {
  Scenario scenario = SalesWorld();
  scenario.Exists("sales_process", Ref("id", kProcess) + std::string(kThreeVersions))
      .Given(absl::StrCat("created { opportunity {", Ref("id", 1), Ref("process_id", kProcess),
                          "process_version: 1 stage: '", stage, "' state: OPPORTUNITY_STATE_OPEN ",
                          more, "} }"));
  return scenario;
}

TEST(MigrateOpportunityProcessTest, F061MappingsLeadThroughAllVersions) {
  DealInVersion1("offer", Day("expected_close_date", 2026, 5, 1))
      .When<pb::MigrateOpportunityProcessRequest>("")
      .Then({"process_migrated { from_version: 1 to_version: 3 from_stage: 'offer' "
             "to_stage: 'negotiation' stage_probability: 6 }"})
      .ThenRecord(absl::StrCat(Ref("id", 1), Ref("process_id", kProcess),
                               "process_version: 3 stage: 'negotiation' stage_probability: 6 "
                               "state: OPPORTUNITY_STATE_OPEN reopened: 0 ",
                               Day("expected_close_date", 2026, 5, 1)))
      .When<pb::MigrateOpportunityProcessRequest>("")
      .ThenNothing();
  DealInVersion1("prospect")
      .When<pb::MigrateOpportunityProcessRequest>("")
      .Then({"process_migrated { from_version: 1 to_version: 3 from_stage: 'prospect' "
             "to_stage: 'prospect' stage_probability: 7 }"});
}

TEST(MigrateOpportunityProcessTest, F061RefusalsInCheckOrder) {
  SalesWorld().When<pb::MigrateOpportunityProcessRequest>("").ThenRejected(
      Reason::REASON_NOT_FOUND);
  ClosedDeal("WON").When<pb::MigrateOpportunityProcessRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION, {{"state", "WON"}});
  // A log of times when nothing was asked of versions.
  DealInVersion1("pilot").When<pb::MigrateOpportunityProcessRequest>("").ThenRejected(
      Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "mapping"}, {"state", "pilot"}});
  DealInVersion1("offer").When<pb::MigrateOpportunityProcessRequest>("").ThenRejected(
      Reason::REASON_MISSING_REQUIRED_FOR_STATE,
      {{"field", "expected_close_date"}, {"state", "negotiation"}});
}

Scenario WithWeights(Scenario scenario) {
  scenario.Exists(
      "sales_process",
      absl::StrCat(Ref("id", kProcess),
                   "published_version: 1 versions { number: 1 stages { id: 'prospect' probability: "
                   "100000000 } } fixed_labels { field: 'weight' version: 2 labels { label: '10' } "
                   "labels { label: '50' } labels { label: '90' } "
                   "labels { label: '70' retired: true } } "
                   "fixed_labels { field: 'competitor' version: 1 labels { label: 'Globex' } }"));
  return scenario;
}

std::string Weigh(absl::string_view weight) {
  return absl::StrCat("opportunity { weight: '", weight, "' } update_mask { paths: 'weight' }");
}

TEST(FixedLabelsTest, F072WeightOf55IsRejected) {
  Scenario scenario = WithWeights(Deal("weight: '70'"));
  scenario.When<pb::UpdateOpportunityRequest>(Weigh("55"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "weight"}});
  EXPECT_THAT(std::string(scenario.status().message()), ::testing::HasSubstr("10, 50, 90"));
  scenario.When<pb::UpdateOpportunityRequest>(Weigh("50"))
      .Then({"fields_changed { fields { paths: 'weight' } before { weight: '70' } "
             "after { weight: '50' } }"})
      .When<pb::UpdateOpportunityRequest>(Weigh("70"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "weight"}})
      .When<pb::UpdateOpportunityRequest>(Weigh(""))
      .Then({"fields_changed { fields { paths: 'weight' } before { weight: '50' } after {} }"});
}

TEST(FixedLabelsTest, F072RetiredLabelStaysWhileOtherFieldsChange) {
  WithWeights(Deal("weight: '70'"))
      .When<pb::UpdateOpportunityRequest>(
          "opportunity { note: 'n' weight: '70' } update_mask { paths: 'note' paths: 'weight' }")
      .Then({"fields_changed { fields { paths: 'note' } before {} after { note: 'n' } }"});
}

TEST(FixedLabelsTest, F072EveryWayToWriteTheFieldIsChecked) {
  const std::string create = absl::StrCat("subject: 'S'", Ref("account_id", kAccount),
                                          Ref("owner_id", kOwner), Ref("process_id", kProcess));
  WithWeights(SalesWorld())
      .When<pb::CreateOpportunityRequest>(create + "weight: '55'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "weight"}});
  for (const absl::string_view good : {"weight: '90'", "weight: '55' imported: true"}) {
    Scenario scenario = WithWeights(SalesWorld());
    scenario.When<pb::CreateOpportunityRequest>(absl::StrCat(create, good));
    EXPECT_TRUE(scenario.status().ok()) << scenario.status();
  }
  const std::string lose = Ref("close_reason_id", kLostReason);
  Scenario lost = WithWeights(Deal());
  lost.When<pb::LoseOpportunityRequest>(lose + "competitor: 'Acme'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "competitor"}})
      .When<pb::LoseOpportunityRequest>(lose + "competitor: 'Globex'");
  EXPECT_TRUE(lost.status().ok()) << lost.status();
}

TEST(FixedLabelsTest, F072CompetitorThatStaysIsNotChecked) {
  Scenario lost = WithWeights(Deal("competitor: 'Initech'"));
  lost.When<pb::LoseOpportunityRequest>(Ref("close_reason_id", kLostReason) +
                                        "competitor: 'Initech'");
  EXPECT_TRUE(lost.status().ok()) << lost.status();
  EXPECT_EQ(lost.As<pb::Opportunity>().competitor(), "Initech");
}

}  // namespace
}  // namespace daybook::testing
