// init: a new data directory with the organisation, its set-up and the first key.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"
#include "services/engine/bootstrap.h"

namespace daybook::cli {
namespace {

absl::Status Run(App& app, const services::BootstrapOptions& options) {
  KeepFilesPrivate();
  SystemClock clock;
  SystemRandom random;
  DAYBOOK_ASSIGN_OR_RETURN(const std::string key, services::Bootstrap(options, clock, random));
  const std::string path = absl::StrCat(options.data_dir, "/admin.key");
  DAYBOOK_RETURN_IF_ERROR(WriteSecretFile(path, absl::StrCat(key, "\n")));
  if (app.options.format != OutputFormat::kTable) return absl::OkStatus();
  Print(absl::StrCat("The data directory ", options.data_dir,
                     " is ready; the administrator's key is in ", path,
                     ".\nNext:\n  daybookd --data-dir ", options.data_dir,
                     "\n  daybook --key-file ", path, " status\n"));
  return absl::OkStatus();
}

}  // namespace

void AddInit(Command& root, App& app) {
  auto options = std::make_shared<services::BootstrapOptions>();
  Command* verb = root.AddCommand("init", "Make a data directory (offline)");
  verb->AddOption("--data-dir", &options->data_dir, "A directory that is empty or does not exist")
      .Required();
  verb->AddOption("--organisation", &options->organisation, "Name of the organisation").Required();
  verb->AddOption("--currency", &options->currency,
                  "ISO 4217 code, for example USD; fixed for good")
      .Required();
  verb->AddOption("--zone", &options->zone,
                  "IANA time zone in which days are meant, for example UTC")
      .Required();
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
