#include "eventstore/log_writer.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/rpc/v1/error.pb.h"
#include "domain/base/error.h"

namespace daybook::eventstore {
namespace {

// Groups whose answers are still being given; more of them would only hide that callers are slow.
constexpr size_t kUnansweredGroupsMax = 16;
constexpr int64_t kRetryDelayMs = 50;
constexpr absl::Duration kWaitMax = absl::Hours(24 * 3650);
constexpr int kExitWriteFailed = 70;  // EX_SOFTWARE

[[noreturn]] void DieOf(const absl::Status& status) {
  std::fprintf(stderr,
               "daybook: the log could not be written: %s\n"
               "daybook: stopping now; what was acknowledged is checked at the next start\n",
               std::string(status.message()).c_str());
  std::fflush(stderr);
  std::_Exit(kExitWriteFailed);
}

absl::Status Overloaded(size_t limit) {
  absl::Status status =
      Reject(Reason::REASON_OVERLOADED, "too many commits are waiting: try again later",
             {{"limit", absl::StrCat(limit)}});
  rpc::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(kRetryDelayMs * 1'000'000));
  AddErrorDetail(&status, "google.rpc.RetryInfo", retry);
  return status;
}

}  // namespace

LogWriter::LogWriter(std::unique_ptr<CommitSequencer> sequencer, CommitSink* sink,
                     RecentEvents* recent, const Head& head, Replay replay,
                     const StoreOptions& options)
    : options_(options),
      sequencer_(std::move(sequencer)),
      sink_(*sink),
      recent_(*recent),
      replay_(std::move(replay)),
      head_(head),
      live_(sequencer_->live()) {
  decide_thread_ = std::thread([this] { DecideLoop(); });
  sync_thread_ = std::thread([this] { SyncLoop(); });
  answer_thread_ = std::thread([this] { AnswerLoop(); });
  // At most 15 characters; for top, perf and core dumps.
  pthread_setname_np(decide_thread_.native_handle(), "log-decide");
  pthread_setname_np(sync_thread_.native_handle(), "log-sync");
  pthread_setname_np(answer_thread_.native_handle(), "log-answer");
}

LogWriter::~LogWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  decide_.notify_one();
  decide_thread_.join();
  sync_thread_.join();
  answer_thread_.join();
}

void LogWriter::Append(std::unique_ptr<PreparedCommit> commit) {
  bool stopping = false;
  bool full = false;
  {
    std::lock_guard lock(mutex_);
    stopping = stopping_;
    full = waiting_.load(std::memory_order_relaxed) >= options_.queue_commits;
    if (!stopping && !full) {
      waiting_.fetch_add(1, std::memory_order_relaxed);
      queue_.push_back(std::move(commit));
    }
  }
  if (stopping) {
    Refuse(Reject(Reason::REASON_SHUTTING_DOWN, "the log is being closed"),
           std::move(commit->done));
  } else if (full) {
    Refuse(Overloaded(options_.queue_commits), std::move(commit->done));
  } else {
    decide_.notify_one();
  }
}

void LogWriter::Refuse(absl::Status status, EventStore::AppendDone done) {
  Commits refused;
  refused.push_back(std::make_unique<PreparedCommit>());
  refused.back()->done = std::move(done);
  refused.back()->result = std::move(status);
  PushRefused(std::move(refused));
}

void LogWriter::PushRefused(Commits commits) {
  if (commits.empty()) return;
  {
    std::lock_guard lock(answer_mutex_);
    for (auto& commit : commits) refused_.push_back(std::move(commit));
  }
  answer_.notify_one();
}

void LogWriter::AnswerRefused(std::unique_ptr<PreparedCommit> commit) {
  Commits at_once;
  {
    std::lock_guard lock(mutex_);
    if (commit->rests_on_batch > durable_batch_) {
      rests_.push_back(std::move(commit));
      return;
    }
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  at_once.push_back(std::move(commit));
  PushRefused(std::move(at_once));
}

bool LogWriter::GroupFull(const Group& group) const {
  return group.commits.size() >= options_.group_commits || group.bytes >= options_.group_bytes;
}

void LogWriter::FillGroup(std::deque<std::unique_ptr<PreparedCommit>>* taken, Group* group) {
  while (!taken->empty() && !GroupFull(*group)) {
    std::unique_ptr<PreparedCommit> commit = std::move(taken->front());
    taken->pop_front();
    sequencer_->Place(commit.get(), &group->batch, &group->values);
    // What rests on this very batch is answered with it, in its place.
    if (!commit->result.ok() && commit->rests_on_batch != sequencer_->batch()) {
      AnswerRefused(std::move(commit));
      continue;
    }
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    group->bytes += commit->bytes;
    group->commits.push_back(std::move(commit));
  }
}

// A group is handed over as soon as the disk is free; while it is busy, the next group grows.
void LogWriter::DecideLoop() {
  std::deque<std::unique_ptr<PreparedCommit>> taken;
  auto group = std::make_unique<Group>();
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto can_fill = [&] { return (!queue_.empty() || !taken.empty()) && !GroupFull(*group); };
    const auto can_hand_over = [&] {
      return !group->commits.empty() && handed_ == nullptr && !syncing_;
    };
    const auto ended = [&] {
      return stopping_ && queue_.empty() && taken.empty() && group->commits.empty();
    };
    decide_.wait(lock, [&] { return can_fill() || can_hand_over() || ended(); });
    if (ended()) break;
    if (can_fill()) {
      for (auto& commit : queue_) taken.push_back(std::move(commit));
      queue_.clear();
      lock.unlock();
      FillGroup(&taken, group.get());
      lock.lock();
    }
    if (can_hand_over()) {
      group->number = sequencer_->Close(&group->batch);
      group->live = sequencer_->live();
      handed_ = std::move(group);
      group = std::make_unique<Group>();
      sync_.notify_one();
    }
  }
  deciding_ended_ = true;
  sync_.notify_one();
}

