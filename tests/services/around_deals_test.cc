// What surrounds a deal, over gRPC: projects and their customers (F-062 to F-065, F-069), deals out
// of use, and the project that a win asks for (F-076).

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_replace.h"
#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "daybook/party/v1/blacklist_service.grpc.pb.h"
#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "daybook/sales/v1/project_request_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "domain/base/time.h"
#include "tests/services/around_deals_fixture.h"
#include "tests/support/command_batch.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Requests = pb::ProjectRequestService::Stub;
using Boards = pb::SalesBoardService::Stub;
using Analysis = pb::PipelineAnalysisService::Stub;

TEST_F(AroundDealsTest, F062F064CustomersAreUnprocessedFromEnablingUntilTheirFirstDeal) {
  const std::string globex = server_.CreateAccount("Globex"),
                    shady = server_.CreateAccount("Shady");
  const std::string below = server_.CreateAccount("Below Shady", shady);
  const std::string project = Project("Spring", false);
  for (const auto& account : {acme_, globex, shady, below}) Customer(project, account);
  Do(&party::v1::BlacklistService::Stub::BlacklistAccount,
     Id("id", shady) + "scope: BLACKLIST_SCOPE_MARKETING reason: 'asked' subtree: true");
  // a project without CRM takes no deals, and nobody waits there
  EXPECT_THAT(Unprocessed(project), IsEmpty());
  EXPECT_EQ(Refused(&Deals::CreateOpportunity,
                    absl::StrCat("subject: 'Deal'", Id("account_id", acme_), Id("owner_id", ada_),
                                 Id("crm_project_id", project))),
            "MISSING_REQUIRED_FOR_STATE");
  // when CRM is enabled, existing customers are unprocessed, but for those blacklisted
  Do(&Projects::EnableCrm, Id("id", project) + Id("process_id", Process()));
  EXPECT_THAT(Unprocessed(project), ElementsAre("Acme", "Globex"));
  // the first deal takes a customer out of the column; archived it is not a deal; restored it is
  const std::string deal = DealIn(project, acme_);
  EXPECT_THAT(Unprocessed(project), ElementsAre("Globex"));
  Do(&Deals::ArchiveOpportunity, Id("id", deal));
  EXPECT_THAT(Unprocessed(project), ElementsAre("Acme", "Globex"));
  Do(&Deals::RestoreOpportunity, Id("id", deal));
  EXPECT_THAT(Unprocessed(project), ElementsAre("Globex"));
  // pages
  const std::string other = Project("Summer");
  for (const auto& account : {acme_, globex}) Customer(other, account);
  const auto first =
      Do(&Projects::ListUnprocessedCustomers, Id("crm_project_id", other) + "page_size: 1");
  ASSERT_EQ(first.customers_size(), 1);
  const auto second = Do(&Projects::ListUnprocessedCustomers,
                         absl::StrCat(Id("crm_project_id", other), "page_size: 1",
                                      Id("page_token", first.next_page_token())));
  EXPECT_EQ(second.customers(0).account_id(), globex);
  EXPECT_EQ(second.next_page_token(), "");
  EXPECT_EQ(
      Refused(&Projects::ListUnprocessedCustomers, Id("crm_project_id", other) + "page_token: 'x'"),
      "INVALID_PAGE_TOKEN");
  // a customer is in a project once
  EXPECT_EQ(Refused(&Customers::AddProjectCustomer,
                    Id("crm_project_id", project) + Id("account_id", acme_)),
            "DUPLICATE_KEY");
}

TEST_F(AroundDealsTest, F062CrmIsNotDisabledWhileDealsAreOpen) {
  const std::string project = Project("Spring"), deal = DealIn(project, acme_);
  EXPECT_EQ(Refused(&Projects::DisableCrm, Id("id", project)), "IN_USE");
  Batch batch;
  pb::DisableCrmRequest request;
  *request.mutable_header() = server_.Header();
  request.set_id(project);
  batch.Add(request);
  EXPECT_EQ(batch.Send(server_)[1].code(), grpc::StatusCode::INVALID_ARGUMENT)
      << "a stream does not look for open deals";
  Do(&Deals::AbandonOpportunity, Id("id", deal));
  EXPECT_FALSE(Do(&Projects::DisableCrm, Id("id", project)).crm_project().crm_enabled());
  // nor do deals come back into it
  const std::string again = "header { reason: 'again' }" + Id("id", deal);
  EXPECT_EQ(Refused(&Deals::ReopenOpportunity, again), "MISSING_REQUIRED_FOR_STATE");
  const std::string other = Project("Summer"), hidden = DealIn(other, acme_);
  Do(&Deals::ArchiveOpportunity, Id("id", hidden));
  Do(&Projects::DisableCrm, Id("id", other));
  EXPECT_EQ(Refused(&Deals::RestoreOpportunity, Id("id", hidden)), "MISSING_REQUIRED_FOR_STATE");
  Do(&Projects::EnableCrm, Id("id", other));
  Do(&Deals::RestoreOpportunity, Id("id", hidden));
}

