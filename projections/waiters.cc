#include "projections/waiters.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/deadline.h"
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

Waiters::Waiters(absl::Duration longest) : longest_(longest), thread_([this] { Run(); }) {}

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
    tickets_.clear();
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
    tickets_.clear();
  }
  for (auto& [position, waiter] : left) waiter.done(error);
}

Waiters::Ticket Waiters::Add(eventstore::LogPosition position, absl::Time deadline, Done done) {
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
      deadline = std::min(deadline, DeadlineNow() + longest_);
      const Ticket ticket = next_ticket_++;
      const auto queued = queue_.emplace(position, Waiter{deadline, ticket, std::move(done)});
      tickets_.emplace(ticket, queued);
      const bool first = deadlines_.empty() || deadline < deadlines_.begin()->first.first;
      deadlines_.emplace(std::pair(deadline, ticket), queued);
      if (first) changed_.notify_all();
      return ticket;
    }
  }
  done(std::move(now));
  return 0;
}

void Waiters::Cancel(Ticket ticket) {
  Done done;
  {
    std::lock_guard lock(mutex_);
    const auto waiting = tickets_.find(ticket);
    if (waiting == tickets_.end()) return;
    done = Take(waiting->second);
  }
  done(absl::CancelledError("cancelled"));
}

size_t Waiters::size() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

Waiters::Done Waiters::Take(Queue::iterator waiter) {
  deadlines_.erase({waiter->second.deadline, waiter->second.ticket});
  tickets_.erase(waiter->second.ticket);
  Done done = std::move(waiter->second.done);
  queue_.erase(waiter);
  return done;
}

void Waiters::Advance(eventstore::LogPosition applied) {
  std::vector<Done> reached;
  {
    std::lock_guard lock(mutex_);
    applied_ = applied;
    while (!queue_.empty() && queue_.begin()->first <= applied) {
      reached.push_back(Take(queue_.begin()));
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
    const absl::Time next = deadlines_.begin()->first.first;
    const absl::Time now = DeadlineNow();
    if (now < next) {
      changed_.wait_for(lock, absl::ToChronoNanoseconds(next - now));
      continue;
    }
    const Queue::iterator late = deadlines_.begin()->second;
    const absl::Status status = NotCaughtUp(late->first, applied_);
    Done done = Take(late);
    lock.unlock();
    done(status);
    done = nullptr;  // what it holds is freed without the lock
    lock.lock();
  }
}

}  // namespace daybook::projections
