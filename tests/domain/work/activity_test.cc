#include "absl/strings/str_cat.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/fields/personal.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::work::v1;

// Users 2 and 3, 4 inactive; account 5, 6 archived; contact 7 of account 5, 8 archived; deal 9 of
// account 5; lead 10.
Scenario World() {
  Scenario scenario("activity");
  for (const int user : {2, 3}) {
    scenario.Exists("user", absl::StrCat("id: '", Id(user), "' state: USER_STATE_ACTIVE"));
  }
  scenario.Exists("user", absl::StrCat("id: '", Id(4), "' state: USER_STATE_INACTIVE"))
      .Exists("account", absl::StrCat("id: '", Id(5), "' name: 'A'"))
      .Exists("account", absl::StrCat("id: '", Id(6), "' name: 'B' archived: true"))
      .Exists("contact",
              absl::StrCat("id: '", Id(7), "' family_name: 'C' account_id: '", Id(5), "'"))
      .Exists("contact", absl::StrCat("id: '", Id(8), "' family_name: 'D' archived: true"))
      .Exists("opportunity",
              absl::StrCat("id: '", Id(9), "' subject: 'E' account_id: '", Id(5), "'"))
      .Exists("lead", absl::StrCat("id: '", Id(10), "' company: 'F'"));
  return scenario;
}

constexpr absl::string_view kFifthOfJune = "due_date { year: 2026 month: 6 day: 5 } ";
// 14:00 in Berlin on 5 June.
constexpr absl::string_view kAtTwo = "due_time { seconds: 1780660800 } ";

std::string Due(absl::string_view field = "due_on") {
  return absl::StrCat(field, " { year: 2026 month: 6 day: 5 } ");
}

std::string User(int id) { return absl::StrCat("assignee_id: '", Id(id), "' "); }

std::string FollowUp(absl::string_view more = "") {
  return absl::StrCat("kind: ACTIVITY_KIND_FOLLOW_UP description: 'ask' ", User(2), kFifthOfJune,
                      more);
}

// The follow-up of the request above.
std::string Planned(absl::string_view more = "") {
  return absl::StrCat("scheduled { activity { id: '", Id(1),
                      "' kind: ACTIVITY_KIND_FOLLOW_UP state: ACTIVITY_STATE_PLANNED description: "
                      "'ask' ",
                      User(2), Due("due_date"), Due(), more, " } }");
}

Scenario Scheduled(absl::string_view more = "") { return std::move(World().Given(Planned(more))); }

TEST(ScheduleActivityTest, F067_AFollowUpHasAssigneeDescriptionAndDay) {
  World().When<pb::ScheduleActivityRequest>(FollowUp()).Then({Planned()});
}

TEST(ScheduleActivityTest, ATimedMeetingHasItsDayInTheOrganisationsZone) {
  // 23:30 UTC on 4 June is 01:30 on the 5th in Berlin
  World()
      .When<pb::ScheduleActivityRequest>(
          absl::StrCat("kind: ACTIVITY_KIND_MEETING subject: 'Plan' duration_minutes: 45 "
                       "reminder_minutes: 15 tags: 'yearly' tags: 'plan' due_time { seconds: "
                       "1780615800 } ",
                       User(2), "participant_ids: '", Id(7), "'"))
      .Then({absl::StrCat(
          "scheduled { activity { id: '", Id(1),
          "' kind: ACTIVITY_KIND_MEETING state: ACTIVITY_STATE_PLANNED subject: 'Plan' ", User(2),
          "due_time { seconds: 1780615800 } duration_minutes: 45 ", Due(),
          "reminder_minutes: 15 participant_ids: '", Id(7), "' tags: 'yearly' tags: 'plan' } }")});
}

