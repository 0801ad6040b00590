#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"

namespace daybook::services {

class Connections;
struct Deps;

// Told of a finished call: the descriptor of its request and its server time. Must be quick;
// called on any thread.
using CallObserver = std::function<void(const google::protobuf::Descriptor*, absl::Duration)>;

// Prometheus metrics on a port of their own. Thread-safe; recording a call costs well under a
// microsecond.
class Metrics {
 public:
  explicit Metrics(CallObserver observer);  // may be null
  ~Metrics();

  // One finished call of the method whose request is `request`.
  void RecordCall(const google::protobuf::Descriptor* request, int code, absl::Duration time);
  // Gauges read from the parts of the server at each scrape interval.
  void Update(const Deps& deps);
  // For how long nothing has shown that connections are accepted.
  void SetListenerSilent(absl::Duration silent);
  // Serves /metrics on host:port (port 0: any); returns the port. UNAVAILABLE when it is taken.
  absl::StatusOr<int> Listen(const std::string& address);

 private:
  void UpdateConnections(Connections& connections);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace daybook::services
