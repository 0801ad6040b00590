// Fault test 1: daybookd is killed (SIGKILL) again and again while commands are under way. A ledger
// outside notes every intent before the call and every acknowledgement after it. After each
// restart: acknowledged commands have the position and answer they were acknowledged with, the
// others happened at most once, positions and revisions are contiguous, and every view equals a
// rebuild from the log. Two servers, each with data of its own, go through this at the same time; a
// data directory is followed by a fresh one after some kills, so that logs stay short.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/record/v1/view_service.grpc.pb.h"
#include "eventstore/data_directory.h"
#include "services/engine/bootstrap.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace logpb = ::daybook::log::v1;
namespace party = ::daybook::party::v1;
namespace viewpb = ::daybook::record::v1;

using Clock = std::chrono::steady_clock;

constexpr int kKills = 150;
constexpr std::chrono::seconds kBudget{60};
// A loaded machine manages fewer than kKills in the budget; so few mean that something hangs.
constexpr int kKillsLeast = 30;
constexpr int kLoops = 2;
constexpr int kKillsPerDirectory = 20;
constexpr int kClients = 4;

// One command as the client knows it.
struct Entry {
  party::CreateAccountRequest request;
  bool acknowledged = false;
  uint64_t position = 0;
  std::string response;
};

// One data directory, the server on it, and what its clients know. Used by one thread; its clients
// have threads of their own.
class KilledServer {
 public:
  explicit KilledServer(unsigned seed) : generator_(seed) {}

  void Create() {
    services::BootstrapOptions options;
    options.data_dir = data_dir_;
    options.organisation = "Test Ltd";
    options.currency = "USD";
    options.zone = "UTC";
    auto key = services::Bootstrap(options, clock_, random_);
    ASSERT_TRUE(key.ok()) << key.status();
    key_ = *key;
  }

