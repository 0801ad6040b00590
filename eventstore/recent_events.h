#pragma once

// The newest events, as stored, in memory: readers at the tail do not touch the disk.

#include <mutex>
#include <vector>

#include "eventstore/commit_sequencer.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

inline constexpr size_t kRecentEventsMax = 16384;
inline constexpr size_t kRecentBytesMax = 32 << 20;

// Thread-safe. Holds a contiguous run of positions that ends with the last one pushed.
class RecentEvents {
 public:
  explicit RecentEvents(LogPosition head) : next_(head + 1), first_(head + 1) {
    slots_.resize(kRecentEventsMax);
  }

  // The events that follow the last one.
  void Push(const std::vector<StoredValue>& values);
  // Appends up to `limit` events after `after` to `out`; none if they are not held.
  void Read(LogPosition after, size_t limit, std::vector<StoredValue>* out) const;

 private:
  mutable std::mutex mutex_;
  std::vector<StoredValue> slots_;
  LogPosition next_;
  LogPosition first_;
  size_t bytes_ = 0;
};

}  // namespace daybook::eventstore
