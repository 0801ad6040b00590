// Whatever moves happen at the same time, trees stay trees: accounts, units and org charts, through
// the engine.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/unit_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/party/v1/org_position_service.pb.h"
#include "domain/base/clock.h"
#include "eventstore/data_directory.h"
#include "services/engine/engine.h"

namespace daybook::testing {
namespace {

constexpr int kSeeds = 1000;
constexpr int kNodes = 4;
constexpr int kThreads = 3;
constexpr int kMovesOfThread = 4;

class ConcurrentMovesTest : public ::testing::Test {
 protected:
  template <class Request>
  absl::StatusOr<services::CommandAnswer> Send(Request request) {
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    services::CommandCall call;
    call.principal.role = services::Principal::Role::kSystem;
    call.command = domain::FindCommand(Request::descriptor()->full_name());
    call.request = std::make_shared<Request>(std::move(request));
    return engine_->ExecuteAndWait(std::move(call));
  }
  template <class Request>
  std::string Create(const Request& request) {
    const auto answer = Send(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->id : "";
  }

  // kNodes records without a parent.
  std::vector<std::string> NewAccounts() {
    party::v1::CreateAccountRequest request;
    request.set_name("A");
    return Repeat([&] { return Create(request); });
  }
  std::vector<std::string> NewUnits() {
    admin::v1::CreateUnitRequest request;
    request.set_kind(admin::v1::UNIT_KIND_TEAM);
    int number = 0;
    return Repeat([&] {
      request.set_name(absl::StrCat("U", ++number));
      return Create(request);
    });
  }
  std::vector<std::string> NewPlaces(const std::string& account_id) {
    return Repeat([&] {
      party::v1::CreateContactRequest contact;
      contact.set_family_name("C");
      contact.set_account_id(account_id);
      party::v1::AddOrgPositionRequest place;
      place.set_contact_id(Create(contact));
      place.set_account_id(account_id);
      return Create(place);
    });
  }

  absl::Status MoveAccount(const std::string& id, const std::string& parent) {
    party::v1::MoveAccountRequest request;
    request.set_id(id);
    request.set_parent_id(parent);
    return Send(request).status();
  }
  absl::Status MoveUnit(const std::string& id, const std::string& parent) {
    admin::v1::MoveUnitRequest request;
    request.set_id(id);
    request.set_parent_id(parent);
    return Send(request).status();
  }
  absl::Status MovePlace(const std::string& id, const std::string& manager) {
    party::v1::SetReportsToRequest request;
    request.set_id(id);
    request.set_reports_to_id(manager);
    return Send(request).status();
  }

  // Moves at random from several threads; returns how many were accepted.
  template <class Move>
  int MoveAtOnce(unsigned seed, const std::vector<std::string>& ids, Move move) {
    std::vector<int> accepted(kThreads, 0);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        std::mt19937 dice(seed * kThreads + static_cast<unsigned>(thread));
        for (int i = 0; i < kMovesOfThread; ++i) {
          const std::string& id = ids[dice() % kNodes];
          const std::string& parent = ids[dice() % kNodes];
          if (move(id, parent).ok()) ++accepted[thread];
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    int sum = 0;
    for (const int count : accepted) sum += count;
    return sum;
  }

  // Every way up ends. `parent` gives the parent of a record.
  template <class Record, class ParentOf>
  void ExpectTrees(absl::string_view aggregate, const std::vector<std::string>& ids,
                   ParentOf parent) {
    for (const std::string& id : ids) {
      std::string at = id;
      int steps = 0;
      while (!at.empty() && steps <= kNodes) {
        const auto record = engine_->LoadRecord(aggregate, at);
        ASSERT_TRUE(record.ok() && *record != nullptr);
        at = parent(static_cast<const Record&>(**record));
        ++steps;
      }
      ASSERT_LE(steps, kNodes) << aggregate << " " << id << " is its own ancestor";
    }
  }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<eventstore::EventStore> store_ = eventstore::NewMemoryEventStore(clock_, random_);
  std::unique_ptr<eventstore::KeyStore> keys_ = eventstore::NewMemoryKeyStore(random_);
  std::unique_ptr<services::AccessPolicy> access_ = services::NewRolePolicy();
  std::unique_ptr<services::CommandEngine> engine_ =
      services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_);

 private:
  template <class Make>
  static std::vector<std::string> Repeat(Make make) {
    std::vector<std::string> ids;
    for (int i = 0; i < kNodes; ++i) ids.push_back(make());
    return ids;
  }
};

TEST_F(ConcurrentMovesTest, F018AThousandSeedsOfAccountsUnitsAndChartsNeverMakeACycle) {
  int accounts_moved = 0;
  int units_moved = 0;
  int places_moved = 0;
  for (unsigned seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    const auto accounts = NewAccounts();
    accounts_moved += MoveAtOnce(seed, accounts, [this](const auto& id, const auto& parent) {
      return MoveAccount(id, parent);
    });
    ExpectTrees<party::v1::Account>("account", accounts,
                                    [](const auto& record) { return record.parent_id(); });
    const auto units = NewUnits();
    units_moved += MoveAtOnce(
        seed, units, [this](const auto& id, const auto& parent) { return MoveUnit(id, parent); });
    ExpectTrees<admin::v1::Unit>("unit", units,
                                 [](const auto& record) { return record.parent_id(); });
    const auto places = NewPlaces(accounts.front());
    places_moved += MoveAtOnce(seed, places, [this](const auto& id, const auto& manager) {
      return MovePlace(id, manager);
    });
    ExpectTrees<party::v1::OrgPosition>("org_position", places, [](const auto& record) {
      return record.stretches(record.stretches_size() - 1).reports_to_id();
    });
  }
  // Not all are refused, or the test would show nothing.
  EXPECT_GT(accounts_moved, kSeeds);
  EXPECT_GT(units_moved, kSeeds);
  EXPECT_GT(places_moved, kSeeds);
}

}  // namespace
}  // namespace daybook::testing
