// Deals in projects (F-062, F-069), deals out of use (F-064), and projects of won deals (F-076).

#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/sales/v1/project_request_service.pb.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/project_request.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kSpring = 50;
constexpr int kSummer = 51;     // has another process
constexpr int kCallsOnly = 52;  // without CRM
constexpr int kOtherProcess = 25;

Scenario WithProjects(Scenario scenario) {
  scenario
      .Exists("crm_project", absl::StrCat(Ref("id", kSpring), "name: 'Spring' crm_enabled: true",
                                          Ref("process_id", kProcess)))
      .Exists("crm_project", absl::StrCat(Ref("id", kSummer), "name: 'Summer' crm_enabled: true",
                                          Ref("process_id", kOtherProcess)))
      .Exists("crm_project", absl::StrCat(Ref("id", kCallsOnly), "name: 'Calls'"))
      .Exists("sales_process",
              absl::StrCat(Ref("id", kOtherProcess),
                           "name: 'Short' published_version: 2 versions { number: 2 stages { id: "
                           "'talk' probability: 200000000 } stages { id: 'sign' probability: "
                           "800000000 mandatory_field: 'value' } }"));
  return scenario;
}

std::string Moved(int from, int to, absl::string_view entered) {
  return absl::StrCat("project_changed {", from == 0 ? "" : Ref("from_crm_project_id", from),
                      to == 0 ? "" : Ref("to_crm_project_id", to), Ref("from_process_id", kProcess),
                      "from_process_version: 1 from_stage: ", "'prospect'", entered, "}");
}

const std::string kSameProcess =
    absl::StrCat(Ref("to_process_id", kProcess),
                 "to_process_version: 1 to_stage: 'prospect' stage_probability: 100000000");

TEST(CreateOpportunityTest, F062DealOfAProjectGoesThroughItsProcess) {
  Scenario scenario = WithProjects(SalesWorld());
  scenario.When<pb::CreateOpportunityRequest>(
      absl::StrCat("subject: 'Deal'", Ref("account_id", kAccount), Ref("owner_id", kOwner),
                   Ref("crm_project_id", kSummer)));
  ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  const auto& deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(deal.crm_project_id(), Id(kSummer));
  EXPECT_EQ(deal.process_id(), Id(kOtherProcess));
  EXPECT_EQ(deal.process_version(), 2u);
  EXPECT_EQ(deal.stage(), "talk");
}

TEST(CreateOpportunityTest, F069ProjectWithoutCrmOrWithAnotherProcessIsRefused) {
  const std::string least =
      absl::StrCat("subject: 'Deal'", Ref("account_id", kAccount), Ref("owner_id", kOwner));
  ExpectRefusals<pb::CreateOpportunityRequest>(
      [] { return WithProjects(SalesWorld()); },
      {{"no CRM", least + Ref("crm_project_id", kCallsOnly),
        Reason::REASON_MISSING_REQUIRED_FOR_STATE, "crm_project_id"},
       {"another process", least + Ref("crm_project_id", kSummer) + Ref("process_id", kProcess),
        Reason::REASON_INVALID_FIELD, "process_id"}});
}

TEST(MoveDealToProjectTest, F069DealKeepsItsStageWhereTheProcessIsTheSame) {
  WithProjects(Deal())
      .When<pb::MoveDealToProjectRequest>(Ref("crm_project_id", kSpring))
      .Then({Moved(0, kSpring, kSameProcess)})
      .When<pb::MoveDealToProjectRequest>(Ref("crm_project_id", kSpring))
      .ThenNothing()
      .When<pb::MoveDealToProjectRequest>("")
      .Then({Moved(kSpring, 0, kSameProcess)});
}

