#include "services/connections.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "domain/base/deadline.h"
#include "services/logging.h"

namespace daybook::services {
namespace {

// At the speed of loopback some 10 MiB arrive in between.
constexpr std::chrono::milliseconds kLookAtUnauthenticated{10};
constexpr std::chrono::milliseconds kLookAtAll{500};
constexpr absl::Duration kLogInterval = absl::Seconds(10);
constexpr size_t kIpv6NetworkBytes = 8;  // a /64 is one peer

struct Names {
  std::string name;  // address and port
  std::string peer;
};

std::string Text(int family, const void* address) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, address, text, sizeof(text));
  return text;
}

Names NamesOf(const sockaddr_storage& address, uint64_t number) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4 = {};
    std::memcpy(&v4, &address, sizeof(v4));
    const std::string text = Text(AF_INET, &v4.sin_addr);
    const bool loopback = (ntohl(v4.sin_addr.s_addr) >> IN_CLASSA_NSHIFT) == IN_LOOPBACKNET;
    return {absl::StrCat(text, ":", ntohs(v4.sin_port)), loopback ? "loopback" : text};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6 = {};
    std::memcpy(&v6, &address, sizeof(v6));
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      sockaddr_storage mapped = {};
      sockaddr_in v4 = {};
      v4.sin_family = AF_INET;
      v4.sin_port = v6.sin6_port;
      std::memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, sizeof(v4.sin_addr));
      std::memcpy(&mapped, &v4, sizeof(v4));
      return NamesOf(mapped, number);
    }
    const std::string name =
        absl::StrCat("[", Text(AF_INET6, &v6.sin6_addr), "]:", ntohs(v6.sin6_port));
    if (IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) return {name, "loopback"};
    in6_addr network = v6.sin6_addr;
    std::fill(network.s6_addr + kIpv6NetworkBytes, network.s6_addr + sizeof(network.s6_addr), 0);
    return {name, absl::StrCat(Text(AF_INET6, &network), "/64")};
  }
  return {absl::StrCat("unix:", number), ""};
}

// "ipv4:127.0.0.1:80" and "ipv6:%5Bfe80::1%25eth0%5D:80" to the names above.
std::string NameOfGrpcPeer(absl::string_view peer) {
  if (absl::ConsumePrefix(&peer, "ipv4:")) return std::string(peer);
  if (!absl::ConsumePrefix(&peer, "ipv6:")) return "";
  std::string name = absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
  const size_t scope = name.find('%');
  if (scope != std::string::npos) name.erase(scope, name.find(']', scope) - scope);
  return name;
}

// Bytes received on a connection since it was opened; `fallback` when that cannot be told.
uint64_t BytesReceived(int fd, uint64_t fallback) {
  tcp_info info = {};
  socklen_t size = sizeof(info);
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return fallback;
  return info.tcpi_bytes_received;
}

ConnectionLimits Completed(ConnectionLimits limits) {
  if (limits.per_peer == 0) limits.per_peer = std::max<size_t>(1, limits.total / 2);
  limits.per_peer = std::min(limits.per_peer, limits.total);
  limits.unauthenticated =
      std::clamp<size_t>(limits.total / 2, 1, std::max<size_t>(1, limits.unauthenticated));
  limits.unauthenticated_per_peer = std::clamp<size_t>(
      limits.per_peer / 2, 1, std::max<size_t>(1, limits.unauthenticated_per_peer));
  return limits;
}

}  // namespace

absl::string_view NameOf(ConnectionEnd end) {
  switch (end) {
    case ConnectionEnd::kTotal:
      return "total";
    case ConnectionEnd::kPerPeer:
      return "per_peer";
    case ConnectionEnd::kUnauthenticated:
      return "unauthenticated";
    case ConnectionEnd::kIdle:
      return "idle";
    case ConnectionEnd::kBytes:
      return "bytes";
  }
  return "";
}

Connections::Connections(const ConnectionLimits& limits)
    : limits_(Completed(limits)),
      held_(open("/dev/null", O_RDONLY | O_CLOEXEC)),
      null_(open("/dev/null", O_RDONLY | O_CLOEXEC)),
      thread_([this] { Run(); }) {}

Connections::~Connections() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  close(held_);
  close(null_);
}

