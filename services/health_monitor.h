#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace grpc {
class HealthCheckServiceInterface;
}  // namespace grpc

namespace daybook::services {

struct Deps;
class Listener;

// Looks at the parts of the server four times a second and tells gRPC health checks: one name per
// service, one per view ("view/sales_board"), "log/writing" for whether appends are taken (the
// clock, the disk, the directory), and "" for the whole. A view that is not live, or a runner that
// is behind without progress, turns the services that answer from it NOT_SERVING; a failed write to
// the views does so for all of them; a listener that does not accept turns "" NOT_SERVING. Also
// refreshes the metrics.
class HealthMonitor {
 public:
  // All outlive it.
  HealthMonitor(const Deps& deps, const Listener& listener,
                grpc::HealthCheckServiceInterface* health);
  // Everything is NOT_SERVING afterwards.
  ~HealthMonitor();

 private:
  void Run();
  void Check();
  bool CheckWritable();

  const Deps& deps_;
  const Listener& listener_;
  grpc::HealthCheckServiceInterface* health_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closing_ = false;
  std::string refuses_;  // why appends are refused, as told last; empty: they are taken
  std::thread thread_;
};

}  // namespace daybook::services
