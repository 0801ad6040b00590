// todo show: what a user has to do, by day.

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/work/v1/worklist_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::work::v1;

struct Options {
  std::string user;
  std::string scope = "assigned";
  std::string from, to, zone, as_of;
};

absl::Status SetDay(absl::string_view option, const std::string& text, type::v1::Date* day) {
  const auto parsed = ParseDay(text);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--", option, " ", text, " is no day"));
  }
  *day = ToProto(*parsed);
  return absl::OkStatus();
}

std::string Clock(const pb::Activity& activity, absl::TimeZone zone) {
  if (!activity.has_due_time()) return activity.has_due_date() ? "all day" : "";
  const auto time = FromProto(activity.due_time());
  return time.ok() ? absl::FormatTime("%H:%M", *time, zone) : "";
}

// What it is about, most particular first.
std::string About(const pb::Activity& activity, Names& names) {
  if (!activity.contact_id().empty()) return names.Title("contact", activity.contact_id());
  if (!activity.lead_id().empty()) return names.Title("lead", activity.lead_id());
  if (!activity.opportunity_id().empty()) {
    return names.Title("opportunity", activity.opportunity_id());
  }
  return names.Title("account", activity.account_id());
}

std::string KindName(pb::ActivityKind kind) {
  const std::string name = absl::AsciiStrToLower(pb::ActivityKind_Name(kind));
  return absl::StrReplaceAll(name.substr(sizeof("ACTIVITY_KIND")), {{"_", "-"}});
}

absl::Status Fill(App& app, const Options& options, pb::ListTodoRequest* request) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request->mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(*request->mutable_user_id(), ResolveUser(*client, options.user));
  pb::TodoScope scope = pb::TODO_SCOPE_UNSPECIFIED;
  pb::TodoScope_Parse(absl::StrCat("TODO_SCOPE_", absl::AsciiStrToUpper(options.scope)), &scope);
  request->set_scope(scope);
  request->set_zone(options.zone);
  if (!options.from.empty()) {
    DAYBOOK_RETURN_IF_ERROR(SetDay("from", options.from, request->mutable_from()));
  }
  if (!options.to.empty()) {
    DAYBOOK_RETURN_IF_ERROR(SetDay("to", options.to, request->mutable_to()));
  }
  return absl::OkStatus();
}

absl::Status Run(App& app, const Options& options) {
  pb::ListTodoRequest request;
  pb::ListTodoResponse response;
  DAYBOOK_RETURN_IF_ERROR(Fill(app, options, &request));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.WorklistService/ListTodo", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  absl::TimeZone zone;
  DAYBOOK_ASSIGN_OR_RETURN(zone, app.Zone());
  if (!options.zone.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(zone, LoadZone(options.zone));
  }
  Names names(*client);
  Table table({{"Day"}, {"Time"}, {""}, {"Kind"}, {"Subject"}, {"About"}, {"Assignee"}, {"Id"}});
  for (const pb::TodoItem& item : response.items()) {
    const pb::Activity& activity = item.activity();
    const auto day = FromProto(item.day());
    const std::string& line =
        activity.subject().empty() ? activity.description() : activity.subject();
    table.Add({item.has_day() && day.ok() ? FormatDay(*day) : "", Clock(activity, zone),
               item.overdue() ? "overdue" : "", KindName(activity.kind()), line,
               About(activity, names), names.Title("user", activity.assignee_id()), activity.id()});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", response.items_size(), " to do · ", response.overdue_count(),
                       " overdue",
                       response.truncated() ? " · there are more: ask for fewer days" : "", "\n",
                       DescribeRead(response.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddTodoShow(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "todo")->AddCommand("show", "What a user has to do, by day");
  verb->AddOption("--user", &options->user, "Whose list (name or id)").Required();
  verb->AddOption("--scope", &options->scope, "assigned, delegated or unscheduled")
      .OneOf({"assigned", "delegated", "unscheduled"});
  verb->AddOption("--from", &options->from,
                  "From this day on; without it what is overdue is shown");
  verb->AddOption("--to", &options->to, "Up to this day");
  verb->AddOption("--zone", &options->zone, "Zone of days and times, if not the organisation's");
  verb->AddOption("--as-of", &options->as_of,
                  "As the list was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