bool Connections::Admit(int fd, const sockaddr_storage& peer) {
  struct stat identity = {};
  if (fstat(fd, &identity) != 0) return false;
  std::lock_guard lock(mutex_);
  Connection connection;
  connection.number = next_number_++;
  connection.socket = {fd, identity.st_dev, identity.st_ino};
  const Names names = NamesOf(peer, connection.number);
  connection.peer = names.peer;
  connection.authenticated = names.peer.empty();
  // A port that is used again: the connection that had it is gone.
  const auto before = table_.find(names.name);
  if (before != table_.end()) Forget(before);
  if (!MakeRoomFor(names.peer)) return false;
  connection.accepted = connection.heard = DeadlineNow();
  if (!connection.authenticated) {
    if (unauthenticated_.empty()) wake_.notify_all();
    unauthenticated_.emplace(connection.number, names.name);
  }
  ++per_peer_[names.peer];
  table_.emplace(names.name, std::move(connection));
  return true;
}

bool Connections::MakeRoomFor(const std::string& peer) {
  // Unix domain sockets have no peer to be counted by.
  const size_t of_peer = peer.empty() ? 0 : per_peer_[peer];
  if (of_peer >= limits_.per_peer && !CloseOldest(&peer, ConnectionEnd::kUnauthenticated)) {
    ++ended_[static_cast<size_t>(ConnectionEnd::kPerPeer)];
    return false;
  }
  size_t unauthenticated_of_peer = 0;
  for (const auto& [number, name] : unauthenticated_) {
    unauthenticated_of_peer += table_.find(name)->second.peer == peer ? 1 : 0;
  }
  if (!peer.empty() && unauthenticated_of_peer >= limits_.unauthenticated_per_peer) {
    CloseOldest(&peer, ConnectionEnd::kUnauthenticated);
  } else if (!peer.empty() && unauthenticated_.size() >= limits_.unauthenticated) {
    CloseOldest(nullptr, ConnectionEnd::kUnauthenticated);
  }
  if (table_.size() >= limits_.total) CloseOldest(nullptr, ConnectionEnd::kUnauthenticated);
  // What gRPC has not closed yet still has its descriptor.
  if (table_.size() + closing_.size() < limits_.total) return true;
  std::erase_if(closing_, [](const Socket& socket) { return !IsOpen(socket); });
  if (table_.size() + closing_.size() < limits_.total) return true;
  ++ended_[static_cast<size_t>(ConnectionEnd::kTotal)];
  return false;
}

bool Connections::CloseOldest(const std::string* peer, ConnectionEnd end) {
  for (const auto& [number, name] : unauthenticated_) {
    if (peer != nullptr && table_.find(name)->second.peer != *peer) continue;
    Close(std::string(name), end);
    return true;
  }
  return false;
}

void Connections::NoteAuthenticated(absl::string_view grpc_peer) {
  const std::string name = NameOfGrpcPeer(grpc_peer);
  std::lock_guard lock(mutex_);
  const auto it = table_.find(name);
  if (it == table_.end() || it->second.authenticated) return;
  it->second.authenticated = true;
  unauthenticated_.erase(it->second.number);
}

void Connections::MakeRoom() {
  std::lock_guard lock(mutex_);
  CloseOldest(nullptr, ConnectionEnd::kUnauthenticated);
}

Connections::Counts Connections::GetCounts() {
  std::lock_guard lock(mutex_);
  return {table_.size() - unauthenticated_.size(), unauthenticated_.size(), ended_};
}

bool Connections::IsOpen(const Socket& socket) {
  struct stat now = {};
  return fstat(socket.fd, &now) == 0 && now.st_dev == socket.device && now.st_ino == socket.inode;
}

void Connections::Close(const std::string& name, ConnectionEnd end) {
  const auto it = table_.find(name);
  const Socket socket = it->second.socket;
  Forget(it);
  if (!IsOpen(socket)) return;  // ended by itself
  ++ended_[static_cast<size_t>(end)];
  Shutdown(socket);
  closing_.push_back(socket);
}