TEST_F(AroundDealsTest, F062RepeatedRequestGetsItsAnswerWhateverWasOpenedSince) {
  const std::string project = Project("Spring");
  pb::DisableCrmRequest request;
  *request.mutable_header() = server_.Header();
  request.set_id(project);
  Projects stub(server_.channel());
  pb::DisableCrmResponse first, again;
  ASSERT_TRUE(server_.Call(&Projects::DisableCrm, stub, request, &first).ok());
  Do(&Projects::EnableCrm, Id("id", project));
  DealIn(project, acme_);
  ASSERT_TRUE(server_.Call(&Projects::DisableCrm, stub, request, &again).ok());
  EXPECT_EQ(again.receipt().position(), first.receipt().position());
  EXPECT_FALSE(again.crm_project().crm_enabled());
  EXPECT_EQ(Refused(&Projects::DisableCrm, Id("id", project)), "IN_USE");
}

// Whoever comes first wins: a project without CRM never has an open deal.
TEST_F(AroundDealsTest, F062DealRegisteredInTheVeryMomentKeepsCrmOn) {
  const std::string project = Project("Spring");
  int disabled = 0, registered = 0;
  for (int round = 0; round < 40; ++round) {
    pb::CreateOpportunityRequest create = Proto<pb::CreateOpportunityRequest>(
        absl::StrCat("subject: 'Deal'", Id("account_id", acme_), Id("owner_id", ada_),
                     Id("crm_project_id", project)));
    pb::DisableCrmRequest disable;
    disable.set_id(project);
    *create.mutable_header() = server_.Header();
    *disable.mutable_header() = server_.Header();
    pb::CreateOpportunityResponse deal;
    grpc::Status created;
    std::thread other([&] {
      Deals stub(server_.channel());
      created = server_.Call(&Deals::CreateOpportunity, stub, create, &deal);
    });
    Projects stub(server_.channel());
    pb::DisableCrmResponse off;
    const grpc::Status switched = server_.Call(&Projects::DisableCrm, stub, disable, &off);
    other.join();
    ASSERT_NE(switched.ok(), created.ok())
        << round << ": " << switched.error_message() << created.error_message();
    if (switched.ok()) {
      ++disabled;
      EXPECT_EQ(RefusalOf(created).reason, "MISSING_REQUIRED_FOR_STATE");
      Do(&Projects::EnableCrm, Id("id", project));
    } else {
      ++registered;
      EXPECT_EQ(RefusalOf(switched).reason, "IN_USE");
      Do(&Deals::AbandonOpportunity, Id("id", deal.opportunity().id()));
    }
  }
  RecordProperty("disabled", disabled);
  RecordProperty("registered", registered);
}

TEST_F(AroundDealsTest, F062ReadersDoNotLearnOfOpenDealsByDisabling) {
  const std::string project = Project("Spring");
  DealIn(project, acme_);
  const std::string key =
      Do(&admin::v1::ApiKeyService::Stub::IssueApiKey, "name: 'k' role: API_ROLE_READER").key();
  pb::DisableCrmRequest request;
  *request.mutable_header() = server_.Header();
  request.set_id(project);
  pb::DisableCrmResponse response;
  const auto context = server_.Context(key);
  EXPECT_EQ(
      RefusalOf(Projects(server_.channel()).DisableCrm(context.get(), request, &response)).reason,
      "ACCESS_DENIED");
  // where there is no such project, that is the answer
  EXPECT_EQ(Refused(&Projects::DisableCrm, Id("id", server_.NewId())), "NOT_FOUND");
}

