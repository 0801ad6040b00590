#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "absl/time/clock.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_events.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace logpb = ::daybook::log::v1;

using ::testing::HasSubstr;

class LogFeedTest : public ::testing::Test {
 protected:
  std::vector<logpb::Event> Read(const logpb::ReadEventsRequest& request,
                                 grpc::Status* status = nullptr) {
    const auto context = server_.Context();
    auto reader = log_->ReadEvents(context.get(), request);
    std::vector<logpb::Event> events;
    logpb::ReadEventsResponse response;
    while (reader->Read(&response)) {
      events.insert(events.end(), response.events().begin(), response.events().end());
    }
    const grpc::Status finished = reader->Finish();
    if (status != nullptr) *status = finished;
    return events;
  }

  TestServer server_;
  std::unique_ptr<logpb::LogService::Stub> log_ = logpb::LogService::NewStub(server_.channel());
};

TEST_F(LogFeedTest, GivesEveryEventOnceInOrderFromAnyPosition) {
  for (int i = 0; i < 300; ++i) server_.CreateAccount("account");
  const auto all = Read(logpb::ReadEventsRequest());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].position(), i + 1);
  logpb::ReadEventsRequest from;
  from.set_after_position(100);
  const auto rest = Read(from);
  ASSERT_EQ(rest.size(), all.size() - 100);
  EXPECT_EQ(rest.front().position(), 101);
}

