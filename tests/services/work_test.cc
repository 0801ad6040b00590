#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "daybook/party/v1/contact_service.grpc.pb.h"
#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "daybook/work/v1/timeline_service.grpc.pb.h"
#include "daybook/work/v1/worklist_service.grpc.pb.h"
#include "domain/base/time.h"
#include "tests/services/lead_fixture.h"
#include "tests/support/proto_matchers.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::work::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WorkTest : public ::testing::Test {
 protected:
  // A key that stands for the user.
  std::string KeyOf(const std::string& user) {
    admin::v1::IssueApiKeyRequest request;
    *request.mutable_header() = server_.Header();
    request.set_name("test");
    request.set_role(admin::v1::API_ROLE_ADMIN);
    request.set_user_id(user);
    admin::v1::IssueApiKeyResponse response;
    const auto stub = admin::v1::ApiKeyService::NewStub(server_.channel());
    EXPECT_TRUE(
        server_.Call(&admin::v1::ApiKeyService::Stub::IssueApiKey, *stub, request, &response).ok());
    return response.key();
  }

  pb::ScheduleActivityRequest Plan(const std::string& assignee, absl::string_view more = "") {
    auto request = Proto<pb::ScheduleActivityRequest>(
        absl::StrCat("kind: ACTIVITY_KIND_FOLLOW_UP description: 'ask for the order' ", more));
    *request.mutable_header() = server_.Header();
    request.set_assignee_id(assignee);
    return request;
  }
  pb::Activity Schedule(const pb::ScheduleActivityRequest& request, const std::string& key) {
    pb::ScheduleActivityResponse response;
    const auto context = server_.Context(key);
    const grpc::Status status = activities_->ScheduleActivity(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.activity();
  }
  pb::Activity Schedule(const pb::ScheduleActivityRequest& request) {
    return Schedule(request, server_.key());
  }
  std::string Log(absl::string_view text) {
    auto request = Proto<pb::LogActivityRequest>(text);
    *request.mutable_header() = server_.Header();
    pb::LogActivityResponse response;
    const grpc::Status status =
        server_.Call(&pb::ActivityService::Stub::LogActivity, *activities_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.activity().id();
  }
  template <class Request, class Response>
  grpc::Status Do(grpc::Status (pb::ActivityService::Stub::*method)(grpc::ClientContext*,
                                                                    const Request&, Response*),
                  const std::string& id, Response* response) {
    Request request;
    *request.mutable_header() = server_.Header();
    request.set_id(id);
    return server_.Call(method, *activities_, request, response);
  }

  pb::ListTodoResponse Todo(const std::string& user, absl::string_view more) {
    auto request = Proto<pb::ListTodoRequest>(more);
    request.mutable_header()->set_min_position(server_.Head());
    request.set_user_id(user);
    pb::ListTodoResponse response;
    const grpc::Status status =
        server_.Call(&pb::WorklistService::Stub::ListTodo, *worklist_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static std::vector<std::string> Ids(const pb::ListTodoResponse& response) {
    std::vector<std::string> ids;
    for (const auto& item : response.items()) ids.push_back(item.activity().id());
    return ids;
  }
  pb::GetLastContactResponse LastContact(absl::string_view of) {
    auto request = Proto<pb::GetLastContactRequest>(of);
    request.mutable_header()->set_min_position(server_.Head());
    pb::GetLastContactResponse response;
    const grpc::Status status =
        server_.Call(&pb::WorklistService::Stub::GetLastContact, *worklist_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  pb::GetTimelineResponse Timeline(const std::string& aggregate, const std::string& id,
                                   absl::string_view more = "") {
    auto request = Proto<pb::GetTimelineRequest>(more);
    if (!request.header().has_as_of_position()) {
      request.mutable_header()->set_min_position(server_.Head());
    }
    request.set_aggregate(aggregate);
    request.set_id(id);
    pb::GetTimelineResponse response;
    const grpc::Status status =
        server_.Call(&pb::TimelineService::Stub::GetTimeline, *timeline_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  static std::vector<std::string> Types(const pb::GetTimelineResponse& response) {
    std::vector<std::string> types;
    for (const auto& entry : response.entries()) types.push_back(entry.type());
    return types;
  }
  std::string CreateContact(const std::string& account) {
    party::v1::CreateContactRequest request;
    *request.mutable_header() = server_.Header();
    request.set_family_name("Meyer");
    request.set_account_id(account);
    party::v1::CreateContactResponse response;
    const auto stub = party::v1::ContactService::NewStub(server_.channel());
    EXPECT_TRUE(
        server_.Call(&party::v1::ContactService::Stub::CreateContact, *stub, request, &response)
            .ok());
    return response.contact().id();
  }

  TestServer server_;
  std::unique_ptr<pb::ActivityService::Stub> activities_ =
      pb::ActivityService::NewStub(server_.channel());
  std::unique_ptr<pb::WorklistService::Stub> worklist_ =
      pb::WorklistService::NewStub(server_.channel());
  std::unique_ptr<pb::TimelineService::Stub> timeline_ =
      pb::TimelineService::NewStub(server_.channel());
};

constexpr absl::string_view kFifthOfJune = "due_date { year: 2027 month: 6 day: 5 }";

TEST_F(WorkTest, F067_WhatAGivesToBIsOnTheListOfBAndDelegatedByA) {
  // given A who assigns to B with date 5 June
  const std::string a = server_.CreateUser("A");
  const std::string b = server_.CreateUser("B");
  const std::string id = Schedule(Plan(b, kFifthOfJune), KeyOf(a)).id();
  const std::string day = "from { year: 2027 month: 6 day: 5 } to { year: 2027 month: 6 day: 5 }";
  // then B's to-do on 5 June has it, and A sees it as delegated
  EXPECT_THAT(Ids(Todo(b, day)), ElementsAre(id));
  EXPECT_THAT(Ids(Todo(b, "from { year: 2027 month: 6 day: 6 }")), IsEmpty());
  EXPECT_THAT(Ids(Todo(b, "to { year: 2027 month: 6 day: 4 }")), IsEmpty());
  EXPECT_THAT(Ids(Todo(a, day)), IsEmpty());
  EXPECT_THAT(Ids(Todo(a, "scope: TODO_SCOPE_DELEGATED")), ElementsAre(id));
  EXPECT_THAT(Ids(Todo(b, "scope: TODO_SCOPE_DELEGATED")), IsEmpty());
  // and once done it is on neither list
  pb::CompleteActivityResponse done;
  ASSERT_TRUE(Do(&pb::ActivityService::Stub::CompleteActivity, id, &done).ok());
  EXPECT_THAT(Ids(Todo(b, day)), IsEmpty());
  EXPECT_THAT(Ids(Todo(a, "scope: TODO_SCOPE_DELEGATED")), IsEmpty());
}

TEST_F(WorkTest, F067_OverdueIsToldWhenReadAndTheDayDependsOnTheZone) {
  const std::string user = server_.CreateUser("A");
  const std::string late =
      Schedule(Plan(user, "due_date { year: 2020 month: 1 day: 1 } backdated: true")).id();
  const std::string unscheduled = Schedule(Plan(user)).id();
  // 23:30 UTC on 5 June 2027, which is the 6th in Auckland
  const std::string timed = Schedule(Plan(user, "due_time { seconds: 1812238200 }")).id();
  const std::string all_day = Schedule(Plan(user, kFifthOfJune)).id();
  const auto all = Todo(user, "zone: 'UTC'");
  EXPECT_THAT(Ids(all), ElementsAre(late, all_day, timed));
  EXPECT_EQ(all.overdue_count(), 1);
  EXPECT_TRUE(all.items(0).overdue());
  EXPECT_FALSE(all.items(1).overdue());
  EXPECT_EQ(FormatDay(*FromProto(all.items(2).day())), "2027-06-05");
  EXPECT_THAT(Ids(Todo(user, "scope: TODO_SCOPE_UNSCHEDULED")), ElementsAre(unscheduled));
  // a whole day is the same day everywhere
  const std::string fifth = "from { year: 2027 month: 6 day: 5 } to { year: 2027 month: 6 day: 5 }";
  EXPECT_THAT(Ids(Todo(user, absl::StrCat(fifth, " zone: 'UTC'"))), ElementsAre(all_day, timed));
  EXPECT_THAT(Ids(Todo(user, absl::StrCat(fifth, " zone: 'Pacific/Auckland'"))),
              ElementsAre(all_day));
  EXPECT_THAT(Ids(Todo(user, "from { year: 2027 month: 6 day: 6 } zone: 'Pacific/Auckland'")),
              ElementsAre(timed));
  EXPECT_THAT(Ids(Todo(user,
                       "from { year: 1900 month: 1 day: 1 } to { year: 2200 month: 12 day: "
                       "31 } kind: ACTIVITY_KIND_CALL")),
              IsEmpty());
}

TEST_F(WorkTest, ListsOfNobodyAndNoZoneAreRefused) {
  pb::ListTodoRequest request;
  request.set_user_id(server_.NewId());
  pb::ListTodoResponse response;
  auto call = &pb::WorklistService::Stub::ListTodo;
  EXPECT_EQ(RefusalOf(server_.Call(call, *worklist_, request, &response)).reason, "NOT_FOUND");
  request.set_user_id(server_.CreateUser("A"));
  request.mutable_header()->set_min_position(server_.Head());
  request.set_zone("Nowhere");
  EXPECT_EQ(RefusalOf(server_.Call(call, *worklist_, request, &response)).reason, "INVALID_FIELD");
}

TEST_F(WorkTest, E16_DoneOccurrenceAndItsSuccessorAreOneCommit) {
  const std::string user = server_.CreateUser("A");
  const pb::Activity first =
      Schedule(Plan(user, absl::StrCat(kFifthOfJune, " recurrence_rule: 'FREQ=MONTHLY;COUNT=2'")));
  pb::CompleteActivityResponse done;
  ASSERT_TRUE(Do(&pb::ActivityService::Stub::CompleteActivity, first.id(), &done).ok());
  EXPECT_EQ(done.receipt().events(), 2u);
  const auto todo = Todo(user, "");
  ASSERT_EQ(todo.items_size(), 1);
  const pb::Activity& second = todo.items(0).activity();
  EXPECT_EQ(second.id(), done.activity().next_id());
  EXPECT_EQ(FormatDay(*FromProto(second.due_on())), "2027-07-05");
  EXPECT_EQ(second.description(), "ask for the order");
  EXPECT_EQ(second.created_by(), first.created_by());
  // the second is the last
  ASSERT_TRUE(Do(&pb::ActivityService::Stub::CompleteActivity, second.id(), &done).ok());
  EXPECT_EQ(done.activity().series_end(), pb::SERIES_END_RULE_EXHAUSTED);
  EXPECT_EQ(done.receipt().events(), 1u);
  EXPECT_THAT(Ids(Todo(user, "")), IsEmpty());
}

TEST_F(WorkTest, F035_DeletingTheNewestCallMovesLastContactBack) {
  const std::string account = server_.CreateAccount("Mill");
  const std::string contact = CreateContact(account);
  const auto call = [&](absl::string_view when) {
    return Log(absl::StrCat("kind: ACTIVITY_KIND_CALL subject: 'x' contact_id: '", contact,
                            "' occurred_at { seconds: ", when, " }"));
  };
  EXPECT_FALSE(LastContact(absl::StrCat("account_id: '", account, "'")).has_last_contact_at());
  const std::string first = call("1767225600");
  const std::string second = call("1769904000");
  // the call with the contact is one with its account
  for (const std::string& of :
       {absl::StrCat("account_id: '", account, "'"), absl::StrCat("contact_id: '", contact, "'")}) {
    EXPECT_EQ(LastContact(of).activity_id(), second);
  }
  pb::ArchiveActivityResponse archived;
  ASSERT_TRUE(Do(&pb::ActivityService::Stub::ArchiveActivity, second, &archived).ok());
  const auto last = LastContact(absl::StrCat("account_id: '", account, "' zone: 'UTC'"));
  EXPECT_EQ(last.activity_id(), first);
  EXPECT_EQ(FormatDay(*FromProto(last.last_contact_on())), "2026-01-01");
  EXPECT_EQ(last.days_since(),
            absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) - absl::CivilDay(2026, 1, 1));
}

TEST_F(WorkTest, E09_TheTimelineOfAnAccountShowsItsContactsDealsAndActivities) {
  const std::string user = server_.CreateUser("A");
  const std::string account = server_.CreateAccount("Mill");
  const std::string contact = CreateContact(account);
  const std::string deal = server_.CreateDeal(account, user, 1000);
  const std::string other = server_.CreateAccount("Other");
  Log(absl::StrCat("kind: ACTIVITY_KIND_CALL subject: 'Offer' opportunity_id: '", deal, "'"));
  const uint64_t before_note = server_.Head();
  Log(absl::StrCat("kind: ACTIVITY_KIND_NOTE description: 'x' contact_id: '", contact, "'"));
  const auto all = Timeline("account", account);
  EXPECT_THAT(Types(all), ElementsAre("activity.logged", "activity.logged", "opportunity.created",
                                      "contact.created", "account.created"));
  EXPECT_EQ(all.entries(1).title(), "Offer");
  EXPECT_EQ(all.entries(1).summary(), "Call logged");
  EXPECT_EQ(all.entries(0).summary(), "Note logged");
  EXPECT_EQ(all.entries(3).title(), "Meyer");
  EXPECT_EQ(all.entries(4).stream(), absl::StrCat("account/", account));
  EXPECT_THAT(Types(Timeline("opportunity", deal)),
              ElementsAre("activity.logged", "opportunity.created"));
  EXPECT_THAT(Types(Timeline("account", other)), ElementsAre("account.created"));
  // a selection, and as of before the note
  EXPECT_THAT(Types(Timeline("account", account, "aggregates: 'activity' aggregates: 'contact'")),
              ElementsAre("activity.logged", "activity.logged", "contact.created"));
  EXPECT_EQ(
      Timeline("account", account, absl::StrCat("header { as_of_position: ", before_note, " }"))
          .entries_size(),
      4);
}

TEST_F(WorkTest, E09_PagesOfATimelineJoinWithoutGapOrOverlap) {
  const std::string account = server_.CreateAccount("Mill");
  for (int i = 0; i < 7; ++i) {
    Log(absl::StrCat("kind: ACTIVITY_KIND_NOTE description: 'x' account_id: '", account, "'"));
  }
  std::vector<uint64_t> whole;
  const auto all = Timeline("account", account);
  for (const auto& entry : all.entries()) whole.push_back(entry.position());
  ASSERT_EQ(whole.size(), 8u);
  for (const int size : {1, 2, 3, 7, 8, 9}) {
    std::vector<uint64_t> paged;
    std::string token;
    int pages = 0;
    do {
      const auto page = Timeline("account", account,
                                 absl::StrCat("page_size: ", size, " page_token: '", token, "'"));
      for (const auto& entry : page.entries()) paged.push_back(entry.position());
      token = page.next_page_token();
      ASSERT_LT(++pages, 20);
    } while (!token.empty());
    EXPECT_EQ(paged, whole) << size;
  }
  // a token of another timeline is refused
  pb::GetTimelineRequest request;
  request.set_aggregate("account");
  request.set_id(server_.CreateAccount("Other"));
  request.mutable_header()->set_min_position(server_.Head());
  request.set_page_token(Timeline("account", account, "page_size: 1").next_page_token());
  pb::GetTimelineResponse response;
  EXPECT_EQ(RefusalOf(server_.Call(&pb::TimelineService::Stub::GetTimeline, *timeline_, request,
                                   &response))
                .reason,
            "INVALID_PAGE_TOKEN");
  request.clear_page_token();
  request.set_page_size(201);
  EXPECT_EQ(RefusalOf(server_.Call(&pb::TimelineService::Stub::GetTimeline, *timeline_, request,
                                   &response))
                .reason,
            "INVALID_FIELD");
}

TEST_F(WorkTest, ActivitiesAreFoundByTag) {
  const std::string user = server_.CreateUser("A");
  const std::string hot = Schedule(Plan(user, "tags: 'hot' tags: 'north'")).id();
  Schedule(Plan(user, "tags: 'north'"));
  pb::ListActivitiesRequest request;
  request.mutable_header()->set_min_position(server_.Head());
  request.set_filter("tags:hot AND state = PLANNED");
  pb::ListActivitiesResponse response;
  const grpc::Status status =
      server_.Call(&pb::ActivityService::Stub::ListActivities, *activities_, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.activities_size(), 1);
  EXPECT_EQ(response.activities(0).id(), hot);
}

TEST_F(WorkTest, AListOfAThousandIsCutAndSaysSo) {
  const std::string user = server_.CreateUser("A");
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = caller; i < 1001; i += 8) {
        auto request = Proto<pb::ScheduleActivityRequest>(absl::StrCat(
            "kind: ACTIVITY_KIND_TASK subject: 'x' ", kFifthOfJune, " assignee_id: '", user, "'"));
        request.mutable_header()->set_request_id(
            Uuid::MakeV5(*Uuid::Parse(user), absl::StrCat(i)).ToString());
        pb::ScheduleActivityResponse response;
        const auto context = server_.Context();
        EXPECT_TRUE(activities_->ScheduleActivity(context.get(), request, &response).ok());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  const auto all = Todo(user, "");
  EXPECT_EQ(all.items_size(), 1000);
  EXPECT_TRUE(all.truncated());
  const std::string one = all.items(0).activity().id();
  pb::CompleteActivityResponse done;
  ASSERT_TRUE(Do(&pb::ActivityService::Stub::CompleteActivity, one, &done).ok());
  EXPECT_EQ(Todo(user, "").items_size(), 1000);
  EXPECT_FALSE(Todo(user, "").truncated());
}

class LeadWorkTest : public LeadFixture {};

TEST_F(LeadWorkTest, F080_TheAccountsTimelineShowsThePreConversionCalls) {
  // given a lead that was called before it became an account with a contact
  const std::string owner = server_.CreateUser("A");
  const std::string lead = Good(
      "kind: LEAD_KIND_COMPANY company: 'Mill' family_name: 'Byron' email: 'a@b.example'", owner);
  const auto activities = pb::ActivityService::NewStub(server_.channel());
  auto log = Proto<pb::LogActivityRequest>("kind: ACTIVITY_KIND_CALL subject: 'First call'");
  *log.mutable_header() = server_.Header();
  log.set_lead_id(lead);
  pb::LogActivityResponse call;
  ASSERT_TRUE(server_.Call(&pb::ActivityService::Stub::LogActivity, *activities, log, &call).ok());
  ASSERT_TRUE(Convert(For<sales::v1::ConvertLeadRequest>(lead)).ok());
  const sales::v1::Lead converted = Read(lead);
  // then the timelines of both show the call and what happened to the lead
  const auto timeline = pb::TimelineService::NewStub(server_.channel());
  for (const auto& [aggregate, id] :
       {std::pair<std::string, std::string>{"account", converted.account_id()},
        std::pair<std::string, std::string>{"contact", converted.contact_id()}}) {
    pb::GetTimelineRequest request;
    request.mutable_header()->set_min_position(server_.Head());
    request.set_aggregate(aggregate);
    request.set_id(id);
    pb::GetTimelineResponse response;
    ASSERT_TRUE(
        server_.Call(&pb::TimelineService::Stub::GetTimeline, *timeline, request, &response).ok());
    std::vector<std::string> types;
    for (const auto& entry : response.entries()) types.push_back(entry.type());
    EXPECT_THAT(types, ::testing::IsSupersetOf({"lead.captured", "activity.logged",
                                                "lead.converted", "contact.created"}))
        << aggregate;
  }
  // and the call was the account's last contact
  const auto worklist = pb::WorklistService::NewStub(server_.channel());
  pb::GetLastContactRequest last;
  last.mutable_header()->set_min_position(server_.Head());
  last.set_account_id(converted.account_id());
  pb::GetLastContactResponse answer;
  ASSERT_TRUE(
      server_.Call(&pb::WorklistService::Stub::GetLastContact, *worklist, last, &answer).ok());
  EXPECT_EQ(answer.activity_id(), call.activity().id());
}

}  // namespace
}  // namespace daybook::testing
