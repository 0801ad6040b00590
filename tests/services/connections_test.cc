// How many connections there may be, and who makes room for whom. On real sockets of loopback.

#include "services/connections.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/descriptors.h"
#include "services/listener.h"

namespace daybook::testing {
namespace {

using services::ConnectionEnd;
using services::ConnectionLimits;
using services::Connections;
using services::Listener;

constexpr absl::Duration kSoon = absl::Seconds(10);

template <class Condition>
bool Eventually(const Condition& condition) {
  const absl::Time give_up = absl::Now() + kSoon;
  while (!condition() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(2));
  return condition();
}

int ConnectTo(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

// Whether the other side ended the connection.
bool Ended(int fd) {
  char byte = 0;
  return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

// Both ends of connections that `limits` hold for.
class ConnectionsTest : public ::testing::Test {
 protected:
  ~ConnectionsTest() override {
    listener_->Stop();
    for (const int fd : fds_) close(fd);
  }
  void Begin(const ConnectionLimits& limits) {
    connections_ = std::make_unique<Connections>(limits);
    listener_ = *Listener::Open("127.0.0.1:0");
    listener_->Start({[this](int fd, const sockaddr_storage& peer) {
                        if (!connections_->Admit(fd, peer)) {
                          close(fd);
                          ++refused_;
                          return;
                        }
                        ++admitted_;
                        std::lock_guard lock(mutex_);
                        fds_.push_back(fd);
                      },
                      [] {}});
  }
  // A client's end, when the server's has been admitted or refused.
  int Connect() {
    const int before = admitted_ + refused_;
    const int fd = ConnectTo(listener_->port());
    EXPECT_TRUE(Eventually([&] { return admitted_ + refused_ > before; }));
    std::lock_guard lock(mutex_);
    fds_.push_back(fd);
    return fd;
  }
  void ShowKey(int fd) {
    sockaddr_in own = {};
    socklen_t size = sizeof(own);
    getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
    connections_->NoteAuthenticated(absl::StrCat("ipv4:127.0.0.1:", ntohs(own.sin_port)));
  }
  uint64_t EndedBy(ConnectionEnd end) {
    return connections_->GetCounts().ended[static_cast<size_t>(end)];
  }

  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Listener> listener_;
  std::atomic<int> admitted_ = 0;
  std::atomic<int> refused_ = 0;
  std::mutex mutex_;
  std::vector<int> fds_;
};

TEST_F(ConnectionsTest, TheOldestWithoutAKeyMakesRoomAndThoseWithOneStay) {
  ConnectionLimits limits;
  limits.total = 100;
  limits.unauthenticated_per_peer = 3;
  Begin(limits);
  const int known = Connect();
  ShowKey(known);
  std::vector<int> unknown;
  for (int i = 0; i < 5; ++i) unknown.push_back(Connect());
  EXPECT_TRUE(Eventually([&] { return Ended(unknown[0]) && Ended(unknown[1]); }));
  EXPECT_FALSE(Ended(unknown[2]));
  EXPECT_FALSE(Ended(known));
  EXPECT_EQ(connections_->GetCounts().authenticated, 1u);
  EXPECT_EQ(connections_->GetCounts().unauthenticated, 3u);
  EXPECT_EQ(EndedBy(ConnectionEnd::kUnauthenticated), 2u);
}

TEST_F(ConnectionsTest, BeyondTheLimitsOfAPeerAndInAllNobodyIsTaken) {
  ConnectionLimits limits;
  limits.total = 4;
  limits.per_peer = 2;
  Begin(limits);
  ShowKey(Connect());
  ShowKey(Connect());
  Connect();
  EXPECT_EQ(refused_, 1);
  EXPECT_EQ(EndedBy(ConnectionEnd::kPerPeer), 1u);
}

TEST_F(ConnectionsTest, SilenceAndAgeWithoutAKeyEndAConnection) {
  ConnectionLimits limits;
  limits.total = 10;
  limits.unauthenticated_idle = absl::Milliseconds(200);
  limits.unauthenticated_age = absl::Milliseconds(1500);
  Begin(limits);
  const int silent = Connect();
  const int known = Connect();
  ShowKey(known);
  EXPECT_TRUE(Eventually([&] { return Ended(silent); }));
  EXPECT_FALSE(Ended(known));
  const int talking = Connect();
  int sent = 0;
  EXPECT_TRUE(Eventually([&] {
    sent += send(talking, "x", 1, MSG_NOSIGNAL) == 1 ? 1 : 0;
    absl::SleepFor(absl::Milliseconds(20));
    return Ended(talking);
  }));
  EXPECT_GT(sent, 10) << "who talks lives longer";
  EXPECT_EQ(EndedBy(ConnectionEnd::kIdle), 2u);
}

TEST_F(ConnectionsTest, BytesWithoutAKeyAreBoundedForOneAndInAll) {
  ConnectionLimits limits;
  limits.total = 100;
  limits.unauthenticated_bytes = 50'000;
  limits.unauthenticated_bytes_in_all = 80'000;
  Begin(limits);
  const std::string bytes(30'000, 'x');
  const int one = Connect();
  ASSERT_EQ(send(one, bytes.data(), bytes.size(), MSG_NOSIGNAL), 30'000);
  absl::SleepFor(absl::Milliseconds(100));
  EXPECT_FALSE(Ended(one));
  send(one, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  EXPECT_TRUE(Eventually([&] { return EndedBy(ConnectionEnd::kBytes) == 1; }));
  for (int i = 0; i < 3; ++i) send(Connect(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  EXPECT_TRUE(Eventually([&] { return EndedBy(ConnectionEnd::kBytes) == 2; }));
  EXPECT_EQ(connections_->GetCounts().unauthenticated, 2u);
}

TEST_F(ConnectionsTest, ConnectionsThatEndByThemselvesAreNotCounted) {
  ConnectionLimits limits;
  limits.total = 10;
  Begin(limits);
  ShowKey(Connect());
  ASSERT_EQ(connections_->GetCounts().authenticated, 1u);
  {
    std::lock_guard lock(mutex_);
    for (const int fd : fds_) close(fd);
    fds_.clear();
  }
  EXPECT_TRUE(Eventually([&] { return connections_->GetCounts().authenticated == 0; }));
}

// Names of peers as gRPC gives them, and as they are counted here.
TEST(ConnectionNamesTest, ACallIsFoundByItsPeer) {
  ConnectionLimits limits;
  limits.total = 100;
  Connections connections(limits);
  const auto admit = [&](const char* address, uint16_t port) {
    sockaddr_storage peer = {};
    auto& v6 = reinterpret_cast<sockaddr_in6&>(peer);
    auto& v4 = reinterpret_cast<sockaddr_in&>(peer);
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(port);
    } else {
      inet_pton(AF_INET, address, &v4.sin_addr);
      v4.sin_family = AF_INET;
      v4.sin_port = htons(port);
    }
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_TRUE(connections.Admit(fd, peer));
    return fd;
  };
  struct Row {
    const char* address;
    const char* grpc_peer;
  };
  std::vector<int> fds;
  size_t known = 0;
  for (const Row& row :
       {Row{"::1", "ipv6:%5B::1%5D:80"}, Row{"fe80::2", "ipv6:%5Bfe80::2%25eth0%5D:80"},
        Row{"::ffff:10.0.0.1", "ipv4:10.0.0.1:80"}, Row{"10.0.0.2", "ipv4:10.0.0.2:80"}}) {
    SCOPED_TRACE(row.address);
    fds.push_back(admit(row.address, 80));
    connections.NoteAuthenticated("ipv4:10.0.0.9:80");
    EXPECT_EQ(connections.GetCounts().authenticated, known);
    connections.NoteAuthenticated(row.grpc_peer);
    EXPECT_EQ(connections.GetCounts().authenticated, ++known);
  }
  for (const int fd : fds) close(fd);
}

TEST(DescriptorsTest, FilesKeepTheirShare) {
  EXPECT_EQ(services::ConnectionsThatFit(1024), 512u);
  EXPECT_EQ(services::ConnectionsThatFit(4096), 3072u);
  EXPECT_EQ(services::ConnectionsThatFit(100'000), services::kConnectionsMax);
  EXPECT_EQ(services::ConnectionsThatFit(64), 32u);
}

TEST(ListenerTest, ListensAgainWhenItsSocketFails) {
  auto listener = *Listener::Open("127.0.0.1:0");
  std::atomic<int> accepted = 0;
  listener->Start({[&](int fd, const sockaddr_storage&) {
                     close(fd);
                     ++accepted;
                   },
                   [] {}});
  close(ConnectTo(listener->port()));
  ASSERT_TRUE(Eventually([&] { return accepted == 1; }));
  // The listening socket of this process is made useless.
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    int listening = 0;
    socklen_t size = sizeof(listening);
    sockaddr_in own = {};
    socklen_t own_size = sizeof(own);
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening == 1 &&
        getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) == 0 &&
        ntohs(own.sin_port) == listener->port()) {
      shutdown(fd, SHUT_RDWR);
    }
  }
  EXPECT_TRUE(Eventually([&] {
    const int fd = ConnectTo(listener->port());
    if (fd >= 0) close(fd);
    return accepted > 1;
  }));
}

TEST(ListenerTest, ItShowsWhenNothingIsAcceptedAndThatItIsAgain) {
  auto listener = *Listener::Open("127.0.0.1:0");
  std::promise<void> go;
  const std::shared_future<void> gone_on = go.get_future().share();
  std::atomic<bool> stuck = false;
  listener->Start({[&](int fd, const sockaddr_storage&) {
                     close(fd);
                     stuck = true;
                     gone_on.wait();
                   },
                   [] {}});
  // Nobody connects: it proves by itself that it accepts.
  const absl::Time until = absl::Now() + absl::Seconds(3);
  while (absl::Now() < until) {
    ASSERT_LT(listener->SilentFor(), absl::Seconds(3));
    absl::SleepFor(absl::Milliseconds(100));
  }
  close(ConnectTo(listener->port()));
  ASSERT_TRUE(Eventually([&] { return stuck.load(); }));
  EXPECT_TRUE(Eventually([&] { return listener->SilentFor() > absl::Seconds(3); }));
  go.set_value();
  EXPECT_TRUE(Eventually([&] { return listener->SilentFor() < absl::Seconds(1); }));
}

}  // namespace
}  // namespace daybook::testing
