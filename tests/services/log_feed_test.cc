#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_events.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace logpb = ::daybook::log::v1;

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
  request.set_type("no.such_type");
  EXPECT_TRUE(Read(request).empty());
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
  EXPECT_EQ(RefusalOf(status).reason, "AS_OF_IN_FUTURE");
}

}  // namespace
}  // namespace daybook::testing
