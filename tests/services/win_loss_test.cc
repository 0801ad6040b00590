// Won and lost deals by what they have in common, and the deals behind each row, over gRPC.

#include <gmock/gmock.h>

#include <map>

#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/setup/v1/sales_process_service.grpc.pb.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using ::testing::ElementsAre;
using Deals = pb::OpportunityService::Stub;
using Processes = setup::v1::SalesProcessService::Stub;
using Analysis = pb::PipelineAnalysisService::Stub;

std::string Id(const std::string& field, const std::string& id) {
  return absl::StrCat(" ", field, ": '", id, "' ");
}

// What a row or the deals behind it amount to, in one currency.
struct Figures {
  int64_t count = 0, actual = 0, lost = 0, declined_count = 0, declined = 0;

  template <class Message>
  void Add(const Message& message) {
    count += message.count();
    declined_count += message.declined_count();
    for (const auto& money : message.actual()) actual += money.minor();
    for (const auto& money : message.lost()) lost += money.minor();
    for (const auto& money : message.declined()) declined += money.minor();
  }
  friend bool operator==(const Figures&, const Figures&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Figures& f) {
    return out << f.count << " deals, " << f.actual << " ordered, " << f.lost << " lost, "
               << f.declined_count << " declined, " << f.declined;
  }
};

class WinLossTest : public PartyTest {
 protected:
  std::string LostReason(const std::string& code) {
    return Do(&setup::v1::CloseReasonService::Stub::DefineCloseReason,
              absl::StrCat("kind: CLOSE_REASON_KIND_LOST code: '", code, "' label: '", code, "'"))
        .close_reason()
        .id();
  }
  pb::Opportunity DealWithJobs(const std::vector<int64_t>& minors) {
    std::string jobs;
    for (const int64_t minor : minors) {
      absl::StrAppend(&jobs, "job_requests { service: 'Job' value { minor: ", minor,
                      " currency: 'USD' } } ");
    }
    return Do(&Deals::CreateOpportunity,
              absl::StrCat("subject: 'Jobs'", Id("account_id", acme_), Id("owner_id", ada_), jobs))
        .opportunity();
  }
  // `reasons` of the job requests one by one; empty: accepted.
  void PartiallyWin(const pb::Opportunity& deal, const std::vector<std::string>& reasons) {
    std::string text = Id("id", deal.id());
    for (int i = 0; i < deal.job_requests_size(); ++i) {
      const std::string& job = deal.job_requests(i).id();
      text += reasons[i].empty() ? Id("accepted_job_request_ids", job)
                                 : absl::StrCat("declined {", Id("job_request_id", job),
                                                Id("close_reason_id", reasons[i]), "}");
    }
    Do(&Deals::PartiallyWinOpportunity, text);
  }
  pb::GetWinLossResponse By(const std::string& group, const std::string& more = "") {
    return Do(&Analysis::GetWinLoss, absl::StrCat("group_by: WIN_LOSS_GROUP_", group, more));
  }
  // The deals behind a row, in pages of two.
  std::vector<pb::WinLossDeal> Behind(const pb::WinLossRow& row) {
    std::vector<pb::WinLossDeal> deals;
    for (std::string token = row.drill_token(); !token.empty();) {
      const auto page =
          Do(&Analysis::DrillDownWinLoss, absl::StrCat(Id("token", token), "page_size: 2"));
      deals.insert(deals.end(), page.deals().begin(), page.deals().end());
      token = page.next_token();
      if (token.empty()) EXPECT_EQ(page.deal_count(), static_cast<int64_t>(deals.size()));
    }
    return deals;
  }
  void ExpectDrillDownAgrees(const pb::GetWinLossResponse& answer) {
    for (const pb::WinLossRow& row : answer.rows()) {
      SCOPED_TRACE(row.ShortDebugString());
      Figures told, found;
      told.Add(row);
      for (const pb::WinLossDeal& deal : Behind(row)) found.Add(deal);
      EXPECT_EQ(found, told);
      if (row.drill_filter().empty()) continue;
      pb::ListOpportunitiesRequest list;
      list.mutable_header()->set_as_of_position(answer.read().position());
      list.set_filter(row.drill_filter());
      EXPECT_EQ(Do(&Deals::ListOpportunities, list.DebugString()).opportunities_size(),
                row.count());
    }
  }

