#include "projections/views.h"

#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/cache_warmer.h"
#include "projections/rebuild.h"
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
        runner_(std::make_unique<Runner>(*database_, log, keys, options_, projections_)),
        rebuilder_(*database_, log, keys, options_, projections_, *runner_) {}

  ~RocksViews() override {
    rebuilder_.Stop();
    if (first_build_.joinable()) first_build_.join();
  }

  absl::Status Start() {
    DAYBOOK_ASSIGN_OR_RETURN(std::optional<Checkpoint> stored, database_->ReadCheckpoint());
    Checkpoint checkpoint;
    if (stored.has_value()) checkpoint = *std::move(stored);
    if (checkpoint.position > log_.GetHead().position) {
      return Reject(Reason::REASON_DATA_LOSS,
                    absl::StrCat("the views are at position ", checkpoint.position,
                                 ", beyond the log's head ", log_.GetHead().position));
    }
    std::vector<LiveView> views;
    for (size_t i = 0; i <= projections_.size(); ++i) views.push_back(FindStored(checkpoint, i));
    std::vector<bool> missing(views.size(), false);
    bool any_missing = false;
    for (size_t i = 0; i < views.size(); ++i) {
      // All other views are folded from records.
      missing[i] = views[i].tables.now == nullptr || missing[0];
      any_missing |= missing[i];
      if (!missing[i]) continue;
      views[i] = {NewView(i, checkpoint.next_generation++), {}};
      views[i].stored.state = ViewState::kBuilding;
    }
    // Nothing can be folded onto records that stopped: then everything is built, records first.
    if (any_missing && views[0].stored.state == ViewState::kDetached) {
      for (size_t i = 0; i < views.size(); ++i) {
        if (missing[i]) continue;
        missing[i] = true;
        views[i] = {NewView(i, checkpoint.next_generation++), {}};
        views[i].stored.state = ViewState::kBuilding;
      }
    }
    if (missing[0]) checkpoint.position = 0;
    DAYBOOK_RETURN_IF_ERROR(ResumeBuild(&checkpoint, views));
    DAYBOOK_RETURN_IF_ERROR(database_->DropUnclaimed());
    if (any_missing && log_.GetHead().position == 0) {
      DAYBOOK_RETURN_IF_ERROR(MakeEmpty(&views));
      any_missing = false;
    }
    const bool records_live = views[0].stored.state == ViewState::kLive;
    runner_->Start(checkpoint, std::move(views));
    if (records_live) warmer_.emplace([this] { return runner_->published(); });
    if (any_missing) {
      first_build_ = std::thread([this, missing] { BuildMissing(missing); });
    }
    return absl::OkStatus();
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

  uint64_t WaitFor(eventstore::LogPosition position, absl::Time deadline,
                   std::function<void(absl::Status)> done) const override {
    return runner_->waiters().Add(position, deadline, std::move(done));
  }
  void CancelWait(uint64_t ticket) const override { runner_->waiters().Cancel(ticket); }

  void BeginShutdown() override {
    rebuilder_.Stop();
    runner_->waiters().Stop();
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
    std::vector<bool> wanted(projections_.size() + 1, false);
    DAYBOOK_ASSIGN_OR_RETURN(const size_t number, NumberOf(view));
    wanted[number] = true;
    return rebuilder_.Rebuild(wanted, progress);
  }

  absl::StatusOr<DiffReport> Diff(absl::string_view view, size_t limit) override {
    DAYBOOK_ASSIGN_OR_RETURN(const size_t number, NumberOf(view));
    return rebuilder_.Diff(number, limit);
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

  // Nothing to fold: views without tables get empty ones and are live.
  absl::Status MakeEmpty(std::vector<LiveView>* views) {
    std::vector<StoredView> to_make;
    for (const LiveView& view : *views) {
      if (view.tables.now == nullptr) to_make.push_back(view.stored);
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewTables> made, database_->CreateTables(to_make));
    size_t next = 0;
    for (LiveView& view : *views) {
      if (view.tables.now != nullptr) continue;
      view.tables = made[next++];
      view.stored.state = ViewState::kLive;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> NumberOf(absl::string_view name) const {
    if (name == kRecordsView) return 0;
    for (size_t i = 0; i < projections_.size(); ++i) {
      if (projections_[i]->name == name) return i + 1;
    }
    return Reject(Reason::REASON_NOT_FOUND, absl::StrCat("there is no view ", name),
                  {{"view", name}});
  }

  // The first build of views that are not there. One that fails is shown as detached, with its
  // error.
  void BuildMissing(const std::vector<bool>& missing) {
    const absl::Status status = rebuilder_.Rebuild(missing, nullptr);
    if (status.ok()) return;
    runner_->RunBetweenBatches([&] { runner_->FailBuilding(status); });
  }

  // Looks for a build that a restart cut off, so that it can go on. One that had already put its
  // views in place, or was of other versions, leaves only tables to drop.
  absl::Status ResumeBuild(Checkpoint* checkpoint, const std::vector<LiveView>& live) {
    std::optional<Database::FoundBuild> found = database_->FindBuild();
    if (!found.has_value()) return absl::OkStatus();
    BuildState state;
    state.own.now = std::move(found->own);
    state.position = found->progress.position;
    state.recorded_at = found->progress.recorded_at;
    size_t complete = 0;
    for (size_t i = 0; i < live.size(); ++i) {
      BuildTarget& target = state.targets.emplace_back();
      target.stored = NewView(i, 0);
      for (const StoredView& built : found->progress.views) {
        if (built.name != target.stored.name || built.version != target.stored.version) continue;
        checkpoint->next_generation = std::max(checkpoint->next_generation, built.generation + 1);
        const bool switched =
            live[i].tables.now != nullptr && live[i].stored.generation == built.generation;
        const auto tables = switched ? std::nullopt : database_->FindTables(built);
        if (!tables.has_value()) continue;
        target = {built, *tables};
        ++complete;
      }
    }
    if (complete < found->progress.views.size() || state.position > log_.GetHead().position) {
      return database_->DropTables(state.AllTables());
    }
    rebuilder_.Resume(std::move(state));
    return absl::OkStatus();
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
  Rebuilder rebuilder_;
  std::thread first_build_;
  std::optional<CacheWarmer> warmer_;  // stops first
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
