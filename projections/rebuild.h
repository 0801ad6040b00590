#pragma once

// Rebuilds and comparisons of views while they are being served.

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "projections/build.h"
#include "projections/runner.h"

namespace daybook::projections {

// Thread-safe; one rebuild or comparison at a time.
class Rebuilder {
 public:
  Rebuilder(Database& database, const eventstore::EventStore& log, const eventstore::KeyStore& keys,
            const ViewsOptions& options, const std::vector<const Projection*>& projections,
            Runner& runner);

  // A build that a restart cut off: the next rebuild of the same views goes on from there, one of
  // others drops it. REQUIRES: nothing runs yet.
  void Resume(BuildState state) { cut_off_ = std::move(state); }

  // Ends what runs as soon as possible.
  void Stop() { stopping_ = true; }

  // Builds the wanted views (by number in the fold), compares digests with live ones and puts them
  // in their place. OVERLOADED while another rebuild runs; otherwise the first error of a view, and
  // nothing has changed.
  absl::Status Rebuild(const std::vector<bool>& wanted,
                       const std::function<void(const RebuildProgress&)>& progress);
  // As Views::Diff.
  absl::StatusOr<DiffReport> Diff(size_t view, size_t limit);

 private:
  absl::StatusOr<BuildState> StateFor(const std::vector<bool>& wanted);
  absl::StatusOr<std::unique_ptr<Build>> StartBuild(const std::vector<bool>& wanted);
  absl::Status Run(Build& build, const std::vector<bool>& wanted,
                   const std::function<void(const RebuildProgress&)>& progress);
  // Follows the live views until few events are left.
  absl::Status CatchUp(Build& build, const std::function<void(const RebuildProgress&)>& progress);
  // On the runner's thread.
  absl::Status Switch(Build& build, const std::vector<bool>& wanted, RebuildProgress* report);
  eventstore::LogPosition Target() const;

  Database& database_;
  const eventstore::EventStore& log_;
  const eventstore::KeyStore& keys_;
  const ViewsOptions& options_;
  const std::vector<const Projection*>& projections_;
  Runner& runner_;
  std::timed_mutex running_;
  std::optional<BuildState> cut_off_;  // guarded by running_
  std::atomic<bool> stopping_ = false;
};

}  // namespace daybook::projections
