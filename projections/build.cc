#include "projections/build.h"

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::projections {

namespace {

constexpr absl::Duration kReportInterval = absl::Milliseconds(500);
constexpr size_t kReadBlock = 10'000;        // events between looks at the clock
constexpr size_t kRecordMemoryBytes = 3000;  // a folded record in memory, about

}  // namespace

Build::Build(Database& database, const eventstore::EventStore& log, const ViewsOptions& options,
             const std::vector<bool>& wanted, const std::atomic<bool>& stopping)
    : database_(database), log_(log), options_(options), wanted_(wanted), stopping_(stopping) {}

absl::StatusOr<std::unique_ptr<Build>> Build::Start(
    Database& database, const eventstore::EventStore& log, const eventstore::KeyStore& keys,
    const ViewsOptions& options, const std::vector<const Projection*>& projections,
    const std::vector<bool>& wanted, const std::vector<StoredView>& views,
    const std::atomic<bool>& stopping) {
  std::unique_ptr<Build> build(new Build(database, log, options, wanted, stopping));
  std::vector<BuildTarget> targets(wanted.size());
  std::vector<StoredView> to_make;
  for (size_t i = 0; i < wanted.size(); ++i) {
    targets[i].stored = views[i];
    if (wanted[i]) to_make.push_back(views[i]);
  }
  if (!wanted[0]) {
    StoredView& scratch = to_make.emplace_back(views[0]);
    scratch.name = "scratch";
    scratch.generation = views.back().generation;
  }
  DAYBOOK_ASSIGN_OR_RETURN(build->made_, database.CreateTables(to_make));
  if (!wanted[0]) build->scratch_ = build->made_.back().now;
  auto made = build->made_.begin();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) targets[i].tables = *made++;
  }
  build->store_ = std::make_unique<BuildStore>(database, keys, std::move(targets), build->scratch_,
                                               database.path() + "/build");
  build->fold_ =
      std::make_unique<Fold>(*build->store_, projections,
                             Fold::Options{.emit_records = wanted[0],
                                           .personal = wanted[0] ? build->store_.get() : nullptr});
  for (size_t i = 1; i < wanted.size(); ++i) {
    if (!wanted[i]) build->fold_->Detach(i, absl::CancelledError("not part of this build"));
  }
  return build;
}

Build::~Build() {
  fold_.reset();
  store_.reset();
  // Last of them is the scratch, where there is one; it is nobody else's.
  if (released_) made_.erase(made_.begin(), scratch_ != nullptr ? made_.end() - 1 : made_.end());
  database_.DropTables(made_).IgnoreError();
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
  if (seconds > 0) report.events_per_second = static_cast<double>(report.position) / seconds;
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
    const absl::Status read =
        log_.ReadAll(from, kReadBlock + eventstore::kEventsPerCommitMax,
                     [&](const eventstore::RecordedEvent& event) {
                       if (event.position != next) return false;
                       ++next;
                       fold_->Apply(event);
                       recorded_at_ = event.recorded_at;
                       return event.position != event.commit_end() ||
                              (event.position < target && next - from <= kReadBlock);
                     });
    DAYBOOK_RETURN_IF_ERROR(read);
    DAYBOOK_RETURN_IF_ERROR(CheckViews());
    if (position() == from) {
      return Reject(Reason::REASON_DATA_LOSS,
                    absl::StrCat("the log ends at position ", from, " inside a commit"));
    }
    const size_t memory = store_->memory_bytes() + fold_->cached_records() * kRecordMemoryBytes;
    if (memory > options_.rebuild_memory_bytes) {
      fold_->Spill();
      DAYBOOK_RETURN_IF_ERROR(store_->Flush());
    }
    Report(progress, target);
  }
  return absl::OkStatus();
}

absl::Status Build::Flush() {
  fold_->Spill();
  return store_->Flush();
}

}  // namespace daybook::projections