TEST(ScheduleActivityTest, TheAccountFollowsFromContactOrDeal) {
  World()
      .When<pb::ScheduleActivityRequest>(FollowUp(absl::StrCat("contact_id: '", Id(7), "'")))
      .Then({Planned(absl::StrCat("account_id: '", Id(5), "' contact_id: '", Id(7),
                                  "' person_id: '", Id(7), "'"))});
  World()
      .When<pb::ScheduleActivityRequest>(FollowUp(absl::StrCat("opportunity_id: '", Id(9), "'")))
      .Then({Planned(absl::StrCat("account_id: '", Id(5), "' opportunity_id: '", Id(9), "'"))});
}

TEST(ScheduleActivityTest, WhatIsSaidOfALeadIsSealedUnderTheLeadsKey) {
  World()
      .When<pb::ScheduleActivityRequest>(FollowUp(absl::StrCat("lead_id: '", Id(10), "'")))
      .Then({Planned(absl::StrCat("lead_id: '", Id(10), "' person_id: '", Id(10), "'"))});
}

TEST(ScheduleActivityTest, WithoutADayItIsUnscheduled) {
  World()
      .When<pb::ScheduleActivityRequest>(
          absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'Tidy' ", User(2)))
      .Then({absl::StrCat("scheduled { activity { id: '", Id(1),
                          "' kind: ACTIVITY_KIND_TASK state: ACTIVITY_STATE_PLANNED subject: "
                          "'Tidy' ",
                          User(2), "} }")});
}

TEST(ScheduleActivityTest, F067_DueInThePastOnlyWhenBackdated) {
  // today is 1 March 2026
  const std::string past = absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'x' ", User(2),
                                        "due_date { year: 2026 month: 2 day: 28 } ");
  World().When<pb::ScheduleActivityRequest>(past).ThenRejected(Reason::REASON_INVALID_FIELD,
                                                               {{"field", "due_date"}});
  World()
      .When<pb::ScheduleActivityRequest>(absl::StrCat(past, "backdated: true"))
      .Then({absl::StrCat("scheduled { activity { id: '", Id(1),
                          "' kind: ACTIVITY_KIND_TASK state: ACTIVITY_STATE_PLANNED subject: 'x' ",
                          User(2),
                          "due_date { year: 2026 month: 2 day: 28 } due_on { year: 2026 month: 2 "
                          "day: 28 } } }")});
  // what was entered with an earlier business time is held against that
  World()
      .EffectiveAt("2026-02-20T10:00:00Z")
      .When<pb::ScheduleActivityRequest>(past)
      .ThenRecord(absl::StrCat("id: '", Id(1),
                               "' kind: ACTIVITY_KIND_TASK state: ACTIVITY_STATE_PLANNED subject: "
                               "'x' ",
                               User(2),
                               "due_date { year: 2026 month: 2 day: 28 } due_on { year: 2026 "
                               "month: 2 day: 28 }"));
}

