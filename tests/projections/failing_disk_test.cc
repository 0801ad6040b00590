// Views whose disk fails: noticed at once, never a stale or a wrong answer, never an end of the
// process, and mended when the cause is gone.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/projections/random_history.h"
#include "tests/projections/recovery_support.h"
#include "tests/support/effort.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::DiskError;
using daybook::testing::FailingDisk;
using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

constexpr char kLast[] = "last";

// All views, and one whose only row holds the position of the last event.
std::vector<Projection> WithLastPosition() {
  std::vector<Projection> projections = AllProjections();
  Projection last;
  last.name = kLast;
  last.apply = [](const Change& change, RowTx& tx) {
    tx.Put(kLast, std::to_string(change.recorded.position));
    return absl::OkStatus();
  };
  projections.push_back(last);
  return projections;
}

class FailingDiskTest : public ::testing::TestWithParam<DiskError> {
 protected:
  std::unique_ptr<Views> Open(const std::string& path) {
    ViewsOptions options = RecoveryOptions(&notices_, disk_.env.get());
    options.projections = &projections_;
    auto views = Views::Open(path, log_.store(), log_.keys(), options);
    EXPECT_TRUE(views.ok()) << views.status();
    return *std::move(views);
  }
  std::map<std::string, std::string> FreshDigests() {
    ViewsOptions options;
    options.projections = &projections_;
    return DigestsOf(*OpenCaughtUp(log_, options));
  }

  const std::vector<Projection> projections_ = WithLastPosition();
  FailingDisk disk_;
  Notices notices_;
  LogBuilder log_;
};

TEST_P(FailingDiskTest, AFailedFlushIsShownAtOnceAndMendedWhenTheCauseIsGone) {
  RandomHistory history(log_, 21);
  const auto views = Open(FreshPath("failed_flush"));
  history.Steps(60);
  const eventstore::LogPosition before = log_.store().GetHead().position;
  ASSERT_OK(views->WaitForBlocking(before, Soon()));
  ASSERT_OK(views->WriteError());

  // when flushes fail while the log goes on
  disk_.files->Fail(GetParam());
  history.Steps(5);
  ASSERT_TRUE(Eventually([&] { return AllAre(*views, ViewState::kRecovering); }));
  history.Steps(5);
  const eventstore::LogPosition head = log_.store().GetHead().position;

  // then it is shown, what would be stale is refused with the position, and the past is answered
  EXPECT_FALSE(views->WriteError().ok());
  for (const ViewStatus& status : views->Status()) EXPECT_NE(status.error, "") << status.name;
  EXPECT_TRUE(notices_.Has("the views stand still"));
  const auto stale = views->Now()->GetRow(kLast, kLast);
  EXPECT_THAT(stale.status(), HasReason(Reason::REASON_VIEW_UNAVAILABLE));
  EXPECT_EQ(ErrorMetadataOf(stale.status(), "position"), std::to_string(views->applied()));
  EXPECT_EQ(ErrorMetadataOf(stale.status(), "target"), std::to_string(head));
  EXPECT_NE(ErrorMetadataOf(stale.status(), "cause"), "");
  EXPECT_THAT(views->WaitForBlocking(head, absl::InfiniteFuture()),
              HasReason(Reason::REASON_VIEW_UNAVAILABLE));
  {
    const auto past = views->AsOf(before);
    ASSERT_TRUE(past.ok()) << past.status();
    const auto row = (*past)->GetRow(kLast, kLast);
    ASSERT_TRUE(row.ok()) << row.status();
    EXPECT_EQ(**row, std::to_string(before));
  }

  // and when the cause is gone they go on by themselves
  disk_.files->Heal();
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); }));
  EXPECT_OK(views->WriteError());
  EXPECT_EQ(DigestsOf(*views), FreshDigests());
  EXPECT_TRUE(notices_.Has("the views are open again"));
}

TEST_P(FailingDiskTest, WhoWaitsWhenAWriteFailsIsTold) {
  RandomHistory history(log_, 22);
  const auto views = Open(FreshPath("waits"));
  history.Steps(20);
  ASSERT_OK(views->WaitForBlocking(log_.store().GetHead().position, Soon()));
  std::thread waiter([&] {
    EXPECT_THAT(
        views->WaitForBlocking(log_.store().GetHead().position + 1'000'000, absl::InfiniteFuture()),
        HasReason(Reason::REASON_VIEW_UNAVAILABLE));
  });
  disk_.files->Fail(GetParam());
  history.Steps(5);
  ASSERT_TRUE(Eventually([&] { return !views->WriteError().ok(); }));
  history.Steps(1);  // one that came between the notice and the failure hears of it now
  waiter.join();
}

