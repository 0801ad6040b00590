#include "cli/bulk_commands.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/records.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "domain/base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/fake_target.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

using Requests = std::vector<std::unique_ptr<google::protobuf::Message>>;

constexpr BulkRetry kAtOnce = {4, absl::ZeroDuration()};

// Hand-overs of so many accounts, each with a fresh request id.
Requests HandOvers(int count) {
  Requests requests;
  for (int i = 0; i < count; ++i) {
    auto request = std::make_unique<pb::HandOverAccountRequest>();
    SetNewHeader(request->mutable_header());
    request->set_id(absl::StrCat("account ", i));
    requests.push_back(std::move(request));
  }
  return requests;
}

std::vector<std::string> Results(const std::vector<CommandOutcome>& outcomes) {
  std::vector<std::string> results;
  for (const CommandOutcome& outcome : outcomes) results.push_back(ResultText(outcome, "done"));
  return results;
}

TEST(BulkCommandsTest, EachCommandHasItsOutcome) {
  FakeTarget target;
  target.refuse = [](const SentCommand& sent) {
    return sent.Text("id") == "account 1" ? Reject(rpc::v1::REASON_RECORD_ARCHIVED, "archived")
                                          : absl::OkStatus();
  };
  std::vector<CommandOutcome> outcomes;
  EXPECT_TRUE(SendAll(target, {}, HandOvers(3), &outcomes, kAtOnce).ok());
  EXPECT_THAT(Results(outcomes), ::testing::ElementsAre("done", "archived", "done"));
  EXPECT_EQ(CountRefused(outcomes), 1);
  EXPECT_EQ(Tally(outcomes, "done"), "2 done, 1 refused");
}

TEST(BulkCommandsTest, NothingToSendOpensNoStream) {
  FakeTarget target;
  std::vector<CommandOutcome> outcomes;
  EXPECT_TRUE(SendAll(target, {}, {}, &outcomes, kAtOnce).ok());
  EXPECT_TRUE(target.batch_ids.empty());
  EXPECT_EQ(Tally(outcomes, "done"), "0 done");
}

TEST(BulkCommandsTest, WhatChangedNothingIsNotShownAsDone) {
  CommandOutcome outcome;
  outcome.answered = true;
  EXPECT_EQ(ResultText(outcome, "handed over"), "already so");
  EXPECT_EQ(Tally({outcome}, "handed over"), "0 handed over, 1 already so");
  outcome.events = 2;
  EXPECT_EQ(ResultText(outcome, "handed over"), "handed over");
}

// The same hand-over a second time on the same day is carried out a second time.
TEST(BulkCommandsTest, EveryRunIsNew) {
  FakeTarget target;
  std::vector<CommandOutcome> outcomes;
  EXPECT_TRUE(SendAll(target, {}, HandOvers(2), &outcomes, kAtOnce).ok());
  EXPECT_TRUE(SendAll(target, {}, HandOvers(2), &outcomes, kAtOnce).ok());
  EXPECT_EQ(target.carried_out.size(), 4);
  EXPECT_EQ(target.replayed, 0);
}

TEST(BulkCommandsTest, ABrokenConnectionIsTakenUpWithoutDoingAnythingTwice) {
  FakeTarget target;
  target.break_after = 300;
  target.lose_answers = true;
  std::vector<CommandOutcome> outcomes;
  EXPECT_TRUE(SendAll(target, {}, HandOvers(500), &outcomes, kAtOnce).ok());
  EXPECT_EQ(target.carried_out.size(), 500);
  std::set<std::string> accounts;
  for (const SentCommand& sent : target.carried_out) accounts.insert(sent.Text("id"));
  EXPECT_EQ(accounts.size(), 500);
  EXPECT_GT(target.replayed, 0) << "some had been carried out, and their answers were lost";
  EXPECT_EQ(Tally(outcomes, "done"), "500 done");
}

TEST(BulkCommandsTest, WithoutAnAnswerItIsNotKnown) {
  FakeTarget target;
  target.break_after = 0;
  target.lose_answers = true;
  std::vector<CommandOutcome> outcomes;
  const absl::Status status = SendAll(target, {}, HandOvers(1), &outcomes, {1, {}});
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(Results(outcomes), ::testing::ElementsAre("no answer; run it again"));
  EXPECT_EQ(CountRefused(outcomes), 0);
  EXPECT_EQ(Tally(outcomes, "done"), "0 done, 1 without an answer");
}

}  // namespace
}  // namespace daybook::cli
