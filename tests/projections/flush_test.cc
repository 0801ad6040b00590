// What is on disk at any moment: rows and checkpoint of one position, also when the process ends
// without a word.

#include <gtest/gtest.h>

#include <filesystem>

#include "projections/views.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

bool HasTables(const std::string& path) {
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".sst") return true;
  }
  return false;
}

void ExpectRowsOfTheLog(Views& views) {
  for (const ViewStatus& status : views.Status()) {
    const auto report = views.Diff(status.name, 10);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_GT(report->rows_compared, 0u) << status.name;
    EXPECT_EQ(report->rows_different, 0u) << status.name;
  }
}

TEST(FlushTest, ACheckpointReachesTheDiskWithItsRows) {
  // given views that were flushed by time, and a copy of their files as a crash leaves them
  LogBuilder log;
  RandomHistory(log, 11).Steps(150);
  ViewsOptions options;
  options.flush_interval = absl::Milliseconds(5);
  const std::string path = FreshPath("flushed"), copy = FreshPath("crashed");
  auto views = Views::Open(path, log.store(), log.keys(), options);
  ASSERT_TRUE(views.ok()) << views.status();
  ASSERT_OK((*views)->WaitForBlocking(log.store().GetHead().position, Soon()));
  RandomHistory(log, 12).Steps(50);
  ASSERT_OK((*views)->WaitForBlocking(log.store().GetHead().position, Soon()));
  const absl::Time deadline = Soon();
  while (!HasTables(path) && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
  absl::SleepFor(absl::Milliseconds(200));  // the flush of the last batch
  std::filesystem::copy(path, copy);
  ASSERT_TRUE(HasTables(copy));

  // when they are opened again
  auto reopened = Views::Open(copy, log.store(), log.keys(), options);
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  ASSERT_OK((*reopened)->WaitForBlocking(log.store().GetHead().position, Soon()));

  // then no row is missing
  ExpectRowsOfTheLog(**reopened);
  EXPECT_EQ(DigestsOf(**reopened), DigestsOf(**views));
}

TEST(FlushTest, FlushesForSpaceAndForTimeGoTogether) {
  // given views that are flushed all the time, for both reasons
  LogBuilder log;
  ViewsOptions options;
  options.flush_interval = absl::ZeroDuration();
  options.write_buffer_bytes = 1;
  options.batch_events = 1;
  auto views = Views::Open(FreshPath("busy"), log.store(), log.keys(), options);
  ASSERT_TRUE(views.ok()) << views.status();

  // when they follow a log
  RandomHistory(log, 12).Steps(120);
  ASSERT_OK((*views)->WaitForBlocking(log.store().GetHead().position, Soon()));

  // then they have it
  ExpectRowsOfTheLog(**views);
}

}  // namespace
}  // namespace daybook::projections
