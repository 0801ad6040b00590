#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "daybook/rpc/v1/conflict.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "domain/base/time.h"
#include "tests/support/command_batch.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
namespace rpcpb = ::daybook::rpc::v1;

class CommandStreamTest : public ::testing::Test {
 protected:
  party::CreateAccountRequest NewAccount(const std::string& name, const std::string& parent = "") {
    party::CreateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(server_.NewId());
    request.set_name(name);
    request.set_parent_id(parent);
    return request;
  }
  party::MoveAccountRequest Move(const std::string& id, const std::string& parent) {
    party::MoveAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(id);
    request.set_parent_id(parent);
    return request;
  }
  party::UpdateAccountRequest Rename(const std::string& id, const std::string& name) {
    party::UpdateAccountRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(id);
    request.mutable_account()->set_name(name);
    request.mutable_update_mask()->add_paths("name");
    return request;
  }
  static rpcpb::RevisionConflict ConflictOf(const std::string& status_bytes) {
    rpcpb::RevisionConflict conflict;
    rpcpb::Status status;
    EXPECT_TRUE(status.ParseFromString(status_bytes));
    for (const auto& detail : status.details()) {
      if (detail.Is<rpcpb::RevisionConflict>()) detail.UnpackTo(&conflict);
    }
    return conflict;
  }
  static std::string ReasonOf(const rpcpb::CommandResult& result) {
    return RefusalOf(
               grpc::Status(static_cast<grpc::StatusCode>(result.code()), "", result.status()))
        .reason;
  }
  bool Exists(const std::string& id, uint64_t min_position = 0) {
    party::GetAccountRequest request;
    request.mutable_header()->set_min_position(min_position);
    request.set_id(id);
    party::GetAccountResponse response;
    const auto stub = party::AccountService::NewStub(server_.channel());
    return server_.Call(&party::AccountService::Stub::GetAccount, *stub, request, &response).ok();
  }

  TestServer server_;
};

TEST_F(CommandStreamTest, CommandsOnRecordsMadeJustBeforeAreDecidedOnThem) {
  Batch batch;
  const auto parent = NewAccount("parent");
  const auto child = NewAccount("child", parent.id());
  batch.Add(parent);
  batch.Add(child);
  batch.Add(Move(child.id(), ""));
  const uint64_t cycle = batch.Add(Move(child.id(), child.id()));
  const uint64_t last = batch.Add(Move(child.id(), parent.id()));
  const auto results = batch.Send(server_);
  ASSERT_EQ(results.size(), 5);
  EXPECT_EQ(results.at(2).code(), 0);
  EXPECT_EQ(results.at(3).receipt().revision(), 2);
  EXPECT_EQ(ReasonOf(results.at(cycle)), "CYCLE");
  EXPECT_EQ(results.at(last).receipt().revision(), 3);
  party::CreateAccountResponse response;
  ASSERT_TRUE(response.ParseFromString(results.at(1).response()));
  EXPECT_EQ(response.account().name(), "parent");
}

TEST_F(CommandStreamTest, WhatHangsOnARefusedCommandIsRefusedAndTheRestGoesOn) {
  auto first = NewAccount("first");
  first.set_tax_number("T1");
  auto twin = NewAccount("twin");
  twin.set_tax_number("T1");
  const auto below_twin = NewAccount("below twin", twin.id());
  const auto other = NewAccount("other");
  Batch batch;
  batch.Add(first);
  const uint64_t refused = batch.Add(twin);
  const uint64_t hanging = batch.Add(below_twin);
  const uint64_t good = batch.Add(other);
  const auto results = batch.Send(server_);
  EXPECT_EQ(ReasonOf(results.at(refused)), "DUPLICATE_KEY");
  EXPECT_EQ(ReasonOf(results.at(hanging)), "REFERENCE_NOT_FOUND");
  EXPECT_EQ(results.at(good).code(), 0);
}

