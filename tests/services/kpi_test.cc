// Figures with the records behind them, over gRPC.

#include "services/sales/kpi.h"

#include <gmock/gmock.h>

#include "daybook/party/v1/account_profile_service.grpc.pb.h"
#include "daybook/sales/v1/kpi_service.grpc.pb.h"
#include "daybook/sales/v1/lead_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/setup/v1/class_scheme_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "tests/services/party_fixture.h"
#include "tests/support/command_batch.h"

namespace daybook::testing {
namespace {

using party::v1::AccountProfileService;
using party::v1::AccountService;
using sales::v1::KpiService;
using sales::v1::LeadService;
using sales::v1::OpportunityService;
using setup::v1::ClassSchemeService;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class KpiTest : public PartyTest {
 protected:
  void SetUp() override {
    Do(&ClassSchemeService::Stub::DefineClassScheme,
       "name: 'Worth' classes { id: 'a' label: 'A' } classes { id: 'b' label: 'B' }");
    ada_ = server_.CreateUser("Ada");
    bob_ = server_.CreateUser("Bob");
  }
  std::string Account(const std::string& name, const std::string& account_class) {
    const std::string id = server_.CreateAccount(name);
    Do(&AccountProfileService::Stub::SetAccountClass,
       absl::StrCat("id: '", id, "' account_class: '", account_class, "' reason: 'review'"));
    return id;
  }
  std::string Won(const std::string& account, const std::string& owner, int64_t minor) {
    const std::string id = server_.CreateDeal(account, owner, 100'00);
    Do(&OpportunityService::Stub::WinOpportunity,
       absl::StrCat("id: '", id, "' actual_value { minor: ", minor, " currency: 'USD' }"));
    return id;
  }
  sales::v1::GetKpiResponse Kpi(const std::string& metric, const std::string& more = "") {
    return Do(&KpiService::Stub::GetKpi, absl::StrCat("metric: KPI_METRIC_", metric, " ", more));
  }
  std::string Refusal(const std::string& metric, const std::string& more) {
    return Refused(&KpiService::Stub::GetKpi,
                   absl::StrCat("metric: KPI_METRIC_", metric, " ", more));
  }
  sales::v1::DrillDownKpiResponse Drill(const std::string& token, int page_size = 0) {
    return Do(&KpiService::Stub::DrillDownKpi,
              absl::StrCat("token: '", token, "' page_size: ", page_size));
  }
  static std::vector<std::string> IdsOf(const sales::v1::DrillDownKpiResponse& page) {
    std::vector<std::string> ids;
    for (const auto& record : page.records()) ids.push_back(record.id());
    return ids;
  }

  std::string ada_, bob_;
};

TEST_F(KpiTest, F045_U07_TheTokenOfANumberFindsItsRecordsWhateverChangedSince) {
  // given twelve deals won
  const std::string acme = Account("Acme", "a");
  std::vector<std::string> won;
  for (int i = 1; i <= 12; ++i) won.push_back(Won(acme, ada_, i * 100));
  const auto kpi = Kpi("DEALS_WON");
  ASSERT_EQ(kpi.total().count(), 12);
  EXPECT_EQ(kpi.total().amounts(0).sum().minor(), 7800);
  EXPECT_EQ(kpi.explanation().formula(), "deals-won");
  // when one is reopened and others are won
  auto reopen = Proto<sales::v1::ReopenOpportunityRequest>("id: '" + won[0] + "'");
  *reopen.mutable_header() = server_.Header();
  reopen.mutable_header()->set_reason("not signed");
  OpportunityService::Stub deals(server_.channel());
  sales::v1::ReopenOpportunityResponse reopened;
  ASSERT_TRUE(
      server_.Call(&OpportunityService::Stub::ReopenOpportunity, deals, reopen, &reopened).ok());
  Won(acme, ada_, 100);
  EXPECT_EQ(Kpi("DEALS_WON", "filter: 'owner_id = \"" + bob_ + "\"'").total().count(), 0);
  // then page by page the same twelve, the largest first
  const auto all = Drill(kpi.total().drill_token());
  EXPECT_EQ(all.read().position(), kpi.read().position());
  EXPECT_EQ(all.count(), 12);
  std::vector<std::string> expected(won.rbegin(), won.rend());
  EXPECT_EQ(IdsOf(all), expected);
  std::vector<std::string> paged;
  std::string token = kpi.total().drill_token();
  while (!token.empty()) {
    const auto page = Drill(token, 5);
    for (const std::string& id : IdsOf(page)) paged.push_back(id);
    token = page.next_token();
  }
  EXPECT_EQ(paged, expected);
}

TEST_F(KpiTest, F045_F104_CustomersOfTheTopClassHowManyWonAndWhatTheyAreWorth) {
  const std::string acme = Account("Acme", "a");
  const std::string mill = Account("Mill", "a");
  const std::string farm = Account("Farm", "b");
  Won(acme, ada_, 500'00);
  Won(acme, bob_, 250'00);
  Won(farm, bob_, 999'00);
  server_.CreateDeal(mill, ada_, 1);
  const std::string top = "filter: 'account_class = \"a\"'";
  const auto created = Kpi("ACCOUNTS_CREATED", top);
  EXPECT_EQ(created.total().count(), 2);
  EXPECT_THAT(IdsOf(Drill(created.total().drill_token())), UnorderedElementsAre(acme, mill));
  const auto customers = Kpi("CUSTOMERS_WON", top);
  EXPECT_EQ(customers.total().count(), 1);
  ASSERT_EQ(customers.total().amounts_size(), 1);
  // The revenue of class A is the sum of the accounts behind it.
  const auto behind = Drill(customers.total().drill_token());
  ASSERT_THAT(IdsOf(behind), ElementsAre(acme));
  EXPECT_EQ(behind.records(0).title(), "Acme");
  EXPECT_EQ(behind.records(0).amounts(0).sum().minor(), 750'00);
  EXPECT_EQ(customers.total().amounts(0).sum().minor(), 750'00);
  // and told apart by class
  const auto classes = Kpi("CUSTOMERS_WON", "group_by: 'account_class'");
  ASSERT_EQ(classes.numbers_size(), 2);
  EXPECT_EQ(classes.total().amounts(0).sum().minor(), 1749'00);
  EXPECT_EQ(classes.numbers(1).keys(0).value(), "b");
  EXPECT_THAT(IdsOf(Drill(classes.numbers(1).drill_token())), ElementsAre(farm));
}

TEST_F(KpiTest, F045_GroupsHaveLabelsAndArchivedRecordsAndOtherPeriodsAreLeftOut) {
  const std::string acme = Account("Acme", "a");
  Won(acme, ada_, 100);
  Won(acme, ada_, 200);
  Won(acme, bob_, 400);
  const auto kpi = Kpi("DEALS_WON", "group_by: 'owner_id'");
  ASSERT_EQ(kpi.numbers_size(), 2);
  EXPECT_EQ(kpi.numbers(0).keys(0).label(), "Ada");
  EXPECT_EQ(kpi.numbers(0).count(), 2);
  EXPECT_EQ(kpi.numbers(0).amounts(0).sum().minor(), 300);
  const std::string past = Field("period_from", "2001-01-01") + Field("period_until", "2002-01-01");
  EXPECT_EQ(Kpi("DEALS_WON", past).total().count(), 0);
  EXPECT_EQ(Kpi("ACCOUNTS_CREATED", past).total().count(), 0);
  EXPECT_EQ(Kpi("ACCOUNTS_CREATED").total().count(), 1);
  Do(&AccountService::Stub::ArchiveAccount, absl::StrCat("id: '", acme, "'"));
  EXPECT_EQ(Kpi("ACCOUNTS_CREATED").total().count(), 0);
  server_.CreateDeal(server_.CreateAccount("Mill"), ada_, 1000);
  const auto pipeline = Kpi("OPEN_PIPELINE");
  EXPECT_EQ(pipeline.total().count(), 1);
  ASSERT_EQ(pipeline.total().amounts_size(), 2);
  EXPECT_EQ(pipeline.total().amounts(1).name(), "weighted_value");
}

TEST_F(KpiTest, F045_LeadsAndActivitiesAreCountedByTheirOwnDays) {
  Do(&LeadService::Stub::CaptureLead, "kind: LEAD_KIND_COMPANY company: 'Mill' source: 'fair'");
  Do(&LeadService::Stub::CaptureLead, "kind: LEAD_KIND_COMPANY company: 'Farm' source: 'web'");
  const auto leads = Kpi("LEADS_CREATED", "group_by: 'source'");
  EXPECT_EQ(leads.numbers_size(), 2);
  EXPECT_EQ(Kpi("LEADS_CONVERTED").total().count(), 0);
  const std::string acme = server_.CreateAccount("Acme");
  Do(&work::v1::ActivityService::Stub::LogActivity,
     absl::StrCat("kind: ACTIVITY_KIND_CALL subject: 'Talk' direction: CALL_DIRECTION_OUTBOUND "
                  "assignee_id: '",
                  ada_, "' account_id: '", acme, "'"));
  const auto calls = Kpi("CALLS_COMPLETED", "group_by: 'assignee_id'");
  ASSERT_EQ(calls.numbers_size(), 1);
  EXPECT_EQ(calls.numbers(0).keys(0).label(), "Ada");
  EXPECT_EQ(Drill(calls.numbers(0).drill_token()).records(0).title(), "Talk");
  EXPECT_EQ(Kpi("MEETINGS_COMPLETED").total().count(), 0);
}

TEST_F(KpiTest, NumbersOfAnAnswerAtTheirLimit) {
  Batch batch;
  const auto capture = [&](int i) {
    sales::v1::CaptureLeadRequest lead;
    *lead.mutable_header() = server_.Header();
    lead.set_kind(sales::v1::LEAD_KIND_COMPANY);
    lead.set_company("Mill");
    lead.set_source(absl::StrCat("fair ", i));
    batch.Add(lead);
  };
  for (size_t i = 0; i < services::kKpiGroupsMax; ++i) capture(static_cast<int>(i));
  batch.Send(server_);
  EXPECT_EQ(Kpi("LEADS_CREATED", "group_by: 'source'").numbers_size(),
            static_cast<int>(services::kKpiGroupsMax));
  capture(-1);
  batch.Send(server_);
  EXPECT_EQ(Refusal("LEADS_CREATED", "group_by: 'source'"), "LIMIT_EXCEEDED");
  EXPECT_EQ(Kpi("LEADS_CREATED").total().count(), 201);
}

TEST_F(KpiTest, F045_RefusesWhatNoNumberCouldBeToldFrom) {
  EXPECT_EQ(Refusal("UNSPECIFIED", ""), "INVALID_FIELD");
  EXPECT_EQ(Refusal("DEALS_WON", "group_by: 'subject'"), "FIELD_NOT_FILTERABLE");
  EXPECT_EQ(Refusal("DEALS_WON", "group_by: 'value'"), "FIELD_NOT_FILTERABLE");
  EXPECT_EQ(Refusal("DEALS_WON", "group_by: 'id'"), "FIELD_NOT_FILTERABLE");
  EXPECT_EQ(Refusal("LEADS_CREATED", "group_by: 'family_name'"), "FIELD_NOT_FILTERABLE");
  EXPECT_EQ(Refusal("LEADS_CREATED", "filter: 'family_name = \"Lovelace\"'"),
            "FIELD_NOT_FILTERABLE");
  EXPECT_EQ(Refusal("DEALS_WON", "group_by: 'bogus'"), "INVALID_FIELD");
  EXPECT_EQ(Refusal("DEALS_WON", "group_by: 'stage' group_by: 'stage'"), "INVALID_FIELD");
  EXPECT_EQ(Refusal("DEALS_WON", "filter: 'state = ) OR (state'"), "INVALID_FILTER");
  EXPECT_EQ(Refusal("LEADS_CREATED", "currency: 'USD'"), "INVALID_FIELD");
  EXPECT_EQ(Refusal("DEALS_WON", Field("period_from", "2020-01-01")), "INVALID_FIELD");
  EXPECT_EQ(Refusal("DEALS_WON",
                    Field("period_from", "2010-01-01") + Field("period_until", "2020-01-02")),
            "");
  EXPECT_EQ(Refusal("DEALS_WON",
                    Field("period_from", "2010-01-01") + Field("period_until", "2020-01-03")),
            "INVALID_FIELD");
  Won(Account("Acme", "a"), ada_, 100);
  EXPECT_EQ(Refusal("DEALS_WON", "currency: 'EUR'"), "CURRENCY_MISMATCH");
  EXPECT_EQ(Kpi("DEALS_WON", "currency: 'USD'").total().count(), 1);
  EXPECT_EQ(Refused(&KpiService::Stub::DrillDownKpi, "token: 'bm90aGluZw'"), "INVALID_PAGE_TOKEN");
  const std::string token = Kpi("DEALS_WON").total().drill_token();
  EXPECT_EQ(Refused(&KpiService::Stub::DrillDownKpi, "token: '" + token + "' page_size: 1001"),
            "INVALID_FIELD");
  EXPECT_EQ(Refused(&KpiService::Stub::DrillDownKpi, "token: '" + token + "'" + AsOf(1)),
            "INVALID_FIELD");
}

}  // namespace
}  // namespace daybook::testing
