#include "services/head_watcher.h"

#include "absl/time/clock.h"

namespace daybook::services {
namespace {

// How long the watcher sleeps before it looks whether it should end.
constexpr absl::Duration kLook = absl::Milliseconds(200);

}  // namespace

HeadWatcher::HeadWatcher(eventstore::EventStore& store)
    : store_(store), thread_([this] { Run(); }) {}

HeadWatcher::~HeadWatcher() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  thread_.join();
}

uint64_t HeadWatcher::Wait(eventstore::LogPosition position, std::function<void()> ready,
                           std::atomic<uint64_t>* ticket_out) {
  std::lock_guard lock(mutex_);
  if (store_.GetHead().position > position) return 0;
  const uint64_t ticket = next_ticket_++;
  if (ticket_out != nullptr) ticket_out->store(ticket);
  waiting_.emplace(ticket, std::pair(position, std::move(ready)));
  return ticket;
}

void HeadWatcher::Cancel(uint64_t ticket) {
  std::lock_guard lock(mutex_);
  waiting_.erase(ticket);
}

void HeadWatcher::Run() {
  eventstore::LogPosition seen = store_.GetHead().position;
  while (true) {
    const eventstore::LogPosition head = store_.WaitForHead(seen, absl::Now() + kLook);
    seen = head;
    std::lock_guard lock(mutex_);
    if (closing_) return;
    // Under the lock, so that Cancel means what it says; `ready` only queues work.
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->second.first < head) {
        it->second.second();
        it = waiting_.erase(it);
      } else {
        ++it;
      }
    }
  }
}

}  // namespace daybook::services
