#pragma once

// How long commits have waited for the log without any being answered: what tells a log that does
// nothing from one that has nothing to do.

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "domain/base/error.h"

namespace daybook::services {

// Thread-safe.
class AnswersDue {
 public:
  using Now = absl::Time (*)();
  explicit AnswersDue(Now now = &absl::Now) : now_(now) {}

  void NoteAsked() {
    // Only a log that was idle begins to wait now; before anybody can see that something waits.
    if (pending_ == 0) Move();
    // The last answer before this may have come in between.
    if (pending_++ == 0) Move();
  }
  // Only what the writer answers shows that it works: a refusal may come without it.
  void NoteAnswered(const absl::Status& status) {
    if (FromWriter(status)) Move();
    --pending_;
  }
  // Zero when none waits.
  absl::Duration StalledFor() const {
    if (pending_ == 0) return absl::ZeroDuration();
    return now_() - absl::FromUnixMillis(moved_at_);
  }

 private:
  // Whether the writer has looked at the commit: written, or refused for what the log holds. A full
  // queue, a full disk, a deadline and a shutdown refuse without it, and damage is no progress.
  static bool FromWriter(const absl::Status& status) {
    if (status.ok()) return true;
    const Reason reason = ReasonOf(status);
    return reason == Reason::REASON_REVISION_CONFLICT || reason == Reason::REASON_DUPLICATE_KEY ||
           reason == Reason::REASON_IDEMPOTENCY_MISMATCH || reason == Reason::REASON_OUT_OF_RANGE ||
           reason == Reason::REASON_BACKFILL_CLOSED;
  }
  void Move() { moved_at_ = absl::ToUnixMillis(now_()); }

  const Now now_;
  std::atomic<int64_t> pending_{0};
  std::atomic<int64_t> moved_at_{0};
};

}  // namespace daybook::services
