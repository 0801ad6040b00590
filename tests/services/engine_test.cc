// The command engine without a server: guards, and what it knows of a log that does not answer.

#include "services/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/rpc/v1/conflict.pb.h"
#include "domain/base/clock.h"
#include "domain/base/error.h"
#include "eventstore/data_directory.h"
#include "services/engine/answers_due.h"
#include "services/engine/worker_pool.h"

namespace daybook::testing {
namespace {

using services::CommandAnswer;
using services::CommandCall;

// Allows everything, unless told otherwise.
class TestPolicy final : public services::AccessPolicy {
 public:
  absl::Status CheckCommand(const services::Principal&, const domain::CommandRef&,
                            const google::protobuf::Message&,
                            const google::protobuf::Message* current) const override {
    ++asked;
    const auto* account = dynamic_cast<const party::v1::Account*>(current);
    if (hidden_name.empty() || account == nullptr || account->name() != hidden_name) {
      return absl::OkStatus();
    }
    return Reject(rpc::v1::REASON_ACCESS_DENIED, "not yours");
  }
  absl::Status CheckRead(const services::Principal&, absl::string_view) const override {
    return reads ? absl::OkStatus() : Reject(rpc::v1::REASON_ACCESS_DENIED, "not yours");
  }
  absl::Status CheckOperate(const services::Principal&, absl::string_view) const override {
    return absl::OkStatus();
  }

  mutable std::atomic<int> asked{0};
  std::string hidden_name;  // of accounts that nobody may change
  bool reads = true;
};

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
  CommandCall Rename(const std::string& account_id, const std::string& name) {
    party::v1::UpdateAccountRequest request;
    request.set_id(account_id);
    request.mutable_account()->set_name(name);
    request.mutable_update_mask()->add_paths("name");
    return Call(std::move(request));
  }
  static rpc::v1::CommandHeader* HeaderOf(google::protobuf::Message* request) {
    const auto* field = request->GetDescriptor()->FindFieldByName("header");
    return static_cast<rpc::v1::CommandHeader*>(
        request->GetReflection()->MutableMessage(request, field));
  }
  static void Change(CommandCall* call,
                     const std::function<void(rpc::v1::CommandHeader*)>& change) {
    std::shared_ptr<google::protobuf::Message> request(call->request->New());
    request->CopyFrom(*call->request);
    change(HeaderOf(request.get()));
    call->request = std::move(request);
  }
  static void SetRequestId(const std::string& id, CommandCall* call) {
    Change(call, [&](auto* header) { header->set_request_id(id); });
  }
  static std::string IdOf(const CommandCall& call) {
    std::unique_ptr<google::protobuf::Message> request(call.request->New());
    request->CopyFrom(*call.request);
    return HeaderOf(request.get())->request_id();
  }
  static CommandCall Expecting(uint64_t revision, CommandCall call) {
    Change(&call, [&](auto* header) { header->set_expected_revision(revision); });
    return call;
  }
  std::future<absl::StatusOr<CommandAnswer>> Send(CommandCall call) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<CommandAnswer>>>();
    engine_->Execute(std::move(call), [promise](absl::StatusOr<CommandAnswer> answer) {
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
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
  TestPolicy policy_;
  const services::AccessPolicy* access_ = &policy_;
  // Guards wait for the log, so its own thread must not ask them.
  services::EngineOptions Options() {
    services::EngineOptions options;
    options.submit = [this](std::function<void()> task) { return pool_.Submit(std::move(task)); };
    return options;
  }
  services::WorkerPool pool_{2, 4096};
  std::unique_ptr<services::CommandEngine> engine_ =
      services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_, Options());
  // Another writer of the same log, who does not wait for the commands of the first.
  std::unique_ptr<services::CommandEngine> rival_ =
      services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_);
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
  // where it never comes to rest, the command ends with its deadline
  int asked = 0;
  call.deadline = clock_.Now() + absl::Milliseconds(300);
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    const eventstore::LogPosition seen = store_->GetHead().position;
    ++asked;
    EXPECT_TRUE(AddContact(account).ok());
    return seen;
  };
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(call).status()), rpc::v1::REASON_REVISION_CONFLICT);
  EXPECT_GT(asked, 1);
}

