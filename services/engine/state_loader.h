#pragma once

#include <list>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "domain/registry.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "services/engine/overlay.h"

namespace daybook::services {

// Loads the state of a stream by folding its events, and keeps recently used ones. Personal values
// in the states are clear; they live in memory only. Thread-safe.
class StateLoader {
 public:
  StateLoader(eventstore::EventStore& store, eventstore::KeyStore& keys, size_t capacity);

  // The state as the log has it (revision 0: an empty state), or as the overlay has it.
  absl::StatusOr<LoadedState> Load(const domain::AggregateType& type,
                                   const eventstore::StreamId& stream, const Overlay* overlay);
  // As Load, first reading what the log has beyond the cached revision.
  absl::StatusOr<LoadedState> Refresh(const domain::AggregateType& type,
                                      const eventstore::StreamId& stream);
  // Keeps a newer state of a stream.
  void Publish(const eventstore::StreamId& stream, LoadedState state);

 private:
  static constexpr size_t kShards = 16;
  struct Entry {
    LoadedState state;
    std::list<eventstore::StreamId>::iterator age;
  };
  struct Shard {
    std::mutex mutex;
    absl::flat_hash_map<eventstore::StreamId, Entry> entries;
    std::list<eventstore::StreamId> by_age;  // most recently used first
  };

  Shard& ShardOf(const eventstore::StreamId& stream);
  std::optional<LoadedState> FindCached(const eventstore::StreamId& stream);
  absl::StatusOr<LoadedState> ReadFrom(const domain::AggregateType& type,
                                       const eventstore::StreamId& stream, LoadedState from);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const size_t shard_capacity_;
  Shard shards_[kShards];
};

}  // namespace daybook::services
