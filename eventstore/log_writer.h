#pragma once

// The one writer of a log: a bounded queue, a thread that decides commits and builds a batch, a
// thread that makes the batch durable while the next one is built, a thread that gives the answers.
// A refusal waits for no disk: it is answered at once, unless it tells of a commit that is not on
// disk yet; then with that one.
// A batch that cannot be made durable ends the process: what was decided on top of it cannot be
// undone, and the disk no longer says what it holds.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "eventstore/commit_sequencer.h"
#include "eventstore/commit_sink.h"
#include "eventstore/recent_events.h"

namespace daybook::eventstore {

// Thread-safe.
class LogWriter {
 public:
  // Answers a repeated request from the log.
  using Replay = std::function<absl::StatusOr<AppendResult>(const RequestRecord&)>;

  // REQUIRES: the pointers outlive this object.
  LogWriter(std::unique_ptr<CommitSequencer> sequencer, CommitSink* sink, RecentEvents* recent,
            const Head& head, Replay replay, const StoreOptions& options);
  // Finishes what is queued, then stops.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void Append(std::unique_ptr<PreparedCommit> commit);
  // Answers without writing, on the thread that gives answers.
  void Refuse(absl::Status status, EventStore::AppendDone done);

  Head head() const;
  LogPosition WaitForHead(LogPosition position, absl::Time deadline) const;
  bool backfill_open() const { return !live_.load(std::memory_order_acquire); }

 private:
  using Commits = std::vector<std::unique_ptr<PreparedCommit>>;
  // What goes to the disk together, and refusals that tell of it.
  struct Group {
    Commits commits;
    uint64_t number = 0;  // of the batch
    CommitBatch batch;
    std::vector<StoredValue> values;
    size_t bytes = 0;
    bool live = false;
  };

  void DecideLoop();
  void SyncLoop();
  void AnswerLoop();
  bool GroupFull(const Group& group) const;
  void FillGroup(std::deque<std::unique_ptr<PreparedCommit>>* taken, Group* group);
  void Publish(const Group& group);
  // Answers a commit that was not accepted, once what it rests on is on disk.
  void AnswerRefused(std::unique_ptr<PreparedCommit> commit);
  void PushRefused(Commits commits);
  void Answer(Commits* commits);

  const StoreOptions options_;
  std::unique_ptr<CommitSequencer> sequencer_;
  CommitSink& sink_;
  RecentEvents& recent_;
  const Replay replay_;

  // Queue and hand-over to the sync thread.
  std::mutex mutex_;
  std::condition_variable decide_;
  std::condition_variable sync_;
  Commits queue_;
  std::unique_ptr<Group> handed_;
  bool syncing_ = false;
  bool deciding_ended_ = false;
  bool stopping_ = false;
  std::atomic<size_t> waiting_{0};  // in the queue, and in rests_
  uint64_t durable_batch_ = 0;
  Commits rests_;  // refused; waiting for the batch that they rest on

  // Answers. Those that were refused have a list of their own, so that many of them do not keep the
  // thread that syncs from handing over a group.
  std::mutex answer_mutex_;
  std::condition_variable answer_;
  std::condition_variable answered_;
  std::deque<std::unique_ptr<Group>> answers_;
  Commits refused_;
  bool syncing_ended_ = false;

  // The head.
  mutable std::mutex head_mutex_;
  mutable std::condition_variable head_changed_;
  mutable size_t head_waiters_ = 0;
  Head head_;
  std::atomic<bool> live_;

  std::thread decide_thread_;
  std::thread sync_thread_;
  std::thread answer_thread_;
};

}  // namespace daybook::eventstore
