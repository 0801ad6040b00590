#include "services/health_monitor.h"

#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "services/deps.h"
#include "services/listener.h"
#include "services/logging.h"
#include "services/metrics.h"
#include "services/registry.h"

namespace daybook::services {
namespace {

constexpr std::chrono::milliseconds kInterval{250};
// Behind the head without any progress for so long: something is stuck.
constexpr absl::Duration kStalledMax = absl::Seconds(5);
// Nothing shows for so long that connections are accepted.
constexpr absl::Duration kListenerSilentMax = absl::Seconds(10);

}  // namespace

HealthMonitor::HealthMonitor(const Deps& deps, const Listener& listener,
                             grpc::HealthCheckServiceInterface* health)
    : deps_(deps), listener_(listener), health_(health) {
  Check();
  thread_ = std::thread([this] { Run(); });
}

HealthMonitor::~HealthMonitor() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
  health_->SetServingStatus(false);
}

void HealthMonitor::Run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kInterval, [this] { return closing_; })) {
    lock.unlock();
    Check();
    deps_.metrics.Update(deps_);
    deps_.metrics.SetListenerSilent(listener_.SilentFor());
    lock.lock();
  }
}

void HealthMonitor::Check() {
  const bool writing = deps_.engine.StalledFor() <= kStalledMax;
  const bool stalled = deps_.views.StalledFor() > kStalledMax;
  std::set<std::string> serving;
  for (const projections::ViewStatus& view : deps_.views.Status()) {
    const bool ok = view.state == projections::ViewState::kLive && !stalled;
    if (ok) serving.insert(view.name);
    health_->SetServingStatus(absl::StrCat("view/", view.name), ok);
  }
  // Who is connected already learns that nobody else can be.
  bool all = listener_.SilentFor() <= kListenerSilentMax;
  // Reads are served all the same, so that no service is NOT_SERVING for it.
  all = CheckWritable() && all;
  for (const ServiceRow& row : AllServices()) {
    const bool ok = std::all_of(row.views.begin(), row.views.end(),
                                [&](const std::string& view) { return serving.contains(view); });
    health_->SetServingStatus(row.name, ok && writing);
    all = all && ok && writing;
  }
  health_->SetServingStatus("", all);
}

bool HealthMonitor::CheckWritable() {
  const absl::Status writable = deps_.store.Writable();
  health_->SetServingStatus("log/writing", writable.ok());
  const std::string reason =
      writable.ok() ? "" : std::string(ToStd(ReasonName(ReasonOf(writable))));
  if (reason != refuses_) {
    if (writable.ok()) {
      LogInfo("the log takes commands again");
    } else {
      LogError("the log takes no commands",
               {{"reason", reason}, {"cause", std::string(writable.message())}});
    }
    refuses_ = reason;
  }
  return writable.ok();
}

}  // namespace daybook::services
