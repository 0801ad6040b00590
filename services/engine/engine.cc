#include "services/engine/engine.h"

#include <condition_variable>
#include <mutex>

#include "services/engine/overlay.h"

namespace daybook::services {

std::shared_ptr<Overlay> NewOverlay() { return std::make_shared<Overlay>(); }

absl::StatusOr<CommandAnswer> CommandEngine::ExecuteAndWait(CommandCall call) {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<absl::StatusOr<CommandAnswer>> answer;
  Execute(std::move(call), [&](absl::StatusOr<CommandAnswer> a) {
    std::lock_guard lock(mutex);
    answer = std::move(a);
    ready.notify_one();
  });
  std::unique_lock lock(mutex);
  ready.wait(lock, [&] { return answer.has_value(); });
  return *std::move(answer);
}

}  // namespace daybook::services
