// Attacks on views/ with the real programs: the views of another directory, damaged and missing
// files, views ahead of a log that was put back, a disk of the views that is full. Commands are
// taken all the time; nothing is answered from files that are wrong.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/record/v1/view_service.grpc.pb.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace fs = std::filesystem;
namespace party = ::daybook::party::v1;
namespace record = ::daybook::record::v1;
using ::testing::HasSubstr;

constexpr int kCannotStart = 3;
constexpr auto kPatience = std::chrono::seconds(20);
constexpr int kAccounts = 30;

// A data directory, and what was acknowledged in it.
class Directory {
 public:
  explicit Directory(std::string path) : path_(std::move(path)) {
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", path_, "--organisation", "Test Ltd",
                    "--currency", "USD", "--zone", "UTC"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    std::ifstream(path_ + "/admin.key") >> key_;
  }

  const std::string& path() const { return path_; }
  std::string views() const { return path_ + "/views"; }
  const std::map<std::string, std::string>& names() const { return names_; }
  uint64_t head() const { return head_; }

  std::unique_ptr<grpc::ClientContext> Context() const {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + key_);
    context->set_deadline(std::chrono::system_clock::now() + kPatience);
    return context;
  }
  grpc::Status Create(const std::shared_ptr<grpc::Channel>& channel, const std::string& name) {
    party::CreateAccountRequest request;
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    request.set_name(name);
    party::CreateAccountResponse response;
    const auto context = Context();
    const grpc::Status status =
        party::AccountService::NewStub(channel)->CreateAccount(context.get(), request, &response);
    if (status.ok()) {
      names_[response.account().id()] = name;
      head_ = response.receipt().position();
    }
    return status;
  }
  void CreateMany(const std::shared_ptr<grpc::Channel>& channel, const std::string& stem) {
    for (int i = 0; i < kAccounts; ++i) {
      const grpc::Status status = Create(channel, stem + std::to_string(i));
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
  }
  grpc::Status List(const std::shared_ptr<grpc::Channel>& channel,
                    party::ListAccountsResponse* response) const {
    party::ListAccountsRequest request;
    request.set_page_size(1000);
    const auto context = Context();
    return party::AccountService::NewStub(channel)->ListAccounts(context.get(), request, response);
  }
  std::vector<record::View> ListViews(const std::shared_ptr<grpc::Channel>& channel) const {
    record::ListViewsResponse response;
    const auto context = Context();
    const grpc::Status status =
        record::ViewService::NewStub(channel)->ListViews(context.get(), {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return {response.views().begin(), response.views().end()};
  }
  bool AllAre(const std::shared_ptr<grpc::Channel>& channel, record::ViewState state) const {
    const std::vector<record::View> views = ListViews(channel);
    return !views.empty() && std::all_of(views.begin(), views.end(), [&](const record::View& view) {
      return view.state() == state;
    });
  }

 private:
  const std::string path_;
  std::string key_;
  SystemClock clock_;
  SystemRandom random_;
  std::map<std::string, std::string> names_;  // by id
  uint64_t head_ = 0;
};

std::shared_ptr<grpc::Channel> ChannelTo(const DaybookdProcess& server) {
  return grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
}

template <class Condition>
bool Eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    usleep(10'000);
  }
  return true;
}

std::vector<fs::path> Files(const std::string& path, const std::string& part) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    if (entry.path().filename().string().find(part) != std::string::npos) {
      files.push_back(entry.path());
    }
  }
  return files;
}

void FlipByte(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x40));
}

// What grpc.health.v1.Health/Check answers, by hand: field 1 of request and answer are the service
// and its status.
constexpr char kServing = 1;
constexpr char kNotServing = 2;
char HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  std::string request = "\x0a";
  request.push_back(static_cast<char>(service.size()));
  request += service;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", bytes, &queue);
  call->StartCall();
  grpc::Status status;
  grpc::ByteBuffer answer;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  if (!status.ok() || !answer.Dump(&slices).ok() || slices.empty()) return 0;
  return slices.back().size() == 0 ? '\0' : static_cast<char>(*(slices.back().end() - 1));
}

