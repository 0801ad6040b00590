#include "eventstore/recent_events.h"

#include <algorithm>

namespace daybook::eventstore {

void RecentEvents::Push(const std::vector<StoredValue>& values) {
  std::lock_guard lock(mutex_);
  for (const StoredValue& value : values) {
    bytes_ += value->size();
    while (first_ < next_ && (next_ - first_ >= kRecentEventsMax || bytes_ > kRecentBytesMax)) {
      StoredValue& oldest = slots_[first_ % kRecentEventsMax];
      bytes_ -= oldest->size();
      oldest.reset();
      ++first_;
    }
    slots_[next_ % kRecentEventsMax] = value;
    ++next_;
  }
}

void RecentEvents::Read(LogPosition after, size_t limit, std::vector<StoredValue>* out) const {
  std::lock_guard lock(mutex_);
  if (after + 1 < first_) return;
  const LogPosition end = std::min<LogPosition>(next_, after + 1 + limit);
  for (LogPosition p = after + 1; p < end; ++p) out->push_back(slots_[p % kRecentEventsMax]);
}

}  // namespace daybook::eventstore
