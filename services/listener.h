#pragma once

// Listens on an address and accepts, whatever happens: gRPC's own listener stops for good when
// descriptors run out once.

#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::services {

// A listener that proves every few seconds that it accepts, by connecting to itself. Thread-safe.
class Listener {
 public:
  struct Handlers {
    // Owns the socket, which does not block and is closed by exec.
    std::function<void(int fd, const sockaddr_storage& peer)> accepted;
    // Descriptors have run out: the next connection is closed, not left waiting.
    std::function<void()> exhausted;
  };

  // Binds and listens. `address` is HOST:PORT (port 0: any free one; every address of a name) or
  // unix:PATH. UNAVAILABLE when the port is taken or the address not of this machine;
  // INVALID_ARGUMENT when it is none.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(const std::string& address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // 0 for a Unix domain socket.
  int port() const { return port_; }
  // Begins to accept, on a thread of its own. Once.
  void Start(Handlers handlers);
  // Stops listening. Idempotent.
  void Stop();
  // For how long nothing shows that connections are accepted: a few seconds at most when all is
  // well.
  absl::Duration SilentFor() const;

 private:
  struct Endpoint {
    sockaddr_storage address = {};
    socklen_t size = 0;
    int fd = -1;
  };

  Listener() = default;
  absl::Status Bind(const std::string& address);
  static absl::Status Listen(Endpoint& endpoint);
  void Accept();
  void AcceptFrom(Endpoint& endpoint);
  void RefuseOne(const Endpoint& endpoint);
  void Reopen(Endpoint& endpoint);
  void Watch();
  int Probe();
  bool IsProbe(const sockaddr_storage& peer);

  std::vector<Endpoint> endpoints_;  // of the accepting thread, once it runs
  sockaddr_storage own_ = {};        // where the watch connects to
  socklen_t own_size_ = 0;
  int port_ = 0;
  std::string unix_path_;
  Handlers handlers_;
  int wake_[2] = {-1, -1};  // a pipe that ends the accepting thread
  int spare_ = -1;          // given up to refuse a connection when descriptors have run out
  std::atomic<int64_t> proven_ns_{0};
  std::mutex mutex_;
  std::condition_variable stopping_changed_;
  bool stopping_ = false;
  uint16_t probe_port_ = 0;  // of the connection to ourselves; 0: none
  std::thread accepting_;
  std::thread watching_;
};

}  // namespace daybook::services
