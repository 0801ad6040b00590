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
  // Where a build of the `wanted` views begins, with new tables; `views` and `wanted` by number in
  // the fold (0: records).
  static absl::StatusOr<BuildState> NewState(Database& database, const std::vector<bool>& wanted,
                                             const std::vector<StoredView>& views);

  // `projections` as for the live fold; all outlive the build. `stopping` ends it with
  // SHUTTING_DOWN.
  Build(Database& database, const eventstore::EventStore& log, const eventstore::KeyStore& keys,
        const ViewsOptions& options, const std::vector<const Projection*>& projections,
        BuildState state, const std::atomic<bool>& stopping);
  // Drops the tables unless they were released or kept.
  ~Build();

  using Progress = std::function<void(const RebuildProgress&)>;
  // Folds on to `position`, the end of a commit; runs past the memory budget are written on the
  // way. An error of a view that is built is returned.
  absl::Status AdvanceTo(eventstore::LogPosition position, const Progress& progress);
  // Writes what is still in memory.
  absl::Status Flush();
  // Leaves the tables as they are: a build after a restart goes on from the last run of rows.
  void Keep() { state_ = {}; }

  eventstore::LogPosition position() const { return fold_->position(); }
  absl::Time recorded_at() const { return recorded_at_; }
  // As of the last flush.
  const BuildTarget& target(size_t view) const { return store_->target(view); }
  // The views' tables have become somebody else's.
  void Release() { state_.targets.clear(); }

 private:
  absl::Status CheckViews() const;
  void Report(const Progress& progress, eventstore::LogPosition target);

  Database& database_;
  const eventstore::EventStore& log_;
  const ViewsOptions& options_;
  const std::atomic<bool>& stopping_;
  BuildState state_;  // the tables to drop in the end
  std::vector<bool> wanted_;
  std::unique_ptr<BuildStore> store_;
  std::unique_ptr<Fold> fold_;
  absl::Time recorded_at_;
  const eventstore::LogPosition started_at_;
  const absl::Time started_ = absl::Now();
  absl::Time reported_ = absl::InfinitePast();
};

}  // namespace daybook::projections
