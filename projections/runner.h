#pragma once

// The one thread that follows the log for all live views.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "projections/database.h"
#include "projections/fold.h"
#include "projections/live_store.h"
#include "projections/published.h"
#include "projections/waiters.h"

namespace daybook::projections {

// Thread-safe where not said otherwise.
class Runner {
 public:
  // All outlive the runner.
  Runner(Database& database, const eventstore::EventStore& store, const eventstore::KeyStore& keys,
         const ViewsOptions& options, const std::vector<const Projection*>& projections,
         Waiters& waiters);
  // Ends the thread and flushes, unless a write failed.
  ~Runner();

  // Takes the views over at `checkpoint` and starts the thread. Views that are not live are left
  // out until Replace.
  void Start(const Checkpoint& checkpoint, std::vector<LiveView> views);

  std::shared_ptr<const Published> published() const;
  // For who builds views that do not serve yet.
  BuildProgress& progress() { return *progress_; }
  absl::Duration StalledFor() const;

  // Runs `task` on the runner's thread between two batches and waits for it. False when the runner
  // has ended.
  bool RunBetweenBatches(const std::function<void()>& task);
  // On the runner's thread only: the position of the live views, and a view to take the place of
  // the one with its name.
  eventstore::LogPosition position() const { return fold_.position(); }
  const LiveView& live(size_t view) const { return store_.views()[view]; }
  bool any_live() const { return fold_.any_attached(); }
  // Puts views in the place of those with their numbers, for good once it returns; the old rows are
  // dropped.
  struct Replacement {
    size_t number = 0;
    LiveView view;
  };
  absl::Status Replace(std::vector<Replacement> views);
  uint32_t NewGeneration();
  // On the runner's thread only: views that are being built count as detached.
  void FailBuilding(const absl::Status& error);
  // On the runner's thread only: the live views with a table among the damaged ones, by number; of
  // records all views.
  std::vector<bool> DamagedViews(const std::map<std::string, absl::Status>& tables) const;
  // On the runner's thread only: takes views out of service, and drops their rows so that they can
  // be built anew (`keep` false), or keeps them as detached.
  absl::Status TakeOut(const std::vector<bool>& views, const absl::Status& error, bool keep);
  // On the runner's thread only: goes on from another position. REQUIRES: no view is live.
  void MoveTo(eventstore::LogPosition position, absl::Time recorded_at);

 private:
  void Run();
  void RunTasks();
  bool ApplyBatch();
  void Commit();
  void Publish();
  Checkpoint MakeCheckpoint();
  // Begins a flush, or waits for its end, of rows and a checkpoint that names the log.
  absl::Status FlushAll(bool wait);

  Database& database_;
  const eventstore::EventStore& log_;
  const ViewsOptions options_;
  LiveStore store_;
  Fold fold_;
  uint32_t next_generation_ = 1;
  absl::Time recorded_at_ = absl::UnixEpoch();
  absl::Time next_flush_;
  eventstore::LogPosition flushed_ = 0;
  Checkpoint log_at_flush_;  // log, root and its position only
  const std::shared_ptr<BuildProgress> progress_ = std::make_shared<BuildProgress>();

  mutable std::mutex mutex_;
  std::condition_variable task_done_;
  std::shared_ptr<const Published> published_;
  absl::Time moved_;  // when the runner last was at the head or applied something
  std::vector<std::pair<const std::function<void()>*, bool*>> tasks_;
  bool stopping_ = false;
  bool ended_ = true;
  Waiters& waiters_;
  std::thread thread_;
};

}  // namespace daybook::projections
