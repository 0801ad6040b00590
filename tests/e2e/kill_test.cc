// Fault test 1: daybookd is killed (SIGKILL) again and again while commands are under way. A ledger
// outside notes every intent before the call and every acknowledgement after it. After each
// restart: acknowledged commands have the position and answer they were acknowledged with, the
// others happened at most once, positions and revisions are contiguous, and every view equals a
// rebuild from the log.

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
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "services/engine/bootstrap.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace logpb = ::daybook::log::v1;
namespace party = ::daybook::party::v1;
namespace viewpb = ::daybook::record::v1;

constexpr int kKills = 150;
constexpr int kClients = 4;
constexpr std::chrono::seconds kBudget{90};

// One command as the client knows it.
struct Entry {
  party::CreateAccountRequest request;
  bool acknowledged = false;
  uint64_t position = 0;
  std::string response;
};

class KillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    services::BootstrapOptions options;
    options.data_dir = temp_.path() + "/data";
    options.organisation = "Test Ltd";
    options.currency = "USD";
    options.zone = "UTC";
    auto key = services::Bootstrap(options, clock_, random_);
    ASSERT_TRUE(key.ok()) << key.status();
    key_ = *key;
    data_dir_ = options.data_dir;
  }

  std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->AddMetadata("authorization", "Bearer " + key_);
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return context;
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
  std::string data_dir_;
  std::string key_;
  SystemClock clock_;
  SystemRandom random_;
  std::mutex mutex_;
  std::deque<Entry> ledger_;  // addresses stay
  size_t checked_ = 0;
  uint64_t log_checked_ = 0;
  std::map<std::string, uint64_t> revisions_;
  std::set<std::string> requests_;
  std::map<std::string, uint64_t> positions_;
};

TEST_F(KillTest, NothingAcknowledgedIsLostAndNothingHappensTwice) {
  const unsigned seed = std::random_device{}();
  std::mt19937 generator(seed);
  RecordProperty("seed", static_cast<int>(seed));
  const auto end = std::chrono::steady_clock::now() + kBudget;
  int kills = 0;
  for (; kills < kKills && std::chrono::steady_clock::now() < end; ++kills) {
    DaybookdProcess server(data_dir_);
    ASSERT_TRUE(server.listening())
        << "after " << kills << " kills (seed " << seed << "): " << server.error();
    const auto channel = grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
    ASSERT_NO_FATAL_FAILURE(CheckLedger(channel)) << "seed " << seed;
    ASSERT_NO_FATAL_FAILURE(CheckLog(channel)) << "seed " << seed;
    ASSERT_NO_FATAL_FAILURE(CheckViews(channel)) << "seed " << seed;
    std::vector<std::thread> clients;
    for (int i = 0; i < kClients; ++i) clients.emplace_back([&] { Work(channel); });
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + generator() % 150));
    server.Kill();
    for (std::thread& client : clients) client.join();
  }
  DaybookdProcess server(data_dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  const auto channel = grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  ASSERT_NO_FATAL_FAILURE(CheckLedger(channel));
  ASSERT_NO_FATAL_FAILURE(CheckLog(channel));
  ASSERT_NO_FATAL_FAILURE(CheckViews(channel));
  for (const Entry& entry : ledger_) {
    EXPECT_EQ(positions_.at(entry.request.header().request_id()), entry.position);
  }
  EXPECT_EQ(server.Terminate(), 0);
  std::printf("%d kills, %zu commands, log of %lu events\n", kills, ledger_.size(), log_checked_);
  EXPECT_GE(kills, 30) << "the machine was too slow for the test to mean anything";
}

}  // namespace
}  // namespace daybook::testing
