#include "projections/views.h"

#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/record_row.h"
#include "projections/runner.h"
#include "projections/snapshot.h"

namespace daybook::projections {

namespace {

class RocksViews final : public Views {
 public:
  RocksViews(std::unique_ptr<Database> database, eventstore::EventStore& log,
             eventstore::KeyStore& keys, const ViewsOptions& options,
             std::vector<const Projection*> projections)
      : database_(std::move(database)),
        log_(log),
        keys_(keys),
        options_(options),
        projections_(std::move(projections)),
        runner_(std::make_unique<Runner>(*database_, log, keys, options_, projections_)) {}

  absl::Status Start() {
    DAYBOOK_ASSIGN_OR_RETURN(std::optional<Checkpoint> stored, database_->ReadCheckpoint());
    Checkpoint checkpoint;
    if (stored.has_value()) checkpoint = *std::move(stored);
    std::vector<LiveView> views;
    bool complete = true;
    for (size_t i = 0; i <= projections_.size(); ++i) {
      views.push_back(FindStored(checkpoint, i));
      if (views.back().tables.now == nullptr) complete = false;
    }
    if (!complete) {
      checkpoint.position = 0;
      checkpoint.recorded_at = absl::UnixEpoch();
      for (size_t i = 0; i < views.size(); ++i) {
        views[i].stored = NewView(i, checkpoint.next_generation++);
        DAYBOOK_ASSIGN_OR_RETURN(views[i].tables, database_->CreateTables(views[i].stored));
      }
    }
    runner_->Start(checkpoint, std::move(views));
    return database_->DropUnclaimed();
  }

  std::unique_ptr<Snapshot> Now() const override {
    std::shared_ptr<const Published> published = runner_->published();
    const eventstore::LogPosition position = published->position;
    const absl::Time recorded_at = published->recorded_at;
    return NewSnapshot(std::move(published), position, recorded_at, log_, keys_);
  }

  absl::StatusOr<std::unique_ptr<Snapshot>> AsOf(eventstore::LogPosition position) const override {
    const eventstore::LogPosition head = log_.GetHead().position;
    if (position > head) {
      return Reject(Reason::REASON_AS_OF_IN_FUTURE,
                    absl::StrCat("position ", position, " is beyond the log's head ", head),
                    {{"head", absl::StrCat(head)}});
    }
    std::shared_ptr<const Published> published = runner_->published();
    if (position > published->position) {
      return Reject(Reason::REASON_NOT_CAUGHT_UP,
                    absl::StrCat("the views are at position ", published->position),
                    {{"applied", absl::StrCat(published->position)}});
    }
    if (position == published->position) {
      const absl::Time recorded_at = published->recorded_at;
      return NewSnapshot(std::move(published), position, recorded_at, log_, keys_);
    }
    DAYBOOK_ASSIGN_OR_RETURN(position, log_.LowerToCommitEnd(position));
    absl::Time recorded_at = absl::UnixEpoch();
    if (position > 0) {
      DAYBOOK_ASSIGN_OR_RETURN(const eventstore::RecordedEvent event, log_.ReadEvent(position));
      recorded_at = event.recorded_at;
    }
    return NewSnapshot(std::move(published), position, recorded_at, log_, keys_);
  }

  void WaitFor(eventstore::LogPosition position, absl::Time deadline,
               std::function<void(absl::Status)> done) const override {
    runner_->waiters().Add(position, deadline, std::move(done));
  }

  eventstore::LogPosition applied() const override { return runner_->published()->position; }
  absl::Duration StalledFor() const override { return runner_->StalledFor(); }

  std::vector<ViewStatus> Status() const override {
    const std::shared_ptr<const Published> published = runner_->published();
    std::vector<ViewStatus> statuses;
    for (const Published::View& view : published->views) {
      const StoredView& stored = view.stored;
      statuses.push_back({stored.name, stored.version, stored.state, stored.position,
                          stored.digest.current_rows, stored.digest.history_rows,
                          stored.digest.bytes(), stored.error});
    }
    return statuses;
  }

  absl::Status Rebuild(absl::string_view view,
                       const std::function<void(const RebuildProgress&)>& progress) override {
    return absl::UnimplementedError("rebuild");
  }

  absl::StatusOr<DiffReport> Diff(absl::string_view view, size_t limit) override {
    return absl::UnimplementedError("diff");
  }

 private:
  // View i of the fold, new and empty.
  StoredView NewView(size_t i, uint32_t generation) const {
    StoredView view;
    view.name = i == 0 ? kRecordsView : projections_[i - 1]->name;
    view.version = i == 0 ? kRecordsVersion : projections_[i - 1]->version;
    view.generation = generation;
    return view;
  }

  // View i as stored, or without tables when it is not there in its version.
  LiveView FindStored(const Checkpoint& checkpoint, size_t i) const {
    LiveView live;
    live.stored = NewView(i, 0);
    for (const StoredView& stored : checkpoint.views) {
      if (stored.name != live.stored.name || stored.version != live.stored.version) continue;
      const std::optional<ViewTables> tables = database_->FindTables(stored);
      if (tables.has_value()) live = {stored, *tables};
    }
    return live;
  }

  std::unique_ptr<Database> database_;
  eventstore::EventStore& log_;
  eventstore::KeyStore& keys_;
  const ViewsOptions options_;
  const std::vector<const Projection*> projections_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace

absl::Status Views::WaitForBlocking(eventstore::LogPosition position, absl::Time deadline) const {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<absl::Status> result;
  WaitFor(position, deadline, [&](absl::Status status) {
    std::lock_guard lock(mutex);
    result = std::move(status);
    ready.notify_one();
  });
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return result.has_value(); });
  return *std::move(result);
}

absl::StatusOr<std::unique_ptr<Views>> Views::Open(const std::string& path,
                                                   eventstore::EventStore& store,
                                                   eventstore::KeyStore& keys,
                                                   const ViewsOptions& options) {
  const std::vector<Projection>& all =
      options.projections == nullptr ? AllProjections() : *options.projections;
  std::vector<const Projection*> projections;
  for (const Projection& projection : all) projections.push_back(&projection);
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(path, options));
  auto views = std::make_unique<RocksViews>(std::move(database), store, keys, options,
                                            std::move(projections));
  DAYBOOK_RETURN_IF_ERROR(views->Start());
  return views;
}

}  // namespace daybook::projections
