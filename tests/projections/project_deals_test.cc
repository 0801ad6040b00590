#include "projections/project_deals.h"

#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/sales/v1/project_customer_events.pb.h"
#include "domain/base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::Proto;
using ::testing::ElementsAre;

std::vector<std::string> Unprocessed(const Snapshot& snapshot, const std::string& project,
                                     const std::string& after = "") {
  std::vector<std::string> accounts;
  const auto seen =
      VisitUnprocessed(snapshot, project, after, 1000, [&](const std::string& account) {
        accounts.push_back(account);
        return true;
      });
  EXPECT_TRUE(seen.ok()) << seen.status();
  return accounts;
}

TEST(ProjectDealsTest, F064CustomersCountForEachProjectUntilTheyHaveADealThere) {
  // given two customers in two projects
  LogBuilder log;
  const std::string spring = log.NewId(), summer = log.NewId();
  const std::string first = log.NewId(), second = log.NewId(), deal = log.NewId();
  for (const auto& project : {spring, summer}) {
    for (const auto& account : {first, second}) {
      const std::string id = log.NewId();
      sales::v1::ProjectCustomerEvent event;
      auto* customer = event.mutable_added()->mutable_project_customer();
      customer->set_id(id);
      customer->set_crm_project_id(project);
      customer->set_account_id(account);
      log.Add("project_customer", id, event);
    }
  }
  const eventstore::LogPosition before = log.Commit();
  // when one has a deal in one of them
  sales::v1::OpportunityEvent created;
  auto* opened = created.mutable_created()->mutable_opportunity();
  opened->set_id(deal);
  opened->set_account_id(first);
  opened->set_crm_project_id(spring);
  log.Add("opportunity", deal, created);
  const eventstore::LogPosition with_deal = log.Commit();
  log.Add("opportunity", deal, Proto<sales::v1::OpportunityEvent>("archived {}"));
  log.Commit();
  auto views = OpenCaughtUp(log);
  // then
  const auto as_of = *views->AsOf(with_deal);
  EXPECT_THAT(Unprocessed(*as_of, spring), ElementsAre(second));
  EXPECT_THAT(Unprocessed(*as_of, summer), ElementsAre(first, second));
  EXPECT_THAT(Unprocessed(*as_of, summer, first), ElementsAre(second));
  // before, and once the deal is archived, it has none
  EXPECT_THAT(Unprocessed(**views->AsOf(before), spring), ElementsAre(first, second));
  EXPECT_THAT(Unprocessed(*views->Now(), spring), ElementsAre(first, second));
  // at the limit
  const auto look = [&](size_t budget) {
    return VisitUnprocessed(*as_of, summer, "", budget, [](const std::string&) { return true; });
  };
  EXPECT_EQ(*look(2), 2u);
  EXPECT_THAT(look(1).status(), HasReason(Reason::REASON_LIMIT_EXCEEDED));
}

}  // namespace
}  // namespace daybook::projections
