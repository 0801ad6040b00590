// The command engine without a server: guards, and what it knows of a log that does not answer.

#include "services/engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "domain/base/clock.h"
#include "domain/base/error.h"
#include "eventstore/data_directory.h"
#include "services/engine/answers_due.h"
#include "services/engine/worker_pool.h"

namespace daybook::testing {
namespace {

using services::CommandAnswer;
using services::CommandCall;

class EngineTest : public ::testing::Test {
 protected:
  template <class Request>
  CommandCall Call(Request request) {
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    CommandCall call;
    call.principal.role = services::Principal::Role::kSystem;
    call.command = domain::FindCommand(Request::descriptor()->full_name());
    call.request = std::make_shared<Request>(std::move(request));
    return call;
  }
  CommandCall NewAccount() {
    party::v1::CreateAccountRequest request;
    request.set_name("Acme");
    return Call(std::move(request));
  }
  // A command that looks at the account and writes another record.
  absl::Status AddContact(const std::string& account_id) {
    party::v1::CreateContactRequest request;
    request.set_family_name("Curie");
    request.set_account_id(account_id);
    return engine_->ExecuteAndWait(Call(std::move(request))).status();
  }
  CommandCall Archive(const std::string& account_id) {
    party::v1::ArchiveAccountRequest request;
    request.set_id(account_id);
    return Call(std::move(request));
  }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<eventstore::EventStore> store_ = eventstore::NewMemoryEventStore(clock_, random_);
  std::unique_ptr<eventstore::KeyStore> keys_ = eventstore::NewMemoryKeyStore(random_);
  std::unique_ptr<services::AccessPolicy> access_ = services::NewRolePolicy();
  // Guards wait for the log, so its own thread must not ask them.
  services::EngineOptions Options() {
    services::EngineOptions options;
    options.submit = [this](std::function<void()> task) { return pool_.Submit(std::move(task)); };
    return options;
  }
  services::WorkerPool pool_{1, 1};
  std::unique_ptr<services::CommandEngine> engine_ =
      services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_, Options());
};

TEST_F(EngineTest, GuardIsAskedAgainWhenSomebodyNamesTheRecordMeanwhile) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  // given a guard behind whose back the record is referred to, twice
  int asked = 0;
  CommandCall call = Archive(account);
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    const eventstore::LogPosition seen = store_->GetHead().position;
    if (++asked <= 2) EXPECT_TRUE(AddContact(account).ok());
    return seen;
  };
  // then it is asked until nothing has happened
  EXPECT_TRUE(engine_->ExecuteAndWait(call).ok());
  EXPECT_EQ(asked, 3);
  // the same request again is answered without asking
  const auto again = engine_->ExecuteAndWait(call);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(asked, 3);
  // and so is one that changes nothing
  call = Archive(account);
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> { return ++asked; };
  EXPECT_TRUE(engine_->ExecuteAndWait(call).ok());
  EXPECT_EQ(asked, 3);
}

TEST_F(EngineTest, GuardRefusesAndGivesUp) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  CommandCall call = Archive(account);
  call.guard = []() -> absl::StatusOr<eventstore::LogPosition> {
    return Reject(rpc::v1::REASON_IN_USE, "in use");
  };
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(call).status()), rpc::v1::REASON_IN_USE);
  // where it never comes to rest, the command ends
  int asked = 0;
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    const eventstore::LogPosition seen = store_->GetHead().position;
    ++asked;
    EXPECT_TRUE(AddContact(account).ok());
    return seen;
  };
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(call).status()), rpc::v1::REASON_REVISION_CONFLICT);
  EXPECT_EQ(asked, 100);
}

// Somebody else changes the record between each decision and its commit.
TEST_F(EngineTest, RacesOverTheRecordItselfAreLostThreeTimes) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  int asked = 0;
  const auto change = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    party::v1::UpdateAccountRequest request;
    request.set_id(account);
    request.mutable_account()->set_website(absl::StrCat("https://mill.example/", ++asked));
    request.mutable_update_mask()->add_paths("website");
    EXPECT_TRUE(engine_->ExecuteAndWait(Call(std::move(request))).ok());
    return store_->GetHead().position;
  };
  CommandCall call = Archive(account);
  call.guard = change;
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(call).status()), rpc::v1::REASON_REVISION_CONFLICT);
  EXPECT_EQ(asked, services::EngineOptions().attempts);
  // one less is won
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    return asked < 5 ? change() : store_->GetHead().position;
  };
  EXPECT_TRUE(engine_->ExecuteAndWait(call).ok());
  EXPECT_EQ(asked, 5);
}

