#pragma once

// Current rows by key, those that were read lately. Fifty records of a page lie in as many blocks
// of the database; here each is found at once.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"

namespace rocksdb {
class Cache;
}  // namespace rocksdb

namespace daybook::projections {

// Of one table. Thread-safe. Readers each see the table at one position; a row is shown to those
// only that would find the same in the database:
//  - the writer drops a row before anybody can read at the position where it changes,
//  - a reader's row is not taken when a row under the same lock was dropped for a later position
//    than his, and
//  - a row is not shown to readers at positions before it came.
class RowCache {
 public:
  // Holds about so many bytes, 0 for none; rows that were not used for long make room.
  explicit RowCache(size_t bytes);
  ~RowCache();
  RowCache(const RowCache&) = delete;
  RowCache& operator=(const RowCache&) = delete;

  // A stored row that stays readable; none if there is none. Used by one thread.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept;
    Pin& operator=(Pin&& other) noexcept;
    ~Pin();

    explicit operator bool() const { return entry_ != nullptr; }
    // As in the table (row_version.h). REQUIRES: there is one.
    absl::string_view row() const;

   private:
    friend class RowCache;
    Pin(rocksdb::Cache* cache, void* entry) : cache_(cache), entry_(entry) {}

    rocksdb::Cache* cache_ = nullptr;
    void* entry_ = nullptr;
  };

  // For a reader at `position`. REQUIRES: the cache outlives the pin.
  Pin Find(absl::string_view key, eventstore::LogPosition position) const;
  // What a reader at `position` has found in the table.
  void Offer(absl::string_view key, absl::string_view row, eventstore::LogPosition position);
  // The row changes or goes at `position`, which nobody reads at yet. REQUIRES: positions do not
  // fall.
  void Drop(absl::string_view key, eventstore::LogPosition position);

  size_t bytes_held() const;
  // Nine tenths of what it may hold: more would soon drive out what is there.
  bool nearly_full() const;

 private:
  static constexpr size_t kStripes = 64;
  // Keys that share a lock.
  struct Stripe {
    std::mutex mutex;
    eventstore::LogPosition dropped = 0;  // the last one that a row was dropped for
  };
  Stripe& StripeOf(absl::string_view key);

  std::array<Stripe, kStripes> stripes_;
  const std::shared_ptr<rocksdb::Cache> cache_;
};

}  // namespace daybook::projections
