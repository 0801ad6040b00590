#pragma once

// The one thread that follows the log for all live views.

#include <condition_variable>
#include <functional>
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
         const ViewsOptions& options, const std::vector<const Projection*>& projections);
  // Ends the thread, flushes, calls waiters with SHUTTING_DOWN.
  ~Runner();

  // Takes the views over at `checkpoint` and starts the thread. Views that are not live are left
  // out until Replace.
  void Start(const Checkpoint& checkpoint, std::vector<LiveView> views);

  std::shared_ptr<const Published> published() const;
  Waiters& waiters() { return waiters_; }
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
  // On the runner's thread only: goes on from another position. REQUIRES: no view is live.
  void MoveTo(eventstore::LogPosition position, absl::Time recorded_at);

 private:
  void Run();
  void RunTasks();
  bool ApplyBatch();
  void Commit();
  void Publish();
  Checkpoint MakeCheckpoint();

  Database& database_;
  const eventstore::EventStore& log_;
  const ViewsOptions options_;
  LiveStore store_;
  Fold fold_;
  uint32_t next_generation_ = 1;
  absl::Time recorded_at_ = absl::UnixEpoch();
  absl::Time next_flush_;
  eventstore::LogPosition flushed_ = 0;
  absl::Status failure_;  // of the database: nothing is written any more

  mutable std::mutex mutex_;
  std::condition_variable task_done_;
  std::shared_ptr<const Published> published_;
  absl::Time progress_;  // when the runner last was at the head or applied something
  std::vector<std::pair<const std::function<void()>*, bool*>> tasks_;
  bool stopping_ = false;
  bool ended_ = true;
  Waiters waiters_;
  std::thread thread_;
};

}  // namespace daybook::projections
