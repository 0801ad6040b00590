#include "projections/last_contact.h"

#include "absl/strings/str_cat.h"
#include "daybook/work/v1/activity_events.pb.h"
#include "gtest/gtest.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::Proto;
using work::v1::ActivityEvent;

constexpr char kAccount[] = "0198f000-0000-7000-8000-000000000001";
constexpr char kContact[] = "0198f000-0000-7000-8000-000000000002";
constexpr char kGuest[] = "0198f000-0000-7000-8000-000000000003";

// An activity about the account and the contact, done at this second.
ActivityEvent Logged(const std::string& id, absl::string_view kind, int64_t second) {
  auto event = Proto<ActivityEvent>(absl::StrCat(
      "logged { activity { kind: ACTIVITY_KIND_", kind, " state: ACTIVITY_STATE_DONE account_id: '",
      kAccount, "' contact_id: '", kContact, "' participant_ids: '", kGuest,
      "' done_time { seconds: ", second, " } } }"));
  event.mutable_logged()->mutable_activity()->set_id(id);
  return event;
}

std::string LastOf(const Views& views, absl::string_view id) {
  const auto last = ReadLastContact(*views.Now(), id);
  EXPECT_TRUE(last.ok()) << last.status();
  return last->has_value() ? (*last)->activity_id : "never";
}

TEST(LastContactTest, F035_ArchivingTheNewestCallMovesLastContactBack) {
  // given two calls and, later, a task and a note
  LogBuilder log;
  const std::string first = log.NewId();
  const std::string second = log.NewId();
  log.Add("activity", second, Logged(second, "CALL", 2000));
  log.Add("activity", first, Logged(first, "MEETING", 1000));
  for (const char* kind : {"TASK", "NOTE", "FOLLOW_UP"}) {
    const std::string id = log.NewId();
    log.Add("activity", id, Logged(id, kind, 3000));
  }
  const auto both = log.Commit();
  // when the newest is archived
  log.Add("activity", second, Proto<ActivityEvent>("archived {}"));
  const auto archived = log.Commit();
  log.Add("activity", second, Proto<ActivityEvent>("restored {}"));
  log.Commit();
  log.Add("activity", second, Proto<ActivityEvent>("reopened {}"));
  log.Commit();
  auto views = OpenCaughtUp(log);
  // then the one before counts again, for all who took part, and the past stays
  for (const char* id : {kAccount, kContact, kGuest}) EXPECT_EQ(LastOf(*views, id), first);
  const auto then = views->AsOf(both);
  ASSERT_TRUE(then.ok()) << then.status();
  const auto last = ReadLastContact(**then, kAccount);
  ASSERT_TRUE(last.ok() && last->has_value()) << last.status();
  EXPECT_EQ((*last)->activity_id, second);
  EXPECT_EQ((*last)->at, absl::FromUnixSeconds(2000));
  const auto between = views->AsOf(archived);
  ASSERT_TRUE(between.ok());
  EXPECT_EQ((*ReadLastContact(**between, kContact))->activity_id, first);
}

TEST(LastContactTest, F035_WhatIsPlannedIsNoContact) {
  LogBuilder log;
  const std::string id = log.NewId();
  auto event = Proto<ActivityEvent>(absl::StrCat(
      "scheduled { activity { kind: ACTIVITY_KIND_CALL state: ACTIVITY_STATE_PLANNED account_id: '",
      kAccount, "' due_time { seconds: 4000000000 } } }"));
  event.mutable_scheduled()->mutable_activity()->set_id(id);
  log.Add("activity", id, event);
  log.Commit();
  auto views = OpenCaughtUp(log);
  EXPECT_EQ(LastOf(*views, kAccount), "never");
}

TEST(LastContactTest, InstantsBeforeTheEpochSortToo) {
  LogBuilder log;
  const std::string old = log.NewId();
  const std::string older = log.NewId();
  log.Add("activity", older, Logged(older, "CALL", -2000));
  log.Add("activity", old, Logged(old, "CALL", -1000));
  log.Commit();
  auto views = OpenCaughtUp(log);
  EXPECT_EQ(LastOf(*views, kAccount), old);
}

}  // namespace
}  // namespace daybook::projections
