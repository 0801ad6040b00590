#pragma once

// Callers that wait for the views to reach a position.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/event_store.h"

namespace daybook::projections {

inline constexpr size_t kWaitersMax = 100'000;

// Thread-safe. Has a thread for deadlines, so that they pass even when nothing is applied.
class Waiters {
 public:
  using Done = std::function<void(absl::Status)>;

  Waiters();
  // Calls everybody with SHUTTING_DOWN.
  ~Waiters();

  // As Views::WaitFor. OVERLOADED when too many wait already.
  void Add(eventstore::LogPosition position, absl::Time deadline, Done done);
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
    Done done;
  };
  using Queue = std::multimap<eventstore::LogPosition, Waiter>;

  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  eventstore::LogPosition applied_ = 0;
  Queue queue_;
  std::multimap<absl::Time, Queue::iterator> deadlines_;
  std::thread thread_;
};

}  // namespace daybook::projections