// Somebody who stands in no line changes the record between each decision and its commit.
TEST_F(EngineTest, RacesOverTheRecordItselfAreDecidedAgainUntilTheyAreWon) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  int asked = 0;
  const auto change = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    EXPECT_TRUE(rival_->ExecuteAndWait(Rename(account, absl::StrCat("Mill ", ++asked))).ok());
    return store_->GetHead().position;
  };
  constexpr int kLost = 50;
  CommandCall call = Archive(account);
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    return asked < kLost ? change() : store_->GetHead().position;
  };
  EXPECT_TRUE(engine_->ExecuteAndWait(call).ok());
  EXPECT_EQ(asked, kLost);
}

// A caller whose key ends while his command waits or is decided again.
TEST_F(EngineTest, CallerIsAskedForBeforeEachAppend) {
  const auto account = engine_->ExecuteAndWait(NewAccount());
  ASSERT_TRUE(account.ok()) << account.status();
  const eventstore::LogPosition before = store_->GetHead().position;
  CommandCall refused = Rename(account->id, "Mill");
  refused.still_authenticated = [] {
    return Reject(rpc::v1::REASON_UNAUTHENTICATED, "the key was revoked");
  };
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(std::move(refused)).status()),
            rpc::v1::REASON_UNAUTHENTICATED);
  EXPECT_EQ(store_->GetHead().position, before);

  // Lost race: decided twice, asked twice, and the second answer counts.
  int asked = 0;
  CommandCall racing = Rename(account->id, "Mill 2");
  racing.still_authenticated = [&] {
    if (++asked > 1) return Reject(rpc::v1::REASON_UNAUTHENTICATED, "the key was revoked");
    EXPECT_TRUE(rival_->ExecuteAndWait(Rename(account->id, "Mill 3")).ok());
    return absl::OkStatus();
  };
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(std::move(racing)).status()),
            rpc::v1::REASON_UNAUTHENTICATED);
  EXPECT_EQ(asked, 2);
}

TEST_F(EngineTest, RacesWithoutADeadlineEndAtTheirLimit) {
  EXPECT_EQ(services::EngineOptions().race_time, absl::Seconds(60));
  services::EngineOptions options = Options();
  options.race_time = absl::Milliseconds(200);
  engine_ = services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_, options);
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  int asked = 0;
  CommandCall call = Archive(account);
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    EXPECT_TRUE(rival_->ExecuteAndWait(Rename(account, absl::StrCat("Mill ", ++asked))).ok());
    return store_->GetHead().position;
  };
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(call).status()), rpc::v1::REASON_REVISION_CONFLICT);
  EXPECT_GT(asked, 1);
}

// Each loses one race and then waits for its turn, whatever their number.
TEST_F(EngineTest, ManyWritersOfOneRecordAllSucceed) {
  constexpr size_t kWriters = 64;
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  policy_.asked = 0;
  std::vector<std::future<absl::StatusOr<CommandAnswer>>> answers;
  for (size_t i = 0; i < kWriters; ++i) {
    CommandCall call = Rename(account, absl::StrCat("Mill ", i));
    call.deadline = clock_.Now() + absl::Seconds(20);
    answers.push_back(Send(std::move(call)));
  }
  for (auto& answer : answers) {
    const auto result = answer.get();
    EXPECT_TRUE(result.ok()) << result.status();
  }
  const auto record = *engine_->LoadRecord("account", account);
  EXPECT_EQ(static_cast<const party::v1::Account&>(*record).meta().revision(), kWriters + 1);
  // Decisions, with one to spare for each.
  EXPECT_LE(policy_.asked, static_cast<int>(3 * kWriters));
}

