// What the log makes of a clock that is far from what it knows of time.

#include <atomic>

#include "absl/strings/match.h"
#include "eventstore/clock_guard.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);

Commit LiveCommit(uint64_t n) { return MakeCommit(n, {MakeEvent(TestStream(n))}); }

class ClockBoundsTest : public testing::Test {
 protected:
  ClockBoundsTest() : path_(folder_.path() + "/data"), clock_(TestStart()), random_(1) {
    options_.monotonic = [this] { return absl::Seconds(monotonic_.load()); };
    EXPECT_TRUE(CreateDataDirectory(path_, clock_, random_).ok());
    Open();
  }

  void Open() {
    opened_.store.reset();  // before the keys that it uses
    opened_ = {};
    auto opened = OpenDataDirectory(path_, options_, clock_, random_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    opened_ = *std::move(opened);
  }
  EventStore& store() { return *opened_.store; }
  absl::Status Write(uint64_t n) { return store().AppendAndWait(LiveCommit(n)).status(); }
  absl::Status Accept(uint64_t n) {
    Commit commit = LiveCommit(n);
    commit.accepts_clock = true;
    return store().AppendAndWait(std::move(commit)).status();
  }
  // Time passes: both clocks go on.
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    monotonic_ += absl::ToInt64Seconds(time);
  }
  void ExpectRefused(const absl::Status& status) {
    EXPECT_EQ(ReasonOf(status), Reason::REASON_CLOCK_OUT_OF_BOUNDS) << status;
    EXPECT_NE(ErrorMetadataOf(status, "clock"), "");
    EXPECT_NE(ErrorMetadataOf(status, "head_recorded_at"), "");
    EXPECT_NE(ErrorMetadataOf(status, "bound_seconds"), "");
    EXPECT_TRUE(absl::StrContains(status.message(), "daybook clock accept")) << status;
    EXPECT_EQ(ReasonOf(store().Writable()), Reason::REASON_CLOCK_OUT_OF_BOUNDS);
  }

  ScratchFolder folder_;
  std::string path_;
  ManualClock clock_;
  SeededRandom random_;
  std::atomic<int64_t> monotonic_{1000};
  StoreOptions options_;
  DataDirectory opened_;
};

TEST_F(ClockBoundsTest, ClockBehindTheLogIsRefusedBeyondTheBound) {
  ASSERT_TRUE(Write(1).ok());
  clock_.Set(TestStart() - absl::Hours(1));
  EXPECT_TRUE(Write(2).ok());
  clock_.Set(TestStart() - absl::Hours(1) - absl::Microseconds(1));
  ExpectRefused(Write(3));
  // Reading goes on, a repeat gets its answer, and the right time puts all in order.
  EXPECT_EQ(ReadEverything(store()).size(), 2u);
  EXPECT_TRUE(store().AppendAndWait(LiveCommit(1))->replayed);
  clock_.Set(TestStart() + absl::Minutes(1));
  EXPECT_TRUE(Write(3).ok());
  EXPECT_EQ(store().GetHead().recorded_at, TestStart() + absl::Minutes(1));
}

TEST_F(ClockBoundsTest, ClockThatIsSetForwardIsRefusedBeyondTheBound) {
  ASSERT_TRUE(Write(1).ok());
  clock_.Advance(kDay);
  EXPECT_TRUE(Write(2).ok());
  clock_.Advance(kDay + absl::Seconds(1));
  ExpectRefused(Write(3));
  EXPECT_EQ(store().GetHead().recorded_at, TestStart() + kDay);
  clock_.Set(TestStart() + kDay);
  EXPECT_TRUE(Write(3).ok());
}

TEST_F(ClockBoundsTest, IdleServerMayWriteAfterYears) {
  ASSERT_TRUE(Write(1).ok());
  Pass(1000 * kDay);
  EXPECT_TRUE(Write(2).ok());
}

TEST_F(ClockBoundsTest, StoppedServerMayWriteAfterMonthsNotAfterYears) {
  ASSERT_TRUE(Write(1).ok());
  clock_.Advance(366 * kDay);
  Open();
  EXPECT_TRUE(Write(2).ok());
  clock_.Advance(366 * kDay + absl::Seconds(1));
  Open();
  ExpectRefused(Write(3));
  ASSERT_TRUE(Accept(3).ok());
  EXPECT_TRUE(Write(4).ok());
  EXPECT_TRUE(store().Writable().ok());
  Open();
  EXPECT_TRUE(Write(5).ok());
}

TEST_F(ClockBoundsTest, FirstEventIsMeasuredByTheMakingOfTheLog) {
  clock_.Advance(400 * kDay);
  Open();
  ExpectRefused(Write(1));
}

TEST_F(ClockBoundsTest, AcceptedHeadAheadOfTheClockIsWrittenBehind) {
  // Given an event that was recorded years ahead, and the clock right again
  clock_.Advance(300 * kDay);
  Open();
  ASSERT_TRUE(Write(1).ok());
  const absl::Time ahead = store().GetHead().recorded_at;
  clock_.Set(TestStart());
  ExpectRefused(Write(2));
  // When an operator accepts it
  ASSERT_TRUE(Accept(3).ok());
  // Then writing goes on at the time of the head, also after a restart
  EXPECT_TRUE(Write(4).ok());
  Open();
  EXPECT_TRUE(Write(5).ok());
  EXPECT_EQ(store().GetHead().recorded_at, ahead);
  // And the clock is looked at again once it has passed the head
  clock_.Set(ahead + absl::Hours(2));
  Open();
  EXPECT_TRUE(Write(6).ok());
  clock_.Set(ahead);
  ExpectRefused(Write(7));
}

TEST_F(ClockBoundsTest, ServersOwnEventsTakeTheTimeOfTheHead) {
  ASSERT_TRUE(Write(1).ok());
  clock_.Advance(5000 * kDay);
  Commit commit = LiveCommit(2);
  commit.under_any_clock = true;
  ASSERT_TRUE(store().AppendAndWait(std::move(commit)).ok());
  EXPECT_EQ(store().GetHead().recorded_at, TestStart());
  ExpectRefused(Write(3));
}

TEST_F(ClockBoundsTest, BackfillUnderAClockThatIsAheadIsRefused) {
  clock_.Advance(5000 * kDay);
  Open();
  Commit commit = LiveCommit(1);
  commit.backfill_at = TestStart() + 4000 * kDay;
  ExpectRefused(store().AppendAndWait(commit).status());
  clock_.Set(TestStart());
  commit.backfill_at = TestStart() - 4000 * kDay;
  EXPECT_TRUE(store().AppendAndWait(commit).ok());
  // What was backfilled says nothing of the clock.
  EXPECT_TRUE(Write(2).ok());
}

TEST(BootTimeTest, GoesOn) {
  const absl::Duration before = BootTime();
  EXPECT_GT(before, absl::ZeroDuration());
  EXPECT_GE(BootTime(), before);
}

}  // namespace
}  // namespace daybook::eventstore