TEST_F(CommandStreamTest, ARepeatedStreamReplaysEveryAnswer) {
  Batch batch;
  for (int i = 0; i < 100; ++i) batch.Add(NewAccount("account"));
  const auto first = batch.Send(server_);
  const auto second = batch.Send(server_);
  ASSERT_EQ(second.size(), 100);
  for (const auto& [index, result] : second) {
    EXPECT_TRUE(result.replayed());
    EXPECT_EQ(result.receipt().position(), first.at(index).receipt().position());
  }
}

// Undecided, decided and not on disk, on disk: wherever the first stands when the second comes.
TEST_F(CommandStreamTest, TheSameRequestTwiceInOneStreamGetsTheFirstAnswer) {
  for (int round = 0; round < 20; ++round) {
    auto create = NewAccount("account");
    create.set_tax_number(absl::StrCat("T", round));
    auto without_id = NewAccount("account");
    without_id.clear_id();
    auto rename = Rename(create.id(), "renamed");
    rename.mutable_header()->set_expected_revision(1);
    Batch batch;
    std::vector<uint64_t> first = {batch.Add(create), batch.Add(rename), batch.Add(without_id)};
    std::vector<uint64_t> second = {batch.Add(create), batch.Add(rename), batch.Add(without_id)};
    auto other = rename;
    other.mutable_account()->set_name("another");
    const uint64_t misused = batch.Add(other);
    const auto results = batch.Send(server_);
    for (size_t i = 0; i < first.size(); ++i) {
      const auto& carried_out = results.at(first[i]);
      const auto& repeated = results.at(second[i]);
      ASSERT_EQ(carried_out.code(), 0) << ReasonOf(carried_out);
      ASSERT_EQ(repeated.code(), 0) << ReasonOf(repeated);
      EXPECT_FALSE(carried_out.replayed() || carried_out.receipt().replayed());
      EXPECT_TRUE(repeated.replayed() && repeated.receipt().replayed());
      EXPECT_EQ(repeated.receipt().position(), carried_out.receipt().position());
      EXPECT_EQ(repeated.receipt().revision(), carried_out.receipt().revision());
    }
    EXPECT_EQ(ReasonOf(results.at(misused)), "IDEMPOTENCY_MISMATCH");
  }
}

TEST_F(CommandStreamTest, TheSameRequestBesideAUnaryCallIsCarriedOutOnce) {
  const auto stub = party::AccountService::NewStub(server_.channel());
  for (int round = 0; round < 20; ++round) {
    auto create = NewAccount("account");
    create.set_tax_number(absl::StrCat("U", round));
    grpc::Status status;
    party::CreateAccountResponse response;
    std::thread unary([&] {
      status = server_.Call(&party::AccountService::Stub::CreateAccount, *stub, create, &response);
    });
    Batch batch;
    for (int i = 0; i < 10; ++i) batch.Add(create);
    const auto results = batch.Send(server_);
    unary.join();
    ASSERT_TRUE(status.ok()) << status.error_message();
    int carried_out = response.receipt().replayed() ? 0 : 1;
    for (const auto& [index, result] : results) {
      ASSERT_EQ(result.code(), 0) << ReasonOf(result);
      carried_out += result.receipt().replayed() ? 0 : 1;
      EXPECT_EQ(result.receipt().position(), response.receipt().position());
    }
    EXPECT_EQ(carried_out, 1);
  }
}