void Connections::Shutdown(const Socket& socket) {
  // gRPC may close the descriptor at any moment and somebody else get its number: the socket is
  // held by a descriptor of ours while its identity is looked at.
  if (dup3(socket.fd, held_, O_CLOEXEC) != held_) return;
  Socket held = socket;
  held.fd = held_;
  // Ends reads and writes at once, for gRPC too, which then closes its descriptor.
  if (IsOpen(held)) shutdown(held_, SHUT_RDWR);
  dup3(null_, held_, O_CLOEXEC);
}

void Connections::Forget(Table::iterator connection) {
  unauthenticated_.erase(connection->second.number);
  const auto count = per_peer_.find(connection->second.peer);
  if (count != per_peer_.end() && --count->second == 0) per_peer_.erase(count);
  table_.erase(connection);
}

void Connections::CheckUnauthenticated(absl::Time now) {
  uint64_t in_all = 0;
  std::vector<std::pair<uint64_t, std::string>> by_bytes;
  std::vector<std::pair<std::string, ConnectionEnd>> ends;
  for (const auto& [number, name] : unauthenticated_) {
    Connection& connection = table_.find(name)->second;
    const uint64_t bytes = BytesReceived(connection.socket.fd, connection.bytes);
    if (bytes != connection.bytes) connection.heard = now;
    connection.bytes = bytes;
    if (bytes > limits_.unauthenticated_bytes) {
      ends.emplace_back(name, ConnectionEnd::kBytes);
    } else if (now - connection.heard > limits_.unauthenticated_idle ||
               now - connection.accepted > limits_.unauthenticated_age) {
      ends.emplace_back(name, ConnectionEnd::kIdle);
    } else {
      in_all += bytes;
      by_bytes.emplace_back(bytes, name);
    }
  }
  if (in_all > limits_.unauthenticated_bytes_in_all) {
    std::sort(by_bytes.begin(), by_bytes.end(), std::greater<>());
    for (const auto& [bytes, name] : by_bytes) {
      if (in_all <= limits_.unauthenticated_bytes_in_all) break;
      ends.emplace_back(name, ConnectionEnd::kBytes);
      in_all -= bytes;
    }
  }
  for (const auto& [name, end] : ends) Close(name, end);
}

std::vector<Connections::Socket> Connections::SocketsOf(
    std::vector<std::pair<std::string, uint64_t>>* names) {
  std::vector<Socket> sockets;
  std::lock_guard lock(mutex_);
  std::erase_if(closing_, [](const Socket& socket) { return !IsOpen(socket); });
  for (const auto& [name, connection] : table_) {
    names->emplace_back(name, connection.number);
    sockets.push_back(connection.socket);
  }
  return sockets;
}

// Without the lock where it takes time, since every call needs it.
void Connections::ForgetClosed() {
  std::vector<std::pair<std::string, uint64_t>> names;
  const std::vector<Socket> sockets = SocketsOf(&names);
  std::vector<size_t> closed;
  for (size_t i = 0; i < sockets.size(); ++i) {
    if (!IsOpen(sockets[i])) closed.push_back(i);
  }
  std::lock_guard lock(mutex_);
  for (const size_t i : closed) {
    const auto it = table_.find(names[i].first);
    if (it != table_.end() && it->second.number == names[i].second) Forget(it);
  }
}

void Connections::Log() {
  std::array<uint64_t, kConnectionEnds> ended{};
  {
    std::lock_guard lock(mutex_);
    ended = ended_;
  }
  for (size_t i = 0; i < kConnectionEnds; ++i) {
    if (ended[i] == logged_[i]) continue;
    LogWarning("connections were refused or closed at a limit",
               {{"limit", std::string(NameOf(static_cast<ConnectionEnd>(i)))},
                {"connections", absl::StrCat(ended[i] - logged_[i])}});
  }
  logged_ = ended;
}

void Connections::Run() {
  absl::Time swept = DeadlineNow();
  absl::Time logged = swept;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, unauthenticated_.empty() ? kLookAtAll : kLookAtUnauthenticated);
    const absl::Time now = DeadlineNow();
    CheckUnauthenticated(now);
    const bool sweep = now - swept >= absl::FromChrono(kLookAtAll);
    const bool log = now - logged >= kLogInterval;
    if (!sweep && !log) continue;
    lock.unlock();
    if (sweep) {
      ForgetClosed();
      swept = now;
    }
    if (log) {
      Log();
      logged = now;
    }
    lock.lock();
  }
}

}  // namespace daybook::services
