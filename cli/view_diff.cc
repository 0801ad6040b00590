// view diff: builds a view anew and names the rows that differ from the live one.

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/record/v1/view_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;

struct Options {
  std::string view;
  int limit = 20;
};

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::DiffViewRequest request;
  pb::DiffViewResponse response;
  request.set_view(options.view);
  request.set_limit(options.limit);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.record.v1.ViewService/DiffView", request, &response));
  if (response.rows_different() > 0) app.exit_code = kExitDamaged;
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Table table({{"Key"}, {"Kind"}, {"Live"}, {"Rebuilt"}});
  for (const auto& difference : response.differences()) {
    table.Add(
        {absl::BytesToHexString(difference.key()), difference.history() ? "history" : "current",
         absl::BytesToHexString(difference.live()), absl::BytesToHexString(difference.rebuilt())});
  }
  if (table.size() > 0 || app.options.format == OutputFormat::kCsv) PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat(Grouped(static_cast<int64_t>(response.rows_compared())), " rows compared, ",
                       Grouped(static_cast<int64_t>(response.rows_different())), " different\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddViewDiff(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "view")
                      ->AddCommand("diff", "Compare a view with one built anew; switches nothing");
  verb->AddOption("view", &options->view, "Name of the view (daybook view list)").Required();
  verb->AddOption("--limit", &options->limit, "Differences to list").Range(1, 1000);
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
