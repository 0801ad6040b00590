// Views that do not follow from the log beside which they lie: never served, built anew.

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/projections/random_history.h"
#include "tests/projections/recovery_support.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

constexpr int kShared = 60;  // commits that forks of a log have in common

std::unique_ptr<Views> OpenAt(const std::string& path, LogBuilder& log, Notices* notices,
                              const ViewsOptions* wanted = nullptr) {
  const ViewsOptions options = wanted != nullptr ? *wanted : RecoveryOptions(notices);
  auto views = Views::Open(path, log.store(), log.keys(), options);
  EXPECT_TRUE(views.ok()) << views.status();
  return *std::move(views);
}

// Leaves views of the log in `path`.
void LeaveViews(const std::string& path, LogBuilder& log) {
  Notices notices;
  const auto views = OpenAt(path, log, &notices);
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log); }));
}

// Opens what is in `path` with a log that it does not follow from.
void ExpectBuiltAnew(const std::string& path, LogBuilder& log, const std::string& reason) {
  Notices notices;
  const auto views = OpenAt(path, log, &notices);
  EXPECT_TRUE(notices.Has("built anew")) << reason;
  EXPECT_NE(notices.Find("built anew").find(reason), std::string::npos)
      << notices.Find("built anew");
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log); }));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log)));
}

// A log and another that has its first commits, and others behind them: as after a restored copy
// of the directory.
struct Fork {
  LogBuilder first{7}, second{7};
  Fork(int commits_of_first, int commits_of_second) {
    RandomHistory(first, 31).Steps(kShared);
    RandomHistory(second, 31).Steps(kShared);
    EXPECT_EQ(first.store().log_id(), second.store().log_id());
    EXPECT_EQ(first.store().GetHead().root, second.store().GetHead().root);
    RandomHistory(first, 32).Steps(commits_of_first);
    RandomHistory(second, 33).Steps(commits_of_second);
  }
};

TEST(ForeignViewsTest, ViewsOfAnotherLog) {
  LogBuilder ours(1), theirs(2);
  RandomHistory(ours, 34).Steps(40);
  RandomHistory(theirs, 35).Steps(40);
  const std::string path = FreshPath("another_log");
  LeaveViews(path, theirs);
  ExpectBuiltAnew(path, ours, theirs.store().log_id().ToString());
}

TEST(ForeignViewsTest, ViewsOfAForkWhoseHeadIsBehindOurs) {
  Fork fork(10, 40);
  ASSERT_LT(fork.first.store().GetHead().position, fork.second.store().GetHead().position);
  const std::string path = FreshPath("fork_behind");
  LeaveViews(path, fork.first);
  ExpectBuiltAnew(path, fork.second, "other events up to their position");
}

TEST(ForeignViewsTest, ViewsOfAForkAtTheSamePosition) {
  Fork fork(25, 0);
  RandomHistory history(fork.second, 36);
  const eventstore::LogPosition head = fork.first.store().GetHead().position;
  while (fork.second.store().GetHead().position < head) history.Step();
  const std::string path = FreshPath("fork_equal");
  LeaveViews(path, fork.first);
  ExpectBuiltAnew(path, fork.second, "other events up to their position");
}

TEST(ForeignViewsTest, ViewsAheadOfARestoredLog) {
  Fork fork(20, 0);
  const std::string path = FreshPath("ahead");
  LeaveViews(path, fork.first);
  ExpectBuiltAnew(path, fork.second, "beyond the log's head");
}

TEST(ForeignViewsTest, ViewsBehindTheirOwnLogAreTakenOver) {
  Fork fork(20, 0);
  const std::string path = FreshPath("behind");
  LeaveViews(path, fork.second);
  Notices notices;
  const auto views = OpenAt(path, fork.first, &notices);
  EXPECT_TRUE(AllAre(*views, ViewState::kLive));
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, fork.first); }));
  EXPECT_FALSE(notices.Has("built anew"));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(fork.first)));
}

// A build is cut off in its second run; its rows are of the log of that time.
TEST(ForeignViewsTest, ABuildOfAForkThatWasCutOffIsNotGoneOnWith) {
  Fork fork(60, 60);
  const std::string path = FreshPath("fork_build"), copy = FreshPath("fork_build_cut_off");
  Projection spy;
  spy.name = "spy";
  const eventstore::LogPosition head = fork.first.store().GetHead().position;
  spy.apply = [&](const Change& change, RowTx& tx) {
    tx.Put(change.type.name, std::to_string(change.recorded.position));
    if (change.recorded.position < head - head / 6 || std::filesystem::exists(copy)) {
      return absl::OkStatus();
    }
    std::error_code error;
    std::filesystem::copy(path, copy, std::filesystem::copy_options::recursive, error);
    if (error) std::filesystem::remove_all(copy);
    return absl::OkStatus();
  };
  std::vector<Projection> projections = AllProjections();
  projections.push_back(spy);
  ViewsOptions options;
  options.projections = &projections;
  options.rebuild_memory_bytes = 1;
  options.rebuild_block_events = head / 3;
  {
    const auto views = OpenAt(path, fork.first, nullptr, &options);
    ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, fork.first); }));
  }
  ASSERT_TRUE(std::filesystem::exists(copy));
  const auto views = OpenAt(copy, fork.second, nullptr, &options);
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, fork.second); }));
  ViewsOptions fresh;
  fresh.projections = &projections;
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(fork.second, fresh)));
}

}  // namespace
}  // namespace daybook::projections