TEST(ScheduleActivityTest, F067_RefusalsInCheckOrder) {
  Scheduled().When<pb::ScheduleActivityRequest>("").ThenRejected(Reason::REASON_DUPLICATE_KEY);
  const std::string task = absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'x' ", User(2));
  const std::string inactive = absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'x' ", User(4));
  const std::string unknown = absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'x' ", User(99));
  const std::string empty =
      absl::StrCat("kind: ACTIVITY_KIND_FOLLOW_UP description: ' ' ", User(2));
  const std::string says_nothing = absl::StrCat("kind: ACTIVITY_KIND_CALL ", User(2));
  const auto with = [&](absl::string_view more) { return absl::StrCat(task, more); };
  const std::string twice = with("tags: 'a' tags: 'a'");
  const std::string both = with(absl::StrCat(kFifthOfJune, kAtTwo));
  const std::string archived_account = with(absl::StrCat("account_id: '", Id(6), "'"));
  const std::string archived_contact = with(absl::StrCat("contact_id: '", Id(8), "'"));
  const std::string no_deal = with(absl::StrCat("opportunity_id: '", Id(99), "'"));
  const std::string no_lead = with(absl::StrCat("lead_id: '", Id(99), "'"));
  const std::string no_participant = with(absl::StrCat("participant_ids: '", Id(99), "'"));
  const std::string forged = absl::StrCat("previous_id: '", Id(99), "'");
  constexpr Reason kField = Reason::REASON_INVALID_FIELD;
  constexpr Reason kMissing = Reason::REASON_REFERENCE_NOT_FOUND;
  constexpr Reason kArchived = Reason::REASON_RECORD_ARCHIVED;
  ExpectRefusals<pb::ScheduleActivityRequest>(
      World,
      {
          {"no kind", "subject: 'x'", kField, "kind"},
          {"note", "kind: ACTIVITY_KIND_NOTE description: 'x'", kField, "kind"},
          {"no assignee", "kind: ACTIVITY_KIND_TASK subject: 'x'", kField, "assignee_id"},
          {"empty description", empty, kField, "description"},
          {"says nothing", says_nothing, kField, "subject"},
          {"capitals in a tag", with("tags: 'Big'"), kField, "tags[0]"},
          {"a tag twice", twice, kField, "tags[1]"},
          {"direction of a task", with("direction: CALL_DIRECTION_INBOUND"), kField, "direction"},
          {"reminder", with("reminder_minutes: 40321"), kField, "reminder_minutes"},
          {"key", with("external_key: 'x'"), kField, "external_key"},
          {"day and time", both, kField, "due_time"},
          {"duration of a day", with("duration_minutes: 5"), kField, "duration_minutes"},
          {"parts of a second", with("due_time { seconds: 1780660800 nanos: 1000 }"), kField,
           "due_time"},
          {"past time", with("due_time { seconds: 1772362799 }"), kField, "due_time"},
          {"repeats without a day", with("recurrence_rule: 'FREQ=DAILY'"), kField,
           "recurrence_rule"},
          {"archived account", archived_account, kArchived, ""},
          {"archived contact", archived_contact, kArchived, ""},
          {"unknown deal", no_deal, kMissing, "opportunity_id"},
          {"unknown lead", no_lead, kMissing, "lead_id"},
          {"unknown participant", no_participant, kMissing, "participant_ids[0]"},
          {"inactive assignee", inactive, kArchived, ""},
          {"unknown assignee", unknown, kMissing, "assignee_id"},
          {"forged occurrence", forged, kMissing, "previous_id"},
      });
}

TEST(LogActivityTest, ACallThatHappenedIsDone) {
  World()
      .When<pb::LogActivityRequest>(absl::StrCat(
          "kind: ACTIVITY_KIND_CALL subject: 'Offer' direction: CALL_DIRECTION_OUTBOUND "
          "outcome: 'agreed' occurred_at { seconds: 1772355600 } duration_minutes: 10 ",
          User(2), "contact_id: '", Id(7), "'"))
      .Then({absl::StrCat(
          "logged { activity { id: '", Id(1),
          "' kind: ACTIVITY_KIND_CALL state: ACTIVITY_STATE_DONE subject: 'Offer' account_id: '",
          Id(5), "' contact_id: '", Id(7), "' person_id: '", Id(7), "' ", User(2),
          "duration_minutes: 10 direction: CALL_DIRECTION_OUTBOUND outcome: 'agreed' done_time { "
          "seconds: 1772355600 } } }")});
}

TEST(LogActivityTest, RefusalsInCheckOrder) {
  Scheduled().When<pb::LogActivityRequest>("").ThenRejected(Reason::REASON_DUPLICATE_KEY);
  ExpectRefusals<pb::LogActivityRequest>(
      World, {
                 {"empty note", "kind: ACTIVITY_KIND_NOTE subject: 'x'",
                  Reason::REASON_INVALID_FIELD, "description"},
                 {"the future",
                  "kind: ACTIVITY_KIND_CALL subject: 'x' occurred_at { seconds: 1772362801 }",
                  Reason::REASON_INVALID_FIELD, "occurred_at"},
                 {"too long", "kind: ACTIVITY_KIND_CALL subject: 'x' duration_minutes: 10081",
                  Reason::REASON_INVALID_FIELD, "duration_minutes"},
             });
}

