// States that begin with the record of the views: they are what the whole stream gives, and cost
// its end.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "domain/base/clock.h"
#include "domain/base/error.h"
#include "eventstore/data_directory.h"
#include "projections/views.h"
#include "services/engine/engine.h"
#include "tests/support/proto_matchers.h"

namespace daybook::testing {
namespace {

using eventstore::LogPosition;
using google::protobuf::Message;
using services::CommandEngine;

// Counts the events that are read.
class CountingStore final : public eventstore::EventStore {
 public:
  explicit CountingStore(eventstore::EventStore& store) : store_(store) {}

  void Append(eventstore::Commit commit, AppendDone done) override {
    store_.Append(std::move(commit), std::move(done));
  }
  eventstore::Head GetHead() const override { return frozen_.value_or(store_.GetHead()); }
  // Hides what comes from now on.
  void Freeze() { frozen_ = store_.GetHead(); }
  absl::Status ReadAll(LogPosition after, size_t limit, Visitor visit) const override {
    if (frozen_.has_value()) limit = std::min<size_t>(limit, frozen_->position - after);
    return store_.ReadAll(after, limit, Counted(visit));
  }
  absl::Status ReadSelected(const eventstore::Selection& selection, LogPosition after, size_t limit,
                            Visitor visit) const override {
    return store_.ReadSelected(selection, after, limit, Counted(visit));
  }
  absl::Status ReadStream(const eventstore::StreamId& stream, eventstore::StreamRevision after,
                          size_t limit, Visitor visit) const override {
    const auto counted = [&](const eventstore::RecordedEvent& event) {
      ++read;
      return visit(event);
    };
    return store_.ReadStream(stream, after, limit, counted);
  }
  absl::StatusOr<eventstore::RecordedEvent> ReadEvent(LogPosition position) const override {
    ++read;
    return store_.ReadEvent(position);
  }
  absl::StatusOr<eventstore::StreamRevision> StreamHead(
      const eventstore::StreamId& stream) const override {
    return store_.StreamHead(stream);
  }
  absl::StatusOr<std::optional<eventstore::RequestRecord>> FindRequest(
      const Uuid& request_id) const override {
    return store_.FindRequest(request_id);
  }
  absl::StatusOr<std::optional<eventstore::StreamId>> FindClaim(
      uint16_t claim_kind, const eventstore::Hash& value) const override {
    return store_.FindClaim(claim_kind, value);
  }
  absl::StatusOr<LogPosition> PositionAt(absl::Time time) const override {
    return store_.PositionAt(time);
  }
  absl::StatusOr<LogPosition> LowerToCommitEnd(LogPosition position) const override {
    return store_.LowerToCommitEnd(position);
  }
  LogPosition WaitForHead(LogPosition position, absl::Time deadline) const override {
    if (!frozen_.has_value()) return store_.WaitForHead(position, deadline);
    absl::SleepFor(absl::Milliseconds(20));
    return frozen_->position;
  }
  bool BackfillOpen() const override { return store_.BackfillOpen(); }
  Uuid log_id() const override { return store_.log_id(); }
  uint64_t incarnation() const override { return store_.incarnation(); }
  absl::Status Writable() const override { return store_.Writable(); }
  absl::StatusOr<eventstore::Hash> RootAt(LogPosition size) const override {
    return store_.RootAt(size);
  }

  mutable std::atomic<uint64_t> read{0};

 private:
  std::function<bool(const eventstore::RecordedEvent&)> Counted(Visitor visit) const {
    return [this, visit](const eventstore::RecordedEvent& event) {
      ++read;
      return visit(event);
    };
  }

