#pragma once

// Reads events up to a head: the newest ones from memory, the others from disk with their hashes
// checked. Private to eventstore/.

#include <memory>
#include <vector>

#include "eventstore/recent_events.h"
#include "eventstore/rocks_log.h"

namespace daybook::eventstore {

// Thread-safe.
class EventReader {
 public:
  // REQUIRES: both outlive this object.
  EventReader(const RocksLog* log, const RecentEvents* recent) : log_(*log), recent_(*recent) {}

  absl::Status All(LogPosition head, LogPosition after, size_t limit,
                   EventStore::Visitor visit) const;
  // Events of the given types, in order of position.
  absl::Status OfTypes(const std::vector<uint32_t>& types, LogPosition head, LogPosition after,
                       size_t limit, EventStore::Visitor visit) const;
  // Events of a stream with revision > after and position > after_position. A type that is not
  // empty filters.
  struct StreamRange {
    StreamId stream;
    StreamRevision after = 0;
    LogPosition after_position = 0;
    std::string type;
  };
  absl::Status OfStream(const StreamRange& range, LogPosition head, size_t limit,
                        EventStore::Visitor visit) const;
  absl::StatusOr<RecordedEvent> One(LogPosition position) const;
  // The last revision whose position is at or before `head`; 0 if there is none.
  absl::StatusOr<StreamRevision> LastRevision(const StreamId& stream, LogPosition head) const;

 private:
  absl::Status FromDisk(LogPosition head, LogPosition* after, size_t* limit,
                        EventStore::Visitor visit) const;

  const RocksLog& log_;
  const RecentEvents& recent_;
};

}  // namespace daybook::eventstore
