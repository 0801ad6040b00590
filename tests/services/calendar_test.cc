#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "daybook/admin/v1/organisation_service.grpc.pb.h"
#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "daybook/work/v1/calendar_feed_service.grpc.pb.h"
#include "domain/base/time.h"
#include "services/work/calendar_series.h"
#include "services/work/calendar_text.h"
#include "tests/support/proto_matchers.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::work::v1;
using services::CalendarDetail;
using services::CalendarText;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kId[] = "0198f000-0000-7000-8000-000000000001";

pb::Activity Activity(absl::string_view more) {
  auto activity = Proto<pb::Activity>(absl::StrCat(
      "meta { revision: 3 create_time { seconds: 1772362800 } update_time { seconds: 1772366400 } "
      "} kind: ACTIVITY_KIND_MEETING state: ACTIVITY_STATE_PLANNED subject: 'Plan, then act' ",
      more));
  activity.set_id(kId);
  return activity;
}

std::string TextOf(const pb::Activity& activity, CalendarDetail detail = CalendarDetail::kAll) {
  return absl::StrReplaceAll(CalendarText({activity}, detail, absl::UTCTimeZone()),
                             {{"\r\n", "\n"}});
}

TEST(CalendarTextTest, F068_AnAllDayActivityIsADateWithAnExclusiveEnd) {
  const std::string text = TextOf(Activity("due_date { year: 2026 month: 7 day: 31 }"));
  EXPECT_EQ(text, absl::StrCat("BEGIN:VCALENDAR\n"
                               "VERSION:2.0\n"
                               "PRODID:-//Daybook//Daybook//EN\n"
                               "CALSCALE:GREGORIAN\n"
                               "METHOD:PUBLISH\n"
                               "BEGIN:VEVENT\n"
                               "UID:",
                               kId,
                               "@daybook\n"
                               "DTSTAMP:20260301T120000Z\n"
                               "CREATED:20260301T110000Z\n"
                               "LAST-MODIFIED:20260301T120000Z\n"
                               "SEQUENCE:2\n"
                               "DTSTART;VALUE=DATE:20260731\n"
                               "DTEND;VALUE=DATE:20260801\n"
                               "SUMMARY:Plan\\, then act\n"
                               "STATUS:CONFIRMED\n"
                               "TRANSP:TRANSPARENT\n"
                               "END:VEVENT\n"
                               "END:VCALENDAR\n"));
}

TEST(CalendarTextTest, ATimedActivityIsInUtc) {
  const std::string text = TextOf(
      Activity("due_time { seconds: 1780660800 } duration_minutes: 45 reminder_minutes: 15"));
  EXPECT_THAT(text, HasSubstr("DTSTART:20260605T120000Z\n"));
  EXPECT_THAT(text, HasSubstr("DTEND:20260605T124500Z\n"));
  EXPECT_THAT(text, HasSubstr("BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:Reminder\n"
                              "TRIGGER:-PT15M\nEND:VALARM\n"));
  EXPECT_THAT(text, Not(HasSubstr("TZID")));
}

