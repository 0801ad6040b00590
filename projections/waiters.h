#pragma once

// Callers that wait for the views to reach a position.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"

namespace daybook::projections {

inline constexpr size_t kWaitersMax = 100'000;
// Nobody waits longer, whatever the deadline: a position that the views do not reach in this time
// is one that they may never reach.
inline constexpr absl::Duration kWaitMax = absl::Seconds(60);

// Thread-safe. Has a thread for deadlines, so that they pass even when nothing is applied. Each
// `done` is called exactly once, and what it holds is freed with that.
class Waiters {
 public:
  using Done = std::function<void(absl::Status)>;
  using Ticket = uint64_t;  // 0: `done` was called already

  // Nobody waits for longer than `longest`.
  explicit Waiters(absl::Duration longest = kWaitMax);
  // Calls everybody with SHUTTING_DOWN.
  ~Waiters();

  // As Views::WaitFor. OVERLOADED when too many wait already.
  Ticket Add(eventstore::LogPosition position, absl::Time deadline, Done done);
  // Calls `done` of this ticket with CANCELLED, unless it was called, or is being called, already.
  void Cancel(Ticket ticket);
  // How many wait.
  size_t size();
  // Calls everybody with SHUTTING_DOWN, now and from now on. Idempotent.
  void Stop();
  // Calls everybody who waits now with `error`.
  void Fail(const absl::Status& error);
  // Positions up to `applied` are reached; after the views were opened again it may be a lower one
  // than before.
  void Advance(eventstore::LogPosition applied);

 private:
  struct Waiter {
    absl::Time deadline;
    Ticket ticket = 0;
    Done done;
  };
  using Queue = std::multimap<eventstore::LogPosition, Waiter>;

  void Run();
  // Out of all indexes. REQUIRES: mutex_ is held.
  Done Take(Queue::iterator waiter);

  const absl::Duration longest_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  eventstore::LogPosition applied_ = 0;
  Queue queue_;
  std::map<std::pair<absl::Time, Ticket>, Queue::iterator> deadlines_;
  absl::flat_hash_map<Ticket, Queue::iterator> tickets_;
  Ticket next_ticket_ = 1;
  std::thread thread_;
};

}  // namespace daybook::projections
