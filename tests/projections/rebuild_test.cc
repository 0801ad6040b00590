// Rebuilds, comparisons, versions and failing views.

#include <atomic>
#include <thread>

#include "gtest/gtest.h"
#include "projections/sales_board.h"
#include "projections/stage_intervals.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

std::unique_ptr<Views> OpenAt(const std::string& path, LogBuilder& log,
                              const std::vector<Projection>* projections = nullptr) {
  ViewsOptions options;
  options.projections = projections;
  auto views = Views::Open(path, log.store(), log.keys(), options);
  EXPECT_TRUE(views.ok()) << views.status();
  return *std::move(views);
}

ViewStatus StatusOf(const Views& views, absl::string_view name) {
  for (ViewStatus& status : views.Status()) {
    if (status.name == name) return status;
  }
  ADD_FAILURE() << "no view " << name;
  return {};
}

TEST(RebuildTest, ARebuiltViewHasTheDigestOfTheLiveOneAndTakesItsPlace) {
  LogBuilder log;
  RandomHistory history(log, 3);
  auto views = OpenInMemory(log);
  history.Steps(150);
  ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  const auto before = DigestsOf(*views);
  for (const ViewStatus& status : views->Status()) {
    RebuildProgress last;
    ASSERT_OK(views->Rebuild(status.name, [&](const RebuildProgress& p) { last = p; }));
    EXPECT_TRUE(last.done);
    EXPECT_TRUE(last.compared);
    EXPECT_TRUE(last.digests_equal) << status.name;
    EXPECT_EQ(last.position, log.store().GetHead().position);
    EXPECT_EQ(last.digest, status.digest);
  }
  EXPECT_EQ(DigestsOf(*views), before);
  // and the views follow the log as before
  history.Steps(50);
  ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log)));
}

TEST(RebuildTest, ServingAndFollowingGoOnDuringARebuild) {
  LogBuilder log;
  RandomHistory history(log, 4);
  auto views = OpenInMemory(log);
  history.Steps(100);
  std::atomic<bool> done = false;
  std::atomic<int> answers = 0;
  std::thread reader([&] {
    while (!done) {
      const auto board = ReadSalesBoard(*views->Now(), {});
      ASSERT_TRUE(board.ok()) << board.status();
      ++answers;
    }
  });
  std::thread rebuilder([&] {
    for (int i = 0; i < 3; ++i) ASSERT_OK(views->Rebuild("sales_board", nullptr));
    ASSERT_OK(views->Rebuild("records", nullptr));
  });
  history.Steps(300);
  rebuilder.join();
  done = true;
  reader.join();
  EXPECT_GT(answers, 0);
  ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log)));
}

TEST(RebuildTest, AnUnknownViewIsNotFound) {
  LogBuilder log;
  auto views = OpenInMemory(log);
  EXPECT_THAT(views->Rebuild("nonsense", nullptr), HasReason(Reason::REASON_NOT_FOUND));
  EXPECT_THAT(views->Diff("nonsense", 1).status(), HasReason(Reason::REASON_NOT_FOUND));
}

TEST(RebuildTest, ADiffOfARightViewFindsNothing) {
  LogBuilder log;
  RandomHistory(log, 5).Steps(100);
  auto views = OpenCaughtUp(log);
  for (const ViewStatus& status : views->Status()) {
    const auto report = views->Diff(status.name, 10);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->rows_different, 0u) << status.name;
    EXPECT_EQ(report->rows_compared, status.current_rows + status.history_rows) << status.name;
    EXPECT_EQ(report->position, log.store().GetHead().position);
  }
}

// A view whose rows depend on something outside the log: on which build of it is asked.
std::vector<Projection> WithCounter(std::atomic<int>* wrong) {
  Projection counter;
  counter.name = "counter";
  counter.apply = [wrong](const Change& change, RowTx& tx) {
    const auto row = tx.Get(change.type.name);
    if (!row.ok()) return row.status();
    int count = (row->has_value() ? std::stoi(**row) : 0) + 1;
    if (*wrong > 0 && change.recorded.position == 20) count += *wrong;
    tx.Put(change.type.name, std::to_string(count));
    return absl::OkStatus();
  };
  return {counter};
}