TEST_F(LogFeedTest, EventsAndBytesOfAMessageAtTheirLimits) {
  constexpr int kEvents = 256, kNoteBytes = 4000;
  constexpr size_t kBytes = 256 << 10;
  for (int i = 0; i <= kEvents; ++i) server_.CreateAccount("account");
  const uint64_t small = server_.Head();
  sales::v1::OpportunityService::Stub deals(server_.channel());
  sales::v1::CreateOpportunityRequest request;
  request.set_subject("A deal");
  request.set_account_id(server_.CreateAccount("account"));
  request.set_owner_id(server_.CreateUser("Ada"));
  request.set_note(std::string(kNoteBytes, 'x'));
  for (int i = 0; i < 80; ++i) {
    *request.mutable_header() = server_.Header();
    sales::v1::CreateOpportunityResponse response;
    const auto status = server_.Call(&sales::v1::OpportunityService::Stub::CreateOpportunity, deals,
                                     request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  const auto context = server_.Context();
  auto reader = log_->ReadEvents(context.get(), logpb::ReadEventsRequest());
  logpb::ReadEventsResponse message;
  int most = 0;
  size_t largest = 0;
  while (reader->Read(&message)) {
    most = std::max(most, message.events_size());
    // It ends with the event that goes beyond. Counted are payloads and 200 bytes for the rest of
    // an event, which may be a little more.
    largest = std::max(largest, message.ByteSizeLong());
  }
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_GT(small, kEvents);
  EXPECT_EQ(most, kEvents);
  EXPECT_GE(largest, kBytes);
  EXPECT_LE(largest, kBytes + kBytes / 10);
}

TEST_F(LogFeedTest, SelectsByStreamAggregateAndType) {
  const std::string id = server_.CreateAccount("Acme");
  server_.CreateUser("Ada");
  server_.CreateAccount("Bluth");
  logpb::ReadEventsRequest request;
  request.set_stream("account/" + id);
  auto events = Read(request);
  ASSERT_EQ(events.size(), 1);
  party::v1::AccountEvent payload;
  ASSERT_TRUE(payload.ParseFromString(events[0].payload()));
  EXPECT_EQ(payload.created().account().name(), "Acme");
  request.set_aggregate("account");
  EXPECT_EQ(Read(request).size(), 2);
  request.set_type("user.created");
  events = Read(request);
  ASSERT_EQ(events.size(), 1);
  EXPECT_EQ(events[0].payload_type(), "daybook.admin.v1.UserEvent");
}

TEST_F(LogFeedTest, WhatCanNeverComeIsRefusedWithTheNearestThatCan) {
  const auto refused = [this](const logpb::ReadEventsRequest& request) {
    grpc::Status status;
    Read(request, &status);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(RefusalOf(status).reason, "INVALID_FIELD");
    return status.error_message();
  };
  logpb::ReadEventsRequest request;
  request.set_follow(true);
  request.set_type("oportunity.won");
  EXPECT_THAT(refused(request), HasSubstr("'opportunity.won'"));
  request.set_type("account");
  refused(request);
  request.set_aggregate("acount");
  EXPECT_THAT(refused(request), HasSubstr("'account'"));
  request.set_stream("acount/" + server_.NewId());
  EXPECT_THAT(refused(request), HasSubstr("'account'"));
}

TEST_F(LogFeedTest, AFollowerMissesNothingAndSeesNothingTwice) {
  logpb::ReadEventsRequest request;
  request.set_follow(true);
  const auto context = server_.Context();
  auto reader = log_->ReadEvents(context.get(), request);
  constexpr int kAccounts = 200;
  std::thread writer([&] {
    for (int i = 0; i < kAccounts; ++i) server_.CreateAccount("account");
  });
  uint64_t last = 0;
  int accounts = 0;
  logpb::ReadEventsResponse response;
  while (accounts < kAccounts && reader->Read(&response)) {
    for (const auto& event : response.events()) {
      ASSERT_EQ(event.position(), last + 1);
      last = event.position();
      if (event.type() == "account.created") ++accounts;
    }
  }
  writer.join();
  EXPECT_EQ(accounts, kAccounts);
  context->TryCancel();
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(LogFeedTest, APositionBeyondTheHeadIsRefused) {
  logpb::ReadEventsRequest request;
  request.set_after_position(1'000'000);
  grpc::Status status;
  Read(request, &status);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(RefusalOf(status).reason, "POSITION_BEYOND_HEAD");
  EXPECT_EQ(RefusalOf(status).metadata.at("head"), std::to_string(server_.Head()));
  request.set_after_position(server_.Head());
  Read(request, &status);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(LogFeedTest, AnotherIncarnationIsRefusedWhateverThePosition) {
  logpb::GetHeadResponse head;
  ASSERT_TRUE(
      server_.Call(&logpb::LogService::Stub::GetHead, *log_, logpb::GetHeadRequest(), &head).ok());
  EXPECT_EQ(head.incarnation(), 1);
  const auto context = server_.Context();
  logpb::ReadEventsRequest request;
  request.set_incarnation(head.incarnation());
  auto reader = log_->ReadEvents(context.get(), request);
  logpb::ReadEventsResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.incarnation(), 1);
  context->TryCancel();
  reader->Finish();
  for (const uint64_t position : {uint64_t{0}, uint64_t{1'000'000}}) {
    request.set_incarnation(2);
    request.set_after_position(position);
    grpc::Status status;
    Read(request, &status);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(RefusalOf(status).reason, "INCARNATION_CHANGED");
    EXPECT_EQ(RefusalOf(status).metadata.at("actual"), "1");
  }
}

// Followers that go away at any moment, many of them between "there is no more" and the wait for
// it. Under a sanitizer a feed that is used after its end is seen.
TEST_F(LogFeedTest, FollowersMayGoAwayAtAnyMoment) {
  constexpr int kThreads = 4, kFollowers = 150;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    while (!done) server_.CreateAccount("account");
  });
  std::vector<std::thread> followers;
  std::atomic<int> ended = 0;
  for (int t = 0; t < kThreads; ++t) {
    followers.emplace_back([&, t] {
      std::minstd_rand random(static_cast<unsigned>(t + 1));
      const auto log = logpb::LogService::NewStub(server_.channel());
      for (int i = 0; i < kFollowers; ++i) {
        logpb::ReadEventsRequest request;
        request.set_follow(true);
        request.set_after_position(server_.Head());
        const auto context = server_.Context();
        const auto reader = log->ReadEvents(context.get(), request);
        std::thread canceller([&, micros = random() % 3000] {
          absl::SleepFor(absl::Microseconds(micros));
          context->TryCancel();
        });
        logpb::ReadEventsResponse response;
        while (reader->Read(&response)) {
        }
        canceller.join();
        if (reader->Finish().error_code() == grpc::StatusCode::CANCELLED) ++ended;
      }
    });
  }
  for (std::thread& follower : followers) follower.join();
  done = true;
  writer.join();
  EXPECT_EQ(ended, kThreads * kFollowers);
  // and the feed still works
  EXPECT_EQ(Read(logpb::ReadEventsRequest()).size(), server_.Head());
}

}  // namespace
}  // namespace daybook::testing
