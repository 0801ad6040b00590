// Attacks on a data directory with the real programs: a second server, files and folders taken away
// from under a running one, rights and resources that are missing, copies made under load. Whatever
// happens, nothing acknowledged is lost and nothing is deleted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "daybook/party/v1/account_service.grpc.pb.h"
#include "eventstore/data_directory.h"
#include "tests/support/effort.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace fs = std::filesystem;
namespace party = ::daybook::party::v1;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kCannotStart = 3;
constexpr int kShortage = 71;
constexpr int kTimedOut = 124;  // of timeout(1): the server was serving
constexpr auto kPatience = std::chrono::seconds(10);

class RecoveryAttackTest : public ::testing::Test {
 protected:
  RecoveryAttackTest() {
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", dir_, "--organisation", "Test Ltd",
                    "--currency", "USD", "--zone", "UTC"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    std::ifstream(dir_ + "/admin.key") >> key_;
  }

  party::CreateAccountRequest NewRequest() {
    party::CreateAccountRequest request;
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    request.set_name("Mill");
    return request;
  }
  // Creates an account; remembers it once it is acknowledged. Used by one thread at a time.
  grpc::Status Write(const std::shared_ptr<grpc::Channel>& channel) {
    const party::CreateAccountRequest request = NewRequest();
    party::CreateAccountResponse response;
    const grpc::Status status = Send(channel, request, &response);
    if (status.ok()) acknowledged_.emplace_back(request, response.receipt().position());
    return status;
  }
  grpc::Status Send(const std::shared_ptr<grpc::Channel>& channel,
                    const party::CreateAccountRequest& request,
                    party::CreateAccountResponse* response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + key_);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return party::AccountService::NewStub(channel)->CreateAccount(&context, request, response);
  }
  static std::shared_ptr<grpc::Channel> ChannelTo(const DaybookdProcess& server) {
    return grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  }
  // Writes until writing is, or is no longer, possible.
  bool WriteUntil(const std::shared_ptr<grpc::Channel>& channel, bool possible) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < give_up) {
      const grpc::Status status = Write(channel);
      if (status.ok() == possible) {
        return possible || RefusalOf(status).reason == "DATA_DIRECTORY";
      }
    }
    return false;
  }
  // A copy of a program beside the data directory: the tree it was built in may be nobody else's.
  std::string Reachable(const std::string& program) {
    const std::string copy = temp_.path() + "/" + fs::path(program).filename().string();
    if (!fs::exists(copy)) fs::copy_file(program, copy);
    return copy;
  }
  ProgramResult Serve() {
    return RunProgram({DaybookdPath(), "--data-dir", dir_, "--listen", "127.0.0.1:0"});
  }
  // Everything acknowledged is where it was, after a restart.
  void ExpectAllThere() {
    const auto report = eventstore::VerifyLog(dir_, nullptr);
    ASSERT_TRUE(report.ok()) << report.status();
    DaybookdProcess server(dir_);
    ASSERT_TRUE(server.listening()) << server.error();
    const auto channel = ChannelTo(server);
    for (const auto& [request, position] : acknowledged_) {
      party::CreateAccountResponse again;
      ASSERT_TRUE(Send(channel, request, &again).ok());
      ASSERT_EQ(again.receipt().position(), position);
    }
    EXPECT_EQ(server.Terminate(), 0);
  }
  void ExpectNothingPutAside() {
    for (const fs::directory_entry& entry : fs::directory_iterator(dir_)) {
      EXPECT_THAT(entry.path().filename(), Not(HasSubstr("damaged")));
      EXPECT_THAT(entry.path().filename(), Not(HasSubstr("recovery")));
    }
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
  std::string key_;
  SystemClock clock_;
  SystemRandom random_;
  std::vector<std::pair<party::CreateAccountRequest, uint64_t>> acknowledged_;
};

