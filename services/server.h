#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/base/clock.h"
#include "eventstore/event_store.h"
#include "projections/views.h"
#include "services/answer_limits.h"
#include "services/computed_limits.h"
#include "services/connections.h"
#include "services/metrics.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace daybook::services {

class AccessPolicy;

struct ServerOptions {
  std::string data_dir;
  std::string listen = "127.0.0.1:7411";  // port 0: any free one
  std::string metrics_listen;             // empty: no metrics port
  std::string tls_certificate;            // PEM files; without them only loopback is served
  std::string tls_key;
  std::string tls_client_ca;  // demands client certificates signed by it
  size_t workers = 2;
  size_t worker_queue = 4096;
  size_t memory_quota_bytes = 512 << 20;  // for gRPC's own buffers
  ConnectionLimits connections;
  AnswerLimits answers;
  ComputedLimits computed;
  eventstore::StoreOptions store;
  projections::ViewsOptions views;
  // For benchmarks: served beside ours on the same port, outlive the server; and told of every
  // finished call of ours.
  std::vector<grpc::Service*> extra_services;
  CallObserver observe_call;
  // For tests: who may do what, other than the roles say.
  std::function<std::unique_ptr<AccessPolicy>()> access;
};

// A running daybookd. Thread-safe.
class Server {
 public:
  virtual ~Server() = default;
  // Opens the data directory and serves. Errors: DATA_DIRECTORY, DATA_LOSS; UNAVAILABLE when the
  // port is taken; INVALID_ARGUMENT for plaintext on an address that is not loopback.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, Clock& clock,
                                                       Random& random);
  virtual int port() const = 0;
  virtual int metrics_port() const = 0;  // 0: none
  // Stops taking calls, lets those under way finish for `grace`, closes views and log. Idempotent.
  virtual void Stop(absl::Duration grace) = 0;
};

}  // namespace daybook::services
