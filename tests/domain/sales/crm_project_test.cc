// Projects with deals or without, and the customers in them (F-062, F-063).

#include "domain/sales/crm_project.h"

#include "daybook/sales/v1/project_customer_service.pb.h"
#include "domain/sales/project_customer.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kProject = 50;
constexpr int kContact = 51;
constexpr int kArchivedContact = 52;
constexpr int kForeignContact = 53;
constexpr int kLead = 54;
constexpr int kSilentLead = 55;
constexpr int kNoCallsLead = 56;

Scenario ProjectWorld(absl::string_view aggregate) {
  Scenario scenario(aggregate);
  scenario.Exists("sales_process", absl::StrCat(Ref("id", kProcess), "published_version: 1"))
      .Exists("sales_process", absl::StrCat(Ref("id", kDraftProcess), "draft { number: 1 }"))
      .Exists("user", absl::StrCat(Ref("id", kOwner), "state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat(Ref("id", kInactiveOwner), "state: USER_STATE_INACTIVE"))
      .Exists("crm_project", absl::StrCat(Ref("id", kProject), "crm_enabled: true"))
      .Exists("account", absl::StrCat(Ref("id", kAccount), "name: 'Acme'"))
      .Exists("account", absl::StrCat(Ref("id", kArchivedAccount), "archived: true"))
      .Exists("contact", absl::StrCat(Ref("id", kContact), Ref("account_id", kAccount)))
      .Exists("contact", absl::StrCat(Ref("id", kArchivedContact), "archived: true"))
      .Exists("contact",
              absl::StrCat(Ref("id", kForeignContact), Ref("account_id", kArchivedAccount)))
      .Exists("lead", absl::StrCat(Ref("id", kLead), "state: LEAD_STATE_WORKING"))
      .Exists("lead", absl::StrCat(Ref("id", kSilentLead), "state: LEAD_STATE_DO_NOT_CONTACT"))
      .Exists("lead",
              absl::StrCat(Ref("id", kNoCallsLead), "state: LEAD_STATE_GOOD do_not_call: true"));
  return scenario;
}

std::string Created(absl::string_view more) {
  return absl::StrCat("created { crm_project {", Ref("id", 1),
                      "name: 'Spring' kind: CRM_PROJECT_KIND_OUTREACH ", more, "} }");
}

Scenario Project(absl::string_view more = "") {
  Scenario scenario = ProjectWorld("crm_project");
  scenario.Given(Created(more));
  return scenario;
}

constexpr absl::string_view kSpring = "name: 'Spring' kind: CRM_PROJECT_KIND_OUTREACH ";

TEST(CrmProjectTest, F062CrmComesWithTheProjectOrLater) {
  const std::string with = absl::StrCat("crm_enabled: true", Ref("process_id", kProcess));
  ProjectWorld("crm_project")
      .When<pb::CreateCrmProjectRequest>(absl::StrCat(kSpring, with))
      .Then({Created(with)})
      .ThenClaims({"crm-project-name=spring"});
  Project()
      .When<pb::EnableCrmRequest>(Ref("process_id", kProcess))
      .Then({absl::StrCat("crm_enabled {", Ref("process_id", kProcess), "}")})
      .When<pb::EnableCrmRequest>("")
      .ThenNothing()
      .When<pb::DisableCrmRequest>("")
      .Then({"crm_disabled {}"})
      .When<pb::DisableCrmRequest>("")
      .ThenNothing()
      .When<pb::EnableCrmRequest>("")
      .Then({absl::StrCat("crm_enabled {", Ref("process_id", kProcess), "}")})
      .When<pb::EnableCrmRequest>(Ref("process_id", kDraftProcess))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
}

TEST(CrmProjectTest, F062CrmNeedsAPublishedProcess) {
  ExpectRefusals<pb::EnableCrmRequest>(
      [] { return Project(); },
      {{"none", "", Reason::REASON_MISSING_REQUIRED_FOR_STATE, "process_id"},
       {"a draft", Ref("process_id", kDraftProcess), Reason::REASON_MISSING_REQUIRED_FOR_STATE,
        "process_id"}});
  const auto create = [](absl::string_view more) { return absl::StrCat(kSpring, more); };
  ExpectRefusals<pb::CreateCrmProjectRequest>(
      [] { return ProjectWorld("crm_project"); },
      {{"blank", "name: ' '", Reason::REASON_INVALID_FIELD, "name"},
       {"key", create("external_key: 'x'"), Reason::REASON_INVALID_FIELD, "external_key"},
       {"owner", create(Ref("owner_id", kInactiveOwner)), Reason::REASON_RECORD_ARCHIVED, ""},
       {"process", create("crm_enabled: true"), Reason::REASON_MISSING_REQUIRED_FOR_STATE,
        "process_id"}});
  ProjectWorld("crm_project").When<pb::EnableCrmRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(CrmProjectTest, NameAndOwnerChangeTheRestDoesNot) {
  Project()
      .When<pb::UpdateCrmProjectRequest>(
          absl::StrCat("crm_project { name: 'Summer'", Ref("owner_id", kOwner),
                       "} update_mask { paths: 'name' paths: 'owner_id' }"))
      .ThenClaims({"crm-project-name=summer"})
      .When<pb::UpdateCrmProjectRequest>("update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD)
      .When<pb::UpdateCrmProjectRequest>("update_mask { paths: 'crm_enabled' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE)
      .When<pb::UpdateCrmProjectRequest>(absl::StrCat(
          "crm_project {", Ref("owner_id", kInactiveOwner), "} update_mask { paths: 'owner_id' }"))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
}

std::string Member() { return Ref("crm_project_id", kProject) + Ref("account_id", kAccount); }

Scenario Customer() {
  Scenario scenario = ProjectWorld("project_customer");
  scenario.Given(absl::StrCat("added { project_customer {", Ref("id", 1), Member(), "} }"));
  return scenario;
}

std::string HandOver(absl::string_view more = "", absl::string_view source = "dial:7") {
  return absl::StrCat("source_id: '", source,
                      "' outcome: OUTREACH_OUTCOME_INTERESTED subject: 'Ten engines'",
                      Ref("owner_id", kOwner), more);
}

TEST(ProjectCustomerTest, CustomerIsInAProjectOnce) {
  ProjectWorld("project_customer")
      .When<pb::AddProjectCustomerRequest>(Member())
      .Then({absl::StrCat("added { project_customer {", Ref("id", 1), Member(), "} }")})
      .ThenClaims({absl::StrCat("project-customer=", Id(kProject), "/", Id(kAccount))})
      .When<pb::ArchiveProjectCustomerRequest>("")
      .Then({"archived {}"})
      .When<pb::HandOverFromOutreachRequest>(HandOver())
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::RestoreProjectCustomerRequest>("")
      .Then({"restored {}"});
  ProjectWorld("project_customer")
      .When<pb::AddProjectCustomerRequest>(Ref("crm_project_id", kProject) +
                                           Ref("account_id", kArchivedAccount))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
}

TEST(HandOverFromOutreachTest, F063SameSourceIdHandsOverOnce) {
  const std::string spoken = Ref("contact_id", kContact) + Ref("lead_id", kLead);
  Customer()
      .When<pb::HandOverFromOutreachRequest>(HandOver(spoken + "call_refs: 'c1' call_refs: 'c2'"))
      .Then({absl::StrCat("handed_over { handover { source_id: 'dial:7' "
                          "outcome: OUTREACH_OUTCOME_INTERESTED call_refs: 'c1' call_refs: 'c2' "
                          "handed_over_time { seconds: 1772362800 }",
                          Ref("opportunity_id", 9001), spoken, "} }")})
      .When<pb::HandOverFromOutreachRequest>(HandOver("call_refs: 'c3'"))
      .ThenNothing();
}

TEST(HandOverFromOutreachTest, F063NobodyWhoAskedNotToBeCalled) {
  ProjectWorld("project_customer")
      .When<pb::HandOverFromOutreachRequest>(HandOver())
      .ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::HandOverFromOutreachRequest>(
      Customer, {{"do not contact", HandOver(Ref("lead_id", kSilentLead)),
                  Reason::REASON_SUPPRESSED_RECIPIENT, "lead_id"},
                 {"do not call", HandOver(Ref("lead_id", kNoCallsLead)),
                  Reason::REASON_SUPPRESSED_RECIPIENT, "lead_id"},
                 {"archived", HandOver(Ref("contact_id", kArchivedContact)),
                  Reason::REASON_RECORD_ARCHIVED, ""},
                 {"of another account", HandOver(Ref("contact_id", kForeignContact)),
                  Reason::REASON_INVALID_FIELD, "contact_id"},
                 {"blank", HandOver("", " "), Reason::REASON_INVALID_FIELD, "source_id"}});
  Customer()
      .Exists("account", absl::StrCat(Ref("id", kAccount),
                                      "blacklisting { scope: BLACKLIST_SCOPE_MARKETING }"))
      .When<pb::HandOverFromOutreachRequest>(HandOver())
      .ThenRejected(Reason::REASON_BLACKLISTED);
}

TEST(HandOverFromOutreachTest, F063PhoneNumbersAreNoIdsOfCalls) {
  for (const absl::string_view number :
       {"+49 30 123456", "+1", "030/1234567", "(030) 123-45", "1234567", " 030.12345 "}) {
    SCOPED_TRACE(std::string(number));
    Scenario scenario = Customer();
    scenario.When<pb::HandOverFromOutreachRequest>(HandOver("", number))
        .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "source_id"}});
    EXPECT_EQ(scenario.status().message().find(number), absl::string_view::npos);
    scenario
        .When<pb::HandOverFromOutreachRequest>(
            HandOver(absl::StrCat("call_refs: 'c1' call_refs: '", number, "'")))
        .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "call_refs[1]"}});
    EXPECT_EQ(scenario.status().message().find(number), absl::string_view::npos);
  }
  for (const absl::string_view id :
       {"123456", "c1234567", "2026-03-01T12:00", "c+1", "------- -"}) {
    Scenario scenario = Customer();
    scenario.When<pb::HandOverFromOutreachRequest>(
        HandOver(absl::StrCat("call_refs: '", id, "'"), id));
    EXPECT_TRUE(scenario.status().ok()) << scenario.status();
  }
}

TEST(HandOverFromOutreachTest, HandOversAtTheirLimit) {
  Scenario scenario = Customer();
  for (int i = 0; i < domain::kHandoversMax; ++i) {
    scenario.Given(absl::StrCat("handed_over { handover { source_id: 's", i, "' } }"));
  }
  scenario.When<pb::HandOverFromOutreachRequest>(HandOver())
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED, {{"limit", "100"}});
}

}  // namespace
}  // namespace daybook::testing