TEST_F(RecoveryAttackTest, SecondServerWithoutTheLockFileHarmsNothing) {
  // Given a server that acknowledges commands
  DaybookdProcess first(dir_);
  ASSERT_TRUE(first.listening()) << first.error();
  std::atomic<bool> stop{false};
  std::thread client([&, channel = ChannelTo(first)] {
    while (!stop) EXPECT_TRUE(Write(channel).ok());
  });
  // When its lock file is removed again and again, and others are started each time
  for (int i = 0; i < Rounds(3, 50); ++i) {
    fs::remove(dir_ + "/lock");
    const ProgramResult second = Serve();
    EXPECT_EQ(second.exit_code, kCannotStart);
    EXPECT_THAT(second.errors, HasSubstr("in use"));
  }
  // Then the server makes its lock file again, and goes on
  fs::remove(dir_ + "/lock");
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!fs::exists(dir_ + "/lock") && std::chrono::steady_clock::now() < give_up) usleep(10'000);
  EXPECT_TRUE(fs::exists(dir_ + "/lock"));
  stop = true;
  client.join();
  EXPECT_TRUE(Write(ChannelTo(first)).ok());
  EXPECT_EQ(first.Terminate(), 0);
  ExpectNothingPutAside();
  EXPECT_GT(acknowledged_.size(), 10u);
  ExpectAllThere();
}

TEST_F(RecoveryAttackTest, ServerWhoseDirectoryIsMovedAwayStopsWriting) {
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  const auto channel = ChannelTo(server);
  ASSERT_TRUE(Write(channel).ok());
  // When another directory stands in its place
  fs::rename(dir_, temp_.path() + "/away");
  fs::copy(temp_.path() + "/away", dir_, fs::copy_options::recursive);
  // Then
  EXPECT_TRUE(WriteUntil(channel, false)) << "refused with DATA_DIRECTORY within seconds";
  fs::remove_all(dir_);
  fs::rename(temp_.path() + "/away", dir_);
  EXPECT_TRUE(WriteUntil(channel, true));
  EXPECT_EQ(server.Terminate(), 0);
  ExpectAllThere();
}

std::map<std::string, uintmax_t> FilesOf(const std::string& folder) {
  std::map<std::string, uintmax_t> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path()] = entry.file_size();
  }
  return files;
}

TEST_F(RecoveryAttackTest, ServerThatStopsTouchesNothingOfTheDirectoryInItsPlace) {
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Write(ChannelTo(server)).ok());
  // When another directory stands in its place before it has ended
  fs::rename(dir_, temp_.path() + "/away");
  fs::copy(temp_.path() + "/away", dir_, fs::copy_options::recursive);
  const auto before = FilesOf(dir_);
  // Then it leaves that alone, and the one that was moved is whole
  EXPECT_EQ(server.Terminate(), kCannotStart);
  EXPECT_EQ(FilesOf(dir_), before);
  fs::remove_all(dir_);
  fs::rename(temp_.path() + "/away", dir_);
  ExpectAllThere();
}

TEST_F(RecoveryAttackTest, FullDiskAtTheStartIsSaid) {
  const std::string disk = temp_.path() + "/disk";
  fs::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=24m") != 0) {
    GTEST_SKIP() << "needs the right to mount a file system (root)";
  }
  fs::copy(dir_, disk + "/data", fs::copy_options::recursive);
  {
    std::ofstream file(disk + "/ballast", std::ios::binary);
    const std::string chunk(4096, 'x');
    while (file.write(chunk.data(), static_cast<std::streamsize>(chunk.size())).flush()) {
    }
  }
  const ProgramResult refused =
      RunProgram({DaybookdPath(), "--data-dir", disk + "/data", "--listen", "127.0.0.1:0"});
  EXPECT_EQ(refused.exit_code, kCannotStart);
  EXPECT_THAT(refused.errors, HasSubstr("free space, and start again"));
  fs::remove(disk + "/ballast");
  {
    DaybookdProcess server(disk + "/data");
    EXPECT_TRUE(server.listening()) << server.error();
    EXPECT_EQ(server.Terminate(), 0);
  }
  umount2(disk.c_str(), MNT_DETACH);
}

// What RunProgram runs as somebody whom modes stop.
std::vector<std::string> AsNobody(std::vector<std::string> arguments) {
  if (geteuid() != 0) return arguments;
  std::vector<std::string> all = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                                  "--clear-groups"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

void GiveToNobody(const std::string& folder) {
  if (geteuid() != 0) return;
  EXPECT_EQ(chown(folder.c_str(), 65534, 65534), 0);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    EXPECT_EQ(lchown(entry.path().c_str(), 65534, 65534), 0);
  }
}