class ViewsAttackTest : public ::testing::Test {
 protected:
  // Some accounts, flushed by a stop.
  void Fill(Directory& directory, const std::string& stem) {
    DaybookdProcess server(directory.path());
    ASSERT_TRUE(server.listening()) << server.error();
    directory.CreateMany(ChannelTo(server), stem);
    EXPECT_EQ(server.Terminate(), 0);
  }
  // The server starts, takes commands, answers nothing that is not of its log, and in the end
  // everything.
  void ExpectServesItsLog(Directory& directory) {
    DaybookdProcess server(directory.path());
    ASSERT_TRUE(server.listening()) << server.error();
    auto channel = ChannelTo(server);
    const grpc::Status written = directory.Create(channel, "behind the attack");
    EXPECT_TRUE(written.ok()) << written.error_message();
    const bool complete = Eventually([&] {
      party::ListAccountsResponse page;
      const grpc::Status status = directory.List(channel, &page);
      if (!status.ok()) {
        EXPECT_EQ(RefusalOf(status).reason, "VIEW_UNAVAILABLE") << status.error_message();
        return false;
      }
      for (const auto& account : page.accounts()) {
        const auto known = directory.names().find(account.id());
        EXPECT_TRUE(known != directory.names().end() && known->second == account.name())
            << account.name() << " is not of this log";
      }
      return static_cast<size_t>(page.accounts_size()) == directory.names().size();
    });
    EXPECT_TRUE(complete);
    EXPECT_TRUE(Eventually([&] { return directory.AllAre(channel, record::VIEW_STATE_LIVE); }));
    channel.reset();  // an idle client learns only seconds later that the server goes away
    EXPECT_EQ(server.Terminate(), 0);
  }

  TempDirectory temp_;
  Directory ours_{temp_.path() + "/ours"};
};

TEST_F(ViewsAttackTest, ViewsOfAnotherDirectoryAreNotServed) {
  Directory theirs(temp_.path() + "/theirs");
  Fill(ours_, "ours");
  Fill(theirs, "theirs");
  fs::remove_all(ours_.views());
  fs::copy(theirs.views(), ours_.views(), fs::copy_options::recursive);
  ExpectServesItsLog(ours_);
}

TEST_F(ViewsAttackTest, ViewsAheadOfALogThatWasPutBackAreNotServed) {
  Fill(ours_, "before");
  const std::string copy = temp_.path() + "/copy";
  fs::copy(ours_.path(), copy, fs::copy_options::recursive);
  fs::permissions(copy + "/kek", fs::perms::owner_read | fs::perms::owner_write);
  Directory before = ours_;  // what was acknowledged until the copy
  Fill(ours_, "after");
  fs::remove_all(copy + "/views");
  fs::copy(ours_.views(), copy + "/views", fs::copy_options::recursive);
  fs::remove_all(before.path());
  fs::rename(copy, before.path());
  ExpectServesItsLog(before);
}

TEST_F(ViewsAttackTest, DamagedAndMissingFilesStopNothing) {
  Fill(ours_, "mill");
  const auto damage = std::vector<std::pair<std::string, std::function<void(const fs::path&)>>>{
      {"MANIFEST", [](const fs::path& file) { FlipByte(file, 20); }},
      {"MANIFEST", [](const fs::path& file) { fs::remove(file); }},
      {"CURRENT", [](const fs::path& file) { fs::remove(file); }},
      {"CURRENT", [](const fs::path& file) { std::ofstream(file) << "garbage"; }},
      {".sst", [](const fs::path& file) { fs::remove(file); }},
      {".sst", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }},
      {".sst", [](const fs::path& file) { FlipByte(file, 10); }},
  };
  for (const auto& [part, attack] : damage) {
    const std::vector<fs::path> files = Files(ours_.views(), part);
    ASSERT_FALSE(files.empty()) << part;
    for (const fs::path& file : files) attack(file);
    ExpectServesItsLog(ours_);
  }
}