  const std::string ada_ = server_.CreateUser("ada");
  const std::string acme_ = server_.CreateAccount("Acme");
};

TEST_F(WinLossTest, F078DeclinedJobRequestsCountUnderTheirReasons) {
  // given the deal of F-075, one with two reasons, and one that is lost as a whole
  const std::string price = LostReason("too_dear"), timing = LostReason("not_now");
  const auto three = DealWithJobs({500'000, 300'000, 200'000});
  PartiallyWin(three, {"", price, ""});
  const auto four = DealWithJobs({1'000, 200, 30, 4});
  PartiallyWin(four, {"", price, price, timing});
  const auto lost = DealWithJobs({70'000, 7'000});
  Do(&Deals::LoseOpportunity, Id("id", lost.id()) + Id("close_reason_id", price));
  // then each reason has its deals and its requests, and nothing is in two figures
  const auto by_reason = By("REASON");
  std::map<std::pair<std::string, std::string>, Figures> rows;
  for (const auto& row : by_reason.rows()) rows[{row.label(), row.outcome()}].Add(row);
  const std::map<std::pair<std::string, std::string>, Figures> expected = {
      {{"", "PARTIALLY_WON"}, {2, 701'000, 300'234, 0, 0}},
      {{"too_dear", "PARTIALLY_WON"}, {0, 0, 0, 3, 300'230}},
      {{"too_dear", "LOST"}, {1, 0, 77'000, 0, 0}},
      {{"not_now", "PARTIALLY_WON"}, {0, 0, 0, 1, 4}},
  };
  EXPECT_EQ(rows, expected);
  for (const auto& row : by_reason.rows()) {
    EXPECT_EQ(row.drill_filter().empty(), row.declined_count() > 0) << row.ShortDebugString();
  }
  // by whatever they are told apart, the requests are worth what the deals lost by them
  const std::string today =
      " period_from { year: 2000 month: 1 day: 1 } period_until { year: 2100 month: 1 day: 1 } ";
  for (const std::string group : {"REASON", "COMPETITOR", "STAGE", "OWNER", "STAGE_IN_FORCE"}) {
    SCOPED_TRACE(group);
    const auto answer = By(group, today + Id("owner_id", ada_));
    Figures partly;
    for (const auto& row : answer.rows()) {
      if (row.outcome() == "PARTIALLY_WON") partly.Add(row);
    }
    EXPECT_EQ(partly, (Figures{2, 701'000, 300'234, 4, 300'234}));
    ExpectDrillDownAgrees(answer);
  }
  // when a reason is corrected and a deal comes back, then later figures follow, and a token tells
  // what it told
  Do(&Deals::CorrectLossReason,
     Id("id", four.id()) + Id("close_reason_id", timing) + Id("instead_of_id", price));
  Do(&Deals::ReopenOpportunity, "header { reason: 'more' }" + Id("id", three.id()));
  ExpectDrillDownAgrees(by_reason);
  const auto after = By("REASON");
  ASSERT_EQ(after.rows_size(), 3);
  for (const auto& row : after.rows()) {
    EXPECT_EQ(row.declined_count(), row.label() == "not_now" ? 3 : 0) << row.ShortDebugString();
  }
  ExpectDrillDownAgrees(after);
}

TEST_F(WinLossTest, DrillDownRefusesWhatIsNoTokenOfARow) {
  const auto deal = DealWithJobs({100});
  Do(&Deals::LoseOpportunity, Id("id", deal.id()) + Id("close_reason_id", LostReason("x")));
  const std::string token = Id("token", By("OWNER").rows(0).drill_token());
  const auto drill = &Analysis::DrillDownWinLoss;
  EXPECT_EQ(Refused(drill, ""), "INVALID_FIELD");
  EXPECT_EQ(Refused(drill, Id("token", "bm9uZQ")), "INVALID_PAGE_TOKEN");
  EXPECT_EQ(Refused(drill, token + "page_size: 1001"), "INVALID_FIELD");
  EXPECT_EQ(Refused(drill, token + "page_size: -1"), "INVALID_FIELD");
  EXPECT_EQ(Refused(drill, token + AsOf(1)), "INVALID_FIELD");
  EXPECT_EQ(Refused(drill, token), "");
}

TEST_F(WinLossTest, F078CompetitorsWithSignsOfFiltersAreLookedForAsTheyAre) {
  const std::string reason = LostReason("x");
  const std::vector<std::string> competitors = {"",    "Acme Corp",      "Acme*",    "*Acme",
                                                "A*e", "Acme \\\"1\\\"", "Acme\\\\*"};
  for (const std::string& competitor : competitors) {
    Do(&Deals::LoseOpportunity,
       absl::StrCat(Id("id", server_.CreateDeal(acme_, ada_, 100)), Id("close_reason_id", reason),
                    "competitor: \"", competitor, "\""));
  }
  const auto answer = By("COMPETITOR");
  ASSERT_EQ(answer.rows_size(), static_cast<int>(competitors.size()));
  for (const auto& row : answer.rows()) {
    EXPECT_EQ(row.count(), 1) << row.key();
    EXPECT_NE(row.drill_filter(), "") << row.key();
  }
  ExpectDrillDownAgrees(answer);
}

// In each of 40 versions, stages a and b change places and the third gets another name.
TEST_F(WinLossTest, F061F078StagesOfFortyVersionsHaveTheirDealsBehindThem) {
  constexpr int kVersions = 40;
  const auto third = [](int version) { return version % 2 == 0 ? "offer" : "proposal"; };
  const std::string reason = LostReason("too_dear");
  const auto stages = [&](int version) {
    std::string text;
    for (const std::string id : {std::string("a"), std::string("b"), std::string(third(version))}) {
      absl::StrAppend(&text, "stages { id: '", id, "' label: '", id, "' probability: 500000000 } ");
    }
    return text;
  };
  const std::string process =
      Do(&Processes::DefineSalesProcess, "name: 'Restless' " + stages(1)).sales_process().id();
  for (int version = 1; version <= kVersions; ++version) {
    if (version > 1) {
      Do(&Processes::ReviseSalesProcess,
         absl::StrCat(Id("id", process), stages(version),
                      "mapping { from: 'a' to: 'b' } mapping { from: 'b' to: 'a' } mapping {",
                      Id("from", third(version - 1)), Id("to", third(version)), "}"));
    }
    Do(&Processes::PublishSalesProcess, Id("id", process));
    for (const std::string stage : {std::string("a"), std::string(third(version))}) {
      const std::string deal =
          Do(&Deals::CreateOpportunity,
             absl::StrCat("subject: 'S'", Id("account_id", acme_), Id("owner_id", ada_),
                          Id("process_id", process), Id("stage", stage)))
              .opportunity()
              .id();
      Do(&Deals::LoseOpportunity, Id("id", deal) + Id("close_reason_id", reason));
    }
  }
  const auto answer = By("STAGE_IN_FORCE");
  std::map<std::string, int64_t> counts;
  for (const auto& row : answer.rows()) {
    counts[row.key()] += row.count();
    // Names that came and went always meant the same, so a filter can say it; a and b have
    // changed their meaning too often.
    EXPECT_EQ(row.drill_filter().empty(), row.key() != third(kVersions)) << row.drill_filter();
  }
  EXPECT_THAT(counts, ElementsAre(std::pair("a", kVersions / 2), std::pair("b", kVersions / 2),
                                  std::pair("offer", kVersions)));
  ExpectDrillDownAgrees(answer);
}

}  // namespace
}  // namespace daybook::testing
