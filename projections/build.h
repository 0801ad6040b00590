#pragma once

// Builds views anew from the log, beside the live ones.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "projections/build_store.h"
#include "projections/fold.h"

namespace daybook::projections {

// One build. Used by one thread at a time.
class Build {
 public:
  // `wanted` by number in the fold (0: records); `projections` as for the live fold. All outlive
  // the build. `stopping` ends it with SHUTTING_DOWN.
  static absl::StatusOr<std::unique_ptr<Build>> Start(
      Database& database, const eventstore::EventStore& log, const eventstore::KeyStore& keys,
      const ViewsOptions& options, const std::vector<const Projection*>& projections,
      const std::vector<bool>& wanted, const std::vector<StoredView>& views,
      const std::atomic<bool>& stopping);
  // Drops the tables unless they were released.
  ~Build();

  using Progress = std::function<void(const RebuildProgress&)>;
  // Folds on to `position`, the end of a commit; runs past the memory budget are written on the
  // way. An error of a view that is built is returned.
  absl::Status AdvanceTo(eventstore::LogPosition position, const Progress& progress);
  // Writes what is still in memory.
  absl::Status Flush();

  eventstore::LogPosition position() const { return fold_->position(); }
  absl::Time recorded_at() const { return recorded_at_; }
  // As of the last flush.
  const BuildTarget& target(size_t view) const { return store_->target(view); }
  // The tables have become somebody else's.
  void Release() { released_ = true; }

 private:
  Build(Database& database, const eventstore::EventStore& log, const ViewsOptions& options,
        const std::vector<bool>& wanted, const std::atomic<bool>& stopping);

  absl::Status CheckViews() const;
  void Report(const Progress& progress, eventstore::LogPosition target);

  Database& database_;
  const eventstore::EventStore& log_;
  const ViewsOptions& options_;
  const std::vector<bool> wanted_;
  const std::atomic<bool>& stopping_;
  std::vector<ViewTables> made_;
  std::shared_ptr<Table> scratch_;
  std::unique_ptr<BuildStore> store_;
  std::unique_ptr<Fold> fold_;
  absl::Time recorded_at_ = absl::UnixEpoch();
  absl::Time started_ = absl::Now();
  absl::Time reported_ = absl::InfinitePast();
  bool released_ = false;
};

}  // namespace daybook::projections