TEST(CalendarTextTest, F068_AFeedHoldsTheRestOfASeriesAsARule) {
  const std::string series =
      "recurrence_rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=10' occurrence: 3 duration_minutes: 30 "
      "occurrence_day { year: 2026 month: 3 day: 16 } due_on { year: 2026 month: 3 day: 16 } ";
  const absl::TimeZone berlin = *LoadZone("Europe/Berlin");
  const auto feed = [&](const std::string& more, absl::TimeZone zone) {
    return absl::StrReplaceAll(CalendarText({Activity(series + more)}, CalendarDetail::kFeed, zone),
                               {{"\r\n", "\n"}});
  };
  // nine o'clock stays nine o'clock when the clocks change
  const std::string at_nine = "series_second: 32400 due_time { seconds: 1773648000 }";
  const std::string text = feed(at_nine, berlin);
  EXPECT_THAT(text, HasSubstr("DTSTART;TZID=Europe/Berlin:20260316T090000\n"));
  EXPECT_THAT(text, HasSubstr("DTEND;TZID=Europe/Berlin:20260316T093000\n"));
  EXPECT_THAT(text, HasSubstr("RRULE:FREQ=WEEKLY;COUNT=8;BYDAY=MO\n"));
  EXPECT_THAT(text, HasSubstr("BEGIN:DAYLIGHT\nDTSTART:20260329T020000\nTZOFFSETFROM:+0100\n"
                              "TZOFFSETTO:+0200\nEND:DAYLIGHT\n"));
  EXPECT_THAT(text, Not(HasSubstr("RECURRENCE-ID")));
  // this time it is an hour later
  const std::string moved = feed("series_second: 32400 due_time { seconds: 1773651600 }", berlin);
  EXPECT_THAT(moved, HasSubstr("RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000\n"));
  EXPECT_THAT(moved, HasSubstr("DTSTART:20260316T090000Z\n"));
  // in UTC no zone is needed, all day none is wanted
  EXPECT_THAT(feed(at_nine, absl::UTCTimeZone()), Not(HasSubstr("TZID")));
  const std::string days = feed("due_date { year: 2026 month: 3 day: 16 }", berlin);
  EXPECT_THAT(days, HasSubstr("DTSTART;VALUE=DATE:20260316\n"));
  EXPECT_THAT(days, Not(HasSubstr("TZID")));
  // one occurrence alone is no rule
  EXPECT_THAT(TextOf(Activity(series + at_nine)), Not(HasSubstr("RRULE")));
}

TEST(CalendarTextTest, F068_AnOccurrenceThatWasReopenedIsNotTheSeriesOnceMore) {
  const std::string series =
      "recurrence_rule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=10' occurrence: 3 "
      "due_date { year: 2026 month: 3 day: 16 } occurrence_day { year: 2026 month: 3 day: 16 } "
      "due_on { year: 2026 month: 3 day: 16 } ";
  EXPECT_THAT(TextOf(Activity(series), CalendarDetail::kFeed), HasSubstr("RRULE"));
  // its successor stands for the rest, or there is no rest
  for (const std::string why :
       {"next_id: '0198f000-0000-7000-8000-000000000002'", "series_end: SERIES_END_CANCELLED"}) {
    const std::string text = TextOf(Activity(series + why), CalendarDetail::kFeed);
    EXPECT_THAT(text, HasSubstr("DTSTART;VALUE=DATE:20260316\n")) << why;
    EXPECT_THAT(text, Not(HasSubstr("RRULE"))) << why;
  }
}

TEST(CalendarTextTest, ChangesOfAZoneAtTheirLimit) {
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const auto changes =
      services::TransitionsOf(berlin, absl::FromCivil(absl::CivilDay(2026, 1, 1), berlin));
  // what holds at first, and twice a year for ten years
  ASSERT_EQ(changes.size(), 1u + services::kTransitionsMax);
  EXPECT_EQ(changes.back().at.year(), 2035);
  EXPECT_EQ(services::TransitionsOf(absl::UTCTimeZone(), absl::UnixEpoch()).size(), 1u);
}

TEST(CalendarTextTest, TheLastDayOfTheYearEndsInTheNext) {
  EXPECT_THAT(TextOf(Activity("due_date { year: 2026 month: 12 day: 31 }")),
              HasSubstr("DTEND;VALUE=DATE:20270101\n"));
}

TEST(CalendarTextTest, F068_WhatIsCalledOffIsCancelled) {
  auto activity = Activity("due_date { year: 2026 month: 7 day: 31 } reminder_minutes: 5");
  activity.set_state(pb::ACTIVITY_STATE_CANCELLED);
  EXPECT_THAT(TextOf(activity), HasSubstr("STATUS:CANCELLED\n"));
  EXPECT_THAT(TextOf(activity), Not(HasSubstr("VALARM")));
  activity.set_state(pb::ACTIVITY_STATE_PLANNED);
  activity.set_archived(true);
  EXPECT_THAT(TextOf(activity), HasSubstr("STATUS:CANCELLED\n"));
}