TEST_F(EngineTest, StatesCachedAtTheirLimit) {
  EXPECT_EQ(services::EngineOptions().cached_states, 20'000u);
  constexpr size_t kCached = 32;
  services::EngineOptions options = Options();
  options.cached_states = kCached;
  engine_ = services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_, options);
  std::vector<std::string> accounts;
  std::vector<std::weak_ptr<const google::protobuf::Message>> states;
  for (int i = 0; i < 200; ++i) {
    accounts.push_back(engine_->ExecuteAndWait(NewAccount())->id);
    states.emplace_back(*engine_->LoadRecord("account", accounts.back()));
  }
  const auto alive = std::count_if(states.begin(), states.end(),
                                   [](const auto& state) { return !state.expired(); });
  EXPECT_GT(alive, 0);
  EXPECT_LE(static_cast<size_t>(alive), kCached);
  // what was forgotten is read from the log
  EXPECT_NE(*engine_->LoadRecord("account", accounts.front()), nullptr);
}

// An answer is held back, and with it those of all commits behind it.
TEST_F(EngineTest, LogThatOwesAnswersIsSeenToStall) {
  EXPECT_EQ(engine_->StalledFor(), absl::ZeroDuration());
  std::promise<void> entered, go_on, second;
  engine_->Execute(NewAccount(), [&](const absl::StatusOr<CommandAnswer>&) {
    entered.set_value();
    go_on.get_future().wait();
  });
  entered.get_future().wait();
  engine_->Execute(NewAccount(), [&](const absl::StatusOr<CommandAnswer>&) { second.set_value(); });
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_GE(engine_->StalledFor(), absl::Milliseconds(10));
  go_on.set_value();
  second.get_future().wait();
  EXPECT_EQ(engine_->StalledFor(), absl::ZeroDuration());
}

// A probe at any moment: the clock is read in the middle of what is noted.
const services::AnswersDue* probed = nullptr;
absl::Duration longest = absl::ZeroDuration();
absl::Time NowWithProbe() {
  if (const auto* due = std::exchange(probed, nullptr)) {
    longest = std::max(longest, due->StalledFor());
    probed = due;
  }
  return absl::Now();
}

TEST(AnswersDueTest, LogThatWasIdleIsNotSeenToStallWhenItIsAsked) {
  services::AnswersDue due(&NowWithProbe);
  probed = &due;
  due.NoteAsked();
  probed = nullptr;
  EXPECT_LT(longest, absl::Hours(1));
  EXPECT_LT(due.StalledFor(), absl::Hours(1));
}

absl::Time told = absl::UnixEpoch();
absl::Time ToldTime() { return told; }

TEST(AnswersDueTest, RefusalsOfAWorkingWriterCountAndThoseWithoutItDoNot) {
  const std::map<Reason, bool> counts = {{Reason::REASON_REVISION_CONFLICT, true},
                                         {Reason::REASON_DUPLICATE_KEY, true},
                                         {Reason::REASON_IDEMPOTENCY_MISMATCH, true},
                                         {Reason::REASON_BACKFILL_CLOSED, true},
                                         {Reason::REASON_OVERLOADED, false},
                                         {Reason::REASON_DISK_FULL, false},
                                         {Reason::REASON_SHUTTING_DOWN, false},
                                         {Reason::REASON_DEADLINE_EXCEEDED, false},
                                         {Reason::REASON_DATA_LOSS, false}};
  for (const auto& [reason, moves] : counts) {
    services::AnswersDue due(&ToldTime);
    due.NoteAsked();
    due.NoteAsked();
    told += absl::Seconds(20);
    due.NoteAnswered(Reject(reason, "no"));
    EXPECT_EQ(due.StalledFor(), moves ? absl::ZeroDuration() : absl::Seconds(20))
        << ReasonName(reason);
    due.NoteAnswered(absl::OkStatus());
    EXPECT_EQ(due.StalledFor(), absl::ZeroDuration());
  }
}

}  // namespace
}  // namespace daybook::testing
