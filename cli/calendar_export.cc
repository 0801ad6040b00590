// calendar export, issue, revoke: activities as calendar text (RFC 5545).

#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/work/v1/calendar_feed_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::work::v1;

constexpr size_t kTokenBytes = 1000;

struct Options {
  std::string activity;
  std::string token_file;
  std::string user, name, out_file, feed;
  bool exported_only = false;
};

template <class Response>
void Show(const App& app, const Response& response) {
  if (app.options.format == OutputFormat::kJson) return PrintJson(response);
  Print(response.text());
}

absl::Status Export(App& app, const Options& options) {
  if (options.activity.empty() == options.token_file.empty()) {
    return absl::InvalidArgumentError("name an activity, or a feed by --feed-token-file");
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  if (!options.activity.empty()) {
    pb::GetActivityIcsRequest request;
    pb::GetActivityIcsResponse response;
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("activity"));
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_activity_id(),
                             ResolveByTitle(*client, *type, options.activity));
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.work.v1.CalendarFeedService/GetActivityIcs", request, &response));
    Show(app, response);
    return absl::OkStatus();
  }
  pb::GetCalendarFeedTextRequest request;
  pb::GetCalendarFeedTextResponse response;
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(options.token_file, kTokenBytes));
  request.set_token(std::string(absl::StripAsciiWhitespace(text)));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.CalendarFeedService/GetCalendarFeedText", request, &response));
  Show(app, response);
  return absl::OkStatus();
}

absl::Status Issue(App& app, const Options& options) {
  std::optional<SecretFile> out;
  if (!options.out_file.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(SecretFile file, SecretFile::Create(options.out_file));
    out.emplace(std::move(file));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::IssueCalendarFeedRequest request;
  pb::IssueCalendarFeedResponse response;
  SetNewHeader(request.mutable_header());
  request.set_name(options.name);
  request.set_exported_only(options.exported_only);
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_user_id(), ResolveUser(*client, options.user));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.CalendarFeedService/IssueCalendarFeed", request, &response));
  if (out.has_value()) {
    DAYBOOK_RETURN_IF_ERROR(out->Write(absl::StrCat(response.token(), "\n")));
    response.clear_token();
  }
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  if (!options.out_file.empty()) {
    Print(absl::StrCat("feed ", response.calendar_feed().id(), " written to ", options.out_file,
                       "\n"));
    return absl::OkStatus();
  }
  Print(absl::StrCat(response.token(), "\n"));
  if (app.options.format == OutputFormat::kTable && isatty(STDERR_FILENO) == 1) {
    std::fputs("This is the only time the token is shown.\n", stderr);
  }
  return absl::OkStatus();
}

absl::Status Revoke(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("calendar_feed"));
  pb::RevokeCalendarFeedRequest request;
  pb::RevokeCalendarFeedResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, options.feed));
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.work.v1.CalendarFeedService/RevokeCalendarFeed", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Print(absl::StrCat("feed ", request.id(), " is ", DoneOrAlready("revoked", response.receipt()),
                     "\n"));
  return absl::OkStatus();
}

}  // namespace

void AddCalendarVerbs(Command& root, App& app) {
  Command* noun = Noun(root, "calendar");
  auto options = std::make_shared<Options>();
  Command* exported = noun->AddCommand("export", "An activity, or a user's feed, as calendar text");
  exported->AddOption("activity", &options->activity, "Id of the activity, or its subject");
  exported->AddOption("--feed-token-file", &options->token_file, "File with the token of a feed");
  SetAction(exported, app, options, &Export);

  auto issued = std::make_shared<Options>();
  Command* issue = noun->AddCommand("issue", "Issue the token of a feed; it is shown once");
  issue->AddOption("--user", &issued->user, "Whose calendar (name or id)").Required();
  issue->AddOption("--name", &issued->name, "Where it is used").Required();
  issue->AddFlag("--exported-only", &issued->exported_only,
                 "Only activities that were ticked for export");
  issue->AddOption("--out", &issued->out_file, "Write the token to this new file, mode 0600");
  SetAction(issue, app, issued, &Issue);

  auto ended = std::make_shared<Options>();
  Command* revoke = noun->AddCommand("revoke", "End a feed at once and for good");
  revoke->AddOption("feed", &ended->feed, "Id or name of the feed").Required();
  SetAction(revoke, app, ended, &Revoke);
}

}  // namespace daybook::cli