TEST_P(FailingDiskTest, AnswersNeverGoBackOverManyFailures) {
  RandomHistory history(log_, 23);
  const auto views = Open(FreshPath("many_failures"));
  std::atomic<bool> done = false;
  std::atomic<int> answers = 0;
  std::thread reader([&] {
    uint64_t shown = 0;
    while (!done) {
      const auto snapshot = views->Now();
      const auto row = snapshot->GetRow(kLast, kLast);
      if (!row.ok()) {
        EXPECT_THAT(row.status(), HasReason(Reason::REASON_VIEW_UNAVAILABLE));
        continue;
      }
      const uint64_t position = row->has_value() ? std::stoull(**row) : 0;
      EXPECT_EQ(position, snapshot->position());
      EXPECT_GE(position, shown);
      shown = position;
      ++answers;
    }
  });
  for (int i = 0; i < daybook::testing::Rounds(4, 80); ++i) {
    history.Steps(10);
    disk_.files->Fail(GetParam(), i % 2 == 0 ? ".sst" : "MANIFEST");
    history.Steps(3);
    // A manifest is opened by no flush, so it may not meet a lack of descriptors.
    const absl::Time give_up = absl::Now() + absl::Milliseconds(100);
    while (views->WriteError().ok() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(1));
    history.Steps(3);
    disk_.files->Heal();
    EXPECT_TRUE(Eventually([&] { return CaughtUp(*views, log_); })) << i;
  }
  done = true;
  reader.join();
  EXPECT_GT(answers, 0);
  EXPECT_EQ(DigestsOf(*views), FreshDigests());
}

TEST_P(FailingDiskTest, ARebuildThatCannotBeWrittenFailsAlone) {
  RandomHistory history(log_, 24);
  const auto views = Open(FreshPath("failed_rebuild"));
  history.Steps(60);
  ASSERT_OK(views->WaitForBlocking(log_.store().GetHead().position, Soon()));

  // when the files of a rebuild cannot be written
  disk_.files->Fail(GetParam(), "/build/");
  EXPECT_FALSE(views->Rebuild(kLast, nullptr).ok());
  EXPECT_GT(disk_.files->failed(), 0);

  // then the views go on, and a later rebuild succeeds
  history.Steps(10);
  EXPECT_OK(views->WaitForBlocking(log_.store().GetHead().position, Soon()));
  EXPECT_TRUE(AllAre(*views, ViewState::kLive));
  disk_.files->Heal();
  EXPECT_OK(views->Rebuild(kLast, nullptr));
  EXPECT_EQ(DigestsOf(*views), FreshDigests());
}

TEST_P(FailingDiskTest, ARebuildAfterAFailedWriteStandsBesideTheViews) {
  RandomHistory history(log_, 25);
  const auto views = Open(FreshPath("write_then_rebuild"));
  history.Steps(60);
  ASSERT_OK(views->WaitForBlocking(log_.store().GetHead().position, Soon()));
  disk_.files->Fail(GetParam(), ".sst", 0, 1);
  history.Steps(5);
  ASSERT_TRUE(Eventually([&] { return disk_.files->failed() > 0; }));
  absl::Status rebuilt;
  ASSERT_TRUE(Eventually([&] {
    rebuilt = views->Rebuild("records", nullptr);
    return rebuilt.ok();
  })) << rebuilt;
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); }));
  EXPECT_EQ(DigestsOf(*views), FreshDigests());
}

TEST_P(FailingDiskTest, AFirstBuildThatCannotBeWrittenIsTriedAgain) {
  RandomHistory(log_, 26).Steps(60);
  disk_.files->Fail(GetParam(), "/build/");
  const auto views = Open(FreshPath("failed_build"));
  ASSERT_TRUE(Eventually([&] { return notices_.Has("is tried again"); }));
  EXPECT_THAT(views->Now()->GetRow(kLast, kLast).status(),
              HasReason(Reason::REASON_VIEW_UNAVAILABLE));
  disk_.files->Heal();
  ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); }));
  EXPECT_EQ(DigestsOf(*views), FreshDigests());
}

// Whichever operation fails, once: no assertion, no hang, the views of the log in the end.
// Too many open files is left out: files are opened at the start only.
class AnyOperationTest : public FailingDiskTest {};

