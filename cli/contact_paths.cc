// contact paths: the shortest ways from one account or contact to another.

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/relation_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  std::string from;
  std::string to;
  std::string as_of;
  int max_length = 4;
  bool any_day = false;
};

absl::Status SetEnd(Client& client, const std::string& name, pb::RelationEnd* end) {
  DAYBOOK_ASSIGN_OR_RETURN(const Found found, FindSubject(client, {"contact", "account"}, name));
  if (found.aggregate == "contact") {
    end->set_contact_id(found.id);
  } else {
    end->set_account_id(found.id);
  }
  return absl::OkStatus();
}

// "Ada [knows] Ben [works at] Acme".
std::string Write(const pb::RelationPath& path) {
  std::string out;
  for (int i = 0; i < path.nodes_size(); ++i) {
    if (i > 0) {
      const std::string type(
          absl::StripPrefix(pb::RelationType_Name(path.relations(i - 1).type()), "RELATION_TYPE_"));
      absl::StrAppend(&out, " [", absl::StrReplaceAll(absl::AsciiStrToLower(type), {{"_", " "}}),
                      "] ");
    }
    absl::StrAppend(&out, Printable(path.nodes(i).name()));
  }
  return absl::StrCat(out, "\n");
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::FindPathsRequest request;
  pb::FindPathsResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_RETURN_IF_ERROR(SetEnd(*client, options.from, request.mutable_from()));
  DAYBOOK_RETURN_IF_ERROR(SetEnd(*client, options.to, request.mutable_to()));
  request.set_max_length(options.max_length);
  request.mutable_selection()->set_any_day(options.any_day);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.party.v1.RelationService/FindPaths", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  for (const auto& path : response.paths()) Print(Write(path));
  if (response.paths().empty()) Print("no way of this length\n");
  if (response.partial()) Print("there may be more\n");
  return absl::OkStatus();
}

}  // namespace

void AddContactPaths(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "contact")
          ->AddCommand("paths", "The shortest ways from one account or contact to another");
  verb->AddOption("from", &options->from, "Family name, account or id").Required();
  verb->AddOption("to", &options->to, "Family name, account or id").Required();
  verb->AddOption("--max-length", &options->max_length, "Steps, 1 to 6").Range(1, 6);
  verb->AddFlag("--any-day", &options->any_day, "Relations of any day");
  verb->AddOption("--as-of", &options->as_of,
                  "As it was known then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
