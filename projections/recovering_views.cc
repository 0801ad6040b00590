#include "projections/recovering_views.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/snapshot.h"

namespace daybook::projections {

namespace {

constexpr absl::Duration kClosePoll = absl::Milliseconds(20);
// So long without a failure: the next one is tried again soon.
constexpr absl::Duration kSteady = absl::Minutes(1);
// What a probe writes at least.
constexpr uint64_t kProbeBytesMin = 1 << 20;

// For callers: no path of the server.
absl::string_view CauseOf(const absl::Status& error) {
  if (ReasonOf(error) == Reason::REASON_DISK_FULL) return "no space is left on the disk";
  if (IsDamage(error)) return "their files are damaged";
  return "their files cannot be written or read";
}

}  // namespace

RecoveringViews::RecoveringViews(const std::string& path, eventstore::EventStore& log,
                                 eventstore::KeyStore& keys, const ViewsOptions& options)
    : log_(log),
      keys_(keys),
      options_(options),
      context_{path, log, keys, options_, projections_, waiters_, repairs_, [this] {
                 std::lock_guard lock(mutex_);
                 reported_ = true;
                 wake_.notify_all();
               }} {
  const std::vector<Projection>& all =
      options_.projections == nullptr ? AllProjections() : *options_.projections;
  for (const Projection& projection : all) projections_.push_back(&projection);
}

RecoveringViews::~RecoveringViews() {
  BeginShutdown();
  if (supervisor_.joinable()) supervisor_.join();
  std::shared_ptr<ViewsInstance> last;
  {
    std::lock_guard lock(mutex_);
    last = std::move(instance_);
  }
}

absl::Status RecoveringViews::Start() {
  pause_ = options_.retry_first;
  absl::StatusOr<std::unique_ptr<ViewsInstance>> opened = ViewsInstance::OpenOrDrop(context_);
  if (opened.ok()) {
    std::lock_guard lock(mutex_);
    instance_ = *std::move(opened);
  } else if (ReasonOf(opened.status()) == Reason::REASON_DATA_DIRECTORY ||
             !IsStorageError(opened.status())) {
    return opened.status();
  } else {
    SetError(opened.status());
  }
  supervisor_ = std::thread([this] { Supervise(); });
  return absl::OkStatus();
}

void RecoveringViews::SetError(const absl::Status& error) {
  std::lock_guard lock(mutex_);
  if (error_.ok()) failed_at_ = absl::Now();
  error_ = error;
}

RecoveringViews::Current RecoveringViews::Look() const {
  Current current;
  {
    std::lock_guard lock(mutex_);
    current.instance = instance_;
    current.error = error_;
    current.shown = shown_;
    current.position = shown_;
    current.recorded_at = shown_recorded_at_;
  }
  if (current.instance == nullptr) return current;
  if (current.error.ok()) current.error = current.instance->errors().failure();
  current.published = current.instance->published();
  current.position = current.published->position;
  current.recorded_at = current.published->recorded_at;
  current.catching_up = current.position < current.shown;
  return current;
}

absl::Status RecoveringViews::Unavailable(const Current& current) const {
  const std::string position = absl::StrCat(current.position);
  if (!current.error.ok()) {
    const eventstore::LogPosition head = log_.GetHead().position;
    if (current.published != nullptr && head <= current.position) return absl::OkStatus();
    return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                  absl::StrCat("the views stand at position ", position, " of ", head, ": ",
                               CauseOf(current.error), "; they go on by themselves"),
                  {{"position", position},
                   {"target", absl::StrCat(head)},
                   {"cause", CauseOf(current.error)}});
  }
  if (!current.catching_up) return absl::OkStatus();
  return Reject(
      Reason::REASON_VIEW_UNAVAILABLE,
      absl::StrCat("the views were opened again and are at position ", position, " of ",
                   current.shown),
      {{"position", position}, {"target", absl::StrCat(current.shown)}, {"cause", "catching up"}});
}

std::unique_ptr<Snapshot> RecoveringViews::Now() const {
  Current current = Look();
  absl::Status unavailable = Unavailable(current);
  return NewSnapshot(std::move(current.published), current.position, current.recorded_at, log_,
                     keys_, std::move(unavailable));
}

