#pragma once

// Whether the clock may be believed: events take their time from it, and recorded_at never
// decreases, so one event under a clock that is years ahead would give its time to all that follow.
// Private to eventstore/. docs/adr/0069.

#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "domain/base/clock.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

// What an operator last accepted; zero: nothing yet.
struct AcceptedClock {
  uint64_t recorded_at_us = 0;  // of the head, which may have been ahead of the clock
  uint64_t clock_us = 0;
};

// Thread-safe.
class ClockGuard {
 public:
  // `known` is a time that was reached before the start: the last event recorded live, or the
  // making of the log. Without one, the first reading is believed. REQUIRES: `clock` outlives this.
  ClockGuard(const StoreOptions& options, Clock* clock, const AcceptedClock& accepted,
             std::optional<absl::Time> known);

  // CLOCK_OUT_OF_BOUNDS {clock, head_recorded_at, bound_seconds} when nothing may be recorded at
  // `now` behind a head that was recorded at `head`.
  absl::Status Check(absl::Time now, absl::Time head) const;
  // The same for the clock as it is.
  absl::Status CheckNow(absl::Time head) const { return Check(clock_.Now(), head); }
  // Something is recorded at `now`: the clock is measured from here on. REQUIRES: Check passed.
  void NoteRecorded(absl::Time now);
  // An operator says that `now` is right. Returns what to remember.
  AcceptedClock Accept(absl::Time now, absl::Time head);

 private:
  absl::Duration Elapsed() const;
  void Measure(absl::Time now);

  const absl::Duration behind_max_;
  const absl::Duration idle_max_;
  const absl::Duration jump_max_;
  const std::function<absl::Duration()> monotonic_;
  Clock& clock_;

  mutable std::mutex mutex_;
  uint64_t accepted_us_ = 0;
  // The clock was right at `known_`, when `monotonic_` stood at `known_elapsed_`.
  std::optional<absl::Time> known_;
  absl::Duration known_elapsed_;
  // Nothing is known of the time between `known_` and the start of the process.
  bool idle_ = true;
};

}  // namespace daybook::eventstore
