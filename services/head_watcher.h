#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "eventstore/event_store.h"

namespace daybook::services {

// One thread that waits for the log to grow, for any number of followers. Thread-safe.
class HeadWatcher {
 public:
  explicit HeadWatcher(eventstore::EventStore& store);
  ~HeadWatcher();

  // Calls `ready` once, on the watcher's thread, when the head is beyond `position`; it must not
  // block. Returns a ticket for Cancel, or 0, and never calls `ready`, when the head is beyond it
  // already. `ready` may run before Wait returns, and holds what it works on.
  uint64_t Wait(eventstore::LogPosition position, std::function<void()> ready);
  // Forgets `ready` of this ticket, unless it is being called or was. Any number is accepted.
  void Cancel(uint64_t ticket);
  // How many wait.
  size_t size();

 private:
  void Run();

  eventstore::EventStore& store_;
  std::mutex mutex_;
  std::map<uint64_t, std::pair<eventstore::LogPosition, std::function<void()>>> waiting_;
  uint64_t next_ticket_ = 1;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace daybook::services