TEST_P(AnyOperationTest, MayFail) {
  RandomHistory history(log_, 27);
  history.Steps(20);
  const int64_t stride = daybook::testing::IsNightly() ? 7 : 131;
  int64_t failed = 0, done = 0;
  for (int64_t n = 0;; n += stride) {
    const std::string path = FreshPath("nth");
    disk_.files->Fail(GetParam(), "", n, 1);
    {
      const auto views = Open(path);
      history.Steps(4);
      ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); })) << n;
      ASSERT_TRUE(Eventually([&] { return views->Rebuild(kLast, nullptr).ok(); })) << n;
      history.Steps(2);
      ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); })) << n;
    }
    failed += disk_.files->failed();
    ++done;
    if (disk_.files->failed() == 0) break;
    disk_.files->Heal();
    const auto again = Open(path);
    ASSERT_TRUE(Eventually([&] { return CaughtUp(*again, log_); })) << n;
    if (done % 8 == 0) {
      ASSERT_EQ(DigestsOf(*again), FreshDigests()) << n;
    }
  }
  EXPECT_GT(failed, 2);
}

INSTANTIATE_TEST_SUITE_P(Errors, AnyOperationTest,
                         ::testing::Values(DiskError::kNoSpace, DiskError::kIo),
                         [](const auto& test) {
                           return test.param == DiskError::kNoSpace ? "NoSpace" : "Io";
                         });
INSTANTIATE_TEST_SUITE_P(Errors, FailingDiskTest,
                         ::testing::Values(DiskError::kNoSpace, DiskError::kIo,
                                           DiskError::kTooManyFiles),
                         [](const auto& test) {
                           return test.param == DiskError::kNoSpace ? "NoSpace"
                                  : test.param == DiskError::kIo    ? "Io"
                                                                    : "TooManyFiles";
                         });

TEST(FailingStartTest, AFullDiskAtTheStartIsNoReasonNotToServe) {
  LogBuilder log;
  RandomHistory(log, 28).Steps(30);
  FailingDisk disk;
  Notices notices;
  disk.files->Fail(DiskError::kNoSpace);
  auto views = Views::Open(FreshPath("full_at_start"), log.store(), log.keys(),
                           RecoveryOptions(&notices, disk.env.get()));
  ASSERT_TRUE(views.ok()) << views.status();
  EXPECT_TRUE(AllAre(**views, ViewState::kRecovering));
  EXPECT_THAT((*views)->Now()->GetRow("records", "x").status(),
              HasReason(Reason::REASON_VIEW_UNAVAILABLE));
  EXPECT_THAT((*views)->Rebuild("records", nullptr), HasReason(Reason::REASON_VIEW_UNAVAILABLE));
  disk.files->Heal();
  ASSERT_TRUE(Eventually([&] { return CaughtUp(**views, log); }));
  EXPECT_EQ(DigestsOf(**views), DigestsOf(*OpenCaughtUp(log)));
}

TEST(FailingStartTest, TooManyOpenFilesAtTheStartAreRefusedAndDamageNothing) {
  LogBuilder log;
  RandomHistory(log, 29).Steps(30);
  const std::string path = FreshPath("too_many_at_start");
  FailingDisk disk;
  Notices notices;
  const ViewsOptions options = RecoveryOptions(&notices, disk.env.get());
  {
    auto views = Views::Open(path, log.store(), log.keys(), options);
    ASSERT_TRUE(views.ok()) << views.status();
    ASSERT_TRUE(Eventually([&] { return CaughtUp(**views, log); }));
  }
  disk.files->Fail(DiskError::kTooManyFiles);
  const auto refused = Views::Open(path, log.store(), log.keys(), options);
  EXPECT_THAT(refused.status(), HasReason(Reason::REASON_DATA_DIRECTORY));
  EXPECT_NE(refused.status().message().find("Too many open files"), std::string::npos)
      << refused.status();
  disk.files->Heal();
  auto views = Views::Open(path, log.store(), log.keys(), options);
  ASSERT_TRUE(views.ok()) << views.status();
  EXPECT_FALSE(notices.Has("built anew"));
}

TEST(FailingStartTest, AnotherProcessThatHoldsTheViewsIsNoDamage) {
  LogBuilder log;
  RandomHistory(log, 30).Steps(30);
  const std::string path = FreshPath("held");
  Notices notices;
  auto holder = Views::Open(path, log.store(), log.keys(), RecoveryOptions(&notices));
  ASSERT_TRUE(holder.ok()) << holder.status();
  ASSERT_TRUE(Eventually([&] { return CaughtUp(**holder, log); }));
  EXPECT_THAT(Views::Open(path, log.store(), log.keys(), RecoveryOptions(&notices)).status(),
              HasReason(Reason::REASON_DATA_DIRECTORY));
  EXPECT_FALSE(notices.Has("built anew"));
  EXPECT_TRUE(AllAre(**holder, ViewState::kLive));
}

}  // namespace
}  // namespace daybook::projections