TEST(MoveDealToProjectTest, F069AnotherProcessNeedsAStage) {
  WithProjects(Deal())
      .When<pb::MoveDealToProjectRequest>(Ref("crm_project_id", kSummer) + "stage: 'talk'")
      .Then({Moved(0, kSummer,
                   absl::StrCat(Ref("to_process_id", kOtherProcess),
                                "to_process_version: 2 to_stage: 'talk' stage_probability: "
                                "200000000"))});
  const std::string summer = Ref("crm_project_id", kSummer);
  ExpectRefusals<pb::MoveDealToProjectRequest>(
      [] { return WithProjects(Deal()); },
      {{"no mapping", summer, Reason::REASON_MISSING_REQUIRED_FOR_STATE, "stage"},
       {"no such stage", summer + "stage: 'offer'", Reason::REASON_INVALID_FIELD, "stage"},
       {"mandatory", summer + "stage: 'sign'", Reason::REASON_MISSING_REQUIRED_FOR_STATE, "value"},
       {"no CRM", Ref("crm_project_id", kCallsOnly), Reason::REASON_MISSING_REQUIRED_FOR_STATE,
        "crm_project_id"},
       {"unknown", Ref("crm_project_id", kUnknown), Reason::REASON_REFERENCE_NOT_FOUND,
        "crm_project_id"}});
  WithProjects(SalesWorld())
      .When<pb::MoveDealToProjectRequest>(summer)
      .ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(MoveDealToProjectTest, ClosedDealMovesAndKeepsItsProcess) {
  Scenario scenario = WithProjects(ClosedDeal("WON"));
  scenario.When<pb::MoveDealToProjectRequest>(Ref("crm_project_id", kSummer) + "stage: 'talk'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "stage"}})
      .When<pb::MoveDealToProjectRequest>(Ref("crm_project_id", kSummer))
      .Then({Moved(0, kSummer, kSameProcess)});
}

TEST(MoveDealToProjectTest, F069OpenDealEntersTheProcessThatItsProjectGotSince) {
  const std::string here = Ref("crm_project_id", kSummer);
  WithProjects(Deal(here))
      .When<pb::MoveDealToProjectRequest>(here)
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "stage"}})
      .When<pb::MoveDealToProjectRequest>(here + "stage: 'talk'")
      .Then({Moved(kSummer, kSummer,
                   absl::StrCat(Ref("to_process_id", kOtherProcess),
                                "to_process_version: 2 to_stage: 'talk' stage_probability: "
                                "200000000"))})
      .When<pb::MoveDealToProjectRequest>(here)
      .ThenNothing();
  Scenario closed = WithProjects(Deal(here));
  closed.Given(absl::StrCat("abandoned {", Day("close_date", 2026, 2, 1), "}"))
      .When<pb::MoveDealToProjectRequest>(here)
      .ThenNothing();
}

TEST(MoveDealToProjectTest, F061StageThatNeedsAProjectKeepsIt) {
  const std::string process = Ref("id", kProcess) +
                              "published_version: 1 versions { number: 1 stages { id: 'prospect' "
                              "mandatory_field: 'crm_project_id' } }";
  const std::string spring = Ref("crm_project_id", kSpring);
  Scenario scenario = WithProjects(Deal());
  scenario.Exists("sales_process", process).When<pb::MoveDealToProjectRequest>(spring);
  ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  scenario.When<pb::MoveDealToProjectRequest>("").ThenRejected(
      Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "crm_project_id"}});
  Scenario closed = WithProjects(Deal(spring));
  closed.Exists("sales_process", process)
      .Given(absl::StrCat("abandoned {", Day("close_date", 2026, 2, 1), "}"))
      .When<pb::MoveDealToProjectRequest>("");
  EXPECT_TRUE(closed.status().ok()) << closed.status();
}

TEST(ReopenOpportunityTest, F062NoDealIsOpenInAProjectWithoutCrm) {
  const std::string without = Ref("crm_project_id", kCallsOnly);
  const std::string reopen = "header { reason: 'they called' }";
  const std::string abandoned = absl::StrCat("abandoned {", Day("close_date", 2026, 2, 1), "}");
  WithProjects(Deal(without))
      .Given(abandoned)
      .When<pb::ReopenOpportunityRequest>(reopen)
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "crm_project_id"}});
  WithProjects(Deal(without))
      .Given("archived {}")
      .When<pb::RestoreOpportunityRequest>("")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "crm_project_id"}});
  // closed it does no harm, and with CRM it is welcome
  WithProjects(Deal(without))
      .Given(abandoned)
      .Given("archived {}")
      .When<pb::RestoreOpportunityRequest>("")
      .Then({"restored {}"});
  Scenario welcome = WithProjects(Deal(Ref("crm_project_id", kSpring)));
  welcome.Given(abandoned).When<pb::ReopenOpportunityRequest>(reopen);
  EXPECT_TRUE(welcome.status().ok()) << welcome.status();
}

