#include "eventstore/event_store.h"

#include <condition_variable>
#include <mutex>

#include "absl/strings/str_cat.h"

namespace daybook::eventstore {

std::string StreamId::ToString() const { return absl::StrCat(aggregate, "/", id.ToString()); }

absl::StatusOr<StreamId> StreamId::Parse(absl::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == absl::string_view::npos || slash == 0) {
    return absl::InvalidArgumentError("a stream is named <aggregate>/<uuid>");
  }
  const absl::StatusOr<Uuid> id = Uuid::Parse(text.substr(slash + 1));
  if (!id.ok()) return id.status();
  return StreamId{std::string(text.substr(0, slash)), *id};
}

absl::StatusOr<AppendResult> EventStore::AppendAndWait(Commit commit) {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<absl::StatusOr<AppendResult>> result;
  Append(std::move(commit), [&](absl::StatusOr<AppendResult> r) {
    std::lock_guard lock(mutex);
    result = std::move(r);
    ready.notify_one();
  });
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return result.has_value(); });
  return *std::move(result);
}

}  // namespace daybook::eventstore
