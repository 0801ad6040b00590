#pragma once

// Activities as RFC 5545 text.
//
// An all-day activity is a VALUE=DATE whose end is the next day, in no zone; a timed one is in UTC,
// so that no VTIMEZONE is needed. UID never changes; SEQUENCE is the record's revision less one, so
// it rises with each change. A cancelled or archived activity has STATUS:CANCELLED. What has no due
// time but was done is shown when it was done. Thread-safe.

#include <string>
#include <vector>

#include "daybook/work/v1/activity.pb.h"

namespace daybook::services {

enum class CalendarDetail {
  kAll,   // with description and outcome
  kFeed,  // for whoever has the link: no personal values; of a confidential activity the time alone
};

// Whether the activity has a place in a calendar.
bool HasCalendarTime(const work::v1::Activity& activity);

// A VCALENDAR of these activities, in order. REQUIRES: HasCalendarTime of each.
std::string CalendarText(const std::vector<work::v1::Activity>& activities, CalendarDetail detail);

}  // namespace daybook::services
