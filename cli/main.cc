// daybook: the command line over a daybookd. One line for each verb.

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/verbs.h"

namespace daybook::cli {
namespace {

constexpr const char* kFooter = R"(
Begin with:
  daybook init --data-dir ./data --organisation "Example Ltd" --currency USD --zone UTC
  daybookd --data-dir ./data &
  export DAYBOOK_KEY_FILE=./data/admin.key
  daybook status
  daybook import run plans/crm_sales_opportunities.toml --from FOLDER --backfill
  daybook board show sales --as-of 2017-06-30

Exit codes: 0 done · 1 wrong use, an unreadable file or plan · 2 refused by the server ·
  3 no connection or no answer in time · 4 damaged data, or a comparison found differences ·
  5 an import came to its end, but not all rows could be taken)";

void AddVerbs(CLI::App& root, App& app) {
  AddInit(root, app);
  AddStatus(root, app);
  AddImportRun(root, app);
  AddImportList(root, app);
  AddBoardShow(root, app);
  AddBoardMove(root, app);
  AddKpiShow(root, app);
  AddKpiDrill(root, app);
  AddBoardTotals(root, app);
  AddBoardStages(root, app);
  AddBoardDiff(root, app);
  AddAnalysis(root, app);
  AddRecordGet(root, app);
  AddRecordList(root, app);
  AddRecordHistory(root, app);
  AddRecordWrite(root, app);
  AddFieldVerbs(root, app);
  AddFieldList(root, app);
  AddAccountTree(root, app);
  AddAccountCard(root, app);
  AddAccountHandOver(root, app);
  AddAccountRoles(root, app);
  AddAccountClasses(root, app);
  AddBrandAccounts(root, app);
  AddContactColleagues(root, app);
  AddContactPaths(root, app);
  AddChartOrg(root, app);
  AddChartRelations(root, app);
  AddChartBuyingCenter(root, app);
  AddLeadAnalysis(root, app);
  AddLeadReturn(root, app);
  AddLeadStale(root, app);
  AddLeadDuplicates(root, app);
  AddLeadStays(root, app);
  AddActivityVerbs(root, app);
  AddActivityLast(root, app);
  AddTodoShow(root, app);
  AddTimelineShow(root, app);
  AddCalendarVerbs(root, app);
  AddDealLines(root, app);
  AddDealPeople(root, app);
  AddProductSold(root, app);
  AddProcessMigrate(root, app);
  AddProcessLabels(root, app);
  AddProcessVersions(root, app);
  AddLossReviewVerbs(root, app);
  AddProjectVerbs(root, app);
  AddProjectUnprocessed(root, app);
  AddStreamShow(root, app);
  AddLogTail(root, app);
  AddLogVerify(root, app);
  AddViewList(root, app);
  AddViewRebuild(root, app);
  AddViewDiff(root, app);
  AddRestoreMark(root, app);
  AddClockAccept(root, app);
  AddKeyVerbs(root, app);
  AddDemoLoad(root, app);
  AddCompletion(root, app);
}

void AddGlobalOptions(CLI::App& root, GlobalOptions& options) {
  root.add_option("--server", options.server, "Address of daybookd, host:port")
      ->envname("DAYBOOK_SERVER");
  root.add_option("--key-file", options.key_file, "File with the API key")
      ->envname("DAYBOOK_KEY_FILE");
  root.add_option("--tls-ca", options.tls.authorities,
                  "PEM file: who may sign the server's certificate. Without it the connection is "
                  "plain, which servers offer on loopback only")
      ->envname("DAYBOOK_TLS_CA");
  auto* certificate =
      root.add_option("--tls-cert", options.tls.certificate,
                      "PEM file: certificate of this client, where servers want one")
          ->envname("DAYBOOK_TLS_CERT");
  root.add_option("--tls-key", options.tls.key, "PEM file: private key of --tls-cert")
      ->envname("DAYBOOK_TLS_KEY")
      ->needs(certificate);
  const std::map<std::string, OutputFormat> formats = {
      {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}};
  root.add_option("-o,--output", options.format, "table, json or csv")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  const std::map<std::string, ColorMode> colors = {
      {"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}};
  root.add_option("--color", options.color, "auto, always or never")
      ->transform(CLI::CheckedTransformer(colors).description(""));
  root.add_option("--timeout", options.timeout_seconds, "Seconds to wait for an answer")
      ->check(CLI::Range(1, 3600));
}

int Main(int argc, char** argv) {
  CLI::App root("Daybook: every change recorded once, every view as of any moment.");
  root.name("daybook");
  root.footer(kFooter);
  root.require_subcommand(1);
  // Global options may stand behind the verb too.
  root.fallthrough();
  App app;
  AddGlobalOptions(root, app.options);
  AddVerbs(root, app);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // The library reports by exception; ours begin and end here.
    return root.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  const absl::Status status = app.action ? app.action() : absl::OkStatus();
  if (!status.ok()) {
    PrintError(status, app.options.color);
    return ExitCodeOf(status);
  }
  return app.exit_code;
}

}  // namespace
}  // namespace daybook::cli

int main(int argc, char** argv) { return daybook::cli::Main(argc, argv); }
