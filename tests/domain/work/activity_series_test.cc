#include "absl/strings/str_cat.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/base/time.h"
#include "domain/registry.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::work::v1;

std::string User(int id, absl::string_view state) {
  return absl::StrCat("id: '", Id(id), "' state: USER_STATE_", state);
}

// A call at nine in Berlin on Monday 23 March 2026, every week.
std::string Request(absl::string_view rule) {
  return absl::StrCat("kind: ACTIVITY_KIND_CALL subject: 'Weekly' assignee_id: '", Id(2),
                      "' due_time { seconds: 1774252800 } recurrence_rule: '", rule, "'");
}

Scenario Series(absl::string_view rule) {
  Scenario scenario("activity");
  scenario.Exists("user", User(2, "ACTIVE")).When<pb::ScheduleActivityRequest>(Request(rule));
  EXPECT_TRUE(scenario.status().ok()) << scenario.status();
  return scenario;
}

// The occurrence that follows in the same commit, planned as the engine would.
Scenario Next(const Scenario& previous, absl::string_view id) {
  const auto& before = previous.As<pb::Activity>();
  Scenario scenario("activity");
  scenario.Exists("activity", before.ShortDebugString())
      .Target(id)
      .When<pb::ScheduleActivityRequest>(absl::StrCat("previous_id: '", before.id(), "'"));
  return scenario;
}

std::string BeginsAt(const Scenario& scenario) {
  return FormatInstant(*FromProto(scenario.As<pb::Activity>().due_time()));
}

TEST(ActivitySeriesTest, E16_TheFirstOccurrenceHoldsTheRule) {
  const Scenario scenario = Series("freq=weekly");
  const auto& first = scenario.As<pb::Activity>();
  EXPECT_EQ(first.recurrence_rule(), "FREQ=WEEKLY");
  EXPECT_EQ(first.series_id(), Id(1));
  EXPECT_EQ(first.occurrence(), 1u);
  EXPECT_EQ(first.series_second(), 9u * 3600);
  EXPECT_EQ(FormatDay(*FromProto(first.series_day())), "2026-03-23");
}

TEST(ActivitySeriesTest, E16_CompletingPlansTheNextAtTheSameTimeOfDayOverTheClockChange) {
  // given a weekly call at nine, 08:00 UTC in winter
  Scenario scenario = Series("FREQ=WEEKLY");
  EXPECT_EQ(BeginsAt(scenario), "2026-03-23T08:00:00Z");
  // when it is done
  scenario.At("2026-03-23T08:30:00Z").When<pb::CompleteActivityRequest>("outcome: 'talked'");
  scenario.Then(
      {absl::StrCat("completed { done_time { seconds: 1774254600 } outcome: 'talked' "
                    "next_id: '",
                    Id(9001), "' }")});
  // then the next is at nine too, 07:00 UTC in summer, and blank
  const Scenario next = Next(scenario, Id(9001));
  ASSERT_TRUE(next.status().ok()) << next.status();
  EXPECT_EQ(BeginsAt(next), "2026-03-30T07:00:00Z");
  const auto& activity = next.As<pb::Activity>();
  EXPECT_EQ(activity.id(), Id(9001));
  EXPECT_EQ(activity.series_id(), Id(1));
  EXPECT_EQ(activity.occurrence(), 2u);
  EXPECT_EQ(activity.state(), pb::ACTIVITY_STATE_PLANNED);
  EXPECT_EQ(activity.outcome(), "");
  EXPECT_FALSE(activity.has_done_time());
  EXPECT_EQ(activity.subject(), "Weekly");
  EXPECT_EQ(activity.assignee_id(), Id(2));
}

TEST(ActivitySeriesTest, E16_TheCompletionCarriesOutTheNextInItsCommit) {
  Scenario scenario = Series("FREQ=WEEKLY");
  scenario.When<pb::CompleteActivityRequest>("");
  const auto command = domain::FindCommand(pb::CompleteActivityRequest::descriptor()->full_name());
  ASSERT_NE(command.command->follow, nullptr);
  auto state = command.aggregate->new_state();
  state->record().CopyFrom(scenario.record());
  for (const auto& event : scenario.events()) command.aggregate->evolve(*state, *event);
  const auto follow =
      command.command->follow(*state, pb::CompleteActivityRequest(), domain::Context());
  ASSERT_TRUE(follow.ok()) << follow.status();
  ASSERT_EQ(follow->size(), 1u);
  EXPECT_THAT(*follow->front(),
              EqualsProto(absl::StrCat("id: '", Id(9001), "' previous_id: '", Id(1), "'")));
}