absl::StatusOr<std::unique_ptr<Snapshot>> RecoveringViews::AsOf(
    eventstore::LogPosition position) const {
  const eventstore::LogPosition head = log_.GetHead().position;
  if (position > head) {
    return Reject(Reason::REASON_AS_OF_IN_FUTURE,
                  absl::StrCat("position ", position, " is beyond the log's head ", head),
                  {{"head", absl::StrCat(head)}});
  }
  Current current = Look();
  if (current.published == nullptr || position > current.position) {
    DAYBOOK_RETURN_IF_ERROR(Unavailable(current));
    return Reject(Reason::REASON_NOT_CAUGHT_UP,
                  absl::StrCat("the views are at position ", current.position),
                  {{"applied", absl::StrCat(current.position)}});
  }
  absl::Time recorded_at = current.recorded_at;
  if (position != current.position) {
    DAYBOOK_ASSIGN_OR_RETURN(position, log_.LowerToCommitEnd(position));
    recorded_at = absl::UnixEpoch();
    if (position > 0) {
      DAYBOOK_ASSIGN_OR_RETURN(const eventstore::RecordedEvent event, log_.ReadEvent(position));
      recorded_at = event.recorded_at;
    }
  }
  return NewSnapshot(std::move(current.published), position, recorded_at, log_, keys_);
}

uint64_t RecoveringViews::WaitFor(eventstore::LogPosition position, absl::Time deadline,
                                  std::function<void(absl::Status)> done) const {
  const Current current = Look();
  if (!current.error.ok() && position > current.position) {
    if (absl::Status unavailable = Unavailable(current); !unavailable.ok()) {
      done(std::move(unavailable));
      return 0;
    }
  }
  return waiters_.Add(position, deadline, std::move(done));
}

void RecoveringViews::BeginShutdown() {
  std::shared_ptr<ViewsInstance> instance;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    instance = instance_;
    wake_.notify_all();
  }
  if (instance != nullptr) instance->Stop();
  waiters_.Stop();
}

absl::Duration RecoveringViews::StalledFor() const {
  const Current current = Look();
  if (current.instance != nullptr) return current.instance->StalledFor();
  if (log_.GetHead().position <= current.position) return absl::ZeroDuration();
  std::lock_guard lock(mutex_);
  return absl::Now() - failed_at_;
}

std::vector<ViewStatus> RecoveringViews::StatusOf(const Current& current) const {
  std::vector<ViewStatus> statuses;
  for (const Published::View& view : current.published->views) {
    const StoredView& stored = view.stored;
    statuses.push_back({stored.name, stored.version, stored.state, stored.position,
                        stored.digest.current_rows, stored.digest.history_rows,
                        stored.digest.bytes(), stored.error});
    if (stored.state == ViewState::kBuilding) {
      statuses.back().position = current.published->progress->position;
    }
  }
  return statuses;
}

std::vector<ViewStatus> RecoveringViews::Status() const {
  const Current current = Look();
  std::vector<ViewStatus> statuses;
  if (current.published != nullptr) {
    statuses = StatusOf(current);
  } else {
    std::lock_guard lock(mutex_);
    statuses = last_;
  }
  if (statuses.empty()) {
    // Never opened.
    statuses.resize(projections_.size() + 1);
    statuses[0].name = kRecordsView;
    statuses[0].version = kRecordsVersion;
    for (size_t i = 1; i < statuses.size(); ++i) {
      statuses[i].name = projections_[i - 1]->name;
      statuses[i].version = projections_[i - 1]->version;
    }
  }
  if (current.error.ok() && !current.catching_up) return statuses;
  for (ViewStatus& status : statuses) {
    if (status.state == ViewState::kDetached) continue;
    if (current.error.ok() && status.state == ViewState::kBuilding) continue;
    status.state = ViewState::kRecovering;
    status.error = current.error.ok() ? absl::StrCat("catching up to position ", current.shown)
                                      : std::string(current.error.message());
  }
  return statuses;
}

absl::Status RecoveringViews::WriteError() const { return Look().error; }

absl::StatusOr<std::shared_ptr<ViewsInstance>> RecoveringViews::Instance() const {
  const Current current = Look();
  if (current.instance != nullptr) return current.instance;
  DAYBOOK_RETURN_IF_ERROR(Unavailable(current));
  return Reject(Reason::REASON_SHUTTING_DOWN, "the server is going down");
}

// An opening that was closed under its caller.
absl::Status RecoveringViews::AfterStop(absl::Status status) const {
  if (ReasonOf(status) != Reason::REASON_SHUTTING_DOWN) return status;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return status;
  }
  return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                "the views were closed to recover from a failed write; try again",
                {{"cause", "recovering"}});
}

absl::StatusOr<size_t> RecoveringViews::NumberOf(absl::string_view view) const {
  if (view == kRecordsView) return 0;
  for (size_t i = 0; i < projections_.size(); ++i) {
    if (projections_[i]->name == view) return i + 1;
  }
  return Reject(Reason::REASON_NOT_FOUND, absl::StrCat("there is no view ", view),
                {{"view", view}});
}

absl::Status RecoveringViews::Rebuild(absl::string_view view,
                                      const std::function<void(const RebuildProgress&)>& progress) {
  std::vector<bool> wanted(projections_.size() + 1, false);
  DAYBOOK_ASSIGN_OR_RETURN(const size_t number, NumberOf(view));
  wanted[number] = true;
  DAYBOOK_ASSIGN_OR_RETURN(const auto instance, Instance());
  return AfterStop(instance->rebuilder().Rebuild(wanted, progress));
}

