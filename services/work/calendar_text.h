#pragma once

// Activities as RFC 5545 text.
//
// An all-day activity is a VALUE=DATE whose end is the next day, in no zone; a timed one is in UTC.
// In feeds the planned occurrence of a series stands for all that follow: an RRULE from its day on,
// timed ones in the organisation's zone, whose VTIMEZONE is then there; where this occurrence was
// moved, a second VEVENT says so (RECURRENCE-ID). UID never changes; SEQUENCE is the record's
// revision less one, so it rises with each change. A cancelled or archived activity has
// STATUS:CANCELLED. What has no due time but was done is shown when it was done. Thread-safe.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "daybook/work/v1/activity.pb.h"

namespace daybook::services {

enum class CalendarDetail {
  kAll,   // with description and outcome
  kFeed,  // for whoever has the link: no personal values; of a confidential activity the time alone
};

// Whether the activity has a place in a calendar.
bool HasCalendarTime(const work::v1::Activity& activity);

// A VCALENDAR of these activities, in order. REQUIRES: HasCalendarTime of each.
// `zone`: of series.
std::string CalendarText(const std::vector<work::v1::Activity>& activities, CalendarDetail detail,
                         absl::TimeZone zone);

}  // namespace daybook::services
