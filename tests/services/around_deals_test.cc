// What surrounds a deal, over gRPC: loss reviews (F-077), projects and their customers (F-062 to
// F-065, F-069), deals out of use, and the project that a win asks for (F-076).

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"
#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "daybook/admin/v1/organisation_service.grpc.pb.h"
#include "daybook/admin/v1/unit_service.grpc.pb.h"
#include "daybook/party/v1/blacklist_service.grpc.pb.h"
#include "daybook/sales/v1/crm_project_service.grpc.pb.h"
#include "daybook/sales/v1/loss_review_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "daybook/sales/v1/project_customer_service.grpc.pb.h"
#include "daybook/sales/v1/project_request_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/setup/v1/sales_process_service.grpc.pb.h"
#include "domain/base/time.h"
#include "tests/services/party_fixture.h"
#include "tests/support/command_batch.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Deals = pb::OpportunityService::Stub;
using Reviews = pb::LossReviewService::Stub;
using Projects = pb::CrmProjectService::Stub;
using Customers = pb::ProjectCustomerService::Stub;
using Requests = pb::ProjectRequestService::Stub;
using Boards = pb::SalesBoardService::Stub;
using Analysis = pb::PipelineAnalysisService::Stub;

std::string Id(const std::string& field, const std::string& id) {
  return absl::StrCat(" ", field, ": '", id, "' ");
}

class AroundDealsTest : public PartyTest {
 protected:
  std::string Unit(const std::string& name) {
    return Do(&admin::v1::UnitService::Stub::CreateUnit,
              absl::StrCat("name: '", name, "' kind: UNIT_KIND_TEAM"))
        .unit()
        .id();
  }
  std::string LostReason(const std::string& code, const std::string& unit = "", int days = 0) {
    const std::string id =
        Do(&setup::v1::CloseReasonService::Stub::DefineCloseReason,
           absl::StrCat("kind: CLOSE_REASON_KIND_LOST code: '", code, "' label: '", code, "'"))
            .close_reason()
            .id();
    if (!unit.empty()) {
      Do(&setup::v1::CloseReasonService::Stub::MapLostReason,
         absl::StrCat(Id("id", id), Id("unit_id", unit), "review_days: ", days));
    }
    return id;
  }
  void CheckLosses(const std::string& unit) {
    const std::string id =
        Do(&admin::v1::OrganisationService::Stub::GetOrganisation, "").organisation().id();
    Do(&admin::v1::OrganisationService::Stub::UpdateOrganisation,
       absl::StrCat(Id("id", id), "organisation {", Id("loss_review_unit_id", unit),
                    "} update_mask { paths: 'loss_review_unit_id' }"));
  }
  std::vector<pb::LossReview> ReviewsThat(const std::string& filter) {
    const auto page = Do(&Reviews::ListLossReviews, absl::StrCat("filter: \"", filter, "\""));
    return {page.loss_reviews().begin(), page.loss_reviews().end()};
  }
  std::string Process() {
    return Do(&setup::v1::SalesProcessService::Stub::ListSalesProcesses, "")
        .sales_processes(0)
        .id();
  }
  std::string Project(const std::string& name, bool crm = true) {
    return Do(&Projects::CreateCrmProject,
              absl::StrCat("name: '", name, "' kind: CRM_PROJECT_KIND_OUTREACH ",
                           crm ? "crm_enabled: true" + Id("process_id", Process()) : ""))
        .crm_project()
        .id();
  }
  std::string Customer(const std::string& project, const std::string& account) {
    return Do(&Customers::AddProjectCustomer,
              Id("crm_project_id", project) + Id("account_id", account))
        .project_customer()
        .id();
  }
  std::string DealIn(const std::string& project, const std::string& account) {
    return Do(&Deals::CreateOpportunity,
              absl::StrCat("subject: 'Deal' value { minor: 1000 currency: 'USD' }",
                           Id("account_id", account), Id("owner_id", ada_),
                           Id("crm_project_id", project)))
        .opportunity()
        .id();
  }
  std::vector<std::string> Unprocessed(const std::string& project) {
    const auto page = Do(&Projects::ListUnprocessedCustomers, Id("crm_project_id", project));
    std::vector<std::string> names;
    for (const auto& customer : page.customers()) names.push_back(customer.name());
    return names;
  }
  pb::Opportunity Read(const std::string& deal) {
    return Do(&Deals::GetOpportunity, Id("id", deal)).opportunity();
  }

  const std::string ada_ = server_.CreateUser("ada"), ben_ = server_.CreateUser("ben");
  const std::string acme_ = server_.CreateAccount("Acme");
};

