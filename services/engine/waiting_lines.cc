#include "services/engine/waiting_lines.h"

#include <algorithm>
#include <tuple>

namespace daybook::services {

using eventstore::StreamId;

void RunInTurn(std::function<void()> task) {
  thread_local std::deque<std::function<void()>>* running = nullptr;
  if (running != nullptr) return running->push_back(std::move(task));
  std::deque<std::function<void()>> tasks;
  tasks.push_back(std::move(task));
  running = &tasks;
  while (!tasks.empty()) {
    const std::function<void()> next = std::move(tasks.front());
    tasks.pop_front();
    next();
  }
  running = nullptr;
}

void RunAll(std::vector<std::function<void()>> tasks) {
  for (auto& task : tasks) {
    if (task != nullptr) RunInTurn(std::move(task));
  }
}

bool RaceLines::Standing::Holds(const StreamId& stream) const {
  const auto end = streams.begin() + static_cast<std::ptrdiff_t>(held);
  return std::find(streams.begin(), end, stream) != end;
}

void RaceLines::Enter(Standing* standing, const StreamId& stream, GoOn go_on) {
  const auto before = [](const StreamId& a, const StreamId& b) {
    return std::tie(a.aggregate, a.id) < std::tie(b.aggregate, b.id);
  };
  std::vector<StreamId>& streams = standing->streams;
  const auto place = std::lower_bound(streams.begin(), streams.end(), stream, before);
  if (place == streams.end() || !(*place == stream)) {
    auto next = Leave(standing);
    streams.insert(place, stream);
    RunAll(std::move(next));
  }
  EnterNext(standing, std::move(go_on));
}

void RaceLines::EnterNext(Standing* standing, GoOn go_on) {
  while (standing->held < standing->streams.size()) {
    const auto place = lines_.Enter(standing->streams[standing->held], [this, standing, go_on] {
      ++standing->held;
      EnterNext(standing, go_on);
    });
    if (place == WaitingLines<StreamId>::Place::kWaits) return;
    if (place == WaitingLines<StreamId>::Place::kFull) return go_on(Outcome::kFull);
    ++standing->held;
  }
  go_on(Outcome::kFirst);
}

std::vector<std::function<void()>> RaceLines::Leave(Standing* standing) {
  std::vector<std::function<void()>> next;
  while (standing->held > 0) next.push_back(lines_.Leave(standing->streams[--standing->held]));
  return next;
}

}  // namespace daybook::services
