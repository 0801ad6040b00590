#include "services/work/calendar_text.h"

#include <libical/ical.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "domain/base/time.h"

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

icaltimetype InUtc(absl::Time instant) {
  const absl::CivilSecond civil = absl::ToCivilSecond(instant, absl::UTCTimeZone());
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(civil.year());
  time.month = civil.month();
  time.day = civil.day();
  time.hour = civil.hour();
  time.minute = civil.minute();
  time.second = civil.second();
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

icalcomponent* ToEvent(const pb::Activity& activity, CalendarDetail detail) {
  icalcomponent* event = icalcomponent_new(ICAL_VEVENT_COMPONENT);
  Add(event, icalproperty_new_uid(absl::StrCat(activity.id(), "@daybook").c_str()));
  Add(event, icalproperty_new_dtstamp(InUtc(InstantOf(activity.meta().update_time()))));
  Add(event, icalproperty_new_created(InUtc(InstantOf(activity.meta().create_time()))));
  Add(event, icalproperty_new_lastmodified(InUtc(InstantOf(activity.meta().update_time()))));
  const uint64_t revision = activity.meta().revision();
  Add(event, icalproperty_new_sequence(revision == 0 ? 0 : static_cast<int>(revision - 1)));
  AddTimes(activity, event);
  AddTexts(activity, detail, event);
  const bool off = activity.state() == pb::ACTIVITY_STATE_CANCELLED || activity.archived();
  Add(event, icalproperty_new_status(off ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
  // A day's task does not take the day's time.
  if (activity.has_due_date()) Add(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
  AddReminder(activity, event);
  return event;
}

}  // namespace

bool HasCalendarTime(const pb::Activity& activity) {
  return activity.has_due_date() || activity.has_due_time() || activity.has_done_time();
}

std::string CalendarText(const std::vector<pb::Activity>& activities, CalendarDetail detail) {
  const Component calendar(icalcomponent_vanew(
      ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
      icalproperty_new_prodid("-//Daybook//Daybook//EN"), icalproperty_new_calscale("GREGORIAN"),
      icalproperty_new_method(ICAL_METHOD_PUBLISH), nullptr));
  for (const pb::Activity& activity : activities) {
    icalcomponent_add_component(calendar.get(), ToEvent(activity, detail));
  }
  char* const bytes = icalcomponent_as_ical_string_r(calendar.get());
  std::string text = bytes == nullptr ? std::string() : std::string(bytes);
  icalmemory_free_buffer(bytes);
  return text;
}

}  // namespace daybook::services