TEST(ActivitySeriesTest, AnOccurrenceThatWasMovedLeavesTheRuleAlone) {
  // given Monday's call moved to Wednesday and done late; then the next is on Monday
  Scenario scenario = Series("FREQ=WEEKLY");
  scenario.When<pb::RescheduleActivityRequest>("due_time { seconds: 1774440000 }")
      .At("2026-04-02T10:00:00Z")
      .When<pb::CompleteActivityRequest>("");
  EXPECT_EQ(BeginsAt(Next(scenario, Id(9001))), "2026-03-30T07:00:00Z");
}

TEST(ActivitySeriesTest, CancellingOneOccurrencePlansTheNext) {
  Scenario scenario = Series("FREQ=WEEKLY");
  scenario.When<pb::CancelActivityRequest>("").Then(
      {absl::StrCat("cancelled { next_id: '", Id(9001), "' }")});
  EXPECT_EQ(BeginsAt(Next(scenario, Id(9001))), "2026-03-30T07:00:00Z");
}

TEST(ActivitySeriesTest, CancellingTheSeriesPlansNothing) {
  Series("FREQ=WEEKLY")
      .When<pb::CancelActivityRequest>("end_series: true")
      .Then({"cancelled { series_end: SERIES_END_CANCELLED }"})
      .When<pb::ReopenActivityRequest>("")
      .Then({"reopened {}"})
      .When<pb::CompleteActivityRequest>("")
      .Then({"completed { done_time { seconds: 1772362800 } }"});
}

TEST(ActivitySeriesTest, E16_TheLastOccurrenceEndsTheSeries) {
  Scenario first = Series("FREQ=WEEKLY;COUNT=2");
  first.When<pb::CompleteActivityRequest>("");
  Scenario second = Next(first, Id(9001));
  second.Exists("user", User(2, "ACTIVE"))
      .When<pb::CompleteActivityRequest>("")
      .Then({"completed { done_time { seconds: 1772362800 } series_end: "
             "SERIES_END_RULE_EXHAUSTED }"});
}

TEST(ActivitySeriesTest, ASeriesOfSomebodyWhoLeftEndsAndSaysSo) {
  Scenario scenario = Series("FREQ=WEEKLY");
  scenario.Exists("user", User(2, "INACTIVE"))
      .When<pb::CompleteActivityRequest>("")
      .Then({"completed { done_time { seconds: 1772362800 } series_end: "
             "SERIES_END_REFERENCE_OUT_OF_USE }"});
}

TEST(ActivitySeriesTest, ReopenedAndDoneAgainItHasNoSecondSuccessor) {
  Scenario scenario = Series("FREQ=WEEKLY");
  scenario.When<pb::CompleteActivityRequest>("")
      .When<pb::ReopenActivityRequest>("")
      .When<pb::CompleteActivityRequest>("")
      .Then({"completed { done_time { seconds: 1772362800 } }"});
  EXPECT_EQ(scenario.As<pb::Activity>().next_id(), Id(9001));
}

TEST(ActivitySeriesTest, OccurrencesCannotBeForged) {
  Scenario scenario = Series("FREQ=WEEKLY");
  scenario.When<pb::CompleteActivityRequest>("");
  // another id than the one that was decided
  EXPECT_THAT(Next(scenario, Id(9002)).status(), HasReason(Reason::REASON_INVALID_FIELD));
  // and other values than those of the series
  Scenario other("activity");
  other.Exists("activity", scenario.record().ShortDebugString())
      .Target(Id(9001))
      .When<pb::ScheduleActivityRequest>(absl::StrCat("subject: 'mine' previous_id: '", Id(1), "'"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "previous_id"}});
}

TEST(ActivitySeriesTest, E16_AnAllDaySeriesKeepsToMonthEnds) {
  Scenario scenario("activity");
  scenario.Exists("user", User(2, "ACTIVE"))
      .When<pb::ScheduleActivityRequest>(
          absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'Close the books' assignee_id: '", Id(2),
                       "' due_date { year: 2026 month: 3 day: 31 } recurrence_rule: "
                       "'FREQ=MONTHLY;BYMONTHDAY=-1'"))
      .When<pb::CompleteActivityRequest>("");
  const Scenario next = Next(scenario, Id(9001));
  const auto& activity = next.As<pb::Activity>();
  EXPECT_EQ(FormatDay(*FromProto(activity.due_date())), "2026-04-30");
  EXPECT_EQ(FormatDay(*FromProto(activity.due_on())), "2026-04-30");
  EXPECT_FALSE(activity.has_due_time());
}

}  // namespace
}  // namespace daybook::testing
