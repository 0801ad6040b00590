#pragma once

// The connections that the server has accepted: how many there may be, in all, of one peer and of
// peers that have not shown a key, and what those may cost. gRPC has no hook for any of this, so
// sockets are accepted here (services/listener.h) and only then handed to it.

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daybook::services {

// What is not given is derived from the limit on open files (services/descriptors.h).
struct ConnectionLimits {
  size_t total = 0;     // 0: what the limit on open files leaves, at most 10,000
  size_t per_peer = 0;  // 0: half of the total. All of loopback is one peer, and so is an IPv6 /64.

  // Connections on which no call with a valid key has arrived.
  size_t unauthenticated = 512;                    // never more than half of the total
  size_t unauthenticated_per_peer = 256;           // never more than half of what a peer may have
  size_t unauthenticated_bytes = 8 << 20;          // received on one of them
  size_t unauthenticated_bytes_in_all = 32 << 20;  // received on all of them that are open
  absl::Duration unauthenticated_idle = absl::Seconds(20);  // without a byte
  absl::Duration unauthenticated_age = absl::Seconds(120);
};

// Why a connection was closed, or not taken.
enum class ConnectionEnd {
  kTotal,            // no room, and none without a key to close instead
  kPerPeer,          // the same for one peer
  kUnauthenticated,  // the oldest one without a key made room for another
  kIdle,             // without a key and silent, or too old
  kBytes,            // too many bytes without a key
};
inline constexpr size_t kConnectionEnds = 5;
absl::string_view NameOf(ConnectionEnd end);

// Thread-safe. Has a thread that looks at the sockets: every few milliseconds at those without a
// key, twice a second at the others, to see which have been closed by gRPC.
class Connections {
 public:
  explicit Connections(const ConnectionLimits& limits);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Whether a socket just accepted from `peer` may stay. When there is no room, the oldest
  // connection without a key makes room; false when there is none. The caller closes what may not
  // stay and hands the rest to gRPC, which owns the descriptor: here only its number and the
  // identity of the socket behind it are kept. Unix domain sockets count towards the total only:
  // who may open them is a matter of file permissions.
  bool Admit(int fd, const sockaddr_storage& peer);
  // A call with a valid key arrived from this peer, as grpc::ServerContext::peer() names it.
  void NoteAuthenticated(absl::string_view grpc_peer);
  // Closes the oldest connection without a key, if any: descriptors have run out.
  void MakeRoom();

  struct Counts {
    size_t authenticated = 0;
    size_t unauthenticated = 0;
    std::array<uint64_t, kConnectionEnds> ended{};  // since the start
  };
  Counts GetCounts();
  const ConnectionLimits& limits() const { return limits_; }

 private:
  // Identity of a socket: a descriptor's number may be another's a moment later.
  struct Socket {
    int fd = -1;
    dev_t device = 0;
    ino_t inode = 0;
  };
  struct Connection {
    uint64_t number = 0;  // in order of arrival
    Socket socket;
    std::string peer;
    bool authenticated = false;
    absl::Time accepted;
    absl::Time heard;  // when `bytes` grew last
    uint64_t bytes = 0;
  };
  using Table = absl::flat_hash_map<std::string, Connection>;

  static bool IsOpen(const Socket& socket);
  void Run();
  void Log();
  std::vector<Socket> SocketsOf(std::vector<std::pair<std::string, uint64_t>>* names);
  void ForgetClosed();

  // REQUIRES for all below: mutex_ is held.
  bool MakeRoomFor(const std::string& peer);
  bool CloseOldest(const std::string* peer, ConnectionEnd end);
  void CheckUnauthenticated(absl::Time now);
  void Close(const std::string& name, ConnectionEnd end);
  void Shutdown(const Socket& socket);
  void Forget(Table::iterator connection);

  const ConnectionLimits limits_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Table table_;  // by remote address and port
  absl::flat_hash_map<std::string, size_t> per_peer_;
  std::map<uint64_t, std::string> unauthenticated_;  // names, in order of arrival
  std::vector<Socket> closing_;                      // shut down here, not closed by gRPC yet
  uint64_t next_number_ = 1;
  std::array<uint64_t, kConnectionEnds> ended_{};
  std::array<uint64_t, kConnectionEnds> logged_{};
  // A descriptor held so that another one's socket can be held while it is looked at and shut down.
  int held_ = -1;
  int null_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace daybook::services
