#include "projections/build.h"

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::projections {

namespace {

constexpr absl::Duration kReportInterval = absl::Milliseconds(500);
constexpr size_t kRecordMemoryBytes = 3000;  // a folded record in memory, about

}  // namespace

absl::StatusOr<BuildState> Build::NewState(Database& database, const std::vector<bool>& wanted,
                                           const std::vector<StoredView>& views) {
  std::vector<StoredView> to_make;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) to_make.push_back(views[i]);
  }
  to_make.push_back(views[0]);
  to_make.back().name = kBuildTables;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ViewTables> made, database.CreateTables(to_make));
  BuildState state;
  state.own = made.back();
  size_t next = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    state.targets.push_back({views[i], wanted[i] ? made[next++] : ViewTables()});
  }
  return state;
}

Build::Build(Database& database, const eventstore::EventStore& log,
             const eventstore::KeyStore& keys, const ViewsOptions& options,
             const std::vector<const Projection*>& projections, BuildState state,
             const std::atomic<bool>& stopping)
    : database_(database),
      log_(log),
      options_(options),
      stopping_(stopping),
      state_(std::move(state)),
      store_(std::make_unique<BuildStore>(database, keys, state_, database.path() + "/build")),
      recorded_at_(state_.recorded_at),
      started_at_(state_.position) {
  for (const BuildTarget& target : state_.targets) {
    wanted_.push_back(target.tables.now != nullptr);
  }
  fold_ = std::make_unique<Fold>(
      *store_, projections,
      Fold::Options{.emit_records = wanted_[0], .personal = wanted_[0] ? store_.get() : nullptr});
  for (size_t i = 1; i < wanted_.size(); ++i) {
    if (!wanted_[i]) fold_->Detach(i, absl::CancelledError("not part of this build"));
  }
  fold_->StartAt(started_at_);
}

Build::~Build() {
  fold_.reset();
  store_.reset();
  database_.DropTables(state_.AllTables()).IgnoreError();
}

absl::Status Build::CheckViews() const {
  // The cause first: when records fail, all fail.
  for (size_t i = 0; i < wanted_.size(); ++i) {
    if ((wanted_[i] || i == 0) && !fold_->attached(i)) return fold_->error(i);
  }
  return absl::OkStatus();
}

void Build::Report(const Progress& progress, eventstore::LogPosition target) {
  const absl::Time now = absl::Now();
  if (progress == nullptr || now - reported_ < kReportInterval) return;
  reported_ = now;
  RebuildProgress report;
  report.position = position();
  report.target = target;
  const double seconds = absl::ToDoubleSeconds(now - started_);
  if (seconds > 0) {
    report.events_per_second = static_cast<double>(report.position - started_at_) / seconds;
  }
  if (report.events_per_second > 0 && target >= report.position) {
    report.remaining =
        absl::Seconds(static_cast<double>(target - report.position) / report.events_per_second);
  }
  progress(report);
}

absl::Status Build::AdvanceTo(eventstore::LogPosition target, const Progress& progress) {
  while (position() < target) {
    if (stopping_) return Reject(Reason::REASON_SHUTTING_DOWN, "the server is going down");
    const eventstore::LogPosition from = position();
    eventstore::LogPosition next = from + 1;
    const absl::Status read = log_.ReadAll(
        from, options_.rebuild_block_events + eventstore::kEventsPerCommitMax,
        [&](const eventstore::RecordedEvent& event) {
          if (event.position != next) return false;
          ++next;
          fold_->Apply(event);
          recorded_at_ = event.recorded_at;
          return event.position != event.commit_end() ||
                 (event.position < target && next - from <= options_.rebuild_block_events);
        });
    DAYBOOK_RETURN_IF_ERROR(read);
    DAYBOOK_RETURN_IF_ERROR(CheckViews());
    if (position() == from) {
      return Reject(Reason::REASON_DATA_LOSS,
                    absl::StrCat("the log ends at position ", from, " inside a commit"));
    }
    const size_t memory = store_->memory_bytes() + fold_->cached_records() * kRecordMemoryBytes;
    if (memory > options_.rebuild_memory_bytes) {
      DAYBOOK_RETURN_IF_ERROR(Flush());
    }
    Report(progress, target);
  }
  return absl::OkStatus();
}

absl::Status Build::Flush() {
  Checkpoint progress;
  progress.position = position();
  progress.recorded_at = recorded_at_;
  DAYBOOK_RETURN_IF_ERROR(progress.SetLog(log_));
  fold_->Spill();
  return store_->Flush(std::move(progress));
}

}  // namespace daybook::projections
