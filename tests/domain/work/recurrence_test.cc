#include "domain/work/recurrence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/time.h"
#include "tests/support/proto_matchers.h"

namespace daybook::domain {
namespace {

using daybook::testing::HasReason;
using ::testing::ElementsAre;

absl::TimeZone Zone(absl::string_view name) { return *LoadZone(name); }

SeriesStart AllDay(absl::string_view day) { return {*ParseDay(day), std::nullopt}; }
SeriesStart At(absl::string_view day, int hour, int minute) {
  return {*ParseDay(day), static_cast<uint32_t>(hour * 3600 + minute * 60)};
}

// The first occurrences of a rule, at most `count`.
std::vector<std::string> Days(absl::string_view rule, const SeriesStart& start, int count,
                              absl::TimeZone zone = absl::UTCTimeZone()) {
  const auto normal = NormaliseRule("rule", rule, start, zone);
  EXPECT_TRUE(normal.ok()) << normal.status();
  std::vector<std::string> days = {FormatDay(start.day)};
  absl::CivilDay day = start.day;
  while (static_cast<int>(days.size()) < count) {
    const auto next = NextDay(*normal, start, zone, day);
    if (!next.has_value()) break;
    day = *next;
    days.push_back(FormatDay(day));
  }
  return days;
}

TEST(RecurrenceTest, E16_EachFrequencyCountsFromTheFirstOccurrence) {
  EXPECT_THAT(Days("FREQ=DAILY", AllDay("2026-02-27"), 4),
              ElementsAre("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"));
  EXPECT_THAT(Days("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", AllDay("2026-03-02"), 5),
              ElementsAre("2026-03-02", "2026-03-04", "2026-03-16", "2026-03-18", "2026-03-30"));
  EXPECT_THAT(Days("FREQ=MONTHLY;BYDAY=-1FR", AllDay("2026-01-30"), 3),
              ElementsAre("2026-01-30", "2026-02-27", "2026-03-27"));
  EXPECT_THAT(Days("FREQ=MONTHLY;BYMONTHDAY=1,15", AllDay("2026-01-15"), 4),
              ElementsAre("2026-01-15", "2026-02-01", "2026-02-15", "2026-03-01"));
  EXPECT_THAT(Days("FREQ=YEARLY", AllDay("2026-06-05"), 3),
              ElementsAre("2026-06-05", "2027-06-05", "2028-06-05"));
}

TEST(RecurrenceTest, E16_MonthEndsAreSkippedNotShifted) {
  // RFC 5545: a month without the day has no occurrence
  EXPECT_THAT(Days("FREQ=MONTHLY;BYMONTHDAY=31", AllDay("2026-01-31"), 4),
              ElementsAre("2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"));
  EXPECT_THAT(Days("FREQ=MONTHLY", AllDay("2026-01-30"), 3),
              ElementsAre("2026-01-30", "2026-03-30", "2026-04-30"));
  // -1 is the last day, whichever it is
  EXPECT_THAT(Days("FREQ=MONTHLY;BYMONTHDAY=-1", AllDay("2028-01-31"), 4),
              ElementsAre("2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"));
  EXPECT_THAT(Days("FREQ=YEARLY", AllDay("2024-02-29"), 3),
              ElementsAre("2024-02-29", "2028-02-29", "2032-02-29"));
}

TEST(RecurrenceTest, CountAndUntilEndTheSeries) {
  EXPECT_THAT(Days("FREQ=DAILY;COUNT=2", AllDay("2026-03-01"), 9),
              ElementsAre("2026-03-01", "2026-03-02"));
  EXPECT_THAT(Days("FREQ=DAILY;UNTIL=20260303", AllDay("2026-03-01"), 9),
              ElementsAre("2026-03-01", "2026-03-02", "2026-03-03"));
  // nine in Berlin on the 3rd is 08:00 UTC
  EXPECT_THAT(
      Days("FREQ=DAILY;UNTIL=20260303T075959Z", At("2026-03-01", 9, 0), 9, Zone("Europe/Berlin")),
      ElementsAre("2026-03-01", "2026-03-02"));
  EXPECT_THAT(
      Days("FREQ=DAILY;UNTIL=20260303T080000Z", At("2026-03-01", 9, 0), 9, Zone("Europe/Berlin")),
      ElementsAre("2026-03-01", "2026-03-02", "2026-03-03"));
  EXPECT_THAT(Days("FREQ=DAILY;COUNT=1", AllDay("2026-03-01"), 9), ElementsAre("2026-03-01"));
}

TEST(RecurrenceTest, E16_TheTimeOfDayStaysWhenTheClocksChange) {
  const absl::TimeZone berlin = Zone("Europe/Berlin");
  const auto at = [&](absl::string_view day, int hour, int minute) {
    return FormatInstant(
        OccurrenceTime(*ParseDay(day), static_cast<uint32_t>(hour * 3600 + minute * 60), berlin));
  };
  EXPECT_EQ(at("2026-03-28", 9, 0), "2026-03-28T08:00:00Z");
  EXPECT_EQ(at("2026-03-29", 9, 0), "2026-03-29T07:00:00Z");
  EXPECT_EQ(at("2026-10-24", 9, 0), "2026-10-24T07:00:00Z");
  EXPECT_EQ(at("2026-10-25", 9, 0), "2026-10-25T08:00:00Z");
  // half past two does not exist on 29 March: told with the offset from before, 03:30 in summer
  EXPECT_EQ(at("2026-03-29", 2, 30), "2026-03-29T01:30:00Z");
  // and exists twice on 25 October: the first
  EXPECT_EQ(at("2026-10-25", 2, 30), "2026-10-25T00:30:00Z");
}

TEST(RecurrenceTest, DaysAreThoseOfTheZoneUpToItsEdges) {
  const SeriesStart start = At("2026-03-01", 23, 30);
  for (const char* name : {"Etc/GMT+12", "Pacific/Kiritimati", "UTC"}) {
    EXPECT_THAT(Days("FREQ=DAILY", start, 3, Zone(name)),
                ElementsAre("2026-03-01", "2026-03-02", "2026-03-03"))
        << name;
  }
  EXPECT_EQ(FormatInstant(OccurrenceTime(*ParseDay("2026-03-01"), 0, Zone("Pacific/Kiritimati"))),
            "2026-02-28T10:00:00Z");
}

TEST(RecurrenceTest, RulesAreWrittenInOneWay) {
  const auto normal =
      NormaliseRule("rule", " rrule:interval=2;byday=mo,we;freq=weekly;until=20260630 ",
                    AllDay("2026-03-02"), absl::UTCTimeZone());
  ASSERT_TRUE(normal.ok()) << normal.status();
  EXPECT_EQ(*normal, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260630");
  EXPECT_EQ(*NormaliseRule("rule", *normal, AllDay("2026-03-02"), absl::UTCTimeZone()), *normal);
}

TEST(RecurrenceTest, OtherRulesAreRefused) {
  for (const char* rule : {"",
                           "WEEKLY",
                           "FREQ=HOURLY",
                           "FREQ=WEEKLY;FREQ=DAILY",
                           "FREQ=DAILY;INTERVAL=0",
                           "FREQ=DAILY;INTERVAL=1001",
                           "FREQ=DAILY;INTERVAL=-1",
                           "FREQ=DAILY;INTERVAL=x",
                           "FREQ=DAILY;COUNT=0",
                           "FREQ=DAILY;COUNT=10001",
                           "FREQ=DAILY;COUNT=2;COUNT=3",
                           "FREQ=DAILY;COUNT=2;UNTIL=20260601",
                           "FREQ=DAILY;UNTIL=2026-06-01",
                           "FREQ=DAILY;UNTIL=20260231",
                           "FREQ=DAILY;UNTIL=20260601T000000",
                           "FREQ=DAILY;UNTIL=20260601T250000Z",
                           "FREQ=WEEKLY;BYDAY=",
                           "FREQ=WEEKLY;BYDAY=XX",
                           "FREQ=WEEKLY;BYDAY=1MO",
                           "FREQ=MONTHLY;BYDAY=6MO",
                           "FREQ=MONTHLY;BYMONTHDAY=32",
                           "FREQ=MONTHLY;BYMONTHDAY=0",
                           "FREQ=WEEKLY;BYMONTHDAY=2",
                           "FREQ=DAILY;BYHOUR=9",
                           "FREQ=DAILY;BYSETPOS=1",
                           "FREQ=DAILY;WKST=SU",
                           "FREQ=DAILY;;",
                           "FREQ=DAILY;X"}) {
    EXPECT_THAT(NormaliseRule("rule", rule, AllDay("2026-03-02"), absl::UTCTimeZone()).status(),
                HasReason(Reason::REASON_INVALID_FIELD))
        << rule;
  }
  // a time has no place in an all-day series
  EXPECT_THAT(NormaliseRule("rule", "FREQ=DAILY;UNTIL=20260601T000000Z", AllDay("2026-03-02"),
                            absl::UTCTimeZone())
                  .status(),
              HasReason(Reason::REASON_INVALID_FIELD));
}

TEST(RecurrenceTest, TheFirstOccurrenceIsADayOfTheRule) {
  EXPECT_THAT(
      NormaliseRule("rule", "FREQ=WEEKLY;BYDAY=MO", AllDay("2026-03-03"), absl::UTCTimeZone())
          .status(),
      HasReason(Reason::REASON_INVALID_FIELD));
  EXPECT_THAT(
      NormaliseRule("rule", "FREQ=DAILY;UNTIL=20260301", AllDay("2026-03-03"), absl::UTCTimeZone())
          .status(),
      HasReason(Reason::REASON_INVALID_FIELD));
}

TEST(RecurrenceTest, ASeriesWithoutAnEndIsBounded) {
  const SeriesStart start = AllDay("2026-03-01");
  const absl::CivilDay last = start.day + kRecurrenceCountMax - 1;
  EXPECT_EQ(NextDay("FREQ=DAILY", start, absl::UTCTimeZone(), last - 1), last);
  EXPECT_EQ(NextDay("FREQ=DAILY", start, absl::UTCTimeZone(), last), std::nullopt);
}

// Any rule that is accepted, from any day: its days rise, are the same from wherever one asks, and
// end with COUNT.
RC_GTEST_PROP(RecurrenceProperty, DaysRiseAndDoNotDependOnWhereOneAsks, ()) {
  const auto one_of = [](std::vector<std::string> texts) {
    return *rc::gen::elementOf(std::move(texts));
  };
  const int count = *rc::gen::inRange(1, 12);
  const std::string rule = absl::StrCat(
      "FREQ=", one_of({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}),
      ";INTERVAL=", *rc::gen::inRange(1, 5),
      one_of({"", "", ";BYDAY=MO,FR", ";BYDAY=SU", ";BYMONTHDAY=1,-1", ";BYMONTHDAY=31"}),
      ";COUNT=", count);
  const SeriesStart start{absl::CivilDay(2026, 1, 1) + *rc::gen::inRange(0, 1000), std::nullopt};
  const auto normal = NormaliseRule("rule", rule, start, absl::UTCTimeZone());
  if (!normal.ok()) {
    RC_ASSERT(ReasonOf(normal.status()) == Reason::REASON_INVALID_FIELD);
    return;
  }
  std::vector<absl::CivilDay> days = {start.day};
  while (const auto next = NextDay(*normal, start, absl::UTCTimeZone(), days.back())) {
    RC_ASSERT(*next > days.back());
    days.push_back(*next);
    RC_ASSERT(days.size() <= static_cast<size_t>(count));
  }
  // a rule may run out of days before the year 2200, but never of its count
  RC_ASSERT(days.size() == static_cast<size_t>(count) || days.back().year() > 2100);
  const size_t at = *rc::gen::inRange<size_t>(0, days.size());
  const auto between = NextDay(*normal, start, absl::UTCTimeZone(), days[at] - 1);
  RC_ASSERT(between == days[at]);
}

}  // namespace
}  // namespace daybook::domain
