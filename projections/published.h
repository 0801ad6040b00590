#pragma once

// What readers see: all views at one position. Made by the runner after each batch, shared by all
// snapshots.

#include <atomic>
#include <memory>
#include <vector>

#include "projections/database.h"

namespace daybook::projections {

// How far the build of views that do not serve yet has come. Thread-safe.
struct BuildProgress {
  std::atomic<eventstore::LogPosition> position = 0;
  std::atomic<eventstore::LogPosition> target = 0;
};

// Immutable. Holds a snapshot of the database for as long as somebody reads it.
struct Published {
  explicit Published(const Database& database);
  ~Published();
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;

  struct View {
    StoredView stored;
    ViewTables tables;
  };

  // Null when there is no such view.
  const View* Find(absl::string_view name) const;

  std::shared_ptr<rocksdb::DB> db;
  std::shared_ptr<StorageErrors> errors;  // readers report damage here
  std::shared_ptr<const BuildProgress> progress;
  const rocksdb::Snapshot* snapshot;
  eventstore::LogPosition position = 0;
  absl::Time recorded_at = absl::UnixEpoch();
  std::vector<View> views;  // records first
};

}  // namespace daybook::projections