TEST(RebuildTest, ADiffNamesRowsThatDifferAndARebuildRepairsThem) {
  LogBuilder log;
  RandomHistory(log, 6).Steps(60);
  std::atomic<int> wrong = 5;
  const std::vector<Projection> projections = WithCounter(&wrong);
  const std::string path = FreshPath("views_diff");
  auto views = OpenAt(path, log, &projections);
  ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  wrong = 0;
  const auto report = views->Diff("counter", 1);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->rows_different, 1u);
  ASSERT_EQ(report->differences.size(), 1u);
  EXPECT_FALSE(report->differences[0].history);
  EXPECT_NE(report->differences[0].live, report->differences[0].rebuilt);
  RebuildProgress last;
  ASSERT_OK(views->Rebuild("counter", [&](const RebuildProgress& p) { last = p; }));
  EXPECT_TRUE(last.compared);
  EXPECT_FALSE(last.digests_equal);
  const auto repaired = views->Diff("counter", 1);
  ASSERT_TRUE(repaired.ok());
  EXPECT_EQ(repaired->rows_different, 0u);
}

TEST(RebuildTest, ANewVersionIsBuiltByItself) {
  const std::string path = FreshPath("views_version");
  LogBuilder log;
  RandomHistory history(log, 9);
  history.Steps(80);
  std::vector<Projection> projections = AllProjections();
  {
    auto views = OpenAt(path, log, &projections);
    ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  }
  projections[0].version += 1;
  auto views = OpenAt(path, log, &projections);
  for (int i = 0; i < 1000 && StatusOf(*views, kSalesBoardView).state != ViewState::kLive; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_EQ(StatusOf(*views, kSalesBoardView).state, ViewState::kLive);
  EXPECT_EQ(StatusOf(*views, kSalesBoardView).version, projections[0].version);
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log)));
}

TEST(RebuildTest, ViewsThatWereBuiltSurviveARestart) {
  const std::string path = FreshPath("views_built");
  LogBuilder log;
  RandomHistory history(log, 10);
  history.Steps(80);
  {
    auto views = OpenAt(path, log);
    ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
    ASSERT_OK(views->Rebuild("records", nullptr));
  }
  history.Steps(10);
  auto views = OpenAt(path, log);
  ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log)));
}

// Fails at one event, while told to.
std::vector<Projection> WithFailing(std::atomic<eventstore::LogPosition>* at) {
  std::vector<Projection> projections = AllProjections();
  Projection failing;
  failing.name = "failing";
  failing.apply = [at](const Change& change, RowTx& tx) {
    tx.Put("last", std::to_string(change.recorded.position));
    return change.recorded.position == *at ? absl::DataLossError("cannot be read")
                                           : absl::OkStatus();
  };
  projections.push_back(failing);
  return projections;
}

TEST(RebuildTest, AFailingViewIsDetachedOthersGoOnAndItReturnsByRebuild) {
  const std::string path = FreshPath("views_failing");
  LogBuilder log;
  std::atomic<eventstore::LogPosition> at = 30;
  const std::vector<Projection> projections = WithFailing(&at);
  RandomHistory history(log, 11);
  eventstore::LogPosition before = 0;
  {
    auto views = OpenAt(path, log, &projections);
    history.Steps(60);
    ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
    before = *log.store().LowerToCommitEnd(29);
    const ViewStatus failed = StatusOf(*views, "failing");
    EXPECT_EQ(failed.state, ViewState::kDetached);
    EXPECT_EQ(failed.position, before);
    EXPECT_NE(failed.error.find("event 30"), std::string::npos) << failed.error;
    EXPECT_EQ(StatusOf(*views, kSalesBoardView).state, ViewState::kLive);
    EXPECT_EQ(StatusOf(*views, kSalesBoardView).position, log.store().GetHead().position);
    const auto row = views->Now()->GetRow("failing", "last");
    EXPECT_THAT(row.status(), HasReason(Reason::REASON_VIEW_UNAVAILABLE));
    EXPECT_EQ(ErrorMetadataOf(row.status(), "position"), std::to_string(before));
  }
  // It stays detached over a restart, and as long as the cause is there.
  auto views = OpenAt(path, log, &projections);
  EXPECT_EQ(StatusOf(*views, "failing").state, ViewState::kDetached);
  EXPECT_EQ(StatusOf(*views, "failing").position, before);
  EXPECT_FALSE(views->Rebuild("failing", nullptr).ok());
  EXPECT_EQ(StatusOf(*views, "failing").state, ViewState::kDetached);
  at = 0;
  ASSERT_OK(views->Rebuild("failing", nullptr));
  const auto row = views->Now()->GetRow("failing", "last");
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(**row, std::to_string(log.store().GetHead().position));
}

}  // namespace
}  // namespace daybook::projections