TEST_F(EngineTest, ARequestIdThatIsBeingDecidedIsWaitedFor) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  // given a command that is held up before its commit
  std::promise<void> entered, go_on;
  CommandCall call = Archive(account);
  CommandCall again = call;
  CommandCall other = Rename(account, "Other");
  SetRequestId(IdOf(call), &other);
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    entered.set_value();
    go_on.get_future().wait();
    return store_->GetHead().position;
  };
  std::future<absl::StatusOr<CommandAnswer>> first;
  std::thread caller([&] { first = Send(std::move(call)); });
  entered.get_future().wait();
  // when the same request comes again, and another one under its id
  auto second = Send(std::move(again));
  auto third = Send(std::move(other));
  EXPECT_EQ(second.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  EXPECT_EQ(third.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  go_on.set_value();
  caller.join();
  // then one is carried out
  const auto carried_out = first.get();
  const auto repeated = second.get();
  ASSERT_TRUE(carried_out.ok() && repeated.ok()) << repeated.status();
  EXPECT_FALSE(carried_out->replayed);
  EXPECT_FALSE(carried_out->receipt.replayed());
  EXPECT_TRUE(repeated->replayed);
  EXPECT_TRUE(repeated->receipt.replayed());
  EXPECT_EQ(repeated->receipt.position(), carried_out->receipt.position());
  EXPECT_EQ(repeated->receipt.revision(), carried_out->receipt.revision());
  EXPECT_EQ(ReasonOf(third.get().status()), rpc::v1::REASON_IDEMPOTENCY_MISMATCH);
}

TEST_F(EngineTest, WhereTheFirstIsRefusedTheNextIsCarriedOut) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  std::promise<void> entered, go_on;
  CommandCall call = Archive(account);
  CommandCall again = call;
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    entered.set_value();
    go_on.get_future().wait();
    return Reject(rpc::v1::REASON_IN_USE, "in use");
  };
  std::future<absl::StatusOr<CommandAnswer>> first;
  std::thread caller([&] { first = Send(std::move(call)); });
  entered.get_future().wait();
  auto second = Send(again);
  auto third = Send(again);
  go_on.set_value();
  caller.join();
  EXPECT_EQ(ReasonOf(first.get().status()), rpc::v1::REASON_IN_USE);
  const auto carried_out = second.get();
  const auto repeated = third.get();
  ASSERT_TRUE(carried_out.ok() && repeated.ok()) << carried_out.status();
  EXPECT_FALSE(carried_out->receipt.replayed());
  EXPECT_TRUE(repeated->receipt.replayed());
}

TEST_F(EngineTest, RequestsThatWaitForAnotherAreBounded) {
  EXPECT_EQ(services::EngineOptions().waiting, 4'096u);
  services::EngineOptions options = Options();
  options.waiting = 2;
  engine_ = services::NewCommandEngine(*store_, *keys_, *access_, clock_, random_, options);
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  std::promise<void> entered, go_on;
  CommandCall call = Archive(account);
  const CommandCall again = call;
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    entered.set_value();
    go_on.get_future().wait();
    return store_->GetHead().position;
  };
  std::future<absl::StatusOr<CommandAnswer>> first;
  std::thread caller([&] { first = Send(std::move(call)); });
  entered.get_future().wait();
  std::vector<std::future<absl::StatusOr<CommandAnswer>>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(Send(again));
  EXPECT_EQ(ReasonOf(waiting.back().get().status()), rpc::v1::REASON_OVERLOADED);
  go_on.set_value();
  caller.join();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(waiting[0].get()->replayed);
  EXPECT_TRUE(waiting[1].get()->replayed);
}

TEST_F(EngineTest, WhoeverWaitsIsAnsweredWhenTheWorkersAreGone) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  std::promise<void> entered, go_on;
  CommandCall call = Archive(account);
  const CommandCall again = call;
  call.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    entered.set_value();
    go_on.get_future().wait();
    return store_->GetHead().position;
  };
  std::future<absl::StatusOr<CommandAnswer>> first;
  std::thread caller([&] { first = Send(std::move(call)); });
  entered.get_future().wait();
  std::vector<std::future<absl::StatusOr<CommandAnswer>>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(Send(again));
  pool_.Close();
  go_on.set_value();
  caller.join();
  EXPECT_TRUE(first.get().ok());
  for (auto& answer : waiting) {
    EXPECT_EQ(ReasonOf(answer.get().status()), rpc::v1::REASON_SHUTTING_DOWN);
  }
}