  // Starts the server on what the last kill left, checks all, lets clients work and kills it.
  void CheckAndKill() {
    DaybookdProcess server(data_dir_);
    ASSERT_NO_FATAL_FAILURE(Check(server));
    const auto channel = ChannelTo(server);
    std::vector<std::thread> clients;
    for (int i = 0; i < kClients; ++i) clients.emplace_back([&] { Work(channel); });
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + generator_() % 150));
    server.Kill();
    for (std::thread& client : clients) client.join();
  }

  // After the last kill: the checks of each restart, every position, and the whole log.
  void CheckAtTheEnd() {
    DaybookdProcess server(data_dir_);
    ASSERT_NO_FATAL_FAILURE(Check(server));
    for (const Entry& entry : ledger_) {
      ASSERT_EQ(positions_.at(entry.request.header().request_id()), entry.position);
    }
    ASSERT_EQ(server.Terminate(), 0);
    const auto report = eventstore::VerifyLog(data_dir_, nullptr);
    ASSERT_TRUE(report.ok()) << report.status();
    ASSERT_EQ(report->events, log_checked_);
  }

  size_t commands() const { return ledger_.size(); }

 private:
  std::shared_ptr<grpc::Channel> ChannelTo(const DaybookdProcess& server) {
    return grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  }

  std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + key_);
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return context;
  }

  void Check(const DaybookdProcess& server) {
    ASSERT_TRUE(server.listening()) << server.error();
    const auto channel = ChannelTo(server);
    ASSERT_NO_FATAL_FAILURE(CheckLedger(channel));
    ASSERT_NO_FATAL_FAILURE(CheckLog(channel));
    ASSERT_NO_FATAL_FAILURE(CheckViews(channel));
  }

  // Creates accounts until the server is gone.
  void Work(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = party::AccountService::NewStub(channel);
    while (true) {
      Entry* entry = nullptr;
      {
        std::lock_guard lock(mutex_);
        entry = &ledger_.emplace_back();
        const std::string request_id = random_.NewUuid(clock_.Now()).ToString();
        entry->request.mutable_header()->set_request_id(request_id);
        entry->request.set_id(random_.NewUuid(clock_.Now()).ToString());
        entry->request.set_name("account " + std::to_string(ledger_.size()));
      }
      party::CreateAccountResponse response;
      const auto context = Context();
      const grpc::Status status = stub->CreateAccount(context.get(), entry->request, &response);
      if (!status.ok()) return;
      std::lock_guard lock(mutex_);
      entry->acknowledged = true;
      entry->position = response.receipt().position();
      response.mutable_receipt()->clear_replayed();
      entry->response = response.SerializeAsString();
    }
  }

  // Acknowledged commands of the last round get the same answer again; the others are carried out
  // now, once.
  void CheckLedger(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = party::AccountService::NewStub(channel);
    for (; checked_ < ledger_.size(); ++checked_) {
      Entry& entry = ledger_[checked_];
      party::CreateAccountResponse response;
      const auto context = Context();
      const grpc::Status status = stub->CreateAccount(context.get(), entry.request, &response);
      ASSERT_TRUE(status.ok()) << status.error_message();
      if (entry.acknowledged) {
        ASSERT_TRUE(response.receipt().replayed());
        response.mutable_receipt()->clear_replayed();
        ASSERT_EQ(response.SerializeAsString(), entry.response);
      }
      entry.acknowledged = true;
      entry.position = response.receipt().position();
    }
  }

  void CheckLog(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = logpb::LogService::NewStub(channel);
    logpb::ReadEventsRequest request;
    request.set_after_position(log_checked_);
    const auto context = Context();
    auto reader = stub->ReadEvents(context.get(), request);
    logpb::ReadEventsResponse response;
    while (reader->Read(&response)) {
      for (const auto& event : response.events()) {
        ASSERT_EQ(event.position(), log_checked_ + 1);
        log_checked_ = event.position();
        ASSERT_EQ(event.revision(), ++revisions_[event.stream()]);
        ASSERT_TRUE(requests_.insert(event.request_id()).second) << "carried out twice";
        positions_[event.request_id()] = event.position();
      }
    }
    ASSERT_TRUE(reader->Finish().ok());
  }

  void CheckViews(const std::shared_ptr<grpc::Channel>& channel) {
    const auto stub = viewpb::ViewService::NewStub(channel);
    for (const char* view : {"records", "sales_board", "stage_intervals"}) {
      viewpb::RebuildViewRequest request;
      request.set_view(view);
      const auto context = Context();
      auto reader = stub->RebuildView(context.get(), request);
      viewpb::RebuildViewResponse last;
      while (reader->Read(&last)) {
      }
      const grpc::Status status = reader->Finish();
      ASSERT_TRUE(status.ok()) << view << ": " << status.error_message();
      ASSERT_TRUE(last.done() && last.digests_equal()) << view;
    }
  }

  TempDirectory temp_;
  const std::string data_dir_ = temp_.path() + "/data";
  std::string key_;
  SystemClock clock_;
  SystemRandom random_;
  std::mt19937 generator_;
  std::mutex mutex_;
  std::deque<Entry> ledger_;  // addresses stay
  size_t checked_ = 0;
  uint64_t log_checked_ = 0;
  std::map<std::string, uint64_t> revisions_;
  std::set<std::string> requests_;
  std::map<std::string, uint64_t> positions_;
};

// What all loops share.
struct Tally {
  const Clock::time_point end = Clock::now() + kBudget;
  std::atomic<int> begun{0};
  std::atomic<int> kills{0};
  std::atomic<size_t> commands{0};
};

void KillInALoop(unsigned seed, Tally* tally) {
  const auto goes_on = [&] {
    return Clock::now() < tally->end && !::testing::Test::HasFatalFailure() &&
           tally->begun++ < kKills;
  };
  for (bool more = goes_on(); more;) {
    KilledServer server(seed++);
    ASSERT_NO_FATAL_FAILURE(server.Create());
    for (int kill = 0; more && kill < kKillsPerDirectory; ++kill, more = goes_on()) {
      ASSERT_NO_FATAL_FAILURE(server.CheckAndKill()) << "after " << kill << " kills";
      ++tally->kills;
    }
    ASSERT_NO_FATAL_FAILURE(server.CheckAtTheEnd());
    tally->commands += server.commands();
  }
}

TEST(KillTest, NothingAcknowledgedIsLostAndNothingHappensTwice) {
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  const auto begin = Clock::now();
  Tally tally;
  std::vector<std::thread> loops;
  for (unsigned i = 0; i < kLoops; ++i) {
    loops.emplace_back([&tally, seed, i] { KillInALoop(seed + i * 1'000'000, &tally); });
  }
  for (std::thread& loop : loops) loop.join();
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::printf("%d kills in %.1f s, %zu commands (seed %u)\n", tally.kills.load(), took.count(),
              tally.commands.load(), seed);
  EXPECT_GE(tally.kills, kKillsLeast);
}

}  // namespace
}  // namespace daybook::testing
