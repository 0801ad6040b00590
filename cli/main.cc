// daybook: the command line over a daybookd. One line for each verb.

#include <map>
#include <string>

#include "absl/status/status.h"
#include "cli/app.h"
#include "cli/command_line.h"
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

void AddVerbs(Command& root, App& app) {
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

// An option whose values have names.
template <class Enum>
void AddNamed(Command& root, const std::string& name, Enum* value,
              const std::map<std::string, Enum>& choices, const std::string& help) {
  std::map<std::string, int> numbers;
  for (const auto& [text, choice] : choices) numbers.emplace(text, static_cast<int>(choice));
  root.AddChoice(
      name, numbers, [value](int number) { *value = static_cast<Enum>(number); }, help);
}

void AddGlobalOptions(Command& root, GlobalOptions& options) {
  root.AddOption("--server", &options.server, "Address of daybookd, host:port")
      .Envname("DAYBOOK_SERVER");
  root.AddOption("--key-file", &options.key_file, "File with the API key")
      .Envname("DAYBOOK_KEY_FILE");
  root.AddOption("--tls-ca", &options.tls.authorities,
                 "PEM file: who may sign the server's certificate. Without it the connection is "
                 "plain, which servers offer on loopback only")
      .Envname("DAYBOOK_TLS_CA");
  Option& certificate = root.AddOption("--tls-cert", &options.tls.certificate,
                                       "PEM file: certificate of this client, where servers want "
                                       "one")
                            .Envname("DAYBOOK_TLS_CERT");
  root.AddOption("--tls-key", &options.tls.key, "PEM file: private key of --tls-cert")
      .Envname("DAYBOOK_TLS_KEY")
      .Needs(certificate);
  AddNamed<OutputFormat>(
      root, "-o,--output", &options.format,
      {{"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}},
      "table, json or csv");
  AddNamed<ColorMode>(
      root, "--color", &options.color,
      {{"auto", ColorMode::kAuto}, {"always", ColorMode::kAlways}, {"never", ColorMode::kNever}},
      "auto, always or never");
  root.AddOption("--timeout", &options.timeout_seconds, "Seconds to wait for an answer")
      .Range(1, 3600);
}

int Main(int argc, char** argv) {
  const auto root =
      NewProgram("daybook", "Daybook: every change recorded once, every view as of any moment.");
  root->SetFooter(kFooter);
  // Global options may stand behind the verb too.
  root->RequireCommand();
  App app;
  AddGlobalOptions(*root, app.options);
  AddVerbs(*root, app);
  if (const auto ended = root->Parse(argc, argv)) return *ended == 0 ? kExitOk : kExitUsage;
  const absl::Status status = root->Run();
  if (!status.ok()) {
    PrintError(status, app.options.color);
    return ExitCodeOf(status);
  }
  return app.exit_code;
}

}  // namespace
}  // namespace daybook::cli

int main(int argc, char** argv) { return daybook::cli::Main(argc, argv); }