void LogWriter::SyncLoop() {
  std::unique_lock lock(mutex_);
  bool settled = true;
  for (;;) {
    const auto due = [&] { return handed_ != nullptr || deciding_ended_; };
    if (settled) {
      sync_.wait(lock, due);
    } else if (!sync_.wait_for(lock, kSettleAfter, due)) {
      lock.unlock();
      if (absl::Status status = sink_.Settle(); !status.ok()) DieOf(status);
      settled = true;
      lock.lock();
      continue;
    }
    if (handed_ == nullptr) break;
    std::unique_ptr<Group> group = std::move(handed_);
    syncing_ = true;
    lock.unlock();
    if (absl::Status status = sink_.Write(group->batch); !status.ok()) DieOf(status);
    settled = false;
    Publish(*group);
    lock.lock();
    durable_batch_ = group->number;
    for (auto& commit : rests_) {
      if (commit->rests_on_batch > durable_batch_) continue;
      waiting_.fetch_sub(1, std::memory_order_relaxed);
      group->commits.push_back(std::move(commit));
    }
    std::erase(rests_, nullptr);
    lock.unlock();
    {
      std::unique_lock answers(answer_mutex_);
      answered_.wait(answers, [&] { return answers_.size() < kUnansweredGroupsMax; });
      answers_.push_back(std::move(group));
    }
    answer_.notify_one();
    lock.lock();
    syncing_ = false;
    decide_.notify_one();
  }
  lock.unlock();
  std::lock_guard answers(answer_mutex_);
  syncing_ended_ = true;
  answer_.notify_one();
}

void LogWriter::Publish(const Group& group) {
  recent_.Push(group.values);
  live_.store(group.live, std::memory_order_release);
  bool waiters = false;
  {
    std::lock_guard lock(head_mutex_);
    head_ = group.batch.head;
    waiters = head_waiters_ > 0;
  }
  if (waiters) head_changed_.notify_all();
}

void LogWriter::AnswerLoop() {
  std::unique_lock lock(answer_mutex_);
  for (;;) {
    answer_.wait(lock, [&] { return !answers_.empty() || !refused_.empty() || syncing_ended_; });
    if (answers_.empty() && refused_.empty()) return;
    Commits refused = std::move(refused_);
    refused_.clear();
    std::unique_ptr<Group> group;
    if (!answers_.empty()) {
      group = std::move(answers_.front());
      answers_.pop_front();
    }
    lock.unlock();
    answered_.notify_one();
    Answer(&refused);
    if (group != nullptr) Answer(&group->commits);
    refused.clear();
    group.reset();
    lock.lock();
  }
}

void LogWriter::Answer(Commits* commits) {
  for (std::unique_ptr<PreparedCommit>& commit : *commits) {
    if (commit->repeats.has_value()) commit->result = replay_(*commit->repeats);
    EventStore::AppendDone done = std::move(commit->done);
    done(std::move(commit->result));
    commit.reset();
  }
}

Head LogWriter::head() const {
  std::lock_guard lock(head_mutex_);
  return head_;
}

LogPosition LogWriter::WaitForHead(LogPosition position, absl::Time deadline) const {
  // Bounded, since an infinite wait cannot be expressed to the condition variable.
  const absl::Duration left = std::clamp(deadline - absl::Now(), absl::ZeroDuration(), kWaitMax);
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(left);
  std::unique_lock lock(head_mutex_);
  ++head_waiters_;
  head_changed_.wait_until(lock, end, [&] { return head_.position > position; });
  --head_waiters_;
  return head_.position;
}

}  // namespace daybook::eventstore