TEST(CalendarTextTest, F068_FeedsHoldNothingPersonalAndOfTheConfidentialTheTimeAlone) {
  auto activity = Activity(
      "due_date { year: 2026 month: 7 day: 31 } description: 'is ill' outcome: 'better' "
      "tags: 'vip'");
  EXPECT_THAT(TextOf(activity), HasSubstr("DESCRIPTION:is ill\\n\\nOutcome: better\n"));
  const std::string feed = TextOf(activity, CalendarDetail::kFeed);
  EXPECT_THAT(feed, Not(HasSubstr("ill")));
  EXPECT_THAT(feed, Not(HasSubstr("better")));
  EXPECT_THAT(feed, HasSubstr("CATEGORIES:vip\n"));
  activity.set_confidential(true);
  const std::string hidden = TextOf(activity, CalendarDetail::kFeed);
  EXPECT_THAT(hidden, HasSubstr("SUMMARY:Busy\n"));
  EXPECT_THAT(hidden, HasSubstr("CLASS:PRIVATE\n"));
  EXPECT_THAT(hidden, Not(HasSubstr("Plan")));
  EXPECT_THAT(hidden, Not(HasSubstr("vip")));
}

TEST(CalendarTextTest, LongAndForeignTextsAreFoldedAndEscaped) {
  auto activity = Activity("due_date { year: 2026 month: 7 day: 31 }");
  activity.set_description(
      absl::StrCat("Zeile; eins\nBEGIN:VEVENT\n", std::string(200, 'x'), " é"));
  const std::string text = CalendarText({activity}, CalendarDetail::kAll, absl::UTCTimeZone());
  // however it is cut, a line of the text never becomes a line of the calendar
  EXPECT_THAT(text, Not(HasSubstr("\nBEGIN:VEVENT\nxx")));
  EXPECT_THAT(
      absl::StrReplaceAll(text, {{"\r\n ", ""}}),
      HasSubstr(absl::StrCat("Zeile\\; eins\\nBEGIN:VEVENT\\n", std::string(200, 'x'), " é")));
  for (size_t at = 0, end = text.find("\r\n"); end != std::string::npos;
       at = end + 2, end = text.find("\r\n", at)) {
    EXPECT_LE(end - at, 75u);
  }
}

