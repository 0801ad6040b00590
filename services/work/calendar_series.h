#pragma once

// What RFC 5545 needs to know of a series, worked out of its planned occurrence. Pure.

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "daybook/work/v1/activity.pb.h"

namespace daybook::services {

// A series from its planned occurrence on.
struct SeriesFromHere {
  std::string rule;       // COUNT is what is left
  absl::CivilSecond day;  // of the rule, with the time of day; midnight of all-day ones
  bool all_day = false;
  bool moved = false;  // this occurrence is due at another time than the rule's
};
// REQUIRES: planned, with a rule and a due day.
SeriesFromHere FromHere(const work::v1::Activity& activity, absl::TimeZone zone);

// When a zone changes its offset from UTC, to what, told in the time before; the first one is what
// holds at `from`. At most kTransitionsMax after `from`.
struct ZoneTransition {
  absl::CivilSecond at;
  int offset_before = 0;  // seconds east of UTC
  int offset_after = 0;
  bool daylight = false;
};
inline constexpr int kTransitionsMax = 20;
std::vector<ZoneTransition> TransitionsOf(absl::TimeZone zone, absl::Time from);

}  // namespace daybook::services
