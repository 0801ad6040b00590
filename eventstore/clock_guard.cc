#include "eventstore/clock_guard.h"

#include <time.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/time.h"
#include "eventstore/data_directory.h"

namespace daybook::eventstore {
namespace {

uint64_t Micros(absl::Time time) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMicros(time)));
}

absl::Status OutOfBounds(absl::string_view what, absl::Time now, absl::Time head,
                         absl::Duration bound) {
  const std::string clock = FormatInstant(now);
  const std::string recorded = FormatInstant(head);
  return Reject(Reason::REASON_CLOCK_OUT_OF_BOUNDS,
                absl::StrCat("the clock of the server says ", clock, ", ", what,
                             "; the head of the log was recorded at ", recorded,
                             ". Nothing is written until the clock is set right, or an "
                             "administrator says that it is right: daybook clock accept"),
                {{"clock", clock},
                 {"head_recorded_at", recorded},
                 {"bound_seconds", absl::StrCat(absl::ToInt64Seconds(bound))}});
}

}  // namespace

absl::Duration BootTime() {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

ClockGuard::ClockGuard(const StoreOptions& options, Clock* clock, const AcceptedClock& accepted,
                       std::optional<absl::Time> known)
    : behind_max_(options.clock_behind_max),
      idle_max_(options.clock_idle_max),
      jump_max_(options.clock_jump_max),
      monotonic_(options.monotonic),
      clock_(*clock),
      accepted_us_(accepted.recorded_at_us),
      known_(known),
      known_elapsed_(Elapsed()) {
  if (accepted.clock_us > 0) {
    const absl::Time at = absl::FromUnixMicros(static_cast<int64_t>(accepted.clock_us));
    known_ = std::max(at, known_.value_or(at));
  }
  const absl::Time now = clock_.Now();
  if (Check(now, known_.value_or(now)).ok()) Measure(now);
}

absl::Duration ClockGuard::Elapsed() const {
  return monotonic_ == nullptr ? absl::ZeroDuration() : monotonic_();
}

// REQUIRES: mutex_ is held, or nobody else knows this object.
void ClockGuard::Measure(absl::Time now) {
  known_ = now;
  known_elapsed_ = Elapsed();
  idle_ = false;
}

absl::Status ClockGuard::Check(absl::Time now, absl::Time head) const {
  std::lock_guard lock(mutex_);
  if (head - now > behind_max_ && Micros(head) > accepted_us_) {
    return OutOfBounds(
        absl::StrCat("more than ", absl::FormatDuration(behind_max_), " behind the log"), now, head,
        behind_max_);
  }
  if (!known_.has_value() || (!idle_ && monotonic_ == nullptr)) return absl::OkStatus();
  const absl::Time expected = *known_ + (Elapsed() - known_elapsed_);
  const absl::Duration bound = idle_ ? idle_max_ : jump_max_;
  if (now - expected <= bound) return absl::OkStatus();
  return OutOfBounds(
      absl::StrCat(
          "more than ", absl::FormatDuration(bound), " after ", FormatInstant(expected),
          idle_ ? ", the last time that is known" : ", where it would be had nobody set it"),
      now, head, bound);
}

void ClockGuard::NoteRecorded(absl::Time now) {
  std::lock_guard lock(mutex_);
  Measure(now);
}

AcceptedClock ClockGuard::Accept(absl::Time now, absl::Time head) {
  std::lock_guard lock(mutex_);
  accepted_us_ = Micros(head);
  Measure(now);
  return {accepted_us_, Micros(now)};
}

}  // namespace daybook::eventstore