TEST(UpdateActivityTest, BothSidesNameThePersonTheyAreSealedFor) {
  const std::string person = absl::StrCat("person_id: '", Id(7), "' ");
  Scheduled(absl::StrCat("contact_id: '", Id(7), "' ", person))
      .When<pb::UpdateActivityRequest>(
          "activity { description: 'ask again' tags: 'hot' } update_mask { paths: 'description' "
          "paths: 'tags' }")
      .Then(
          {absl::StrCat("fields_changed { fields { paths: 'description' paths: 'tags' } before { "
                        "description: 'ask' ",
                        person, "} after { description: 'ask again' tags: 'hot' ", person, "} }")});
}

TEST(UpdateActivityTest, RefusalsInCheckOrder) {
  const auto planned = [] { return Scheduled(); };
  const std::string archived_account =
      absl::StrCat("activity { account_id: '", Id(6), "' } update_mask { paths: 'account_id' }");
  World().When<pb::UpdateActivityRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  Scheduled("archived: true")
      .When<pb::UpdateActivityRequest>("update_mask { paths: 'subject' }")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
  ExpectRefusals<pb::UpdateActivityRequest>(
      planned, {
                   {"contact", "update_mask { paths: 'contact_id' }",
                    Reason::REASON_FIELD_NOT_WRITABLE, "contact_id"},
                   {"assignee", "update_mask { paths: 'assignee_id' }",
                    Reason::REASON_FIELD_NOT_WRITABLE, "assignee_id"},
                   {"empty description", "update_mask { paths: 'description' }",
                    Reason::REASON_INVALID_FIELD, "description"},
                   {"archived account", archived_account, Reason::REASON_RECORD_ARCHIVED, ""},
               });
}

TEST(ReassignActivityTest, OncePlannedAndToTheActive) {
  Scheduled()
      .When<pb::ReassignActivityRequest>(User(3))
      .Then({absl::StrCat("reassigned { from_user_id: '", Id(2), "' to_user_id: '", Id(3), "' }")})
      .When<pb::ReassignActivityRequest>(User(3))
      .ThenNothing()
      .When<pb::ReassignActivityRequest>(User(4))
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::CancelActivityRequest>("")
      .Then({"cancelled {}"})
      .When<pb::ReassignActivityRequest>(User(2))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "CANCELLED"}});
}

TEST(RescheduleActivityTest, FromADayToATimeAndBack) {
  Scheduled()
      .When<pb::RescheduleActivityRequest>(absl::StrCat(kAtTwo, "duration_minutes: 30"))
      .Then({absl::StrCat("rescheduled { from { ", Due("date"), Due("on"),
                          "} to { time { seconds: 1780660800 } duration_minutes: 30 ", Due("on"),
                          "} }")})
      .When<pb::RescheduleActivityRequest>(absl::StrCat(kAtTwo, "duration_minutes: 30"))
      .ThenNothing()
      .When<pb::RescheduleActivityRequest>("due_date { year: 2026 month: 2 day: 28 }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "due_date"}})
      .When<pb::RescheduleActivityRequest>("")
      .Then({absl::StrCat("rescheduled { from { time { seconds: 1780660800 } duration_minutes: 30 ",
                          Due("on"), "} to {} }")})
      .ThenRecord(absl::StrCat("id: '", Id(1),
                               "' kind: ACTIVITY_KIND_FOLLOW_UP state: ACTIVITY_STATE_PLANNED "
                               "description: 'ask' ",
                               User(2)));
}

TEST(CompleteActivityTest, F067_PlannedBecomesDoneWithAnOutcome) {
  Scheduled()
      .When<pb::CompleteActivityRequest>("outcome: 'sold' occurred_at { seconds: 1772355600 }")
      .Then({"completed { done_time { seconds: 1772355600 } outcome: 'sold' }"})
      .When<pb::CompleteActivityRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "DONE"}})
      .When<pb::ReopenActivityRequest>("")
      .Then({"reopened {}"})
      .When<pb::ReopenActivityRequest>("")
      .ThenNothing()
      .ThenRecord(absl::StrCat("id: '", Id(1),
                               "' kind: ACTIVITY_KIND_FOLLOW_UP state: ACTIVITY_STATE_PLANNED "
                               "description: 'ask' ",
                               User(2), Due("due_date"), Due()));
}