TEST(ArchiveOpportunityTest, F064ArchivedDealTakesNoCommandButTheWayBack) {
  SalesWorld().When<pb::ArchiveOpportunityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  Scenario scenario = WithProjects(Deal());
  scenario.When<pb::ArchiveOpportunityRequest>("")
      .Then({"archived {}"})
      .When<pb::ArchiveOpportunityRequest>("")
      .ThenNothing();
  const auto refused = [&](auto request, absl::string_view text) {
    SCOPED_TRACE(request.GetTypeName());
    scenario.When<decltype(request)>(text).ThenRejected(Reason::REASON_RECORD_ARCHIVED);
  };
  refused(pb::UpdateOpportunityRequest(), "update_mask { paths: 'note' }");
  refused(pb::ChangeOpportunityStageRequest(), "stage: 'offer'");
  refused(pb::AssignOpportunityRequest(), Ref("owner_id", kOtherOwner));
  refused(pb::LinkOpportunityAccountRequest(), Ref("account_id", kAccount));
  refused(pb::WinOpportunityRequest(), Eur("actual_value", 1));
  refused(pb::PartiallyWinOpportunityRequest(), "");
  refused(pb::LoseOpportunityRequest(), Ref("close_reason_id", kLostReason));
  refused(pb::AbandonOpportunityRequest(), "");
  refused(pb::ReopenOpportunityRequest(), "");
  refused(pb::MoveDealToProjectRequest(), Ref("crm_project_id", kSpring));
  refused(pb::CorrectLossReasonRequest(), Ref("close_reason_id", kLostReason));
  refused(pb::CreateProjectFromOpportunityRequest(), "");
  scenario.When<pb::RestoreOpportunityRequest>("")
      .Then({"restored {}"})
      .When<pb::RestoreOpportunityRequest>("")
      .ThenNothing();
}

TEST(CreateProjectFromOpportunityTest, F076OnceForAWin) {
  Scenario scenario = ClosedDeal("PARTIALLY_WON");
  const auto exists = [&](absl::string_view state) {
    scenario.Exists("project_request",
                    absl::StrCat(Ref("id", 9001), "state: PROJECT_REQUEST_STATE_", state));
  };
  scenario.When<pb::CreateProjectFromOpportunityRequest>("").Then(
      {absl::StrCat("project_requested {", Ref("project_request_id", 9001), "}")});
  exists("REQUESTED");
  scenario.When<pb::CreateProjectFromOpportunityRequest>("").ThenNothing();
  exists("UNDECIDED");
  scenario.When<pb::CreateProjectFromOpportunityRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION, {{"state", "UNDECIDED"}});
  exists("KEPT");
  scenario.When<pb::CreateProjectFromOpportunityRequest>("").ThenNothing();
  exists("CANCELLED");
  scenario.When<pb::CreateProjectFromOpportunityRequest>("").Then(
      {absl::StrCat("project_requested {", Ref("project_request_id", 9002), "}")});
}

TEST(ReopenOpportunityTest, F076CancelledProjectIsLeftAlone) {
  domain::Opportunity::State after;
  after.record = Proto<pb::Opportunity>(Ref("id", 1) + Ref("project_request_id", 70));
  const auto following = [&](absl::string_view state) {
    domain::Facts facts;
    facts.Add("project_request", Id(70),
              std::make_shared<pb::ProjectRequest>(Proto<pb::ProjectRequest>(
                  absl::StrCat(Ref("id", 70), "state: PROJECT_REQUEST_STATE_", state))));
    domain::Context context;
    context.facts = &facts;
    return domain::Opportunity::Follow(after, pb::ReopenOpportunityRequest(), context)->size();
  };
  EXPECT_EQ(following("REQUESTED"), 1u);
  EXPECT_EQ(following("KEPT"), 1u);
  EXPECT_EQ(following("CANCELLED"), 0u);
}