class CalendarTest : public ::testing::Test {
 protected:
  // Due all day on this day of 2027.
  std::string Schedule(int month, int day, const std::string& subject) {
    pb::ScheduleActivityRequest request;
    *request.mutable_header() = server_.Header();
    request.set_kind(pb::ACTIVITY_KIND_MEETING);
    request.set_subject(subject);
    request.set_description("secret");
    request.set_assignee_id(user_);
    if (month > 0) *request.mutable_due_date() = ToProto(absl::CivilDay(year_, month, day));
    pb::ScheduleActivityResponse response;
    const grpc::Status status = server_.Call(&pb::ActivityService::Stub::ScheduleActivity,
                                             *activities_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.activity().id();
  }
  grpc::Status Ics(const std::string& id, std::string* text) {
    pb::GetActivityIcsRequest request;
    request.mutable_header()->set_min_position(server_.Head());
    request.set_activity_id(id);
    pb::GetActivityIcsResponse response;
    const grpc::Status status =
        server_.Call(&pb::CalendarFeedService::Stub::GetActivityIcs, *feeds_, request, &response);
    *text = response.text();
    return status;
  }
  grpc::Status Feed(const std::string& token, std::string* text) {
    pb::GetCalendarFeedTextRequest request;
    request.mutable_header()->set_min_position(server_.Head());
    request.set_token(token);
    pb::GetCalendarFeedTextResponse response;
    const grpc::Status status = server_.Call(&pb::CalendarFeedService::Stub::GetCalendarFeedText,
                                             *feeds_, request, &response);
    *text = response.text();
    return status;
  }
  pb::IssueCalendarFeedResponse Issue(const pb::IssueCalendarFeedRequest& request) {
    pb::IssueCalendarFeedResponse response;
    const grpc::Status status = server_.Call(&pb::CalendarFeedService::Stub::IssueCalendarFeed,
                                             *feeds_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  pb::IssueCalendarFeedRequest IssueRequest() {
    pb::IssueCalendarFeedRequest request;
    *request.mutable_header() = server_.Header();
    request.set_user_id(user_);
    request.set_name("phone");
    return request;
  }
  void Cancel(const std::string& id) {
    pb::CancelActivityRequest request;
    *request.mutable_header() = server_.Header();
    request.set_id(id);
    pb::CancelActivityResponse response;
    EXPECT_TRUE(
        server_.Call(&pb::ActivityService::Stub::CancelActivity, *activities_, request, &response)
            .ok());
  }

  // Next year, so that nothing is in the past.
  const int year_ =
      static_cast<int>(absl::ToCivilYear(absl::Now(), absl::UTCTimeZone()).year()) + 1;
  TestServer server_;
  std::unique_ptr<pb::ActivityService::Stub> activities_ =
      pb::ActivityService::NewStub(server_.channel());
  std::unique_ptr<pb::CalendarFeedService::Stub> feeds_ =
      pb::CalendarFeedService::NewStub(server_.channel());
  std::string user_ = server_.CreateUser("A");
};

TEST_F(CalendarTest, F068_AllDayIn31JulyStaysThereForAUserInNewYork) {
  // given an organisation, and so its users, in New York
  const auto organisations = admin::v1::OrganisationService::NewStub(server_.channel());
  admin::v1::GetOrganisationResponse organisation;
  ASSERT_TRUE(server_
                  .Call(&admin::v1::OrganisationService::Stub::GetOrganisation, *organisations,
                        admin::v1::GetOrganisationRequest(), &organisation)
                  .ok());
  admin::v1::UpdateOrganisationRequest update;
  *update.mutable_header() = server_.Header();
  update.set_id(organisation.organisation().id());
  update.mutable_organisation()->set_zone("America/New_York");
  update.mutable_update_mask()->add_paths("zone");
  admin::v1::UpdateOrganisationResponse updated;
  const grpc::Status status = server_.Call(
      &admin::v1::OrganisationService::Stub::UpdateOrganisation, *organisations, update, &updated);
  ASSERT_TRUE(status.ok()) << status.error_message();
  // when an all-day activity on 31 July is exported
  std::string text;
  ASSERT_TRUE(Ics(Schedule(7, 31, "Review"), &text).ok());
  // then
  EXPECT_THAT(text, HasSubstr(absl::StrCat("DTSTART;VALUE=DATE:", year_, "0731\r\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("DTEND;VALUE=DATE:", year_, "0801\r\n")));
}

TEST_F(CalendarTest, F068_SequenceRisesWithEachChangeAndTheUidStays) {
  const std::string id = Schedule(7, 31, "Review");
  std::string text;
  ASSERT_TRUE(Ics(id, &text).ok());
  EXPECT_THAT(text, HasSubstr(absl::StrCat("UID:", id, "@daybook\r\n")));
  EXPECT_THAT(text, HasSubstr("SEQUENCE:0\r\n"));
  EXPECT_THAT(text, HasSubstr("DESCRIPTION:secret\r\n"));
  Cancel(id);
  ASSERT_TRUE(Ics(id, &text).ok());
  EXPECT_THAT(text, HasSubstr(absl::StrCat("UID:", id, "@daybook\r\n")));
  EXPECT_THAT(text, HasSubstr("SEQUENCE:1\r\n"));
  EXPECT_THAT(text, HasSubstr("STATUS:CANCELLED\r\n"));
}

TEST_F(CalendarTest, WhatHasNoTimeHasNoPlaceInACalendar) {
  std::string text;
  const auto refusal = RefusalOf(Ics(Schedule(0, 0, "Some time"), &text));
  EXPECT_EQ(refusal.reason, "MISSING_REQUIRED_FOR_STATE");
  EXPECT_EQ(RefusalOf(Ics(server_.NewId(), &text)).reason, "NOT_FOUND");
}

TEST_F(CalendarTest, F068_AFeedIsReadByItsTokenUntilItIsRevoked) {
  const auto request = IssueRequest();
  const auto issued = Issue(request);
  const std::string soon = Schedule(1, 15, "Soon");
  const std::string off = Schedule(1, 16, "Off");
  Cancel(off);
  std::string text;
  ASSERT_TRUE(Feed(issued.token(), &text).ok());
  EXPECT_THAT(text, HasSubstr("SUMMARY:Soon\r\n"));
  EXPECT_THAT(text, HasSubstr("STATUS:CANCELLED\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  // a repeated request gets the record without the token, and the token stays good
  const auto again = Issue(request);
  EXPECT_EQ(again.calendar_feed().id(), issued.calendar_feed().id());
  EXPECT_EQ(again.token(), "");
  EXPECT_TRUE(Feed(issued.token(), &text).ok());
  // other tokens get the same answer as a revoked one
  std::string wrong = issued.token();
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& token : {wrong, std::string("dbf_1_2"), server_.key()}) {
    EXPECT_EQ(RefusalOf(Feed(token, &text)).reason, "NOT_FOUND") << token;
  }
  pb::RevokeCalendarFeedRequest revoke;
  *revoke.mutable_header() = server_.Header();
  revoke.set_id(issued.calendar_feed().id());
  pb::RevokeCalendarFeedResponse revoked;
  ASSERT_TRUE(
      server_.Call(&pb::CalendarFeedService::Stub::RevokeCalendarFeed, *feeds_, revoke, &revoked)
          .ok());
  EXPECT_EQ(RefusalOf(Feed(issued.token(), &text)).reason, "NOT_FOUND");
}

TEST_F(CalendarTest, F068_AFeedOfWhatWasTickedShowsNothingElse) {
  auto request = IssueRequest();
  request.set_exported_only(true);
  const auto issued = Issue(request);
  EXPECT_TRUE(issued.calendar_feed().exported_only());
  Schedule(1, 15, "Mine");
  const auto tick = [&](const std::string& id) {
    pb::EnableCalendarExportRequest enable;
    *enable.mutable_header() = server_.Header();
    enable.set_id(id);
    pb::EnableCalendarExportResponse enabled;
    return server_.Call(&pb::ActivityService::Stub::EnableCalendarExport, *activities_, enable,
                        &enabled);
  };
  const std::string shown = Schedule(1, 16, "Shown");
  ASSERT_TRUE(tick(shown).ok());
  ASSERT_TRUE(tick(shown).ok());  // a tick is a tick
  EXPECT_EQ(RefusalOf(tick(Schedule(0, 0, "Some time"))).reason, "MISSING_REQUIRED_FOR_STATE");
  std::string text;
  ASSERT_TRUE(Feed(issued.token(), &text).ok());
  EXPECT_THAT(text, HasSubstr("SUMMARY:Shown\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("SUMMARY:Mine\r\n")));
}

TEST_F(CalendarTest, AFeedOfAnotherUserIsAnother) {
  const auto mine = Issue(IssueRequest());
  Schedule(1, 15, "Mine");
  user_ = server_.CreateUser("B");
  const auto other = Issue(IssueRequest());
  std::string text;
  ASSERT_TRUE(Feed(other.token(), &text).ok());
  EXPECT_THAT(text, Not(HasSubstr("Mine")));
  ASSERT_TRUE(Feed(mine.token(), &text).ok());
  EXPECT_THAT(text, HasSubstr("Mine"));
}

}  // namespace
}  // namespace daybook::testing
