// log verify: reads a whole log on disk and recomputes everything that proves it. The server must
// be stopped.

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "domain/base/status_macros.h"
#include "eventstore/data_directory.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

struct Options {
  std::string data_dir;
};

absl::Status Run(App& app, const Options& options) {
  Progress progress("verifying", "events");
  const absl::Time start = absl::Now();
  const auto report = eventstore::VerifyLog(
      options.data_dir, [&](eventstore::LogPosition position, eventstore::LogPosition head) {
        progress.Update(position, head);
      });
  progress.Finish();
  DAYBOOK_RETURN_IF_ERROR(report.status());
  for (const std::string& aside : report->keys_aside) {
    std::fprintf(
        stderr,
        "daybook: %s was put aside by a recovery and holds keys of persons, which erasing a "
        "person does not reach: remove it once you need it no more\n",
        aside.c_str());
  }
  const std::string root = absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(report->root.data()), report->root.size()));
  if (app.options.format == OutputFormat::kJson) {
    Print(
        fmt::format("{{\"events\": {}, \"commits\": {}, \"streams\": {}, \"sealed_parts\": {}, "
                    "\"root_hash\": \"{}\", \"incarnation\": {}, \"intact\": true}}\n",
                    report->events, report->commits, report->streams, report->sealed_parts, root,
                    report->incarnation));
    return absl::OkStatus();
  }
  Table table({{"What"}, {"Value"}});
  table.Add({"events", absl::StrCat(report->events)});
  table.Add({"commits", absl::StrCat(report->commits)});
  table.Add({"streams", absl::StrCat(report->streams)});
  table.Add({"sealed parts", absl::StrCat(report->sealed_parts)});
  table.Add({"root hash", root});
  table.Add({"incarnation", absl::StrCat(report->incarnation)});
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(
        absl::StrCat("\nthe log is intact, checked in ", HumanDuration(absl::Now() - start), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddLogVerify(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "log")
          ->AddCommand("verify",
                       "Check a log on disk: hashes, tree, order, indexes (server stopped)");
  verb->AddOption("--data-dir", &options->data_dir, "The data directory").Required();
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
