#include "projections/views_instance.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/record_row.h"

namespace daybook::projections {

namespace {

constexpr char kBuiltAnew[] = "views are built anew from the log";

// What may succeed later without anybody's help.
bool MayPass(const absl::Status& status) {
  return IsStorageError(status) || ReasonOf(status) == Reason::REASON_OVERLOADED ||
         ReasonOf(status) == Reason::REASON_INTERNAL;
}

}  // namespace

bool RepairBudget::Take(absl::string_view view) {
  std::lock_guard lock(mutex_);
  const absl::Time now = absl::Now();
  std::deque<absl::Time>& taken = taken_[std::string(view)];
  while (!taken.empty() && now - taken.front() > kRepairPeriod) taken.pop_front();
  if (taken.size() >= kRepairsMax) return false;
  taken.push_back(now);
  return true;
}

void ViewsContext::Notify(bool warning, absl::string_view message, absl::string_view error,
                          eventstore::LogPosition position) const {
  if (options.notify == nullptr) return;
  options.notify({warning, std::string(message), std::string(error), position});
}

ViewsInstance::ViewsInstance(std::unique_ptr<Database> database, const ViewsContext& context)
    : context_(context),
      database_(std::move(database)),
      runner_(std::make_unique<Runner>(*database_, context.log, context.keys, context.options,
                                       context.projections, context.waiters)),
      rebuilder_(*database_, context.log, context.keys, context.options, context.projections,
                 *runner_) {
  errors().OnReport([this] {
    WakeBuilder();
    context_.wake();
  });
}

ViewsInstance::~ViewsInstance() {
  errors().OnReport(nullptr);
  Stop();
  if (builder_.joinable()) builder_.join();
}

void ViewsInstance::Stop() {
  rebuilder_.Stop();
  std::lock_guard lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
}

void ViewsInstance::WakeBuilder() {
  std::lock_guard lock(mutex_);
  damaged_ = true;
  wake_.notify_all();
}

absl::StatusOr<std::unique_ptr<ViewsInstance>> ViewsInstance::Open(const ViewsContext& context,
                                                                   const std::string& reason) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                           Database::Open(context.path, context.options));
  std::unique_ptr<ViewsInstance> instance(new ViewsInstance(std::move(database), context));
  DAYBOOK_RETURN_IF_ERROR(instance->Start(reason));
  return instance;
}

absl::StatusOr<std::unique_ptr<ViewsInstance>> ViewsInstance::OpenOrDrop(
    const ViewsContext& context) {
  absl::StatusOr<std::unique_ptr<ViewsInstance>> opened = Open(context, "");
  if (opened.ok() || !IsDamage(opened.status())) return opened;
  if (!context.repairs.Take("")) return opened;
  const std::string reason(opened.status().message());
  DAYBOOK_RETURN_IF_ERROR(Database::Drop(context.path, context.options));
  context.Notify(true, kBuiltAnew, absl::StrCat("their files are damaged: ", reason), 0);
  return Open(context, reason);
}

StoredView ViewsInstance::NewView(size_t i, uint32_t generation) const {
  StoredView view;
  view.name = i == 0 ? kRecordsView : context_.projections[i - 1]->name;
  view.version = i == 0 ? kRecordsVersion : context_.projections[i - 1]->version;
  view.generation = generation;
  return view;
}

LiveView ViewsInstance::FindStored(const Checkpoint& checkpoint, size_t i) const {
  LiveView live;
  live.stored = NewView(i, 0);
  for (const StoredView& stored : checkpoint.views) {
    if (stored.name != live.stored.name || stored.version != live.stored.version) continue;
    const std::optional<ViewTables> tables = database_->FindTables(stored);
    if (tables.has_value()) live = {stored, *tables};
  }
  return live;
}

// The stored one, if its rows follow from this log; otherwise nothing is taken over but the next
// generation, and `reason` says why.
absl::StatusOr<Checkpoint> ViewsInstance::ReadCheckpoint(std::string* reason) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<Checkpoint> stored, database_->ReadCheckpoint());
  const bool told = !reason->empty();  // new files, in place of damaged ones
  Checkpoint fresh;
  fresh.next_generation = database_->next_generation();
  if (!stored.has_value()) {
    if (database_->has_tables() && !told) {
      *reason = "they have no checkpoint that names the log, as of a release before this one";
    }
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(*reason, stored->DiffersFrom(context_.log));
    if (reason->empty()) return *std::move(stored);
  }
  if (!reason->empty() && !told) context_.Notify(true, kBuiltAnew, *reason, 0);
  return fresh;
}

std::vector<bool> ViewsInstance::FindMissing(Checkpoint* checkpoint, const std::string& reason,
                                             std::vector<LiveView>* views) const {
  std::vector<bool> missing(views->size(), false);
  const auto build = [&](size_t i) {
    missing[i] = true;
    (*views)[i] = {NewView(i, checkpoint->next_generation++), {}};
    (*views)[i].stored.state = ViewState::kBuilding;
    (*views)[i].stored.error = reason;
  };
  for (size_t i = 0; i < views->size(); ++i) {
    // All other views are folded from records.
    if ((*views)[i].tables.now == nullptr || missing[0]) build(i);
  }
  // Nothing can be folded onto records that stopped: then everything is built, records first.
  const bool any = std::find(missing.begin(), missing.end(), true) != missing.end();
  if (any && (*views)[0].stored.state == ViewState::kDetached) {
    for (size_t i = 0; i < views->size(); ++i) {
      if (!missing[i]) build(i);
    }
  }
  if (missing[0]) checkpoint->position = 0;
  if (!any) missing.clear();
  return missing;
}