TEST(CompleteActivityTest, F035_NothingIsDoneInTheFuture) {
  Scheduled()
      .When<pb::CompleteActivityRequest>("occurred_at { seconds: 1772362801 }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "occurred_at"}});
}

TEST(CancelActivityTest, PlannedBecomesCancelled) {
  Scheduled()
      .When<pb::CancelActivityRequest>("end_series: true")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "end_series"}})
      .When<pb::CancelActivityRequest>("")
      .Then({"cancelled {}"})
      .When<pb::CompleteActivityRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "CANCELLED"}});
}

TEST(ArchiveActivityTest, AnArchivedActivityTakesNoChangeAndFreesItsKey) {
  Scheduled("external_key: 'crm:1'")
      .ThenClaims({"activity-external-key=crm:1"})
      .When<pb::ArchiveActivityRequest>("")
      .Then({"archived {}"})
      .ThenClaims({})
      .When<pb::ArchiveActivityRequest>("")
      .ThenNothing()
      .When<pb::CompleteActivityRequest>("")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::RestoreActivityRequest>("")
      .Then({"restored {}"})
      .ThenClaims({"activity-external-key=crm:1"});
}

TEST(ReopenActivityTest, ANoteIsNeverPlanned) {
  World()
      .When<pb::LogActivityRequest>("kind: ACTIVITY_KIND_NOTE description: 'likes tea'")
      .When<pb::ReopenActivityRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "DONE"}});
}

TEST(ActivityPersonalTest, WhatIsSaidIsSealedUnderTheKeyOfThePersonItIsAbout) {
  // given a follow-up about a contact, whose words change before it is done
  Scenario scenario = World();
  scenario.When<pb::ScheduleActivityRequest>(FollowUp(absl::StrCat("contact_id: '", Id(7), "'")));
  std::vector<std::unique_ptr<google::protobuf::Message>> events;
  const auto keep = [&] {
    ASSERT_TRUE(scenario.status().ok()) << scenario.status();
    for (const auto& event : scenario.events()) {
      events.emplace_back(event->New())->CopyFrom(*event);
    }
  };
  keep();
  scenario.When<pb::UpdateActivityRequest>(
      "activity { description: 'ask twice' } update_mask { paths: 'description' }");
  keep();
  scenario.When<pb::CompleteActivityRequest>("outcome: 'is ill'");
  keep();
  ASSERT_EQ(events.size(), 3u);
  // then every word is the contact's, and none is left in clear
  const std::vector<std::vector<std::string>> words = {{"ask"}, {"ask", "ask twice"}, {"is ill"}};
  for (size_t i = 0; i < events.size(); ++i) {
    const auto parts = domain::SplitPersonal(events[i].get(), Id(1));
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_EQ(parts[0].subject_id, Id(7));
    EXPECT_EQ(parts[0].values, words[i]);
    const std::string rest = events[i]->SerializeAsString();
    for (const std::string& word : words[i]) EXPECT_EQ(rest.find(word), std::string::npos);
  }
}

TEST(ActivityPersonalTest, WhatIsSaidOfNobodyIsSealedUnderAKeyOfTheActivity) {
  Scenario scenario = World();
  scenario.When<pb::ScheduleActivityRequest>(FollowUp());
  ASSERT_EQ(scenario.events().size(), 1u);
  std::unique_ptr<google::protobuf::Message> event(scenario.events()[0]->New());
  event->CopyFrom(*scenario.events()[0]);
  const auto parts = domain::SplitPersonal(event.get(), Id(1));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].subject_id, Id(1));
}

}  // namespace
}  // namespace daybook::testing
