#pragma once

#include <atomic>
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
  // block nor call back here. Returns a ticket for Cancel, or 0, and never calls `ready`, when the
  // head is beyond it already.
  // `ticket`, if not null, gets the same before `ready` can be called.
  uint64_t Wait(eventstore::LogPosition position, std::function<void()> ready,
                std::atomic<uint64_t>* ticket = nullptr);
  // After it returns, `ready` of this ticket is not called any more.
  void Cancel(uint64_t ticket);

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
