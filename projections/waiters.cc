#include "projections/waiters.h"

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"

namespace daybook::projections {

namespace {

absl::Status NotCaughtUp(eventstore::LogPosition wanted, eventstore::LogPosition applied) {
  return Reject(Reason::REASON_NOT_CAUGHT_UP,
                absl::StrCat("the views are at position ", applied, " and did not reach ", wanted,
                             " in time"),
                {{"applied", absl::StrCat(applied)}, {"wanted", absl::StrCat(wanted)}});
}

absl::Status ShuttingDown() {
  return Reject(Reason::REASON_SHUTTING_DOWN, "the server is going down");
}

}  // namespace

Waiters::Waiters() : thread_([this] { Run(); }) {}

Waiters::~Waiters() {
  Stop();
  thread_.join();
}

void Waiters::Stop() {
  Queue left;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(queue_);
    deadlines_.clear();
  }
  changed_.notify_all();
  for (auto& [position, waiter] : left) waiter.done(ShuttingDown());
}

void Waiters::Fail(const absl::Status& error) {
  Queue left;
  {
    std::lock_guard lock(mutex_);
    left.swap(queue_);
    deadlines_.clear();
  }
  for (auto& [position, waiter] : left) waiter.done(error);
}

void Waiters::Add(eventstore::LogPosition position, absl::Time deadline, Done done) {
  absl::Status now;
  {
    std::lock_guard lock(mutex_);
    if (applied_ >= position) {
      now = absl::OkStatus();
    } else if (stopping_) {
      now = ShuttingDown();
    } else if (queue_.size() >= kWaitersMax) {
      now = Reject(Reason::REASON_OVERLOADED, "too many calls wait for the views");
    } else {
      const auto queued = queue_.emplace(position, Waiter{deadline, std::move(done)});
      if (deadline == absl::InfiniteFuture()) return;
      const bool first = deadlines_.empty() || deadline < deadlines_.begin()->first;
      deadlines_.emplace(deadline, queued);
      if (first) changed_.notify_all();
      return;
    }
  }
  done(std::move(now));
}

void Waiters::Advance(eventstore::LogPosition applied) {
  std::vector<Done> reached;
  {
    std::lock_guard lock(mutex_);
    applied_ = applied;
    while (!queue_.empty() && queue_.begin()->first <= applied) {
      const auto first = queue_.begin();
      const auto [begin, end] = deadlines_.equal_range(first->second.deadline);
      for (auto it = begin; it != end; ++it) {
        if (it->second != first) continue;
        deadlines_.erase(it);
        break;
      }
      reached.push_back(std::move(first->second.done));
      queue_.erase(first);
    }
  }
  for (Done& done : reached) done(absl::OkStatus());
}

void Waiters::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (deadlines_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const absl::Time next = deadlines_.begin()->first;
    const absl::Time now = absl::Now();
    if (now < next) {
      changed_.wait_for(lock, absl::ToChronoNanoseconds(next - now));
      continue;
    }
    const Queue::iterator late = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    const Done done = std::move(late->second.done);
    const absl::Status status = NotCaughtUp(late->first, applied_);
    queue_.erase(late);
    lock.unlock();
    done(status);
    lock.lock();
  }
}

}  // namespace daybook::projections
