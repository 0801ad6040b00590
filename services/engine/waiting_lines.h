#pragma once

// Lines that commands wait in without a thread: behind the one that carries out the same request
// id, and behind the one that may decide on a record that many change at once.

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "eventstore/event_store.h"

namespace daybook::services {

// One line for each key. Thread-safe.
template <typename Key>
class WaitingLines {
 public:
  using GoOn = std::function<void()>;
  enum class Place { kFirst, kWaits, kFull };

  // `waiting_max`: of all lines together.
  explicit WaitingLines(size_t waiting_max) : waiting_max_(waiting_max) {}

  // kFirst: nobody is before the caller, who must Leave. kWaits: `go_on` is handed to whoever
  // leaves before it, and then the caller is first. kFull: neither.
  Place Enter(const Key& key, GoOn go_on) {
    std::lock_guard lock(mutex_);
    const auto [line, opened] = lines_.try_emplace(key);
    if (opened) {
      ++open_;
      return Place::kFirst;
    }
    if (waiting_ >= waiting_max_) return Place::kFull;
    ++waiting_;
    line->second.push_back(std::move(go_on));
    return Place::kWaits;
  }

  // Returns what the next in line goes on with; null when nobody waits. REQUIRES: the caller is
  // first.
  GoOn Leave(const Key& key) {
    std::lock_guard lock(mutex_);
    const auto line = lines_.find(key);
    if (line->second.empty()) {
      lines_.erase(line);
      --open_;
      return nullptr;
    }
    GoOn next = std::move(line->second.front());
    line->second.pop_front();
    --waiting_;
    return next;
  }

  bool HasLine(const Key& key) const {
    if (open_ == 0) return false;
    std::lock_guard lock(mutex_);
    return lines_.contains(key);
  }

 private:
  const size_t waiting_max_;
  mutable std::mutex mutex_;
  size_t waiting_ = 0;
  std::atomic<size_t> open_{0};
  // Who waits, the first one not counted.
  absl::flat_hash_map<Key, std::deque<GoOn>> lines_;
};

// Runs a task, and those that it leads to on this thread after it instead of within it: a long line
// of waiting commands needs no deep stack.
void RunInTurn(std::function<void()> task);
// The same for several; null ones are left out.
void RunAll(std::vector<std::function<void()>> tasks);

// The lines of streams over which races were lost. Whoever lost one decides when nobody else who
// did decides on the stream: each then succeeds at the first or second time, however many they are.
// Thread-safe.
class RaceLines {
 public:
  // Where one command stands; touched by one thread at a time.
  struct Standing {
    std::vector<eventstore::StreamId> streams;  // in order
    size_t held = 0;                            // it is first in the lines of so many of them
    bool Holds(const eventstore::StreamId& stream) const;
  };
  enum class Outcome { kFirst, kFull };
  using GoOn = std::function<void(Outcome)>;

  explicit RaceLines(size_t waiting_max) : lines_(waiting_max) {}

  bool HasLine(const eventstore::StreamId& stream) const { return lines_.HasLine(stream); }
  // Stands in the line of one more stream, or goes on standing where it stands; `go_on` is called
  // when it is first in all of them, at once or on the thread of whoever left. Lines are entered in
  // one order, so that no two commands wait for each other. REQUIRES: `standing` lives as long as
  // `go_on`.
  void Enter(Standing* standing, const eventstore::StreamId& stream, GoOn go_on);
  // Leaves all lines. Returns what those behind it go on with, for RunAll.
  std::vector<std::function<void()>> Leave(Standing* standing);

 private:
  void EnterNext(Standing* standing, GoOn go_on);

  WaitingLines<eventstore::StreamId> lines_;
};

}  // namespace daybook::services