  eventstore::EventStore& store_;
  std::optional<eventstore::Head> frozen_;
};

constexpr int kChanges = 300;
constexpr uint64_t kFolded = 100;

class SnapshotStateTest : public ::testing::Test {
 protected:
  template <class Request>
  void Do(CommandEngine& engine, Request request) {
    request.mutable_header()->set_request_id(random_.NewUuid(clock_.Now()).ToString());
    services::CommandCall call;
    call.principal.role = services::Principal::Role::kSystem;
    call.command = domain::FindCommand(Request::descriptor()->full_name());
    call.request = std::make_shared<Request>(std::move(request));
    const auto answer = engine.ExecuteAndWait(std::move(call));
    ASSERT_TRUE(answer.ok()) << answer.status();
  }
  std::unique_ptr<CommandEngine> NewEngine(eventstore::EventStore& store) {
    EXPECT_EQ(services::EngineOptions().folded_events, kFolded);
    return services::NewCommandEngine(store, *keys_, *access_, clock_, random_);
  }
  std::unique_ptr<projections::Views> OpenViews(eventstore::EventStore& store) {
    projections::ViewsOptions options;
    options.in_memory = true;
    auto views = projections::Views::Open("/views", store, *keys_, options);
    EXPECT_TRUE(views.ok()) << views.status();
    EXPECT_TRUE(
        (*views)->WaitForBlocking(store.GetHead().position, absl::Now() + absl::Seconds(20)).ok());
    return *std::move(views);
  }
  void CreateAccount(CommandEngine& engine, const std::string& id) {
    party::v1::CreateAccountRequest create;
    create.set_id(id);
    create.set_name("Acme");
    Do(engine, std::move(create));
  }
  void Rename(CommandEngine& engine, const std::string& id, int first, int count) {
    for (int i = first; i < first + count; ++i) {
      party::v1::UpdateAccountRequest update;
      update.set_id(id);
      update.mutable_account()->set_name(absl::StrCat("Mill ", i));
      update.mutable_update_mask()->add_paths("name");
      Do(engine, std::move(update));
    }
  }
  void CreateContact(CommandEngine& engine, const std::string& id, int changes) {
    party::v1::CreateContactRequest create;
    create.set_id(id);
    create.set_family_name("Curie");
    create.set_email("marie@example.org");
    Do(engine, std::move(create));
    for (int i = 0; i < changes; ++i) {
      party::v1::UpdateContactRequest update;
      update.set_id(id);
      update.mutable_contact()->set_given_name(absl::StrCat("Marie ", i));
      update.mutable_update_mask()->add_paths("given_name");
      Do(engine, std::move(update));
    }
  }
  std::string NewId() { return random_.NewUuid(clock_.Now()).ToString(); }
  static std::string Load(CommandEngine& engine, const std::string& aggregate,
                          const std::string& id) {
    const auto record = engine.LoadRecord(aggregate, id);
    EXPECT_TRUE(record.ok() && *record != nullptr) << record.status();
    return record.ok() && *record != nullptr ? (*record)->DebugString() : "";
  }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<eventstore::EventStore> log_ = eventstore::NewMemoryEventStore(clock_, random_);
  std::unique_ptr<eventstore::KeyStore> keys_ = eventstore::NewMemoryKeyStore(random_);
  std::unique_ptr<services::AccessPolicy> access_ = services::NewRolePolicy();
  CountingStore store_{*log_};
};

TEST_F(SnapshotStateTest, ALongStreamCostsASnapshotAndItsTail) {
  const std::string account = NewId();
  const std::string contact = NewId();
  const auto writer = NewEngine(store_);
  CreateAccount(*writer, account);
  Rename(*writer, account, 0, kChanges);
  CreateContact(*writer, contact, kChanges);
  const auto views = OpenViews(*log_);
  // given an engine that was just started, with views that are some events behind
  const auto folding = NewEngine(store_);
  const std::string whole_account = Load(*folding, "account", account);
  const std::string whole_contact = Load(*folding, "contact", contact);
  const auto engine = NewEngine(store_);
  engine->SetViews(views.get());
  // then what is loaded is the same, for a few events
  store_.read = 0;
  EXPECT_EQ(Load(*engine, "account", account), whole_account);
  EXPECT_EQ(Load(*engine, "contact", contact), whole_contact);
  EXPECT_LE(store_.read, 10u);
  // and so is what is decided on it
  Rename(*engine, account, kChanges, 1);
  const auto fresh = NewEngine(store_);
  EXPECT_EQ(Load(*engine, "account", account), Load(*fresh, "account", account));
  engine->SetViews(nullptr);
}

TEST_F(SnapshotStateTest, TheTailBehindTheViewsIsFolded) {
  const std::string account = NewId();
  const auto writer = NewEngine(store_);
  CreateAccount(*writer, account);
  Rename(*writer, account, 0, kChanges);
  // given views that are behind
  CountingStore past(*log_);
  past.Freeze();
  const auto views = OpenViews(past);
  Rename(*writer, account, kChanges, 50);
  const auto engine = NewEngine(store_);
  engine->SetViews(views.get());
  store_.read = 0;
  EXPECT_EQ(Load(*engine, "account", account), Load(*writer, "account", account));
  EXPECT_GE(store_.read, 50u);
  EXPECT_LE(store_.read, 55u);
  engine->SetViews(nullptr);
}

TEST_F(SnapshotStateTest, ShortStreamsAreFoldedWhole) {
  const std::string account = NewId();
  const auto writer = NewEngine(store_);
  CreateAccount(*writer, account);
  Rename(*writer, account, 0, kFolded - 1);
  const auto views = OpenViews(*log_);
  auto engine = NewEngine(store_);
  engine->SetViews(views.get());
  store_.read = 0;
  Load(*engine, "account", account);
  EXPECT_EQ(store_.read, kFolded);
  Rename(*writer, account, kFolded, 1);
  engine = NewEngine(store_);
  engine->SetViews(views.get());
  store_.read = 0;
  Load(*engine, "account", account);
  EXPECT_LE(store_.read, 5u);
}

TEST_F(SnapshotStateTest, ViewsOfAnotherLogAreNotBelieved) {
  // given two logs with one record, where it stands at other positions
  const auto other = eventstore::NewMemoryEventStore(clock_, random_);
  const std::string account = NewId();
  const auto stranger = NewEngine(*other);
  CreateAccount(*stranger, NewId());
  CreateAccount(*stranger, account);
  Rename(*stranger, account, 1000, kChanges - 1);
  const auto writer = NewEngine(store_);
  CreateAccount(*writer, account);
  Rename(*writer, account, 0, kChanges);
  const auto views = OpenViews(*other);
  const auto engine = NewEngine(store_);
  engine->SetViews(views.get());
  // then the log decides
  EXPECT_EQ(Load(*engine, "account", account), Load(*writer, "account", account));
  engine->SetViews(nullptr);
}

TEST_F(SnapshotStateTest, WhichRecordsThereAreIsNotReadFromTheirEvents) {
  const auto writer = NewEngine(store_);
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(NewId());
    CreateAccount(*writer, ids.back());
    Rename(*writer, ids.back(), 0, kChanges);
  }
  const auto views = OpenViews(*log_);
  const auto engine = NewEngine(store_);
  engine->SetViews(views.get());
  store_.read = 0;
  const auto found = engine->RecordIds("account");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, ids);
  EXPECT_LE(store_.read, 10u);
  // those that the views do not know yet as well
  ids.push_back(NewId());
  CreateAccount(*writer, ids.back());
  const auto later = NewEngine(store_);
  later->SetViews(views.get());
  EXPECT_EQ(*later->RecordIds("account"), ids);
  later->SetViews(nullptr);
  engine->SetViews(nullptr);
}

}  // namespace
}  // namespace daybook::testing