TEST_F(AroundDealsTest, F063HandingOverTwiceCreatesOneDeal) {
  const std::string project = Project("Spring"), customer = Customer(project, acme_);
  const std::string hand_over =
      absl::StrCat(Id("id", customer),
                   "source_id: 'dial:7' outcome: OUTREACH_OUTCOME_MEETING_BOOKED call_refs: 'c1' "
                   "subject: 'Ten engines'",
                   Id("owner_id", ada_), Id("contact_id", NewContact("Curie", acme_)));
  const auto first = Do(&Customers::HandOverFromOutreach, hand_over).project_customer();
  const auto second = Do(&Customers::HandOverFromOutreach, hand_over).project_customer();
  ASSERT_EQ(second.handovers_size(), 1);
  EXPECT_EQ(second.handovers(0).call_refs(0), "c1");
  const auto deals =
      Do(&Deals::ListOpportunities, absl::StrCat("filter: \"crm_project_id = '", project, "'\""));
  ASSERT_EQ(deals.opportunities_size(), 1);
  EXPECT_EQ(deals.opportunities(0).id(), first.handovers(0).opportunity_id());
  ASSERT_EQ(deals.opportunities(0).contacts_size(), 1);
  EXPECT_EQ(deals.opportunities(0).contacts(0).contact_id(), first.handovers(0).contact_id());
  // an outcome that nobody knows
  EXPECT_EQ(Refused(&Customers::HandOverFromOutreach,
                    absl::StrReplaceAll(hand_over, {{"OUTREACH_OUTCOME_MEETING_BOOKED", "99"},
                                                    {"dial:7", "dial:8"}})),
            "INVALID_FIELD");
}

TEST_F(AroundDealsTest, F069ThreeDealsInTwoProjectsAreAllSeen) {
  const std::string spring = Project("Spring"), summer = Project("Summer");
  DealIn(spring, acme_);
  DealIn(spring, acme_);
  const std::string moved = DealIn(spring, acme_);
  Do(&Deals::MoveDealToProject, Id("id", moved) + Id("crm_project_id", summer));
  const auto deals = Do(&Deals::ListOpportunities, absl::StrCat("filter: \"account_id = '", acme_,
                                                                "' AND owner_id = '", ada_, "'\""));
  std::map<std::string, int> by_project;
  for (const auto& deal : deals.opportunities()) ++by_project[deal.crm_project_id()];
  EXPECT_EQ(by_project, (std::map<std::string, int>{{spring, 2}, {summer, 1}}));
}

TEST_F(AroundDealsTest, F065BoardOfAProjectWithItsUnprocessedColumn) {
  const std::string project = Project("Spring");
  Customer(project, acme_);
  Customer(project, server_.CreateAccount("Globex"));
  const std::string deal = DealIn(project, acme_);
  server_.CreateDeal(acme_, ada_, 9'000'000);  // in no project
  const auto count = [&](const std::string& more) {
    const auto board = Do(&Boards::GetSalesBoard, Id("crm_project_id", project) + more);
    std::map<std::string, int64_t> columns;
    for (const auto& column : board.columns()) {
      if (column.count() > 0) columns[column.label()] = column.count();
    }
    return columns;
  };
  using Columns = std::map<std::string, int64_t>;
  EXPECT_EQ(count(""), (Columns{{"Prospect", 1}}));
  EXPECT_EQ(count("include_unprocessed: true"), (Columns{{"Unprocessed", 1}, {"Prospect", 1}}));
  EXPECT_EQ(count(Id("owner_id", ben_)), Columns());
  const std::string april =
      Field("period_from", "2026-04-01") + Field("period_until", "2026-05-01");
  EXPECT_EQ(count(april), Columns()) << "no expected close";
  EXPECT_EQ(Refused(&Boards::GetSalesBoard, "include_unprocessed: true"), "INVALID_FIELD");
  Do(&Deals::ArchiveOpportunity, Id("id", deal));
  EXPECT_EQ(count("include_unprocessed: true"), (Columns{{"Unprocessed", 2}}));
}

