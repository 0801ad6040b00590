#include "projections/views.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/recovering_views.h"

namespace daybook::projections {

absl::Status Views::WaitForBlocking(eventstore::LogPosition position, absl::Time deadline) const {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<absl::Status> result;
  WaitFor(position, deadline, [&](absl::Status status) {
    std::lock_guard lock(mutex);
    result = std::move(status);
    ready.notify_one();
  });
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return result.has_value(); });
  return *std::move(result);
}

absl::StatusOr<std::unique_ptr<Views>> Views::Open(const std::string& path,
                                                   eventstore::EventStore& store,
                                                   eventstore::KeyStore& keys,
                                                   const ViewsOptions& options) {
  auto views = std::make_unique<RecoveringViews>(path, store, keys, options);
  DAYBOOK_RETURN_IF_ERROR(views->Start());
  return views;
}

}  // namespace daybook::projections
