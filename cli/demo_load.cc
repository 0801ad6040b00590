// demo load: fills an empty organisation with a generated one.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/demo/generator.h"
#include "cli/grpc_target.h"
#include "cli/import/command_pipeline.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "domain/base/status_macros.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

// Counts answers; keeps the first refusal. Called by one thread, read by another after the last
// answer.
struct Outcome {
  uint64_t carried_out = 0;
  uint64_t replayed = 0;
  uint64_t refused = 0;
  uint64_t position = 0;
  absl::Status first_refusal;

  void Take(const rpc::v1::CommandResult& result) {
    if (result.code() == 0) {
      ++(result.replayed() ? replayed : carried_out);
      position = std::max(position, result.receipt().position());
      return;
    }
    if (refused++ == 0) first_refusal = FromStatusBytes(result.code(), result.status());
  }
};

absl::StatusOr<DemoSetting> Prepare(App& app, ImportTarget& target, uint64_t seed) {
  DemoSetting setting;
  setting.seed = seed;
  DAYBOOK_ASSIGN_OR_RETURN(setting.zone, app.Zone());
  DAYBOOK_ASSIGN_OR_RETURN(setting.currency, app.Currency());
  setting.today = absl::ToCivilDay(absl::Now(), setting.zone);
  for (const auto& [kind, code] : kDemoReasons) {
    const std::string filter = absl::StrCat("kind = ", kind, " AND code = \"", code, "\"");
    DAYBOOK_ASSIGN_OR_RETURN(const auto ids, target.Find("close_reason", filter));
    if (ids.size() != 1) {
      return absl::FailedPreconditionError(
          absl::StrCat("the demo needs the close reason ", filter, ", which `daybook init` makes"));
    }
    setting.reasons[absl::StrCat(kind, "/", code)] = ids.front();
  }
  return setting;
}

absl::Status Run(App& app, uint64_t seed) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  const auto target = NewGrpcTarget(app, *client);
  DAYBOOK_ASSIGN_OR_RETURN(const DemoSetting setting, Prepare(app, *target, seed));
  const std::vector<DemoCommand> commands = GenerateDemo(setting);
  rpc::v1::ExecuteOptions execute;
  execute.set_backfill(true);
  execute.set_receipts_only(true);
  Outcome outcome;
  Progress progress("loading the demo", "commands");
  const absl::Time start = absl::Now();
  {
    CommandPipeline pipeline(target->Execute(""), execute,
                             [&](const rpc::v1::CommandResult& result) { outcome.Take(result); });
    absl::Status sent;
    for (uint64_t i = 0; i < commands.size() && sent.ok(); ++i) {
      sent = pipeline.Send(i, *commands[i].request);
      progress.Update(i, commands.size());
    }
    DAYBOOK_RETURN_IF_ERROR(pipeline.Finish());
  }
  progress.Finish();
  if (outcome.refused > 0) return outcome.first_refusal;
  DAYBOOK_RETURN_IF_ERROR(target->WaitUntilSeen(outcome.position));
  if (app.options.format == OutputFormat::kJson) {
    Print(fmt::format("{{\"seed\": {}, \"commands\": {}, \"replayed\": {}}}\n", seed,
                      outcome.carried_out, outcome.replayed));
    return absl::OkStatus();
  }
  Print(fmt::format(
      "demo organisation of seed {}: {} users, {} accounts, {} deals over {} months; "
      "{} commands in {}{}\n",
      seed, kDemoUsers, kDemoAccounts, kDemoDeals, kDemoMonths,
      Grouped(static_cast<int64_t>(outcome.carried_out)), HumanDuration(absl::Now() - start),
      outcome.replayed == 0 ? ""
                            : absl::StrCat(", ", Grouped(static_cast<int64_t>(outcome.replayed)),
                                           " had been carried out before")));
  return absl::OkStatus();
}

}  // namespace

void AddDemoLoad(Command& root, App& app) {
  auto seed = std::make_shared<uint64_t>(1);
  Command* verb =
      Noun(root, "demo")
          ->AddCommand(
              "load",
              "Fill a new organisation with generated people, accounts and 18 months of deals");
  verb->AddOption("--seed", seed.get(),
                  "The same seed gives the same organisation on the same day");
  verb->SetAction([seed, &app] { return Run(app, *seed); });
}

}  // namespace daybook::cli