TEST_F(AroundDealsTest, F077LossForPriceOpensOneReviewInPricingAndTimingReroutesIt) {
  // given
  const std::string pricing = Unit("Pricing"), planning = Unit("Planning");
  CheckLosses(Unit("Everything else"));
  const std::string price = LostReason("too_dear", pricing, 5);
  const std::string timing = LostReason("not_now", planning, 3);
  const std::string deal = server_.CreateDeal(acme_, ada_, 500'000);
  // when lost for its price
  const auto lost = Do(&Deals::LoseOpportunity, Id("id", deal) + Id("close_reason_id", price));
  // then one review waits in Pricing, in the same commit
  EXPECT_EQ(lost.receipt().events(), 2);
  auto reviews = ReviewsThat("opportunity_id = '" + deal + "'");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_EQ(reviews[0].unit_id(), pricing);
  EXPECT_EQ(reviews[0].state(), pb::LOSS_REVIEW_STATE_OPEN);
  EXPECT_EQ(reviews[0].lost_value().minor(), 500'000);
  // the owner of the deal may not take it, another one may
  const std::string review = Id("id", reviews[0].id());
  EXPECT_EQ(Refused(&Reviews::TakeLossReview, review + Id("reviewer_id", ada_)),
            "FOUR_EYES_REQUIRED");
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  Do(&Reviews::TakeLossReview, review + Id("reviewer_id", ben_));
  // when the reason is corrected
  Do(&Deals::CorrectLossReason, Id("id", deal) + Id("close_reason_id", timing));
  // then it waits in Planning, and says where it was
  reviews = ReviewsThat("unit_id = '" + planning + "' AND state = OPEN");
  ASSERT_EQ(reviews.size(), 1u);
  ASSERT_EQ(reviews[0].routes_size(), 2);
  EXPECT_EQ(reviews[0].routes(0).unit_id(), pricing);
  EXPECT_EQ(Read(deal).close_reason_code(), "not_now");
  // when the deal is reopened
  Do(&Deals::ReopenOpportunity, "header { reason: 'they called' }" + Id("id", deal));
  // then its review is closed
  reviews = ReviewsThat("state = CLOSED");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_EQ(reviews[0].end(), pb::LOSS_REVIEW_END_DEAL_REOPENED);
}

TEST_F(AroundDealsTest, F077ReviewOfAnArchivedDealLeavesTheQueue) {
  CheckLosses(Unit("Everything else"));
  const std::string deal = server_.CreateDeal(acme_, ada_, 500'000);
  Do(&Deals::LoseOpportunity, Id("id", deal) + Id("close_reason_id", LostReason("too_dear")));
  ASSERT_EQ(Do(&Reviews::GetLossReviewMatrix, "").queues_size(), 1);
  // when
  EXPECT_EQ(Do(&Deals::ArchiveOpportunity, Id("id", deal)).receipt().events(), 2);
  // then
  EXPECT_EQ(Do(&Reviews::GetLossReviewMatrix, "").queues_size(), 0);
  auto reviews = ReviewsThat("state = CLOSED");
  ASSERT_EQ(reviews.size(), 1u);
  EXPECT_EQ(reviews[0].end(), pb::LOSS_REVIEW_END_DEAL_ARCHIVED);
  // and restoring the deal does not bring it back
  EXPECT_EQ(Do(&Deals::RestoreOpportunity, Id("id", deal)).receipt().events(), 1);
  EXPECT_EQ(ReviewsThat("state = CLOSED").size(), 1u);
}

TEST_F(AroundDealsTest, F077MatrixOfReasonsAndWhatIsOverdue) {
  const std::string pricing = Unit("Pricing"), rest = Unit("Everything else");
  CheckLosses(rest);
  const std::string price = LostReason("too_dear", pricing, 5), other = LostReason("anything_else");
  const auto lose = [&](const std::string& reason, const std::string& header = "") {
    const std::string deal =
        Do(&Deals::CreateOpportunity,
           absl::StrCat(header, "subject: 'Deal' value { minor: 1000 currency: 'USD' }",
                        Id("account_id", acme_), Id("owner_id", ada_)))
            .opportunity()
            .id();
    Do(&Deals::LoseOpportunity, header + Id("id", deal) + Id("close_reason_id", reason));
    return Read(deal).loss_reviews(0).loss_review_id();
  };
  // given one confirmed, one lost for another reason, one waiting, one long overdue in the default
  // group, one withdrawn
  const auto review = [&](const std::string& id, const std::string& verdict) {
    Do(&Reviews::TakeLossReview, Id("id", id) + Id("reviewer_id", ben_));
    Do(&Reviews::RecordLossReview, Id("id", id) + verdict);
  };
  review(lose(price), "verdict: LOSS_VERDICT_CONFIRMED");
  review(lose(price), absl::StrCat("verdict: LOSS_VERDICT_WRONG_REASON note: 'asked them'",
                                   Id("reviewed_reason_id", other)));
  lose(price);
  lose(other, "header { effective_at { seconds: 1767225600 } }");
  const std::string back = server_.CreateDeal(acme_, ada_, 7);
  Do(&Deals::LoseOpportunity, Id("id", back) + Id("close_reason_id", price));
  Do(&Deals::ReopenOpportunity, "header { reason: 'again' }" + Id("id", back));
  // when
  const auto matrix = Do(&Reviews::GetLossReviewMatrix, "");
  // then
  std::map<std::string, int64_t> cells;
  for (const auto& cell : matrix.cells()) {
    cells[absl::StrCat(cell.close_reason_label(), ">", cell.reviewed_reason_label())] =
        cell.count();
    EXPECT_EQ(cell.lost(0).minor(), 1000 * cell.count());
    // the count agrees with its drill-down
    EXPECT_EQ(static_cast<int64_t>(
                  ReviewsThat(absl::StrReplaceAll(cell.drill_filter(), {{"\"", "'"}})).size()),
              cell.count())
        << cell.drill_filter();
  }
  EXPECT_EQ(cells, (std::map<std::string, int64_t>{{"too_dear>too_dear", 1},
                                                   {"too_dear>anything_else", 1},
                                                   {"too_dear>", 1},
                                                   {"anything_else>", 1}}));
  EXPECT_EQ(matrix.reviewed(), 2);
  EXPECT_EQ(matrix.confirmed_share(), 500'000'000);
  std::map<std::string, std::vector<int64_t>> queues;
  for (const auto& queue : matrix.queues()) {
    queues[queue.name()] = {queue.open(), queue.taken(), queue.overdue(), queue.fallback()};
  }
  EXPECT_EQ(queues, (std::map<std::string, std::vector<int64_t>>{
                        {"Pricing", {1, 0, 0, 0}}, {"Everything else", {1, 0, 1, 1}}}));
  // of one group only
  EXPECT_EQ(Do(&Reviews::GetLossReviewMatrix, Id("unit_id", rest)).cells_size(), 1);
}

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
