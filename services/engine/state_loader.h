#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "domain/registry.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "services/engine/overlay.h"

namespace daybook::projections {
class Views;
}  // namespace daybook::projections

namespace daybook::services {

// Loads the state of a stream by folding its events, and keeps recently used ones. Where a stream
// is long and the views hold its record, the record is the snapshot that the fold begins with (ADR
// 77): a state is its record, whatever else it holds is set anew by each event. Personal values in
// the states are clear; they live in memory only. Thread-safe.
class StateLoader {
 public:
  // `folded_events`: streams that are longer begin with a snapshot.
  StateLoader(eventstore::EventStore& store, eventstore::KeyStore& keys, size_t capacity,
              uint64_t folded_events);

  // Null: none. REQUIRES: the views are told off before they are closed.
  void SetViews(const projections::Views* views) { views_ = views; }
  const projections::Views* views() const { return views_; }

  // The state as the log has it (revision 0: an empty state), or as the overlay has it.
  absl::StatusOr<LoadedState> Load(const domain::AggregateType& type,
                                   const eventstore::StreamId& stream, const Overlay* overlay);
  // As Load, first reading what the log has beyond the cached revision.
  absl::StatusOr<LoadedState> Refresh(const domain::AggregateType& type,
                                      const eventstore::StreamId& stream);
  // The state at a revision of the past; not kept. REQUIRES: the stream has the revision.
  absl::StatusOr<LoadedState> LoadAt(const domain::AggregateType& type,
                                     const eventstore::StreamId& stream,
                                     eventstore::StreamRevision revision);
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
  // Folds what follows, up to `last`.
  absl::StatusOr<LoadedState> Fold(const domain::AggregateType& type,
                                   const eventstore::StreamId& stream, LoadedState from,
                                   eventstore::StreamRevision last);
  absl::StatusOr<LoadedState> ReadFrom(const domain::AggregateType& type,
                                       const eventstore::StreamId& stream, LoadedState from);
  // The record as the views have it, now or as of the revision; empty where they do not, where it
  // is not of this log, or where the stream is short.
  LoadedState FindSnapshot(const domain::AggregateType& type, const eventstore::StreamId& stream,
                           std::optional<eventstore::StreamRevision> at);
  // Where the revision stands; 0: it does not.
  eventstore::LogPosition PositionOf(const eventstore::StreamId& stream,
                                     eventstore::StreamRevision revision);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const size_t shard_capacity_;
  const uint64_t folded_events_;
  std::atomic<const projections::Views*> views_{nullptr};
  Shard shards_[kShards];
};

}  // namespace daybook::services