TEST_F(EngineTest, TheNilUuidIsNoRequestId) {
  CommandCall call = NewAccount();
  SetRequestId(Uuid().ToString(), &call);
  const auto refused = engine_->ExecuteAndWait(call);
  EXPECT_EQ(ReasonOf(refused.status()), rpc::v1::REASON_INVALID_FIELD);
  EXPECT_EQ(ErrorMetadataOf(refused.status(), "field"), "header.request_id");
}

TEST_F(EngineTest, AStoredAnswerIsAuthorisedWithItsRecord) {
  const CommandCall create = NewAccount();
  const std::string account = engine_->ExecuteAndWait(create)->id;
  const CommandCall rename = Rename(account, "Hidden");
  ASSERT_TRUE(engine_->ExecuteAndWait(rename).ok());
  EXPECT_TRUE(engine_->ExecuteAndWait(rename)->replayed);
  // given a policy that decides by the record
  policy_.hidden_name = "Hidden";
  // then neither the change nor the creation is answered again
  for (const CommandCall& call : {rename, create}) {
    EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(call).status()), rpc::v1::REASON_ACCESS_DENIED);
  }
  // and whoever uses the id for another request on the record learns nothing of it either
  CommandCall other = Rename(account, "Other");
  SetRequestId(IdOf(rename), &other);
  EXPECT_EQ(ReasonOf(engine_->ExecuteAndWait(other).status()), rpc::v1::REASON_ACCESS_DENIED);
}

rpc::v1::RevisionConflict ConflictOf(const absl::Status& status) {
  EXPECT_EQ(ReasonOf(status), rpc::v1::REASON_REVISION_CONFLICT) << status;
  rpc::v1::RevisionConflict conflict;
  const auto payload = status.GetPayload("type.googleapis.com/daybook.rpc.v1.RevisionConflict");
  EXPECT_TRUE(payload.has_value() && conflict.ParseFromString(std::string(*payload)));
  return conflict;
}

TEST_F(EngineTest, AConflictTellsWhatTheCallerMissed) {
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  ASSERT_TRUE(engine_->ExecuteAndWait(Rename(account, "Mill")).ok());
  party::v1::UpdateAccountRequest update;
  update.set_id(account);
  update.mutable_account()->set_website("https://mill.example");
  update.mutable_update_mask()->add_paths("website");
  ASSERT_TRUE(engine_->ExecuteAndWait(Call(update)).ok());
  const auto stale = [&] { return Expecting(1, Rename(account, "Late")); };
  const auto conflict = ConflictOf(engine_->ExecuteAndWait(stale()).status());
  EXPECT_EQ(conflict.expected(), 1u);
  EXPECT_EQ(conflict.actual(), 3u);
  EXPECT_THAT(conflict.changed_fields(), ::testing::ElementsAre("name", "website"));
  ASSERT_EQ(conflict.missed_events_size(), 2);
  EXPECT_EQ(conflict.missed_events(0).revision(), 2u);
  EXPECT_EQ(conflict.missed_events(1).revision(), 3u);
  EXPECT_EQ(conflict.missed_events(1).stream(), absl::StrCat("account/", account));
  EXPECT_FALSE(conflict.missed_events(1).payload().empty());
  EXPECT_FALSE(conflict.truncated());
  // a race that is lost on the way to the log tells the same
  CommandCall raced = Expecting(3, Archive(account));
  raced.guard = [&]() -> absl::StatusOr<eventstore::LogPosition> {
    EXPECT_TRUE(engine_->ExecuteAndWait(Rename(account, "Meanwhile")).ok());
    return store_->GetHead().position;
  };
  const auto lost = ConflictOf(engine_->ExecuteAndWait(raced).status());
  EXPECT_EQ(lost.actual(), 4u);
  EXPECT_THAT(lost.changed_fields(), ::testing::ElementsAre("name"));
  EXPECT_EQ(lost.missed_events_size(), 1);
  // to those who may read accounts
  policy_.reads = false;
  const auto numbers = ConflictOf(engine_->ExecuteAndWait(stale()).status());
  EXPECT_EQ(numbers.actual(), 4u);
  EXPECT_TRUE(numbers.changed_fields().empty());
  EXPECT_TRUE(numbers.missed_events().empty());
}

