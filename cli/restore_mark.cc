// restore mark: says that a data directory is an older copy that was put back. The server must be
// stopped.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"
#include "eventstore/data_directory.h"

namespace daybook::cli {
namespace {

absl::Status Run(App& app, const std::string& data_dir) {
  KeepFilesPrivate();
  SystemRandom random;
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t incarnation, eventstore::MarkRestored(data_dir, random));
  if (app.options.format == OutputFormat::kJson) {
    Print(absl::StrCat("{\"incarnation\": ", incarnation, "}\n"));
    return absl::OkStatus();
  }
  Print(absl::StrCat("The log of ", data_dir, " is in its incarnation ", incarnation,
                     ": whoever follows it from before learns that positions may stand for other "
                     "events now.\n"));
  return absl::OkStatus();
}

}  // namespace

void AddRestoreMark(Command& root, App& app) {
  auto data_dir = std::make_shared<std::string>();
  Command* verb = Noun(root, "restore")
                      ->AddCommand("mark",
                                   "After an older copy was put back, before the server starts on "
                                   "it (server stopped)");
  verb->AddOption("--data-dir", data_dir.get(), "The data directory").Required();
  SetAction(verb, app, data_dir, &Run);
}

}  // namespace daybook::cli