TEST_F(CommandStreamTest, ADryRunAnswersARepeatedRequestAsTheRunWould) {
  auto create = NewAccount("account");
  create.set_tax_number("T1");
  auto rename = Rename(create.id(), "renamed");
  rename.mutable_header()->set_expected_revision(1);
  auto checked = Rename(create.id(), "only checked");
  checked.mutable_header()->set_validate_only(true);
  auto other = rename;
  other.mutable_account()->set_name("another");
  Batch batch;
  batch.Add(create);
  const uint64_t again = batch.Add(create);
  batch.Add(checked);
  batch.Add(rename);
  const uint64_t renamed_again = batch.Add(rename);
  const uint64_t misused = batch.Add(other);
  batch.options().set_dry_run(true);
  const auto dry = batch.Send(server_);
  batch.options().set_dry_run(false);
  const auto real = batch.Send(server_);
  for (const auto* results : {&dry, &real}) {
    EXPECT_EQ(results->at(again).code(), 0) << ReasonOf(results->at(again));
    EXPECT_TRUE(results->at(again).replayed());
    EXPECT_TRUE(results->at(renamed_again).receipt().replayed());
    EXPECT_EQ(ReasonOf(results->at(misused)), "IDEMPOTENCY_MISMATCH");
  }
  for (const auto& [index, result] : real) {
    EXPECT_EQ(dry.at(index).code(), result.code()) << index;
    EXPECT_EQ(dry.at(index).receipt().revision(), result.receipt().revision()) << index;
  }
}

// A commit that is refused for its size never reaches the writer: what was decided before it
// stands.
TEST_F(CommandStreamTest, ARefusedCommandTakesNothingBackButItself) {
  auto twin = NewAccount("twin");
  twin.set_tax_number("T1");
  Batch first;
  first.Add(twin);
  ASSERT_EQ(first.Send(server_).at(1).code(), 0);
  for (int round = 0; round < 20; ++round) {
    const auto create = NewAccount("account");
    auto clash = Rename(create.id(), "renamed");
    clash.mutable_account()->set_tax_number("T1");
    clash.mutable_update_mask()->add_paths("tax_number");
    Batch batch;
    batch.Add(create);
    const uint64_t refused = batch.Add(clash);
    const uint64_t good = batch.Add(Rename(create.id(), "renamed"));
    const auto results = batch.Send(server_);
    EXPECT_EQ(ReasonOf(results.at(refused)), "DUPLICATE_KEY");
    ASSERT_EQ(results.at(good).code(), 0) << ReasonOf(results.at(good));
    EXPECT_EQ(results.at(good).receipt().revision(), 2);
  }
}

TEST_F(CommandStreamTest, AConflictTellsWhatTheCallerMissed) {
  const auto create = NewAccount("account");
  Batch made;
  made.Add(create);
  for (int i = 0; i < 15; ++i)
    made.Add(Rename(create.id(), std::string(190, static_cast<char>('a' + i))));
  made.Send(server_);
  auto stale = Rename(create.id(), "late");
  stale.mutable_header()->set_expected_revision(1);
  Batch batch;
  batch.Add(stale);
  const auto in_stream = ConflictOf(batch.Send(server_).at(1).status());
  EXPECT_EQ(in_stream.expected(), 1);
  EXPECT_EQ(in_stream.actual(), 16);
  EXPECT_EQ(in_stream.missed_events_size(), 15);
  EXPECT_THAT(in_stream.changed_fields(), ::testing::ElementsAre("name"));
  // In a trailer less has room, and arrives.
  const auto stub = party::AccountService::NewStub(server_.channel());
  party::UpdateAccountResponse response;
  const grpc::Status status =
      server_.Call(&party::AccountService::Stub::UpdateAccount, *stub, stale, &response);
  EXPECT_EQ(RefusalOf(status).reason, "REVISION_CONFLICT");
  const auto unary = ConflictOf(status.error_details());
  EXPECT_TRUE(unary.truncated());
  EXPECT_GT(unary.missed_events_size(), 3);
  EXPECT_THAT(unary.changed_fields(), ::testing::ElementsAre("name"));
}

TEST_F(CommandStreamTest, E05ADryRunSaysWhatTheRunWouldSayAndWritesNothing) {
  auto first = NewAccount("first");
  first.set_tax_number("T1");
  auto twin = NewAccount("twin");
  twin.set_tax_number("T1");
  const auto child = NewAccount("child", first.id());
  Batch batch;
  batch.options().set_dry_run(true);
  batch.Add(first);
  batch.Add(twin);
  batch.Add(child);
  const auto dry = batch.Send(server_);
  EXPECT_EQ(dry.at(1).code(), 0);
  EXPECT_EQ(ReasonOf(dry.at(2)), "DUPLICATE_KEY");
  EXPECT_EQ(dry.at(3).code(), 0);
  EXPECT_FALSE(Exists(first.id()));

  batch.options().set_dry_run(false);
  const auto real = batch.Send(server_);
  for (const auto& [index, result] : real) EXPECT_EQ(result.code(), dry.at(index).code());
  EXPECT_TRUE(Exists(child.id(), real.at(3).receipt().position()));
}

