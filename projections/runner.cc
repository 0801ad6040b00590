#include "projections/runner.h"

#include <rocksdb/db.h>

#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::projections {

namespace {

// How long a stop, a task of a rebuild or a due flush may have to wait for a quiet log.
constexpr absl::Duration kPoll = absl::Milliseconds(20);

}  // namespace

Published::Published(const Database& database)
    : db(database.shared_db()), errors(database.errors()), snapshot(db->GetSnapshot()) {}

Published::~Published() { db->ReleaseSnapshot(snapshot); }

const Published::View* Published::Find(absl::string_view name) const {
  for (const View& view : views) {
    if (view.stored.name == name) return &view;
  }
  return nullptr;
}

Runner::Runner(Database& database, const eventstore::EventStore& store,
               const eventstore::KeyStore& keys, const ViewsOptions& options,
               const std::vector<const Projection*>& projections, Waiters& waiters)
    : database_(database),
      log_(store),
      options_(options),
      store_(database, keys),
      fold_(store_, projections, {.personal = &store_}),
      waiters_(waiters) {}

Runner::~Runner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
    FlushAll(true).IgnoreError();
  }
  std::lock_guard lock(mutex_);
  published_.reset();
}

void Runner::Start(const Checkpoint& checkpoint, std::vector<LiveView> views) {
  next_generation_ = checkpoint.next_generation;
  recorded_at_ = checkpoint.recorded_at;
  store_.views() = std::move(views);
  fold_.StartAt(checkpoint.position);
  for (size_t i = store_.views().size(); i-- > 0;) {
    const StoredView& stored = store_.views()[i].stored;
    if (stored.state == ViewState::kLive) continue;
    fold_.Detach(i, absl::UnavailableError(stored.error));
  }
  next_flush_ = absl::Now() + options_.flush_interval;
  flushed_ = checkpoint.position;
  Publish();
  ended_ = false;
  thread_ = std::thread([this] { Run(); });
}

std::shared_ptr<const Published> Runner::published() const {
  std::lock_guard lock(mutex_);
  return published_;
}

absl::Duration Runner::StalledFor() const {
  const eventstore::LogPosition head = log_.GetHead().position;
  std::lock_guard lock(mutex_);
  if (published_->position >= head) return absl::ZeroDuration();
  return absl::Now() - moved_;
}

bool Runner::RunBetweenBatches(const std::function<void()>& task) {
  std::unique_lock lock(mutex_);
  if (ended_ || stopping_) return false;
  bool done = false;
  tasks_.emplace_back(&task, &done);
  task_done_.wait(lock, [&] { return done || ended_; });
  return done;
}

void Runner::RunTasks() {
  std::unique_lock lock(mutex_);
  while (!tasks_.empty()) {
    const auto [task, done] = tasks_.front();
    tasks_.erase(tasks_.begin());
    lock.unlock();
    (*task)();
    lock.lock();
    *done = true;
    task_done_.notify_all();
  }
}

void Runner::Run() {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) break;
    }
    RunTasks();
    const absl::Time now = absl::Now();
    const eventstore::LogPosition head = log_.WaitForHead(fold_.position(), now + kPoll);
    if (database_.errors()->failed()) {
      // Whoever opened the database opens it again.
      absl::SleepFor(kPoll);
      continue;
    }
    if (head > fold_.position() && fold_.any_attached()) {
      if (ApplyBatch()) Commit();
    } else {
      if (head > fold_.position()) absl::SleepFor(kPoll);
      std::lock_guard lock(mutex_);
      if (head <= fold_.position()) moved_ = now;
    }
    const bool full = database_.UnflushedBytes() >= options_.write_buffer_bytes;
    if ((full || now >= next_flush_) && !database_.IsFlushing()) {
      next_flush_ = now + options_.flush_interval;
      if (full || flushed_ != fold_.position()) FlushAll(false).IgnoreError();
      flushed_ = fold_.position();
    }
  }
  std::lock_guard lock(mutex_);
  ended_ = true;
  task_done_.notify_all();
}

bool Runner::ApplyBatch() {
  const eventstore::LogPosition from = fold_.position();
  eventstore::LogPosition next = from + 1;
  size_t seen = 0;
  const auto apply = [&](const eventstore::RecordedEvent& event) {
    if (event.position != next) return false;
    ++next;
    ++seen;
    fold_.Apply(event);
    recorded_at_ = event.recorded_at;
    // A commit is never split over two batches.
    return seen < options_.batch_events || event.position != event.commit_end();
  };
  absl::Status status =
      log_.ReadAll(from, options_.batch_events + eventstore::kEventsPerCommitMax, apply);
  if (status.ok() && fold_.position() + 1 != next) {
    status = Reject(Reason::REASON_DATA_LOSS, "the log breaks off inside a commit");
  }
  if (status.ok()) return fold_.position() > from;
  if (ReasonOf(status) == Reason::REASON_DATA_LOSS) {
    fold_.Detach(0, status);
  } else {
    database_.errors()->Fail(status);  // it may pass
  }
  return true;
}