absl::StatusOr<DiffReport> RecoveringViews::Diff(absl::string_view view, size_t limit) {
  DAYBOOK_ASSIGN_OR_RETURN(const size_t number, NumberOf(view));
  DAYBOOK_ASSIGN_OR_RETURN(const auto instance, Instance());
  absl::StatusOr<DiffReport> report = instance->rebuilder().Diff(number, limit);
  if (!report.ok()) return AfterStop(report.status());
  return report;
}

void RecoveringViews::Supervise() {
  absl::Time opened = absl::Now();
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || reported_ || instance_ == nullptr; });
      if (stopping_) return;
      reported_ = false;
    }
    absl::Status error;
    eventstore::LogPosition position = 0;
    {
      const Current current = Look();  // not held any longer: it keeps the database open
      error = current.error;
      position = current.position;
    }
    if (error.ok()) continue;
    if (absl::Now() - opened > kSteady) pause_ = options_.retry_first;
    SetError(error);
    context_.Notify(true, "the views stand still: a write or an opening failed", error.message(),
                    position);
    waiters_.Fail(Reject(Reason::REASON_VIEW_UNAVAILABLE,
                         absl::StrCat("the views stand at position ", position, ": ",
                                      CauseOf(error), "; they go on by themselves"),
                         {{"position", absl::StrCat(position)}, {"cause", CauseOf(error)}}));
    if (!Recover(error)) return;
    opened = absl::Now();
  }
}

bool RecoveringViews::Recover(absl::Status error) {
  bool drop = false;
  std::string reason;
  while (true) {
    if (IsDamage(error) && !drop) {
      if (!repairs_.Take("")) {
        error =
            absl::Status(error.code(), absl::StrCat(error.message(), "; built anew ", kRepairsMax,
                                                    " times within a day: look at "
                                                    "the disk, then restart the server"));
        SetError(error);
        context_.Notify(true, "the views stay unavailable", error.message(), Look().position);
        Sleep(absl::InfiniteDuration());
        return false;
      }
      drop = true;
      reason = std::string(error.message());
    } else {
      if (!Sleep(pause_)) return false;
      pause_ = std::min(2 * pause_, options_.retry_longest);
      const Current current = Look();
      const uint64_t unflushed =
          current.instance == nullptr ? 0 : current.instance->UnflushedBytes();
      error = Database::Probe(context_.path, options_, std::max(unflushed, kProbeBytesMin));
      if (!error.ok()) {
        SetError(error);
        continue;
      }
    }
    if (!Close()) return false;
    error = TryAgain(drop, reason);
    if (error.ok()) return true;
    SetError(error);
  }
}

absl::Status RecoveringViews::TryAgain(bool drop, const std::string& reason) {
  if (drop) DAYBOOK_RETURN_IF_ERROR(Database::Drop(context_.path, options_));
  absl::StatusOr<std::unique_ptr<ViewsInstance>> opened =
      drop ? ViewsInstance::Open(context_, reason) : ViewsInstance::OpenOrDrop(context_);
  DAYBOOK_RETURN_IF_ERROR(opened.status());
  const eventstore::LogPosition position = (*opened)->published()->position;
  {
    std::lock_guard lock(mutex_);
    instance_ = *std::move(opened);
    error_ = absl::OkStatus();
    // What it reports from here on counts.
    reported_ = true;
  }
  context_.Notify(false, "the views are open again", "", position);
  return absl::OkStatus();
}

bool RecoveringViews::Close() {
  Current current = Look();
  if (current.instance == nullptr) return true;
  std::vector<ViewStatus> last = StatusOf(current);
  std::shared_ptr<const absl::Notification> closed = current.instance->closed();
  current.instance->Stop();
  {
    std::lock_guard lock(mutex_);
    instance_.reset();
    last_ = std::move(last);
    if (current.position > shown_) {
      shown_ = current.position;
      shown_recorded_at_ = current.recorded_at;
    }
  }
  // Answers under way hold the database until they are given.
  current = {};
  while (!closed->WaitForNotificationWithTimeout(kClosePoll)) {
    if (!Sleep(absl::ZeroDuration())) return false;
  }
  return true;
}

bool RecoveringViews::Sleep(absl::Duration pause) {
  std::unique_lock lock(mutex_);
  const auto stopping = [this] { return stopping_; };
  if (pause == absl::InfiniteDuration()) {
    wake_.wait(lock, stopping);
    return false;
  }
  return !wake_.wait_for(lock, absl::ToChronoNanoseconds(pause), stopping);
}

}  // namespace daybook::projections