TEST_F(CommandStreamTest, BackfillTakesTheStampsOfTheDataUntilTheFirstLiveEvent) {
  const absl::Time day = absl::FromCivil(absl::CivilDay(2017, 3, 1), absl::UTCTimeZone());
  const auto at = [&](party::CreateAccountRequest request, absl::Time time) {
    *request.mutable_header()->mutable_effective_at() = ToProto(time);
    return request;
  };
  Batch batch;
  batch.options().set_backfill(true);
  batch.Add(NewAccount("undated"));
  batch.Add(at(NewAccount("march"), day));
  batch.Add(at(NewAccount("april"), day + absl::Hours(24 * 31)));
  const uint64_t older = batch.Add(at(NewAccount("too old"), day));
  const auto results = batch.Send(server_);
  EXPECT_EQ(results.at(1).receipt().recorded_at().seconds(), 0);
  EXPECT_EQ(results.at(2).receipt().recorded_at().seconds(), absl::ToUnixSeconds(day));
  EXPECT_EQ(ReasonOf(results.at(older)), "BACKFILL_CLOSED");

  server_.CreateAccount("live");
  Batch late;
  late.options().set_backfill(true);
  const uint64_t index = late.Add(at(NewAccount("late"), absl::Now() - absl::Seconds(1)));
  EXPECT_EQ(ReasonOf(late.Send(server_).at(index)), "BACKFILL_CLOSED");
}

TEST_F(CommandStreamTest, BytesThatAreNoRequestAreRefusedOneByOne) {
  Batch batch;
  const uint64_t good = batch.Add(NewAccount("good"));
  // Not UTF-8: protobuf itself refuses the string.
  auto latin = NewAccount("caf?");
  const uint64_t not_utf8 = batch.Add(latin);
  std::string* bytes = batch.message().mutable_commands(1)->mutable_request();
  (*bytes)[bytes->find('?')] = '\xe9';
  const uint64_t unknown = batch.Add(NewAccount("x"));
  batch.message().mutable_commands(2)->set_request_type("daybook.party.v1.NoSuchRequest");
  const auto results = batch.Send(server_);
  EXPECT_EQ(results.at(good).code(), 0);
  EXPECT_EQ(ReasonOf(results.at(not_utf8)), "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(results.at(unknown)), "INVALID_FIELD");
}

TEST_F(CommandStreamTest, MoreCommandsThanOneMessageMayHoldEndTheStream) {
  Batch batch;
  for (int i = 0; i < 513; ++i) batch.Add(NewAccount("account"));
  grpc::Status status;
  batch.Send(server_, &status);
  EXPECT_EQ(RefusalOf(status).reason, "LIMIT_EXCEEDED");
}

TEST_F(CommandStreamTest, ManyCommandsOfOneStreamAllArrive) {
  const auto stub = rpcpb::CommandService::NewStub(server_.channel());
  const auto context = server_.Context();
  auto stream = stub->Execute(context.get());
  constexpr int kMessages = 12;
  std::thread writer([&] {
    for (int m = 0; m < kMessages; ++m) {
      Batch batch;
      for (int i = 0; i < 512; ++i) batch.Add(NewAccount("account"));
      ASSERT_TRUE(stream->Write(batch.message()));
    }
    stream->WritesDone();
  });
  int answers = 0;
  rpcpb::ExecuteResponse response;
  while (stream->Read(&response)) {
    for (const auto& result : response.results()) answers += result.code() == 0 ? 1 : 0;
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answers, kMessages * 512);
}

}  // namespace
}  // namespace daybook::testing
