#pragma once

// Where the writer puts its batches. The unit is the batch of whole commits; the local sink is one
// synced write of RocksDB, a replicated log can take its place.

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {

// Rows to put and delete, kept in one piece of memory. Not thread-safe.
class CommitBatch {
 public:
  struct Row {
    Family family;
    bool deletion;
    absl::string_view key;
    absl::string_view value;
  };

  void Put(Family family, absl::string_view key, absl::string_view value) {
    Add(family, false, key, value);
  }
  void Delete(Family family, absl::string_view key) { Add(family, true, key, {}); }

  bool empty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }
  size_t bytes() const { return bytes_.size(); }
  Row row(size_t i) const {
    const Place& place = rows_[i];
    const absl::string_view all = bytes_;
    return {place.family, place.deletion, all.substr(place.offset, place.key),
            all.substr(place.offset + place.key, place.value)};
  }
  void Clear() {
    bytes_.clear();
    rows_.clear();
  }

  // The log after this batch.
  Head head;
  uint64_t commits = 0;  // commits ever made, those without events included

 private:
  struct Place {
    size_t offset;
    uint32_t key;
    uint32_t value;
    Family family;
    bool deletion;
  };

  void Add(Family family, bool deletion, absl::string_view key, absl::string_view value) {
    rows_.push_back({bytes_.size(), static_cast<uint32_t>(key.size()),
                     static_cast<uint32_t>(value.size()), family, deletion});
    bytes_.append(key.data(), key.size());
    bytes_.append(value.data(), value.size());
  }

  std::string bytes_;
  std::vector<Place> rows_;
};

inline constexpr std::chrono::milliseconds kSettleAfter{1000};

// Called by one thread at a time.
class CommitSink {
 public:
  virtual ~CommitSink() = default;
  // Returns once the whole batch survives a power failure. After an error nothing is known about
  // the batch: the process must end and read the log again.
  virtual absl::Status Write(const CommitBatch& batch) = 0;
  // Called once when no batch has come for kSettleAfter: what a sink puts off for the sake of speed
  // is done now. An error is one of Write.
  virtual absl::Status Settle() { return absl::OkStatus(); }
};

}  // namespace daybook::eventstore
