// activity schedule, log, complete, cancel: what is to be done, and what was.

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::work::v1;

// What schedule and log have in common.
struct Options {
  std::string id;
  std::string kind;
  std::string subject, description, outcome;
  std::string account, contact, opportunity, lead;
  std::string assignee;
  std::string when;
  int32_t minutes = -1;  // not given: unknown
  int reminder = -1;
  std::string direction;
  std::vector<std::string> participants, tags;
  std::string repeat;
  bool confidential = false;
  bool backdated = false;
  bool end_series = false;
};

// "2026-06-05T14:00" in the organisation's zone, or an instant with its offset.
absl::StatusOr<absl::Time> ParseMoment(App& app, const std::string& text) {
  absl::CivilMinute minute;
  if (absl::ParseCivilTime(text, &minute)) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::TimeZone zone, app.Zone());
    return absl::FromCivil(absl::CivilSecond(minute), zone);
  }
  const auto instant = ParseInstant(text);
  if (instant.ok()) return instant;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no moment: 2026-06-05T14:00 in the organisation's zone, or ",
                   "2026-06-05T14:00:00+02:00"));
}

absl::Status Resolve(Client& client, absl::string_view aggregate, const std::string& name,
                     std::string* id) {
  if (name.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(*id, ResolveByTitle(client, *type, name));
  return absl::OkStatus();
}

template <class Request>
absl::Status FillCommon(Client& client, const Options& options, Request* request) {
  SetNewHeader(request->mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(const auto kind, ParseEnumOption("kind", "ACTIVITY_KIND_", options.kind,
                                                            &pb::ActivityKind_Parse));
  request->set_kind(kind);
  request->set_subject(options.subject);
  request->set_description(options.description);
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(client, "account", options.account, request->mutable_account_id()));
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(client, "contact", options.contact, request->mutable_contact_id()));
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(client, "opportunity", options.opportunity, request->mutable_opportunity_id()));
  DAYBOOK_RETURN_IF_ERROR(Resolve(client, "lead", options.lead, request->mutable_lead_id()));
  for (const std::string& participant : options.participants) {
    DAYBOOK_RETURN_IF_ERROR(
        Resolve(client, "contact", participant, request->add_participant_ids()));
  }
  if (!options.assignee.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*request->mutable_assignee_id(),
                             ResolveUser(client, options.assignee));
  }
  if (!options.direction.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto direction,
                             ParseEnumOption("direction", "CALL_DIRECTION_", options.direction,
                                             &pb::CallDirection_Parse));
    request->set_direction(direction);
  }
  if (options.minutes >= 0) {
    request->set_duration_minutes(static_cast<uint32_t>(options.minutes));
  }
  for (const std::string& tag : options.tags) request->add_tags(tag);
  request->set_confidential(options.confidential);
  return absl::OkStatus();
}

// The answer of every verb: what became of the activity.
template <class Response>
void Show(const App& app, const Response& response, absl::string_view done) {
  if (app.options.format == OutputFormat::kJson) return PrintJson(response);
  const pb::Activity& activity = response.activity();
  std::string line = absl::StrCat(activity.id(), " is ", DoneOrAlready(done, response.receipt()));
  if (!activity.next_id().empty()) absl::StrAppend(&line, "; next: ", activity.next_id());
  if (activity.series_end() != pb::SERIES_END_UNSPECIFIED) {
    const std::string name = pb::SeriesEnd_Name(activity.series_end());
    absl::StrAppend(&line, "; the series ends: ",
                    absl::StrReplaceAll(absl::AsciiStrToLower(name.substr(sizeof("SERIES_END"))),
                                        {{"_", " "}}));
  }
  Print(absl::StrCat(line, "\n"));
}

absl::Status Schedule(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ScheduleActivityRequest request;
  pb::ScheduleActivityResponse response;
  DAYBOOK_RETURN_IF_ERROR(FillCommon(*client, options, &request));
  if (const auto day = ParseDay(options.when); day.ok()) {
    *request.mutable_due_date() = ToProto(*day);
  } else if (!options.when.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(app, options.when));
    *request.mutable_due_time() = ToProto(time);
  }
  if (options.reminder >= 0) request.set_reminder_minutes(static_cast<uint32_t>(options.reminder));
  request.set_recurrence_rule(options.repeat);
  request.set_backdated(options.backdated);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.ActivityService/ScheduleActivity", request, &response));
  Show(app, response, "planned");
  return absl::OkStatus();
}

absl::Status Log(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::LogActivityRequest request;
  pb::LogActivityResponse response;
  DAYBOOK_RETURN_IF_ERROR(FillCommon(*client, options, &request));
  if (!options.when.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(app, options.when));
    *request.mutable_occurred_at() = ToProto(time);
  }
  request.set_outcome(options.outcome);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.ActivityService/LogActivity", request, &response));
  Show(app, response, "logged");
  return absl::OkStatus();
}