TEST_F(AroundDealsTest, F064ArchivedDealIsInNoMeasure) {
  // given a deal that changed its stage, and a lost one
  const uint64_t start = server_.Head();
  const std::string deal = server_.CreateDeal(acme_, ada_, 40'000);
  Do(&Deals::ChangeOpportunityStage, Id("id", deal) + "stage: 'offer'");
  const std::string lost = server_.CreateDeal(acme_, ada_, 500);
  Do(&Deals::LoseOpportunity, Id("id", lost) + Id("close_reason_id", LostReason("too_dear")));
  const auto durations = [&] {
    int64_t stays = 0, open = 0;
    const auto all = Do(&Boards::GetStageDurations, "");
    for (const auto& stage : all.stages()) {
      stays += stage.stays();
      open += stage.open();
    }
    return std::pair(stays, open);
  };
  EXPECT_EQ(durations(), std::pair(int64_t{2}, int64_t{1}));
  // when both are archived
  for (const auto& id : {deal, lost}) Do(&Deals::ArchiveOpportunity, Id("id", id));
  // then
  EXPECT_EQ(Do(&Boards::GetSalesBoard, "").count(), 0);
  EXPECT_EQ(durations(), std::pair(int64_t{0}, int64_t{0}));
  EXPECT_EQ(Do(&Analysis::GetWinLoss, "group_by: WIN_LOSS_GROUP_REASON").rows_size(), 0);
  const auto bridge =
      Do(&Analysis::GetPipelineBridge, absl::StrCat("from { as_of_position: ", start, " }"));
  EXPECT_EQ(bridge.residual_count(), 0);
  EXPECT_EQ(bridge.bars(bridge.bars_size() - 1).bar(), pb::PIPELINE_BAR_ARCHIVED);
  EXPECT_EQ(bridge.bars(bridge.bars_size() - 1).count(), -1);
  // and comes back
  for (const auto& id : {deal, lost}) Do(&Deals::RestoreOpportunity, Id("id", id));
  EXPECT_EQ(Do(&Boards::GetSalesBoard, "").count(), 2);
  EXPECT_EQ(durations(), std::pair(int64_t{2}, int64_t{1}));
  EXPECT_EQ(Do(&Analysis::GetWinLoss, "group_by: WIN_LOSS_GROUP_REASON").rows_size(), 1);
}

TEST_F(AroundDealsTest, F076PartiallyWonDealYieldsOneProjectWithTwoJobs) {
  const std::string price = LostReason("too_dear");
  const auto job = [](const std::string& service, int64_t minor) {
    return absl::StrCat("job_requests { service: '", service, "' value { minor: ", minor,
                        " currency: 'USD' } } ");
  };
  const auto deal =
      Do(&Deals::CreateOpportunity,
         absl::StrCat("subject: 'Three jobs'", Id("account_id", acme_), Id("owner_id", ada_),
                      job("Paint", 500'000), job("Wire", 300'000), job("Clean", 200'000)))
          .opportunity();
  EXPECT_EQ(Refused(&Deals::CreateProjectFromOpportunity, Id("id", deal.id())),
            "ILLEGAL_TRANSITION");
  const std::string win = absl::StrCat(
      Id("id", deal.id()), Id("accepted_job_request_ids", deal.job_requests(0).id()),
      Id("accepted_job_request_ids", deal.job_requests(2).id()), "declined {",
      Id("job_request_id", deal.job_requests(1).id()), Id("close_reason_id", price), "}");
  Do(&Deals::PartiallyWinOpportunity, win);
  // when asked for twice
  const std::string project = Do(&Deals::CreateProjectFromOpportunity, Id("id", deal.id()))
                                  .opportunity()
                                  .project_request_id();
  EXPECT_EQ(Do(&Deals::CreateProjectFromOpportunity, Id("id", deal.id()))
                .opportunity()
                .project_request_id(),
            project);
  // then there is one, with the accepted jobs
  const auto all = Do(&Requests::ListProjectRequests, "");
  ASSERT_EQ(all.project_requests_size(), 1);
  ASSERT_EQ(all.project_requests(0).jobs_size(), 2);
  EXPECT_EQ(all.project_requests(0).jobs(0).service(), "Paint");
  EXPECT_EQ(all.project_requests(0).jobs(1).service(), "Clean");
  EXPECT_EQ(all.project_requests(0).value().minor(), 700'000);
  // when the deal is reopened and won again
  Do(&Deals::ReopenOpportunity, "header { reason: 'more' }" + Id("id", deal.id()));
  EXPECT_EQ(Do(&Requests::GetProjectRequest, Id("id", project)).project_request().state(),
            pb::PROJECT_REQUEST_STATE_UNDECIDED);
  Do(&Deals::PartiallyWinOpportunity, win);
  // then nothing happens until somebody has said what becomes of the first
  EXPECT_EQ(Refused(&Deals::CreateProjectFromOpportunity, Id("id", deal.id())),
            "ILLEGAL_TRANSITION");
  Do(&Requests::CancelProjectRequest, "header { reason: 'all new' }" + Id("id", project));
  EXPECT_NE(Do(&Deals::CreateProjectFromOpportunity, Id("id", deal.id()))
                .opportunity()
                .project_request_id(),
            project);
}

}  // namespace
}  // namespace daybook::testing
