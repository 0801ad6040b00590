#include "services/work/calendar_series.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::work::v1;

absl::CivilDay DayOf(const type::v1::Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

// "UNTIL=20261231" of a timed series: the end of that day, in UTC as RFC 5545 wants it.
std::string UntilInUtc(absl::string_view part, absl::TimeZone zone) {
  absl::Time time;
  if (!absl::ParseTime("UNTIL=%Y%m%d", part, zone, &time, nullptr)) return std::string(part);
  const absl::CivilDay day = absl::ToCivilDay(time, zone);
  const absl::Time last = absl::FromCivil(absl::CivilSecond(day + 1), zone) - absl::Seconds(1);
  return absl::FormatTime("UNTIL=%Y%m%dT%H%M%SZ", last, absl::UTCTimeZone());
}

// What is left of the rule.
std::string RuleFrom(const pb::Activity& activity, absl::TimeZone zone) {
  std::vector<std::string> parts = absl::StrSplit(activity.recurrence_rule(), ';');
  for (std::string& part : parts) {
    absl::string_view count = part;
    uint32_t number = 0;
    if (absl::ConsumePrefix(&count, "COUNT=") && absl::SimpleAtoi(count, &number)) {
      const uint32_t gone = std::max(activity.occurrence(), 1u) - 1;
      part = absl::StrCat("COUNT=", number > gone ? number - gone : 1);
    } else if (absl::StartsWith(part, "UNTIL=") && activity.has_series_second()) {
      part = UntilInUtc(part, zone);
    }
  }
  return absl::StrJoin(parts, ";");
}

}  // namespace

SeriesFromHere FromHere(const pb::Activity& activity, absl::TimeZone zone) {
  SeriesFromHere series;
  series.rule = RuleFrom(activity, zone);
  series.all_day = !activity.has_series_second();
  const absl::CivilDay day = DayOf(activity.occurrence_day());
  series.day = absl::CivilSecond(day) + activity.series_second();
  if (series.all_day) {
    series.moved = !activity.has_due_date() || DayOf(activity.due_date()) != day;
  } else {
    series.moved =
        !activity.has_due_time() ||
        absl::FromCivil(series.day, zone) != absl::FromUnixSeconds(activity.due_time().seconds());
  }
  return series;
}

std::vector<ZoneTransition> TransitionsOf(absl::TimeZone zone, absl::Time from) {
  const absl::TimeZone::CivilInfo start = zone.At(from);
  std::vector<ZoneTransition> all = {
      {absl::ToCivilSecond(from, zone), start.offset, start.offset, start.is_dst}};
  absl::TimeZone::CivilTransition next;
  absl::Time time = from;
  while (all.size() <= kTransitionsMax && zone.NextTransition(time, &next)) {
    time = zone.At(next.to).trans;
    const absl::TimeZone::CivilInfo after = zone.At(time);
    all.push_back({next.from, all.back().offset_after, after.offset, after.is_dst});
  }
  return all;
}

}  // namespace daybook::services