TEST_F(RecoveryAttackTest, FilesWithoutRightsAreNoDamage) {
  {
    DaybookdProcess server(dir_);
    ASSERT_TRUE(Write(ChannelTo(server)).ok());
    ASSERT_EQ(server.Terminate(), 0);
  }
  std::vector<std::string> files;
  for (const char* part : {"", "log/", "keys/"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(dir_ + "/" + part)) {
      const std::string name = entry.path().filename();
      // RocksDB only writes these anew.
      if (name.substr(0, 3) == "LOG" || name.substr(0, 7) == "OPTIONS" || name == "IDENTITY")
        continue;
      if (name != "admin.key" && name != "views" && name != "blobs") files.push_back(part + name);
    }
  }
  // When each of them is taken away from a fresh copy
  const std::string original = temp_.path() + "/original";
  fs::rename(dir_, original);
  int refused = 0;
  for (const std::string& file : files) {
    fs::remove_all(dir_);
    ASSERT_EQ(RunProgram({"/bin/cp", "-a", original, dir_}).exit_code, 0);
    GiveToNobody(temp_.path());
    const fs::perms mode = fs::status(dir_ + "/" + file).permissions();
    fs::permissions(dir_ + "/" + file, fs::perms::none);
    const ProgramResult result =
        RunProgram(AsNobody({"/usr/bin/timeout", "4", Reachable(DaybookdPath()), "--data-dir", dir_,
                             "--listen", "127.0.0.1:0", "--workers", "1"}));
    // Then the start is refused, unless it is a file that RocksDB needs no more
    if (result.exit_code == kCannotStart) {
      ++refused;
      EXPECT_THAT(result.errors, HasSubstr("ermission denied")) << file;
      fs::permissions(dir_ + "/" + file, mode);
    } else {
      EXPECT_EQ(result.exit_code, kTimedOut) << file << ": " << result.errors;
    }
    ExpectNothingPutAside();
    const auto report = eventstore::VerifyLog(dir_, nullptr);
    EXPECT_TRUE(report.ok()) << file << ": " << report.status();
  }
  EXPECT_GT(refused, 12);
  ExpectAllThere();
}

TEST_F(RecoveryAttackTest, ReadOnlyMediaIsVerified) {
  // Given a directory in which nobody may write anything
  {
    DaybookdProcess server(dir_);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(Write(ChannelTo(server)).ok());
    ASSERT_EQ(server.Terminate(), 0);
  }
  fs::remove(dir_ + "/lock");
  GiveToNobody(temp_.path());
  const auto restrict = [&](fs::perms folder, fs::perms file) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir_)) {
      fs::permissions(entry.path(), entry.is_directory() ? folder : file);
    }
    fs::permissions(dir_, folder);
  };
  restrict(fs::perms::owner_read | fs::perms::owner_exec, fs::perms::owner_read);
  const auto list = [&] {
    std::map<std::string, fs::file_time_type> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir_)) {
      files[entry.path()] = entry.last_write_time();
    }
    return files;
  };
  const auto before = list();
  // When, then
  const ProgramResult result =
      RunProgram(AsNobody({Reachable(DaybookPath()), "log", "verify", "--data-dir", dir_}));
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("the log is intact"));
  EXPECT_EQ(list(), before);
  restrict(fs::perms::owner_all, fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(RecoveryAttackTest, ShortageAtTheStartIsSaidAndHarmsNothing) {
  {
    DaybookdProcess server(dir_);
    ASSERT_TRUE(Write(ChannelTo(server)).ok());
    ASSERT_EQ(server.Terminate(), 0);
  }
  const std::string serve = "exec " + DaybookdPath() + " --listen 127.0.0.1:0 --data-dir " + dir_;
  for (const char* kib : {"200000", "300000", "390000"}) {
    const ProgramResult result =
        RunProgram({"/bin/sh", "-c", std::string("ulimit -v ") + kib + "; " + serve});
    EXPECT_EQ(result.exit_code, kShortage) << kib << ": " << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("daybookd:")) << kib;
    ExpectNothingPutAside();
  }
  for (const char* files : {"12", "20", "24", "32"}) {
    const ProgramResult result = RunProgram(
        {"/bin/sh", "-c",
         std::string("ulimit -n ") + files + "; " + serve + " & sleep 1; kill $!; wait $!"});
    EXPECT_NE(result.exit_code, 4) << files << " is called damage: " << result.errors;
    ExpectNothingPutAside();
  }
  ExpectAllThere();
}

