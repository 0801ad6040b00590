#pragma once

// How long commits have waited for the log without any being answered: what tells a log that does
// nothing from one that has nothing to do.

#include <atomic>
#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daybook::services {

// Thread-safe.
class AnswersDue {
 public:
  void NoteAsked() {
    // Only a log that was idle begins to wait now.
    if (pending_++ == 0) moved_at_ = absl::ToUnixMillis(absl::Now());
  }
  // `written`: a refusal may come without the writer, from a full queue or a full disk.
  void NoteAnswered(bool written) {
    if (written) moved_at_ = absl::ToUnixMillis(absl::Now());
    --pending_;
  }
  // Zero when none waits.
  absl::Duration StalledFor() const {
    if (pending_ == 0) return absl::ZeroDuration();
    return absl::Now() - absl::FromUnixMillis(moved_at_);
  }

 private:
  std::atomic<int64_t> pending_{0};
  std::atomic<int64_t> moved_at_{0};
};

}  // namespace daybook::services
