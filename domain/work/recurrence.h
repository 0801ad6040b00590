#pragma once

// Rules of series, a part of RFC 5545's RRULE: FREQ (DAILY, WEEKLY, MONTHLY, YEARLY) with INTERVAL,
// BYDAY, BYMONTHDAY and either COUNT or UNTIL. A rule speaks of days; the time of day is the
// series' own, in the organisation's zone, so that a call at nine stays at nine when the clocks
// change. Pure and thread-safe: no zone data is read.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace daybook::domain {

inline constexpr int kRecurrenceIntervalMax = 1000;
inline constexpr int kRecurrenceCountMax = 10'000;  // also of series without an end

// The first occurrence.
struct SeriesStart {
  absl::CivilDay day;
  std::optional<uint32_t> second;  // of the day; nullopt: all-day
};

// The rule as it is stored: capitals, parts in the order of RFC 5545. INVALID_FIELD for what is no
// such rule, for UNTIL with a time in an all-day series, and when `start` is not a day of the rule.
absl::StatusOr<std::string> NormaliseRule(absl::string_view field, absl::string_view rule,
                                          const SeriesStart& start, absl::TimeZone zone);

// The first day of the rule after `after`; nullopt when there is none. `rule` is a normalised one.
std::optional<absl::CivilDay> NextDay(absl::string_view rule, const SeriesStart& start,
                                      absl::TimeZone zone, absl::CivilDay after);

// When an occurrence begins. A time that the clocks skip is told with the offset from before; of
// one that they repeat it is the first (RFC 5545, 3.3.5).
absl::Time OccurrenceTime(absl::CivilDay day, uint32_t second, absl::TimeZone zone);

}  // namespace daybook::domain
