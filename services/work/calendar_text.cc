#include "services/work/calendar_text.h"

#include <libical/ical.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "domain/base/time.h"
#include "services/work/calendar_series.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::work::v1;

struct ComponentDeleter {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
using Component = std::unique_ptr<icalcomponent, ComponentDeleter>;

icaltimetype AllDay(absl::CivilDay day) {
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(day.year());
  time.month = day.month();
  time.day = day.day();
  time.is_date = 1;
  return time;
}

// In no zone: where it is read, or where a TZID says.
icaltimetype Floating(absl::CivilSecond civil) {
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(civil.year());
  time.month = civil.month();
  time.day = civil.day();
  time.hour = civil.hour();
  time.minute = civil.minute();
  time.second = civil.second();
  return time;
}

icaltimetype InUtc(absl::Time instant) {
  icaltimetype time = Floating(absl::ToCivilSecond(instant, absl::UTCTimeZone()));
  time.zone = icaltimezone_get_utc_timezone();
  return time;
}

absl::Time InstantOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

void Add(icalcomponent* event, icalproperty* property) {
  icalcomponent_add_property(event, property);
}

std::string KindLabel(pb::ActivityKind kind) {
  switch (kind) {
    case pb::ACTIVITY_KIND_FOLLOW_UP:
      return "Follow-up";
    case pb::ACTIVITY_KIND_CALL:
      return "Call";
    case pb::ACTIVITY_KIND_MEETING:
      return "Meeting";
    case pb::ACTIVITY_KIND_TASK:
      return "Task";
    case pb::ACTIVITY_KIND_NOTE:
      return "Note";
    case pb::ACTIVITY_KIND_UNSPECIFIED:
    case pb::ActivityKind_INT_MIN_SENTINEL_DO_NOT_USE_:
    case pb::ActivityKind_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return "Activity";
}

void AddTimes(const pb::Activity& activity, icalcomponent* event) {
  if (activity.has_due_date()) {
    const type::v1::Date& date = activity.due_date();
    const absl::CivilDay day(date.year(), date.month(), date.day());
    Add(event, icalproperty_new_dtstart(AllDay(day)));
    Add(event, icalproperty_new_dtend(AllDay(day + 1)));
    return;
  }
  const bool due = activity.has_due_time();
  const absl::Time begin = InstantOf(due ? activity.due_time() : activity.done_time());
  Add(event, icalproperty_new_dtstart(InUtc(begin)));
  if (activity.duration_minutes() == 0) return;
  const absl::Time end = begin + absl::Minutes(activity.duration_minutes());
  Add(event, icalproperty_new_dtend(InUtc(end)));
}

void AddTexts(const pb::Activity& activity, CalendarDetail detail, icalcomponent* event) {
  const bool hidden = activity.confidential() && detail == CalendarDetail::kFeed;
  const std::string summary = hidden                       ? "Busy"
                              : activity.subject().empty() ? KindLabel(activity.kind())
                                                           : activity.subject();
  Add(event, icalproperty_new_summary(summary.c_str()));
  if (activity.confidential()) Add(event, icalproperty_new_class(ICAL_CLASS_PRIVATE));
  if (hidden) return;
  if (!activity.tags().empty()) {
    // One property each: libical would escape the comma of a list.
    for (const std::string& tag : activity.tags()) {
      Add(event, icalproperty_new_categories(tag.c_str()));
    }
  }
  if (detail == CalendarDetail::kFeed) return;
  std::vector<std::string> texts;
  if (!activity.description().empty()) texts.push_back(activity.description());
  if (!activity.outcome().empty()) texts.push_back(absl::StrCat("Outcome: ", activity.outcome()));
  if (texts.empty()) return;
  Add(event, icalproperty_new_description(absl::StrJoin(texts, "\n\n").c_str()));
}

void AddReminder(const pb::Activity& activity, icalcomponent* event) {
  if (!activity.has_reminder_minutes() || activity.state() != pb::ACTIVITY_STATE_PLANNED) return;
  icaltriggertype trigger =
      icaltriggertype_from_int(-60 * static_cast<int>(activity.reminder_minutes()));
  icalcomponent_add_component(
      event,
      icalcomponent_vanew(ICAL_VALARM_COMPONENT, icalproperty_new_action(ICAL_ACTION_DISPLAY),
                          icalproperty_new_description("Reminder"),
                          icalproperty_new_trigger(trigger), nullptr));
}

// With the zone that a series is told in; UTC and all-day need none.
icalproperty* InZone(icalproperty* property, const SeriesFromHere& series, absl::TimeZone zone) {
  if (!series.all_day && zone != absl::UTCTimeZone()) {
    icalproperty_add_parameter(property, icalparameter_new_tzid(zone.name().c_str()));
  }
  return property;
}

icaltimetype SeriesTime(const SeriesFromHere& series, absl::CivilSecond at, absl::TimeZone zone) {
  if (series.all_day) return AllDay(absl::CivilDay(at));
  icaltimetype time = Floating(at);
  if (zone == absl::UTCTimeZone()) time.zone = icaltimezone_get_utc_timezone();
  return time;
}

// The rule from the planned occurrence on.
void AddSeriesTimes(const pb::Activity& activity, const SeriesFromHere& series, absl::TimeZone zone,
                    icalcomponent* event) {
  const auto minutes = static_cast<int64_t>(activity.duration_minutes());
  Add(event, InZone(icalproperty_new_dtstart(SeriesTime(series, series.day, zone)), series, zone));
  if (series.all_day || minutes > 0) {
    const absl::CivilSecond end = series.all_day ? absl::CivilSecond(absl::CivilDay(series.day) + 1)
                                                 : series.day + minutes * 60;
    Add(event, InZone(icalproperty_new_dtend(SeriesTime(series, end, zone)), series, zone));
  }
  Add(event, icalproperty_new_rrule(icalrecurrencetype_from_string(series.rule.c_str())));
}

icalcomponent* ZoneComponent(absl::TimeZone zone, absl::Time from) {
  icalcomponent* timezone = icalcomponent_new(ICAL_VTIMEZONE_COMPONENT);
  Add(timezone, icalproperty_new_tzid(zone.name().c_str()));
  for (const ZoneTransition& transition : TransitionsOf(zone, from)) {
    icalcomponent* part = icalcomponent_new(transition.daylight ? ICAL_XDAYLIGHT_COMPONENT
                                                                : ICAL_XSTANDARD_COMPONENT);
    Add(part, icalproperty_new_dtstart(Floating(transition.at)));
    Add(part, icalproperty_new_tzoffsetfrom(transition.offset_before));
    Add(part, icalproperty_new_tzoffsetto(transition.offset_after));
    icalcomponent_add_component(timezone, part);
  }
  return timezone;
}

// An occurrence that was reopened has its successor already, or its series was ended: it stands for
// itself.
bool StandsForSeries(const pb::Activity& activity, CalendarDetail detail) {
  return detail == CalendarDetail::kFeed && activity.state() == pb::ACTIVITY_STATE_PLANNED &&
         !activity.archived() && !activity.recurrence_rule().empty() && activity.has_due_on() &&
         activity.has_occurrence_day() && activity.next_id().empty() &&
         activity.series_end() == pb::SERIES_END_UNSPECIFIED;
}

// `series`: the times are those of the rule; null: the activity's own.
icalcomponent* ToEvent(const pb::Activity& activity, CalendarDetail detail,
                       const SeriesFromHere* series, absl::TimeZone zone) {
  icalcomponent* event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
  Add(event, icalproperty_new_uid(absl::StrCat(activity.id(), "@daybook").c_str()));
  Add(event, icalproperty_new_dtstamp(InUtc(InstantOf(activity.meta().update_time()))));
  Add(event, icalproperty_new_created(InUtc(InstantOf(activity.meta().create_time()))));
  Add(event, icalproperty_new_lastmodified(InUtc(InstantOf(activity.meta().update_time()))));
  const uint64_t revision = activity.meta().revision();
  Add(event, icalproperty_new_sequence(revision == 0 ? 0 : static_cast<int>(revision - 1)));
  if (series == nullptr) {
    AddTimes(activity, event);
  } else {
    AddSeriesTimes(activity, *series, zone, event);
  }
  AddTexts(activity, detail, event);
  const bool off = activity.state() == pb::ACTIVITY_STATE_CANCELLED || activity.archived();
  Add(event, icalproperty_new_status(off ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
  // A day's task does not take the day's time.
  if (activity.has_due_date()) Add(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
  AddReminder(activity, event);
  return event;
}

// Where a timed series needs it; from the first of them on.
void AddZone(const std::vector<pb::Activity>& activities, CalendarDetail detail,
             absl::TimeZone zone, icalcomponent* calendar) {
  if (zone == absl::UTCTimeZone()) return;
  absl::Time from = absl::InfiniteFuture();
  for (const pb::Activity& activity : activities) {
    if (!StandsForSeries(activity, detail) || !activity.has_series_second()) continue;
    from = std::min(from, absl::FromCivil(FromHere(activity, zone).day, zone));
  }
  if (from == absl::InfiniteFuture()) return;
  icalcomponent_add_component(calendar, ZoneComponent(zone, from));
}

void AddActivity(const pb::Activity& activity, CalendarDetail detail, absl::TimeZone zone,
                 icalcomponent* calendar) {
  if (!StandsForSeries(activity, detail)) {
    icalcomponent_add_component(calendar, ToEvent(activity, detail, nullptr, zone));
    return;
  }
  const SeriesFromHere series = FromHere(activity, zone);
  icalcomponent_add_component(calendar, ToEvent(activity, detail, &series, zone));
  if (!series.moved) return;
  icalcomponent* moved = ToEvent(activity, detail, nullptr, zone);
  icalcomponent_add_component(calendar, moved);
  Add(moved,
      InZone(icalproperty_new_recurrenceid(SeriesTime(series, series.day, zone)), series, zone));
}

}  // namespace

bool HasCalendarTime(const pb::Activity& activity) {
  return activity.has_due_date() || activity.has_due_time() || activity.has_done_time();
}

std::string CalendarText(const std::vector<pb::Activity>& activities, CalendarDetail detail,
                         absl::TimeZone zone) {
  const Component calendar(icalcomponent_vanew(
      ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
      icalproperty_new_prodid("-//Daybook//Daybook//EN"), icalproperty_new_calscale("GREGORIAN"),
      icalproperty_new_method(ICAL_METHOD_PUBLISH), nullptr));
  AddZone(activities, detail, zone, calendar.get());
  for (const pb::Activity& activity : activities) {
    AddActivity(activity, detail, zone, calendar.get());
  }
  char* const bytes = icalcomponent_as_ical_string_r(calendar.get());
  std::string text = bytes == nullptr ? std::string() : std::string(bytes);
  icalmemory_free_buffer(bytes);
  return text;
}

}  // namespace daybook::services