absl::Status ViewsInstance::Start(std::string reason) {
  DAYBOOK_ASSIGN_OR_RETURN(Checkpoint checkpoint, ReadCheckpoint(&reason));
  std::vector<LiveView> views;
  for (size_t i = 0; i <= context_.projections.size(); ++i) {
    views.push_back(FindStored(checkpoint, i));
  }
  std::vector<bool> missing = FindMissing(&checkpoint, reason, &views);
  DAYBOOK_RETURN_IF_ERROR(ResumeBuild(&checkpoint, views));
  DAYBOOK_RETURN_IF_ERROR(database_->DropUnclaimed());
  if (!missing.empty() && context_.log.GetHead().position == 0) {
    DAYBOOK_RETURN_IF_ERROR(MakeEmpty(&views));
    missing.clear();
  }
  const bool records_live = views[0].stored.state == ViewState::kLive;
  runner_->Start(checkpoint, std::move(views));
  if (records_live) warmer_.emplace([this] { return runner_->published(); });
  builder_ = std::thread([this, missing = std::move(missing)] { BuildWhatIsMissing(missing); });
  return absl::OkStatus();
}

// Looks for a build that a restart cut off, so that it can go on. One that had already put its
// views in place, was of other versions or of another log, leaves only tables to drop.
absl::Status ViewsInstance::ResumeBuild(Checkpoint* checkpoint, const std::vector<LiveView>& live) {
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
  DAYBOOK_ASSIGN_OR_RETURN(const std::string differs, found->progress.DiffersFrom(context_.log));
  if (complete < found->progress.views.size() || !differs.empty()) {
    return database_->DropTables(state.AllTables());
  }
  rebuilder_.Resume(std::move(state));
  return absl::OkStatus();
}

// Nothing to fold: views without tables get empty ones and are live.
absl::Status ViewsInstance::MakeEmpty(std::vector<LiveView>* views) {
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
    view.stored.error.clear();
  }
  return absl::OkStatus();
}

bool ViewsInstance::Wait(absl::Duration pause) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, absl::ToChronoNanoseconds(pause), [this] { return stopping_; });
}

void ViewsInstance::BuildWhatIsMissing(std::vector<bool> missing) {
  while (true) {
    if (!missing.empty() && !BuildUntilDone(missing)) return;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || damaged_; });
      if (stopping_) return;
      damaged_ = false;
    }
    missing = TakeOutDamaged();
  }
}

bool ViewsInstance::BuildUntilDone(const std::vector<bool>& wanted) {
  BuildProgress& progress = runner_->progress();
  progress.position = 0;
  progress.target = context_.log.GetHead().position;
  const auto report = [&](const RebuildProgress& made) {
    progress.position = made.position;
    progress.target = made.target;
  };
  absl::Duration pause = context_.options.retry_first;
  while (true) {
    const absl::Status status = rebuilder_.Rebuild(wanted, report);
    if (status.ok()) {
      context_.Notify(false, "views are built", "", progress.position);
      return true;
    }
    if (ReasonOf(status) == Reason::REASON_SHUTTING_DOWN) return false;
    if (!MayPass(status) || (IsDamage(status) && !context_.repairs.Take(""))) {
      context_.Notify(true, "views cannot be built", status.message(), progress.position);
      runner_->RunBetweenBatches([&] { runner_->FailBuilding(status); });
      return true;
    }
    context_.Notify(true, "a build of views failed and is tried again", status.message(),
                    progress.position);
    if (!Wait(pause)) return false;
    pause = std::min(2 * pause, context_.options.retry_longest);
  }
}

std::vector<bool> ViewsInstance::TakeOutDamaged() {
  const std::map<std::string, absl::Status> tables = errors().TakeDamaged();
  if (tables.empty()) return {};
  std::vector<bool> damaged;
  bool repair = false;
  absl::Status error = tables.begin()->second;
  runner_->RunBetweenBatches([&] {
    damaged = runner_->DamagedViews(tables);
    if (damaged.empty()) return;
    // The first of them stands for all: of records all views are.
    const size_t first =
        static_cast<size_t>(std::find(damaged.begin(), damaged.end(), true) - damaged.begin());
    repair = context_.repairs.Take(NewView(first, 0).name);
    if (!repair) {
      error = absl::Status(error.code(),
                           absl::StrCat(error.message(), "; built anew ", kRepairsMax,
                                        " times within a day: look at the disk, then rebuild it"));
    }
    if (!runner_->TakeOut(damaged, error, !repair).ok()) repair = false;
  });
  if (damaged.empty()) return {};
  context_.Notify(true, repair ? kBuiltAnew : "damaged views stay detached", error.message(),
                  runner_->published()->position);
  if (!repair) damaged.clear();
  return damaged;
}

}  // namespace daybook::projections
