// Views over a log: what is folded can be read, now and as of the past, once and only once.

#include "projections/views.h"

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "eventstore/hash.h"
#include "gtest/gtest.h"
#include "projections/record_row.h"
#include "projections/sales_board.h"
#include "projections/stage_intervals.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

TEST(ViewsTest, AnEmptyLogIsServedAtPositionZero) {
  LogBuilder log;
  auto views = OpenInMemory(log);
  EXPECT_EQ(views->applied(), 0u);
  EXPECT_EQ(views->Now()->position(), 0u);
  for (const ViewStatus& status : views->Status()) {
    EXPECT_EQ(status.state, ViewState::kLive) << status.name;
    EXPECT_EQ(status.current_rows, 0u);
  }
}

// Rows of records tell since when each of their index rows stands. When this fails because some
// type of record has other indexes, raise kRecordsVersion, so that views are built anew, and put
// the new values here. New types at the end leave old rows as they are: then only the hash changes.
TEST(ViewsTest, IndexesChangeWithTheVersionOfTheRecords) {
  std::string indexes;
  for (const domain::ObjectType& type : domain::Registry::Get().types()) {
    absl::StrAppend(&indexes, type.aggregate(), ":");
    for (const domain::Index& index : type.indexes()) {
      absl::StrAppend(&indexes, index.id, index.personal ? "p" : "", ",");
    }
  }
  EXPECT_EQ(kRecordsVersion, 5u);
  EXPECT_EQ(eventstore::HexOf(eventstore::Bytes(eventstore::Sha256Of({indexes}))).substr(0, 16),
            "72e2914864992e0a")
      << indexes;
}

TEST(ViewsTest, RecordsComeBackAsFolded) {
  LogBuilder log;
  RandomHistory history(log, 7);
  history.Steps(200);
  auto views = OpenCaughtUp(log);
  const auto& type = *domain::Registry::Get().Find("opportunity");
  for (const auto& deal : history.deals()) {
    const auto record = views->Now()->GetRecord(type, deal.id());
    ASSERT_TRUE(record.ok()) << record.status();
    ASSERT_NE(*record, nullptr);
    const auto& found = static_cast<const sales::v1::Opportunity&>(**record);
    EXPECT_EQ(found.subject(), deal.subject());
    EXPECT_EQ(found.state(), deal.state());
    EXPECT_GT(found.meta().revision(), 0u);
  }
}

TEST(ViewsTest, EveryEventTakesEffectOnceOverRestarts) {
  const std::string path = FreshPath("views_restart");
  LogBuilder log;
  RandomHistory history(log, 8);
  for (int round = 0; round < 5; ++round) {
    history.Steps(40);
    auto views = Views::Open(path, log.store(), log.keys(), {});
    ASSERT_TRUE(views.ok()) << views.status();
    ASSERT_OK((*views)->WaitForBlocking(log.store().GetHead().position, Soon()));
    EXPECT_EQ(DigestsOf(**views), DigestsOf(*OpenCaughtUp(log)));
  }
}

}  // namespace
}  // namespace daybook::projections
