#include "services/head_watcher.h"

#include <utility>
#include <vector>

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

uint64_t HeadWatcher::Wait(eventstore::LogPosition position, std::function<void()> ready) {
  std::lock_guard lock(mutex_);
  if (store_.GetHead().position > position) return 0;
  const uint64_t ticket = next_ticket_++;
  waiting_.emplace(ticket, std::pair(position, std::move(ready)));
  return ticket;
}

void HeadWatcher::Cancel(uint64_t ticket) {
  std::function<void()> forgotten;
  std::lock_guard lock(mutex_);
  const auto it = waiting_.find(ticket);
  if (it == waiting_.end()) return;
  // What it holds is freed after the lock.
  forgotten = std::move(it->second.second);
  waiting_.erase(it);
}

size_t HeadWatcher::size() {
  std::lock_guard lock(mutex_);
  return waiting_.size();
}

void HeadWatcher::Run() {
  eventstore::LogPosition seen = store_.GetHead().position;
  while (true) {
    const eventstore::LogPosition head = store_.WaitForHead(seen, absl::Now() + kLook);
    seen = head;
    std::vector<std::function<void()>> ready;
    {
      std::lock_guard lock(mutex_);
      if (closing_) return;
      for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (it->second.first < head) {
          ready.push_back(std::move(it->second.second));
          it = waiting_.erase(it);
        } else {
          ++it;
        }
      }
    }
    for (const std::function<void()>& go_on : ready) go_on();
  }
}

}  // namespace daybook::services
