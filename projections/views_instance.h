#pragma once

// One opening of the views' database: its files, who follows the log, who builds what is missing.

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "projections/cache_warmer.h"
#include "projections/rebuild.h"
#include "projections/runner.h"

namespace daybook::projections {

// How often views may be built anew by themselves because of damaged files: a disk that goes on
// damaging them needs a person. Thread-safe.
class RepairBudget {
 public:
  // Takes one for a view, or for all ("", the files as a whole); false when there were kRepairsMax
  // within kRepairPeriod.
  bool Take(absl::string_view view);

 private:
  std::mutex mutex_;
  std::map<std::string, std::deque<absl::Time>> taken_;
};
inline constexpr size_t kRepairsMax = 3;
inline constexpr absl::Duration kRepairPeriod = absl::Hours(24);

// What every opening shares; all outlive it.
struct ViewsContext {
  std::string path;
  eventstore::EventStore& log;
  eventstore::KeyStore& keys;
  const ViewsOptions& options;
  const std::vector<const Projection*>& projections;
  Waiters& waiters;
  RepairBudget& repairs;
  std::function<void()> wake;  // called when a write failed, on any thread; must not block

  void Notify(bool warning, absl::string_view message, absl::string_view error,
              eventstore::LogPosition position) const;
};

// Thread-safe.
class ViewsInstance {
 public:
  // Opens the database and begins to follow the log from its checkpoint. Views that are missing, or
  // do not follow from this log, are built; `reason`: why all of them are, empty otherwise. Errors
  // as Database::Open.
  static absl::StatusOr<std::unique_ptr<ViewsInstance>> Open(const ViewsContext& context,
                                                             const std::string& reason);
  // The same; damaged files are dropped first, as the budget allows, and the operator is told.
  static absl::StatusOr<std::unique_ptr<ViewsInstance>> OpenOrDrop(const ViewsContext& context);
  ~ViewsInstance();

  // Ends rebuilds and comparisons, also those to come.
  void Stop();

  std::shared_ptr<const Published> published() const { return runner_->published(); }
  absl::Duration StalledFor() const { return runner_->StalledFor(); }
  StorageErrors& errors() const { return *database_->errors(); }
  uint64_t UnflushedBytes() const { return database_->UnflushedBytes(); }
  std::shared_ptr<const absl::Notification> closed() const { return database_->closed(); }
  Rebuilder& rebuilder() { return rebuilder_; }

 private:
  // Damage was reported: looks what it concerns.
  void WakeBuilder();
  ViewsInstance(std::unique_ptr<Database> database, const ViewsContext& context);

  absl::Status Start(std::string reason);
  StoredView NewView(size_t i, uint32_t generation) const;
  LiveView FindStored(const Checkpoint& checkpoint, size_t i) const;
  absl::StatusOr<Checkpoint> ReadCheckpoint(std::string* reason);
  // Puts empty building views where there are no rows to go on from; which they are.
  std::vector<bool> FindMissing(Checkpoint* checkpoint, const std::string& reason,
                                std::vector<LiveView>* views) const;
  absl::Status ResumeBuild(Checkpoint* checkpoint, const std::vector<LiveView>& live);
  absl::Status MakeEmpty(std::vector<LiveView>* views);

  // The builder's thread.
  void BuildWhatIsMissing(std::vector<bool> missing);
  // Builds until it succeeds, cannot succeed, or the end. False at the end.
  bool BuildUntilDone(const std::vector<bool>& wanted);
  std::vector<bool> TakeOutDamaged();
  // False when it is to end.
  bool Wait(absl::Duration pause);

  const ViewsContext& context_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Runner> runner_;
  Rebuilder rebuilder_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool damaged_ = false;
  std::thread builder_;
  std::optional<CacheWarmer> warmer_;  // stops first
};

}  // namespace daybook::projections