TEST_F(ViewsAttackTest, ViewsThatMayNotBeReadAreRefusedByNameAndLeftAlone) {
  if (geteuid() == 0) {
    // Rights do not bind the superuser: a file stands in the place of the folder instead.
    Fill(ours_, "mill");
    fs::rename(ours_.views(), temp_.path() + "/views");
    std::ofstream(ours_.views()) << "not a directory";
  } else {
    Fill(ours_, "mill");
    fs::permissions(Files(ours_.views(), "CURRENT").front(), fs::perms::none);
  }
  const ProgramResult refused =
      RunProgram({DaybookdPath(), "--data-dir", ours_.path(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(refused.exit_code, kCannotStart) << refused.errors;
  EXPECT_THAT(refused.errors, HasSubstr("views"));
  if (geteuid() == 0) {
    EXPECT_TRUE(fs::is_regular_file(ours_.views()));
  } else {
    EXPECT_FALSE(Files(ours_.views(), ".sst").empty());
  }
}

// A file system of 12 MiB on views/ alone.
class FullDiskTest : public ViewsAttackTest {
 protected:
  void SetUp() override {
    if (mount("tmpfs", ours_.views().c_str(), "tmpfs", 0, "size=12m") != 0) {
      GTEST_SKIP() << "needs the right to mount a file system (root)";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) umount2(ours_.views().c_str(), MNT_DETACH);
  }
  void FillDisk() {
    std::ofstream file(ours_.views() + "/ballast", std::ios::binary);
    const std::string chunk(4096, 'x');
    while (file.write(chunk.data(), static_cast<std::streamsize>(chunk.size())).flush()) {
    }
  }

  bool mounted_ = false;
};

TEST_F(FullDiskTest, AFullDiskOfTheViewsIsShownAndOverWhenThereIsSpace) {
  DaybookdProcess server(ours_.path());
  ASSERT_TRUE(server.listening()) << server.error();
  auto channel = ChannelTo(server);
  ours_.CreateMany(channel, "before");
  const auto live = [&] { return ours_.AllAre(channel, record::VIEW_STATE_LIVE); };
  ASSERT_TRUE(Eventually(live));

  // When the disk is full and the log goes on
  FillDisk();
  ASSERT_TRUE(Eventually([&] {
    EXPECT_TRUE(ours_.Create(channel, "while it is full").ok());
    usleep(50'000);  // all accounts are to fit into one page
    return ours_.AllAre(channel, record::VIEW_STATE_RECOVERING);
  }));

  // Then it is shown with its cause, commands are taken, and nothing stale is answered
  for (const record::View& view : ours_.ListViews(channel)) {
    EXPECT_THAT(view.error(), HasSubstr("No space left")) << view.name();
  }
  const ProgramResult shown = RunProgram({DaybookPath(), "--server", server.address(), "--key-file",
                                          ours_.path() + "/admin.key", "view", "list"});
  EXPECT_EQ(shown.exit_code, 0) << shown.errors;
  EXPECT_THAT(shown.output, HasSubstr("recovering"));
  EXPECT_THAT(shown.output, HasSubstr("No space left"));
  EXPECT_TRUE(Eventually([&] { return HealthOf(channel, "view/records") == kNotServing; }));
  EXPECT_EQ(HealthOf(channel, "daybook.party.v1.AccountService"), kNotServing);
  ASSERT_TRUE(ours_.Create(channel, "still taken").ok());
  party::ListAccountsResponse page;
  const grpc::Status stale = ours_.List(channel, &page);
  EXPECT_EQ(RefusalOf(stale).reason, "VIEW_UNAVAILABLE") << stale.error_message();
  EXPECT_NE(RefusalOf(stale).metadata["position"], "");
  EXPECT_THAT(RefusalOf(stale).metadata["cause"], HasSubstr("space"));

  // And it is over by itself
  fs::remove(ours_.views() + "/ballast");
  ASSERT_TRUE(Eventually(live));
  EXPECT_TRUE(Eventually([&] { return HealthOf(channel, "view/records") == kServing; }));
  ASSERT_TRUE(Eventually([&] {
    page.Clear();
    return ours_.List(channel, &page).ok() &&
           static_cast<size_t>(page.accounts_size()) == ours_.names().size();
  }));
  channel.reset();
  EXPECT_EQ(server.Terminate(), 0);
}

TEST_F(FullDiskTest, AServerStartsWhileTheDiskOfTheViewsIsFull) {
  {
    DaybookdProcess server(ours_.path());
    ASSERT_TRUE(server.listening()) << server.error();
    ours_.CreateMany(ChannelTo(server), "before");
    FillDisk();
    server.Kill();
  }
  DaybookdProcess server(ours_.path());
  ASSERT_TRUE(server.listening()) << server.error();
  auto channel = ChannelTo(server);
  EXPECT_TRUE(ours_.Create(channel, "taken while it is full").ok());
  fs::remove(ours_.views() + "/ballast");
  EXPECT_TRUE(Eventually([&] { return ours_.AllAre(channel, record::VIEW_STATE_LIVE); }));
}

}  // namespace
}  // namespace daybook::testing