TEST(CreateProjectFromOpportunityTest, F076DealsThatAreNotWonAreRefused) {
  SalesWorld().When<pb::CreateProjectFromOpportunityRequest>("").ThenRejected(
      Reason::REASON_NOT_FOUND);
  Deal().When<pb::CreateProjectFromOpportunityRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION, {{"state", "OPEN"}});
  ClosedDeal("LOST").When<pb::CreateProjectFromOpportunityRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION, {{"state", "LOST"}});
}

std::string RequestedBy(absl::string_view state) {
  return absl::StrCat(Ref("id", 70), "subject: 'Ten engines'", Ref("account_id", kAccount),
                      Ref("owner_id", kOwner), "state: OPPORTUNITY_STATE_", state,
                      Eur("actual_value", 700000), Ref("project_request_id", 1), "job_requests {",
                      JobText(51, 500000, "JOB_REQUEST_STATE_ACCEPTED"), "} job_requests {",
                      JobText(52, 300000, "JOB_REQUEST_STATE_DECLINED"), "} job_requests {",
                      JobText(53, 200000, "JOB_REQUEST_STATE_ACCEPTED"), "volume: 2000000",
                      Day("deadline", 2026, 5, 1), Ref("product_id", kProduct), "}");
}

Scenario Requested() {
  Scenario scenario("project_request");
  scenario.Exists("opportunity", RequestedBy("PARTIALLY_WON"))
      .When<pb::OpenProjectRequestRequest>(Ref("opportunity_id", 70));
  return scenario;
}

TEST(ProjectRequestTest, F076PartiallyWonDealWithTwoAcceptedJobsYieldsTwoJobs) {
  Requested().Then({absl::StrCat(
      "opened { project_request {", Ref("id", 1), "subject: 'Ten engines'",
      Ref("opportunity_id", 70), Ref("account_id", kAccount), Ref("owner_id", kOwner),
      "state: PROJECT_REQUEST_STATE_REQUESTED", Eur("value", 700000), "jobs {",
      Ref("job_request_id", 51), "service: 'Engine'", Eur("value", 500000), "} jobs {",
      Ref("job_request_id", 53), "service: 'Engine'", Eur("value", 200000), "volume: 2000000",
      Day("deadline", 2026, 5, 1), Ref("product_id", kProduct), "} } }")});
  Scenario unasked("project_request");
  unasked.Target(Id(2))
      .Exists("opportunity", RequestedBy("WON"))
      .When<pb::OpenProjectRequestRequest>(Ref("opportunity_id", 70))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "opportunity_id"}});
}

TEST(ProjectRequestTest, F076AfterReopeningItIsKeptOrCancelledExplicitly) {
  const std::string why = "header { reason: 'half done' }";
  Requested()
      .When<pb::KeepProjectRequestRequest>(why)
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "REQUESTED"}})
      .When<pb::SuspendProjectRequestRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "PARTIALLY_WON"}})
      .Exists("opportunity", RequestedBy("OPEN"))
      .When<pb::SuspendProjectRequestRequest>("")
      .Then({"suspended {}"})
      .When<pb::SuspendProjectRequestRequest>("")
      .ThenNothing()
      .When<pb::KeepProjectRequestRequest>("")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "header.reason"}})
      .When<pb::KeepProjectRequestRequest>(why)
      .Then({"kept {}"})
      .When<pb::KeepProjectRequestRequest>(why)
      .ThenNothing()
      .When<pb::CancelProjectRequestRequest>("")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "header.reason"}})
      .When<pb::CancelProjectRequestRequest>(why)
      .Then({"cancelled {}"})
      .When<pb::CancelProjectRequestRequest>(why)
      .ThenNothing()
      .When<pb::SuspendProjectRequestRequest>("")
      .ThenNothing();
  Scenario none("project_request");
  none.When<pb::CancelProjectRequestRequest>(why).ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
