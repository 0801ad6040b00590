#include "services/listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "domain/base/status_macros.h"
#include "services/logging.h"

namespace daybook::services {
namespace {

constexpr int kBacklog = 1024;
constexpr int kAcceptsInARow = 64;
constexpr std::chrono::seconds kProbeInterval{2};
// The accepting thread has to show itself even when nobody connects.
constexpr int kPollMs = 1000;
constexpr absl::Duration kPause = absl::Milliseconds(10);
constexpr absl::Duration kSilentMax = absl::Seconds(10);

absl::Status Unavailable(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

uint16_t* PortOf(sockaddr_storage& address) {
  if (address.ss_family == AF_INET) return &reinterpret_cast<sockaddr_in&>(address).sin_port;
  return &reinterpret_cast<sockaddr_in6&>(address).sin6_port;
}

// Where to connect to reach a socket that listens on `address`.
sockaddr_storage Reachable(sockaddr_storage address) {
  if (address.ss_family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    if (v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else if (address.ss_family == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    if (IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr)) v6.sin6_addr = in6addr_loopback;
  }
  return address;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(const std::string& address) {
  std::unique_ptr<Listener> listener(new Listener());
  DAYBOOK_RETURN_IF_ERROR(listener->Bind(address));
  if (pipe2(listener->wake_, O_CLOEXEC | O_NONBLOCK) != 0) return Unavailable("pipe");
  listener->spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  listener->proven_ns_ = absl::GetCurrentTimeNanos();
  return listener;
}

Listener::~Listener() {
  Stop();
  for (const int fd : {wake_[0], wake_[1], spare_}) {
    if (fd >= 0) close(fd);
  }
}

absl::Status Listener::Bind(const std::string& address) {
  if (absl::StartsWith(address, "unix:")) {
    unix_path_ = address.substr(sizeof("unix:") - 1);
    Endpoint endpoint;
    auto& local = reinterpret_cast<sockaddr_un&>(endpoint.address);
    if (unix_path_.empty() || unix_path_.size() >= sizeof(local.sun_path)) {
      return absl::InvalidArgumentError(absl::StrCat("not the path of a socket: ", address));
    }
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, unix_path_.c_str(), unix_path_.size() + 1);
    endpoint.size = sizeof(local);
    endpoints_.push_back(endpoint);
    return Listen(endpoints_.back());
  }
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port < 0 || port > UINT16_MAX) {
    return absl::InvalidArgumentError(absl::StrCat("not HOST:PORT: ", address));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return absl::UnavailableError(absl::StrCat(host, ": ", gai_strerror(error)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  absl::Status status = absl::UnavailableError("no address");
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    Endpoint endpoint;
    std::memcpy(&endpoint.address, info->ai_addr, info->ai_addrlen);
    endpoint.size = info->ai_addrlen;
    // The port that the first address got is the port of all.
    *PortOf(endpoint.address) = htons(static_cast<uint16_t>(port_ != 0 ? port_ : port));
    const absl::Status listening = Listen(endpoint);
    if (!listening.ok()) {
      // A name may have an address of a family that this machine does not speak.
      if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) return listening;
      if (endpoints_.empty()) status = listening;
      continue;
    }
    status = absl::OkStatus();
    port_ = ntohs(*PortOf(endpoint.address));
    endpoints_.push_back(endpoint);
  }
  if (status.ok()) {
    own_ = Reachable(endpoints_.front().address);
    own_size_ = endpoints_.front().size;
  }
  return status;
}

absl::Status Listener::Listen(Endpoint& endpoint) {
  const int family = endpoint.address.ss_family;
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Unavailable("socket");
  const int on = 1;
  const int off = 0;
  if (family == AF_UNIX) {
    const char* path = reinterpret_cast<sockaddr_un&>(endpoint.address).sun_path;
    struct stat entry = {};
    if (stat(path, &entry) == 0 && S_ISSOCK(entry.st_mode)) unlink(path);
  } else {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  auto* address = reinterpret_cast<sockaddr*>(&endpoint.address);
  if (bind(fd, address, endpoint.size) != 0 || listen(fd, kBacklog) != 0) {
    const absl::Status status = Unavailable("bind");
    const int error = errno;
    close(fd);
    errno = error;
    return status;
  }
  socklen_t size = sizeof(endpoint.address);
  if (family != AF_UNIX) getsockname(fd, address, &size);
  endpoint.fd = fd;
  return absl::OkStatus();
}

void Listener::Start(Handlers handlers) {
  handlers_ = std::move(handlers);
  proven_ns_ = absl::GetCurrentTimeNanos();
  accepting_ = std::thread([this] { Accept(); });
  watching_ = std::thread([this] { Watch(); });
}

void Listener::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopping_changed_.notify_all();
  if (wake_[1] >= 0) (void)!write(wake_[1], "x", 1);
  if (accepting_.joinable()) accepting_.join();
  if (watching_.joinable()) watching_.join();
  for (Endpoint& endpoint : endpoints_) {
    if (endpoint.fd >= 0) close(endpoint.fd);
    endpoint.fd = -1;
  }
  if (!unix_path_.empty() && !endpoints_.empty()) unlink(unix_path_.c_str());
  endpoints_.clear();
}

absl::Duration Listener::SilentFor() const {
  return absl::Nanoseconds(absl::GetCurrentTimeNanos() - proven_ns_.load());
}

void Listener::Accept() {
  while (true) {
    std::vector<pollfd> waits = {{wake_[0], POLLIN, 0}};
    for (const Endpoint& endpoint : endpoints_) waits.push_back({endpoint.fd, POLLIN, 0});
    poll(waits.data(), waits.size(), kPollMs);
    if (waits[0].revents != 0) return;
    // Where the watch cannot connect, that this thread goes round is all there is to know.
    if (!unix_path_.empty()) proven_ns_ = absl::GetCurrentTimeNanos();
    for (size_t i = 0; i < endpoints_.size(); ++i) {
      if (waits[i + 1].revents != 0 || endpoints_[i].fd < 0) AcceptFrom(endpoints_[i]);
    }
  }
}

void Listener::AcceptFrom(Endpoint& endpoint) {
  for (int i = 0; i < kAcceptsInARow; ++i) {
    sockaddr_storage peer = {};
    socklen_t size = sizeof(peer);
    const int fd = accept4(endpoint.fd, reinterpret_cast<sockaddr*>(&peer), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      proven_ns_ = absl::GetCurrentTimeNanos();
      if (IsProbe(peer)) {
        close(fd);
      } else {
        handlers_.accepted(fd, peer);
      }
      continue;
    }
    switch (errno) {
      case EAGAIN:
        return;
      case EMFILE:
      case ENFILE:
        RefuseOne(endpoint);
        return;
      case ENOBUFS:
      case ENOMEM:
        absl::SleepFor(kPause);
        return;
      case EBADF:
      case EINVAL:
      case ENOTSOCK:
        return Reopen(endpoint);
      default:  // of one connection: it went away, or the network did
        continue;
    }
  }
}

// A connection that is left waiting would be tried again and again; one that is closed knows.
void Listener::RefuseOne(const Endpoint& endpoint) {
  if (handlers_.exhausted) handlers_.exhausted();
  if (spare_ >= 0) close(spare_);
  const int fd = accept4(endpoint.fd, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) {
    proven_ns_ = absl::GetCurrentTimeNanos();
    close(fd);
  }
  spare_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (spare_ < 0) absl::SleepFor(kPause);
}

void Listener::Reopen(Endpoint& endpoint) {
  LogError("the listening socket failed; listening again", {{"error", std::strerror(errno)}});
  if (endpoint.fd >= 0) close(endpoint.fd);
  endpoint.fd = -1;
  const absl::Status status = Listen(endpoint);
  if (status.ok()) return;
  LogError("cannot listen again", {{"error", std::string(status.message())}});
  absl::SleepFor(kPause);
}

void Listener::Watch() {
  bool silent = false;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const int probe = Probe();
    lock.lock();
    stopping_changed_.wait_for(lock, kProbeInterval, [this] { return stopping_; });
    if (probe >= 0) close(probe);
    const bool was_silent = silent;
    silent = SilentFor() > kSilentMax;
    if (silent && !was_silent) LogError("no connection is accepted any more");
    if (!silent && was_silent) LogInfo("connections are accepted again");
  }
}

// A connection to ourselves, which the accepting thread knows by its port; -1: none.
int Listener::Probe() {
  if (!unix_path_.empty()) return -1;
  sockaddr_storage target = own_;
  sockaddr_storage local = own_;
  *PortOf(local) = 0;
  const int fd = socket(target.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  socklen_t size = own_size_;
  if (bind(fd, reinterpret_cast<sockaddr*>(&local), size) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) == 0) {
    {
      std::lock_guard lock(mutex_);
      probe_port_ = *PortOf(local);
    }
    connect(fd, reinterpret_cast<sockaddr*>(&target), own_size_);
    return fd;
  }
  close(fd);
  return -1;
}

// A connection of somebody else on this machine from the same port cannot be: the port is taken.
bool Listener::IsProbe(const sockaddr_storage& peer) {
  if (!unix_path_.empty()) return false;
  sockaddr_storage address = peer;
  std::lock_guard lock(mutex_);
  if (peer.ss_family != own_.ss_family || *PortOf(address) != probe_port_) return false;
  if (peer.ss_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in&>(own_).sin_addr.s_addr;
  }
  return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr,
                     &reinterpret_cast<const sockaddr_in6&>(own_).sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace daybook::services
