// Following the log: waiting, positions in and beyond the log, commits as a whole.

#include <gtest/gtest.h>

#include <atomic>

#include "daybook/party/v1/account_events.pb.h"
#include "projections/views.h"
#include "projections/waiters.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

party::v1::AccountEvent Created(const std::string& id, absl::string_view name) {
  party::v1::AccountEvent event;
  event.mutable_created()->mutable_account()->set_id(id);
  event.mutable_created()->mutable_account()->set_name(std::string(name));
  return event;
}

TEST(FollowTest, AnAsOfInsideACommitIsLoweredToTheOneBefore) {
  LogBuilder log;
  const std::string a = log.NewId(), b = log.NewId();
  log.Add("account", a, Created(a, "first")).Commit();
  party::v1::AccountEvent changed;
  changed.mutable_fields_changed()->mutable_fields()->add_paths("name");
  changed.mutable_fields_changed()->mutable_after()->set_name("second");
  log.Add("account", b, Created(b, "b")).Add("account", a, changed).Commit();
  auto views = OpenCaughtUp(log);
  const auto& type = *domain::Registry::Get().Find("account");
  const auto inside = views->AsOf(2);
  ASSERT_TRUE(inside.ok());
  EXPECT_EQ((*inside)->position(), 1u);
  EXPECT_TRUE((*inside)->is_past());
  const auto record = (*inside)->GetRecord(type, a);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(static_cast<const party::v1::Account&>(**record).name(), "first");
  EXPECT_EQ(*(*inside)->GetRecord(type, b), nullptr);
  const auto end = views->AsOf(3);
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE((*end)->is_past());
  const auto zero = views->AsOf(0);
  ASSERT_TRUE(zero.ok());
  EXPECT_EQ(*(*zero)->GetRecord(type, a), nullptr);
}

TEST(FollowTest, AnAsOfBeyondTheHeadIsInTheFuture) {
  LogBuilder log;
  RandomHistory(log, 1).Steps(5);
  auto views = OpenCaughtUp(log);
  EXPECT_THAT(views->AsOf(log.store().GetHead().position + 1).status(),
              HasReason(Reason::REASON_AS_OF_IN_FUTURE));
}

TEST(FollowTest, WaitersAreCalledWhenTheirPositionIsThere) {
  LogBuilder log;
  RandomHistory history(log, 2);
  auto views = OpenInMemory(log);
  std::atomic<int> called = 0;
  for (eventstore::LogPosition p = 1; p <= 20; ++p) {
    views->WaitFor(p, Soon(), [&, p](absl::Status status) {
      EXPECT_TRUE(status.ok()) << status;
      EXPECT_GE(views->applied(), p);
      ++called;
    });
  }
  EXPECT_EQ(called, 0);
  while (log.store().GetHead().position < 20) history.Step();
  ASSERT_OK(views->WaitForBlocking(20, Soon()));
  for (int i = 0; i < 1000 && called < 20; ++i) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(called, 20);
  EXPECT_EQ(views->StalledFor(), absl::ZeroDuration());
}

TEST(FollowTest, AWaiterIsToldWhenItsDeadlinePasses) {
  LogBuilder log;
  auto views = OpenInMemory(log);
  const absl::Status status = views->WaitForBlocking(1, absl::Now() + absl::Milliseconds(20));
  EXPECT_THAT(status, HasReason(Reason::REASON_NOT_CAUGHT_UP));
  EXPECT_EQ(ErrorMetadataOf(status, "applied"), "0");
}

TEST(FollowTest, WaitersAreToldWhenTheServerGoesDown) {
  LogBuilder log;
  auto views = OpenInMemory(log);
  absl::Status told;
  views->WaitFor(1, absl::InfiniteFuture(), [&](absl::Status status) { told = status; });
  views.reset();
  EXPECT_THAT(told, HasReason(Reason::REASON_SHUTTING_DOWN));
}

TEST(FollowTest, WaitersAreBounded) {
  Waiters waiters;
  int refused = 0;
  for (size_t i = 0; i < kWaitersMax + 3; ++i) {
    waiters.Add(1, absl::InfiniteFuture(), [&](absl::Status status) {
      if (!status.ok() && ReasonOf(status) == Reason::REASON_OVERLOADED) ++refused;
    });
  }
  EXPECT_EQ(refused, 3);
  waiters.Advance(1);
}

}  // namespace
}  // namespace daybook::projections