absl::Status Complete(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::CompleteActivityRequest request;
  pb::CompleteActivityResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "activity", options.id, request.mutable_id()));
  request.set_outcome(options.outcome);
  if (!options.when.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, ParseMoment(app, options.when));
    *request.mutable_occurred_at() = ToProto(time);
  }
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.ActivityService/CompleteActivity", request, &response));
  Show(app, response, "done");
  return absl::OkStatus();
}

absl::Status Cancel(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::CancelActivityRequest request;
  pb::CancelActivityResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "activity", options.id, request.mutable_id()));
  request.set_end_series(options.end_series);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.ActivityService/CancelActivity", request, &response));
  Show(app, response, "cancelled");
  return absl::OkStatus();
}

absl::Status EnableExport(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::EnableCalendarExportRequest request;
  pb::EnableCalendarExportResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "activity", options.id, request.mutable_id()));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.ActivityService/EnableCalendarExport", request, &response));
  Show(app, response, "ticked for calendars");
  return absl::OkStatus();
}

void AddCommonOptions(Command* verb, Options* options) {
  verb->AddOption("kind", &options->kind, "follow-up, call, meeting, task or note").Required();
  verb->AddOption("--subject", &options->subject, "What it is about, in a line");
  verb->AddOption("--description", &options->description, "What is to be done, or was said");
  verb->AddOption("--account", &options->account, "About this account (name or id)");
  verb->AddOption("--contact", &options->contact, "About this contact (family name or id)");
  verb->AddOption("--opportunity", &options->opportunity, "About this deal (subject or id)");
  verb->AddOption("--lead", &options->lead, "About this lead (company or id)");
  verb->AddOption("--participant", &options->participants, "Contacts that take part too");
  verb->AddOption("--minutes", &options->minutes, "How long it takes").NonNegative();
  verb->AddOption("--direction", &options->direction, "Calls: inbound or outbound");
  verb->AddOption("--tag", &options->tags, "Small letters, digits and underscores");
  verb->AddFlag("--confidential", &options->confidential, "Calendar feeds show the time alone");
}

void AddEndings(Command* noun, App& app) {
  auto done = std::make_shared<Options>();
  Command* complete = noun->AddCommand("complete", "A planned activity is done");
  complete->AddOption("activity", &done->id, "Its id, or its subject if that is unique").Required();
  complete->AddOption("--outcome", &done->outcome, "What came of it");
  complete->AddOption("--at", &done->when, "When it was done, if not now");
  SetAction(complete, app, done, &Complete);

  auto off = std::make_shared<Options>();
  Command* cancel = noun->AddCommand("cancel", "A planned activity is called off");
  cancel->AddOption("activity", &off->id, "Its id, or its subject if that is unique").Required();
  cancel->AddFlag("--end-series", &off->end_series, "No occurrence follows");
  SetAction(cancel, app, off, &Cancel);

  auto ticked = std::make_shared<Options>();
  Command* tick = noun->AddCommand("export", "Tick a planned activity for calendar feeds");
  tick->AddOption("activity", &ticked->id, "Its id, or its subject if that is unique").Required();
  SetAction(tick, app, ticked, &EnableExport);
}

}  // namespace

void AddActivityVerbs(Command& root, App& app) {
  Command* noun = Noun(root, "activity");
  auto planned = std::make_shared<Options>();
  Command* schedule = noun->AddCommand("schedule", "Plan an activity");
  AddCommonOptions(schedule, planned.get());
  schedule->AddOption("--assignee", &planned->assignee, "Who is to do it (name or id)").Required();
  schedule->AddOption("--due", &planned->when,
                      "A day (2026-06-05), or a time in the organisation's zone "
                      "(2026-06-05T14:00) or with an offset (2026-06-05T14:00:00+02:00)");
  schedule->AddOption("--reminder", &planned->reminder, "Minutes before it begins").NonNegative();
  schedule->AddOption("--repeat", &planned->repeat,
                      "Rule of a series (RFC 5545): \"FREQ=WEEKLY;BYDAY=MO;COUNT=10\"");
  schedule->AddFlag("--backdated", &planned->backdated, "It may be due in the past");
  SetAction(schedule, app, planned, &Schedule);

  auto logged = std::make_shared<Options>();
  Command* log = noun->AddCommand("log", "Record what happened already");
  AddCommonOptions(log, logged.get());
  log->AddOption("--by", &logged->assignee, "Who did it (name or id)");
  log->AddOption("--at", &logged->when, "When it happened, if not now: as --due, with a time");
  log->AddOption("--outcome", &logged->outcome, "What came of it");
  SetAction(log, app, logged, &Log);
  AddEndings(noun, app);
}

}  // namespace daybook::cli
