#include "projections/rebuild.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/row_compare.h"

namespace daybook::projections {

namespace {

// Events that may be left for the pause between two batches.
constexpr eventstore::LogPosition kTailMax = 500;
constexpr int kCatchUpRounds = 10;
// One that has switched already may still be clearing up.
constexpr std::chrono::seconds kBusyGrace(2);

absl::Status Busy() {
  return Reject(Reason::REASON_OVERLOADED, "another rebuild is running; try again when it is done");
}

absl::Status Stopped() { return Reject(Reason::REASON_SHUTTING_DOWN, "the server is going down"); }

}  // namespace

Rebuilder::Rebuilder(Database& database, const eventstore::EventStore& log,
                     const eventstore::KeyStore& keys, const ViewsOptions& options,
                     const std::vector<const Projection*>& projections, Runner& runner)
    : database_(database),
      log_(log),
      keys_(keys),
      options_(options),
      projections_(projections),
      runner_(runner) {}

eventstore::LogPosition Rebuilder::Target() const {
  // While nothing is live there is nobody to stay in step with.
  const std::shared_ptr<const Published> published = runner_.published();
  for (const Published::View& view : published->views) {
    if (view.stored.state == ViewState::kLive) return published->position;
  }
  return log_.GetHead().position;
}

absl::StatusOr<BuildState> Rebuilder::StateFor(const std::vector<bool>& wanted) {
  if (std::optional<BuildState> found = std::exchange(cut_off_, std::nullopt); found.has_value()) {
    bool same = true;
    for (size_t i = 0; i < wanted.size(); ++i) {
      same = same && wanted[i] == (found->targets[i].tables.now != nullptr);
    }
    if (same) return *std::move(found);
    DAYBOOK_RETURN_IF_ERROR(database_.DropTables(found->AllTables()));
  }
  std::vector<StoredView> views;
  uint32_t generation = 0;
  if (!runner_.RunBetweenBatches([&] { generation = runner_.NewGeneration(); })) return Stopped();
  for (const Published::View& view : runner_.published()->views) {
    StoredView fresh;
    fresh.name = view.stored.name;
    fresh.version = view.stored.version;
    fresh.generation = generation;
    views.push_back(std::move(fresh));
  }
  return Build::NewState(database_, wanted, views);
}

absl::StatusOr<std::unique_ptr<Build>> Rebuilder::StartBuild(const std::vector<bool>& wanted) {
  DAYBOOK_ASSIGN_OR_RETURN(BuildState state, StateFor(wanted));
  return std::make_unique<Build>(database_, log_, keys_, options_, projections_, std::move(state),
                                 stopping_);
}

absl::Status Rebuilder::CatchUp(Build& build,
                                const std::function<void(const RebuildProgress&)>& progress) {
  for (int round = 0; round < kCatchUpRounds; ++round) {
    const eventstore::LogPosition target = Target();
    if (target <= build.position() + kTailMax && round > 0) break;
    DAYBOOK_RETURN_IF_ERROR(build.AdvanceTo(target, progress));
  }
  // What is in memory is written before the pause, so that only the tail is written in it.
  return build.Flush();
}

absl::Status Rebuilder::Switch(Build& build, const std::vector<bool>& wanted,
                               RebuildProgress* report) {
  if (runner_.any_live()) {
    DAYBOOK_RETURN_IF_ERROR(build.AdvanceTo(runner_.position(), nullptr));
  } else {
    DAYBOOK_RETURN_IF_ERROR(build.AdvanceTo(log_.GetHead().position, nullptr));
    runner_.MoveTo(build.position(), build.recorded_at());
  }
  DAYBOOK_RETURN_IF_ERROR(build.Flush());
  report->position = report->target = build.position();
  std::vector<Runner::Replacement> replacements;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    const StoredView& live = runner_.live(i).stored;
    const BuildTarget& built = build.target(i);
    report->digest = built.stored.digest.bytes();
    if (live.state == ViewState::kLive) {
      report->compared = true;
      report->digests_equal = live.digest == built.stored.digest;
    }
    replacements.push_back({i, {built.stored, built.tables}});
  }
  build.Release();
  return runner_.Replace(std::move(replacements));
}

absl::Status Rebuilder::Rebuild(const std::vector<bool>& wanted,
                                const std::function<void(const RebuildProgress&)>& progress) {
  const std::unique_lock running(running_, kBusyGrace);
  if (!running.owns_lock()) return Busy();
  const StoredView& records = runner_.published()->views[0].stored;
  if (!wanted[0] && records.state == ViewState::kDetached) {
    // All views are folded from records: one that is switched on now would never move.
    return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                  absl::StrCat("records is detached: ", records.error, "; rebuild records first"),
                  {{"view", records.name}, {"position", absl::StrCat(records.position)}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Build> build, StartBuild(wanted));
  const absl::Status status = Run(*build, wanted, progress);
  if (ReasonOf(status) == Reason::REASON_SHUTTING_DOWN) build->Keep();
  return status;
}

absl::Status Rebuilder::Run(Build& build, const std::vector<bool>& wanted,
                            const std::function<void(const RebuildProgress&)>& progress) {
  const absl::Time started = absl::Now();
  const eventstore::LogPosition started_at = build.position();
  DAYBOOK_RETURN_IF_ERROR(CatchUp(build, progress));
  absl::Status switched;
  RebuildProgress report;
  const bool ran = runner_.RunBetweenBatches([&] { switched = Switch(build, wanted, &report); });
  if (!ran) return Stopped();
  DAYBOOK_RETURN_IF_ERROR(switched);
  report.done = true;
  report.remaining = absl::ZeroDuration();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - started);
  if (seconds > 0) {
    report.events_per_second = static_cast<double>(report.position - started_at) / seconds;
  }
  if (progress != nullptr) progress(report);
  return absl::OkStatus();
}

absl::StatusOr<DiffReport> Rebuilder::Diff(size_t view, size_t limit) {
  const std::unique_lock running(running_, kBusyGrace);
  if (!running.owns_lock()) return Busy();
  std::vector<bool> wanted(projections_.size() + 1, false);
  wanted[view] = true;
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Build> build, StartBuild(wanted));
  std::shared_ptr<const Published> published = runner_.published();
  if (published->views[view].stored.state == ViewState::kBuilding ||
      published->views[view].tables.now == nullptr) {
    return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                  "the view has no rows to compare: it is being built, or its first build failed",
                  {{"view", published->views[view].stored.name}});
  }
  if (published->views[view].stored.state == ViewState::kDetached) {
    DAYBOOK_RETURN_IF_ERROR(build->AdvanceTo(published->views[view].stored.position, nullptr));
  } else {
    DAYBOOK_RETURN_IF_ERROR(CatchUp(*build, nullptr));
    absl::Status advanced;
    const bool ran = runner_.RunBetweenBatches([&] {
      advanced = build->AdvanceTo(runner_.position(), nullptr);
      published = runner_.published();
    });
    if (!ran) return Stopped();
    DAYBOOK_RETURN_IF_ERROR(advanced);
  }
  DAYBOOK_RETURN_IF_ERROR(build->Flush());
  DiffReport report;
  report.position = build->position();
  DAYBOOK_RETURN_IF_ERROR(CompareRows(database_, *published, published->views[view].tables,
                                      build->target(view).tables, report.position, limit, &report));
  return report;
}

}  // namespace daybook::projections
