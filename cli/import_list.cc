// import list: what was imported, when, and with which outcome.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "daybook/setup/v1/import_run_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::setup::v1;

absl::Status Run(App& app) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListImportRunsRequest request;
  request.set_page_size(1000);
  Table table({{"Id"},
               {"Plan"},
               {"State"},
               {"Rows", Align::kRight},
               {"Applied", Align::kRight},
               {"Unchanged", Align::kRight},
               {"Rejected", Align::kRight},
               {"Commands", Align::kRight},
               {"Backfill"}});
  do {
    pb::ListImportRunsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        client->Call("daybook.setup.v1.ImportRunService/ListImportRuns", request, &page));
    if (app.options.format == OutputFormat::kJson) PrintJson(page);
    for (const auto& run : page.import_runs()) {
      const bool finished = run.state() == pb::IMPORT_RUN_STATE_FINISHED;
      table.Add({run.id(), run.plan_name(), finished ? "finished" : "running or broken off",
                 absl::StrCat(run.rows()), absl::StrCat(run.rows_applied()),
                 absl::StrCat(run.rows_unchanged()), absl::StrCat(run.rows_rejected()),
                 absl::StrCat(run.commands()), run.backfill() ? "yes" : ""});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (app.options.format != OutputFormat::kJson) PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddImportList(Command& root, App& app) {
  Command* verb = Noun(root, "import")->AddCommand("list", "Imports and their outcomes");
  verb->SetAction([&app] { return Run(app); });
}

}  // namespace daybook::cli