Checkpoint Runner::MakeCheckpoint() {
  Checkpoint checkpoint;
  checkpoint.position = fold_.position();
  checkpoint.recorded_at = recorded_at_;
  checkpoint.next_generation = next_generation_;
  checkpoint.log_id = log_at_flush_.log_id;
  checkpoint.root_position = log_at_flush_.root_position;
  checkpoint.root = log_at_flush_.root;
  for (size_t i = 0; i < store_.views().size(); ++i) {
    StoredView& stored = store_.views()[i].stored;
    if (stored.state == ViewState::kLive && !fold_.attached(i)) {
      stored.state = ViewState::kDetached;
      stored.position = fold_.stopped_at(i);
      stored.error = std::string(fold_.error(i).message());
    }
    if (stored.state == ViewState::kLive) stored.position = fold_.position();
    if (store_.views()[i].tables.now != nullptr) checkpoint.views.push_back(stored);
  }
  return checkpoint;
}

absl::Status Runner::FlushAll(bool wait) {
  DAYBOOK_RETURN_IF_ERROR(database_.errors()->failure());
  // Between two flushes the root may be that of the last: nothing else takes rows to the disk.
  log_at_flush_.position = fold_.position();
  DAYBOOK_RETURN_IF_ERROR(log_at_flush_.SetLog(log_));
  DAYBOOK_RETURN_IF_ERROR(store_.Commit(MakeCheckpoint()));
  return database_.Flush(wait);
}

void Runner::Commit() {
  // A view that stopped because a file could not be opened has stopped nowhere: all go on from the
  // stored checkpoint.
  if (database_.errors()->failed()) return;
  store_.Seal();
  if (const absl::Status status = store_.Commit(MakeCheckpoint()); !status.ok()) {
    // The fold is ahead of the database: only an opening goes on, from the stored checkpoint.
    database_.errors()->Fail(status);
    return;
  }
  fold_.Shrink();
  Publish();
}

void Runner::Publish() {
  auto published = std::make_shared<Published>(database_);
  published->progress = progress_;
  published->position = fold_.position();
  published->recorded_at = recorded_at_;
  if (database_.errors()->failed() && published_ != nullptr) {
    // The fold is ahead of the database, which stands where it was published last.
    std::lock_guard lock(mutex_);
    published->position = published_->position;
    published->recorded_at = published_->recorded_at;
  }
  for (const LiveView& view : store_.views()) {
    published->views.push_back({view.stored, view.tables});
  }
  const eventstore::LogPosition position = published->position;
  std::shared_ptr<const Published> old;
  {
    std::lock_guard lock(mutex_);
    old = std::move(published_);
    published_ = std::move(published);
    moved_ = absl::Now();
  }
  waiters_.Advance(position);
}

uint32_t Runner::NewGeneration() { return next_generation_++; }

absl::Status Runner::Replace(std::vector<Replacement> views) {
  DAYBOOK_RETURN_IF_ERROR(database_.errors()->failure());
  std::vector<ViewTables> old;
  for (Replacement& replacement : views) {
    LiveView& live = store_.views()[replacement.number];
    if (live.tables.now != nullptr) old.push_back(live.tables);
    live = std::move(replacement.view);
    fold_.Attach(replacement.number);
  }
  // The old rows go only when the new ones are named on disk.
  if (const absl::Status status = FlushAll(true); !status.ok()) {
    database_.errors()->Fail(status);
    return status;
  }
  Publish();
  return database_.DropTables(old);
}

std::vector<bool> Runner::DamagedViews(const std::map<std::string, absl::Status>& tables) const {
  std::vector<bool> damaged;
  bool any = false;
  for (const LiveView& view : store_.views()) {
    bool found = false;
    for (const auto& table : {view.tables.now, view.tables.history, view.tables.personal}) {
      found |= table != nullptr && tables.contains(table->name());
    }
    damaged.push_back(found);
    any |= found;
  }
  if (damaged[0]) damaged.assign(damaged.size(), true);
  if (!any) damaged.clear();
  return damaged;
}

absl::Status Runner::TakeOut(const std::vector<bool>& views, const absl::Status& error, bool keep) {
  DAYBOOK_RETURN_IF_ERROR(database_.errors()->failure());
  std::vector<ViewTables> old;
  for (size_t i = views.size(); i-- > 0;) {
    if (!views[i]) continue;
    LiveView& view = store_.views()[i];
    if (fold_.attached(i)) fold_.Detach(i, error);
    if (keep) {
      // MakeCheckpoint tells the others.
      if (view.stored.state == ViewState::kDetached)
        view.stored.error = std::string(error.message());
      continue;
    }
    if (view.tables.now != nullptr) old.push_back(std::exchange(view.tables, {}));
    StoredView fresh;
    fresh.name = view.stored.name;
    fresh.version = view.stored.version;
    fresh.generation = NewGeneration();
    fresh.state = ViewState::kBuilding;
    fresh.error = std::string(error.message());
    view.stored = std::move(fresh);
  }
  if (const absl::Status status = store_.Commit(MakeCheckpoint()); !status.ok()) {
    database_.errors()->Fail(status);
    return status;
  }
  Publish();
  return database_.DropTables(old);
}

void Runner::FailBuilding(const absl::Status& error) {
  for (LiveView& view : store_.views()) {
    if (view.stored.state != ViewState::kBuilding) continue;
    view.stored.state = ViewState::kDetached;
    view.stored.error = std::string(error.message());
  }
  // Not stored: the next start tries again.
  Publish();
}

void Runner::MoveTo(eventstore::LogPosition position, absl::Time recorded_at) {
  DAYBOOK_CHECK(!fold_.any_attached(), "live views follow the log");
  fold_.StartAt(position);
  recorded_at_ = recorded_at;
}

}  // namespace daybook::projections
