#include "projections/waiters.h"

#include <atomic>
#include <future>
#include <memory>
#include <vector>

#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::HasReason;

TEST(WaitersTest, EachIsCalledOnceWhenItsPositionIsReached) {
  Waiters waiters;
  int first = 0, second = 0, reached = 0;
  waiters.Advance(5);
  waiters.Add(5, absl::InfiniteFuture(), [&](absl::Status status) { reached += status.ok(); });
  EXPECT_EQ(reached, 1);  // at once
  waiters.Add(6, absl::InfiniteFuture(), [&](absl::Status status) { first += status.ok(); });
  waiters.Add(8, absl::InfiniteFuture(), [&](absl::Status status) { second += status.ok(); });
  waiters.Advance(7);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  waiters.Advance(8);
  waiters.Advance(9);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1);
}

TEST(WaitersTest, DeadlinesPassWithoutAnythingApplied) {
  Waiters waiters;
  std::promise<absl::Status> late;
  waiters.Add(1, absl::Now() + absl::Milliseconds(20),
              [&](absl::Status status) { late.set_value(std::move(status)); });
  EXPECT_THAT(late.get_future().get(), HasReason(Reason::REASON_NOT_CAUGHT_UP));
  waiters.Advance(1);  // calls nobody
}

TEST(WaitersTest, NobodyWaitsLongerThanTheLongest) {
  Waiters waiters(absl::Milliseconds(20));
  std::promise<absl::Status> late;
  waiters.Add(1, absl::InfiniteFuture(),
              [&](absl::Status status) { late.set_value(std::move(status)); });
  EXPECT_THAT(late.get_future().get(), HasReason(Reason::REASON_NOT_CAUGHT_UP));
  EXPECT_LE(kWaitMax, absl::Minutes(1));
}

TEST(WaitersTest, AWaitThatFailedIsOver) {
  Waiters waiters;
  absl::Status told;
  const Waiters::Ticket ticket =
      waiters.Add(1, absl::InfiniteFuture(), [&](absl::Status status) { told = status; });
  waiters.Fail(absl::DataLossError("gone"));
  waiters.Cancel(ticket);
  EXPECT_EQ(told, absl::DataLossError("gone"));
}

TEST(WaitersTest, MoreThanTheLimitAreRefusedAndTheRestHearOfTheEnd) {
  size_t ended = 0;
  absl::Status refused;
  {
    Waiters waiters;
    for (size_t i = 0; i < kWaitersMax; ++i) {
      waiters.Add(1, absl::InfiniteFuture(), [&](absl::Status status) {
        ended += daybook::ReasonOf(status) == Reason::REASON_SHUTTING_DOWN;
      });
    }
    EXPECT_EQ(ended, 0u);
    waiters.Add(1, absl::InfiniteFuture(), [&](absl::Status status) { refused = status; });
    EXPECT_THAT(refused, HasReason(Reason::REASON_OVERLOADED));
  }
  EXPECT_EQ(ended, kWaitersMax);
}

TEST(WaitersTest, ACancelledWaitIsOverAndLeavesNothing) {
  Waiters waiters;
  const auto held = std::make_shared<int>(0);
  size_t cancelled = 0;
  // many times as many as may wait at once
  for (int round = 0; round < 3; ++round) {
    std::vector<Waiters::Ticket> tickets;
    for (size_t i = 0; i < kWaitersMax; ++i) {
      tickets.push_back(waiters.Add(1, absl::InfiniteFuture(), [&, held](absl::Status status) {
        cancelled += absl::IsCancelled(status);
      }));
    }
    EXPECT_EQ(waiters.size(), kWaitersMax);
    for (const Waiters::Ticket ticket : tickets) waiters.Cancel(ticket);
    EXPECT_EQ(waiters.size(), 0u);
  }
  EXPECT_EQ(cancelled, 3 * kWaitersMax);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(WaitersTest, CancellingWhatIsOverDoesNothing) {
  Waiters waiters;
  int called = 0;
  const Waiters::Ticket ticket =
      waiters.Add(1, absl::InfiniteFuture(), [&](absl::Status status) { called += status.ok(); });
  EXPECT_NE(ticket, 0u);
  waiters.Advance(1);
  waiters.Cancel(ticket);
  waiters.Cancel(0);
  EXPECT_EQ(called, 1);
  EXPECT_EQ(waiters.Add(1, absl::InfiniteFuture(), [&](absl::Status) { ++called; }), 0u);
  EXPECT_EQ(called, 2);
}

}  // namespace
}  // namespace daybook::projections