TEST_F(RecoveryAttackTest, CopiesMadeUnderLoadOpenAndAreMarked) {
  DaybookdProcess server(dir_);
  std::atomic<bool> stop{false};
  std::thread client([&, channel = ChannelTo(server)] {
    while (!stop) EXPECT_TRUE(Write(channel).ok());
  });
  // When it is copied in the order that docs/operations/restore.md gives
  for (int i = 1; i <= Rounds(4, 50); ++i) {
    const std::string copy = temp_.path() + "/copy" + std::to_string(i);
    const std::string script = "cd " + dir_ + " && mkdir -m 700 " + copy +
                               " && cp -a witness identity kek " + copy + " && cp -a log " + copy +
                               " && cp -a keys " + copy;
    EXPECT_EQ(RunProgram({"/bin/sh", "-c", script}).exit_code, 0);
    // Then it verifies, is marked, and opens
    const ProgramResult verified = RunProgram({DaybookPath(), "log", "verify", "--data-dir", copy});
    EXPECT_EQ(verified.exit_code, 0) << verified.errors;
    const ProgramResult marked =
        RunProgram({DaybookPath(), "-o", "json", "restore", "mark", "--data-dir", copy});
    EXPECT_EQ(marked.exit_code, 0) << marked.errors;
    EXPECT_THAT(marked.output, HasSubstr("\"incarnation\": 2"));
    DaybookdProcess restored(copy);
    EXPECT_TRUE(restored.listening()) << restored.error();
    party::CreateAccountResponse written;
    EXPECT_TRUE(Send(ChannelTo(restored), NewRequest(), &written).ok());
    EXPECT_GT(written.receipt().position(), 15u) << "copied while it was empty";
    EXPECT_EQ(restored.Terminate(), 0);
  }
  stop = true;
  client.join();
  EXPECT_EQ(server.Terminate(), 0);
}

TEST_F(RecoveryAttackTest, LostAdministratorKeyIsReplacedWhileTheServerIsStopped) {
  const std::string file = temp_.path() + "/new.key";
  const std::vector<std::string> issue = {DaybookPath(), "key",    "issue",   "--data-dir",
                                          dir_,          "--name", "admin-2", "--role",
                                          "admin",       "--out",  file};
  {
    DaybookdProcess server(dir_);
    const ProgramResult refused = RunProgram(issue);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("in use by process"));
    EXPECT_FALSE(fs::exists(file));
    ASSERT_EQ(server.Terminate(), 0);
  }
  const ProgramResult issued = RunProgram(issue);
  EXPECT_EQ(issued.exit_code, 0) << issued.errors;
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  DaybookdProcess server(dir_);
  std::ifstream(file) >> key_;
  EXPECT_TRUE(Write(ChannelTo(server)).ok());
  EXPECT_EQ(RunProgram({DaybookPath(), "--server", server.address(), "--key-file", file, "key",
                        "revoke", "admin"})
                .exit_code,
            0);
}

TEST_F(RecoveryAttackTest, KeyWhoseFileCannotBeMadeIsNotIssued) {
  std::ofstream(temp_.path() + "/taken") << "something else";
  const ProgramResult offline = RunProgram({DaybookPath(), "key", "issue", "--data-dir", dir_,
                                            "--name", "spare", "--out", temp_.path() + "/taken"});
  EXPECT_NE(offline.exit_code, 0);
  DaybookdProcess server(dir_);
  const std::vector<std::string> daybook = {DaybookPath(), "--server", server.address(),
                                            "--key-file", dir_ + "/admin.key"};
  std::vector<std::string> online = daybook;
  for (const char* word : {"key", "issue", "--name", "spare", "--out", "/nonexistent/key"}) {
    online.emplace_back(word);
  }
  EXPECT_NE(RunProgram(online).exit_code, 0);
  std::vector<std::string> list = daybook;
  for (const char* word : {"key", "list"}) list.emplace_back(word);
  EXPECT_THAT(RunProgram(list).output, Not(HasSubstr("spare")));
}

}  // namespace
}  // namespace daybook::testing
