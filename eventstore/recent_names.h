#pragma once

// Which streams the latest commits named among their expectations, and where: what a decision
// looked at tells more than what it wrote. Bounded: the oldest entries are forgotten, and what is
// forgotten counts as named.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/hash/hash.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

inline constexpr size_t kRecentNamesMax = 65'536;

// Not thread-safe.
class RecentNames {
 public:
  // `head`: where the log stood; what came before is not known.
  explicit RecentNames(LogPosition head, size_t capacity = kRecentNamesMax)
      : known_after_(head), capacity_(capacity) {}

  // A commit that ends at `position` named the stream. REQUIRES: positions do not fall.
  void Note(const StreamId& stream, LogPosition position) {
    const Name name{absl::Hash<StreamId>{}(stream), position};
    if (names_.size() < capacity_) {
      names_.push_back(name);
      return;
    }
    known_after_ = names_[oldest_].position;
    names_[oldest_] = name;
    oldest_ = (oldest_ + 1) % capacity_;
  }

  // True when no commit that ends behind `position` named the stream. False also where that is not
  // known any more, or another stream has the same hash.
  bool NoneBehind(const StreamId& stream, LogPosition position) const {
    if (position < known_after_) return false;
    const size_t hash = absl::Hash<StreamId>{}(stream);
    for (size_t i = names_.size(); i > 0; --i) {
      const Name& name = names_[(oldest_ + i - 1) % names_.size()];
      if (name.position <= position) return true;
      if (name.stream_hash == hash) return false;
    }
    return true;
  }

 private:
  struct Name {
    size_t stream_hash = 0;
    LogPosition position = 0;
  };
  LogPosition known_after_;
  const size_t capacity_;
  size_t oldest_ = 0;
  std::vector<Name> names_;  // a ring once it is full
};

}  // namespace daybook::eventstore