TEST_F(EngineTest, WhatAConflictTellsIsBounded) {
  EXPECT_EQ(services::kMissedEventsMax, 20u);
  EXPECT_EQ(services::kConflictTrailerBytesMax, 4096u);
  EXPECT_EQ(services::kConflictBytesMax, 65'536u);
  const std::string account = engine_->ExecuteAndWait(NewAccount())->id;
  for (int i = 0; i < 21; ++i) {
    ASSERT_TRUE(engine_->ExecuteAndWait(Rename(account, absl::StrCat("Mill ", i))).ok());
  }
  CommandCall stale = Expecting(1, Rename(account, "Late"));
  stale.conflict_bytes = services::kConflictBytesMax;
  auto conflict = ConflictOf(engine_->ExecuteAndWait(stale).status());
  EXPECT_EQ(conflict.missed_events_size(), 20);
  EXPECT_TRUE(conflict.truncated());
  EXPECT_THAT(conflict.changed_fields(), ::testing::ElementsAre("name"));
  // at the limit nothing is left out
  stale = Expecting(2, Rename(account, "Late"));
  stale.conflict_bytes = services::kConflictBytesMax;
  conflict = ConflictOf(engine_->ExecuteAndWait(stale).status());
  EXPECT_EQ(conflict.missed_events_size(), 20);
  EXPECT_FALSE(conflict.truncated());
  // in bytes
  conflict = ConflictOf(engine_->ExecuteAndWait(Expecting(2, Rename(account, "Late"))).status());
  EXPECT_LT(conflict.missed_events_size(), 20);
  EXPECT_GT(conflict.missed_events_size(), 5);
  EXPECT_LE(conflict.ByteSizeLong(), services::kConflictTrailerBytesMax);
  EXPECT_TRUE(conflict.truncated());
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

absl::Time told = absl::UnixEpoch();
absl::Time ToldTime() { return told; }

TEST(AnswersDueTest, OnlyWhatIsWrittenShowsThatTheLogWorks) {
  services::AnswersDue due(&ToldTime);
  const auto stuck = due.NoteAsked();
  told += absl::Seconds(20);
  // Refusals pass by a disk that hangs.
  due.NoteAnswered(due.NoteAsked(), Reject(Reason::REASON_REVISION_CONFLICT, "no"));
  EXPECT_EQ(due.StalledFor(), absl::Seconds(20));
  const auto next = due.NoteAsked();
  due.NoteAnswered(stuck, absl::OkStatus());
  EXPECT_EQ(due.StalledFor(), absl::ZeroDuration());
  told += absl::Seconds(3);
  EXPECT_EQ(due.StalledFor(), absl::Seconds(3));
  due.NoteAnswered(next, absl::OkStatus());
  EXPECT_EQ(due.StalledFor(), absl::ZeroDuration());
}

TEST(AnswersDueTest, RefusalsAloneAreNoStall) {
  services::AnswersDue due(&ToldTime);
  auto before = due.NoteAsked();
  for (int i = 0; i < 100; ++i) {
    told += absl::Seconds(1);
    const auto next = due.NoteAsked();
    due.NoteAnswered(before, Reject(Reason::REASON_DUPLICATE_KEY, "no"));
    EXPECT_LE(due.StalledFor(), absl::Seconds(1));
    before = next;
  }
}

}  // namespace
}  // namespace daybook::testing
