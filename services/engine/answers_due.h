#pragma once

// How long commits have waited for the log without any being written: what tells a log that does
// nothing from one that has nothing to do.

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daybook::services {

// Thread-safe.
class AnswersDue {
 public:
  using Now = absl::Time (*)();
  using Ticket = uint64_t;
  explicit AnswersDue(Now now = &absl::Now) : now_(now) {}

  // A commit goes to the log. The ticket is given back with its answer.
  Ticket NoteAsked() {
    std::lock_guard lock(mutex_);
    due_.emplace(++last_, now_());
    return last_;
  }
  // Refusals are answered without the disk, so only what was written shows that the log works.
  void NoteAnswered(Ticket ticket, const absl::Status& status) {
    std::lock_guard lock(mutex_);
    due_.erase(ticket);
    if (status.ok()) written_at_ = std::max(written_at_, now_());
  }
  // Since the oldest commit that waits was asked for, or since one was written if that is later;
  // zero when none waits.
  absl::Duration StalledFor() const {
    std::lock_guard lock(mutex_);
    if (due_.empty()) return absl::ZeroDuration();
    return now_() - std::max(due_.begin()->second, written_at_);
  }

 private:
  const Now now_;
  mutable std::mutex mutex_;
  Ticket last_ = 0;
  std::map<Ticket, absl::Time> due_;  // when they were asked for
  absl::Time written_at_ = absl::InfinitePast();
};

}  // namespace daybook::services
