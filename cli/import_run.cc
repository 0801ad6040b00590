// import run: brings a folder of files in by a plan.

#include <unistd.h>

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/files.h"
#include "cli/grpc_target.h"
#include "cli/import/runner.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "domain/base/clock.h"
#include "domain/base/status_macros.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

struct Options {
  std::string plan;
  std::string folder;
  std::string result;
  bool dry_run = false;
  bool backfill = false;
};

// Two bars, one after the other.
class PhaseProgress {
 public:
  void Update(absl::string_view phase, uint64_t done, uint64_t total) {
    if (phase != phase_) {
      phase_ = std::string(phase);
      progress_.emplace(phase_, phase == "reading" ? "bytes" : "commands");
    }
    progress_->Update(done, total);
  }
  void Finish() { progress_.reset(); }

 private:
  std::string phase_;
  std::optional<Progress> progress_;
};

std::string Seconds(absl::Duration duration) {
  return fmt::format("{:.3f}", absl::ToDoubleSeconds(duration));
}

double RowsPerSecond(const RunSummary& summary) {
  const double seconds = absl::ToDoubleSeconds(summary.surveyed_in + summary.sent_in);
  return seconds > 0 ? static_cast<double>(summary.total.rows) / seconds : 0;
}

void PrintSummaryJson(const RunSummary& summary, const Options& options) {
  const auto counts = [](const RecordCounts& c) {
    return fmt::format(
        "{{\"record\": \"{}\", \"rows\": {}, \"created\": {}, \"applied\": {}, \"unchanged\": {}, "
        "\"differs\": {}, \"rejected\": {}, \"skipped\": {}}}",
        c.record, c.rows, c.of(Verdict::kCreated), c.of(Verdict::kApplied),
        c.of(Verdict::kUnchanged), c.of(Verdict::kDiffers), c.of(Verdict::kRejected),
        c.of(Verdict::kSkipped));
  };
  std::string records;
  for (const auto& record : summary.records) {
    absl::StrAppend(&records, records.empty() ? "" : ", ", counts(record));
  }
  Print(fmt::format(
      "{{\"dry_run\": {}, \"import_run_id\": \"{}\", \"total\": {}, \"records\": [{}], "
      "\"commands\": {}, \"replayed\": {}, \"survey_seconds\": {}, \"send_seconds\": {}, "
      "\"rows_per_second\": {:.0f}}}\n",
      options.dry_run, summary.run_id, counts(summary.total), records, summary.commands,
      summary.replayed, Seconds(summary.surveyed_in), Seconds(summary.sent_in),
      RowsPerSecond(summary)));
}

void PrintSummary(const App& app, const RunSummary& summary, const Options& options,
                  const std::string& result) {
  Table table({{"Record"},
               {"Rows", Align::kRight},
               {"Created", Align::kRight},
               {"Applied", Align::kRight},
               {"Unchanged", Align::kRight},
               {"Differs", Align::kRight},
               {"Rejected", Align::kRight},
               {"Skipped", Align::kRight}});
  const auto add = [&](const RecordCounts& c, const std::string& name) {
    std::vector<std::string> row = {name, Grouped(static_cast<int64_t>(c.rows))};
    for (const Verdict verdict : {Verdict::kCreated, Verdict::kApplied, Verdict::kUnchanged,
                                  Verdict::kDiffers, Verdict::kRejected, Verdict::kSkipped}) {
      row.push_back(Grouped(static_cast<int64_t>(c.of(verdict))));
    }
    table.Add(std::move(row));
  };
  for (const auto& record : summary.records) add(record, record.record);
  add(summary.total, "all");
  PrintTable(app, table);
  if (app.options.format != OutputFormat::kTable) return;
  if (!summary.assumptions.empty()) {
    Print("\nAssumed:\n");
    for (const auto& [text, rows] : summary.assumptions) {
      Print(fmt::format("  {:>9}  {}\n", Grouped(static_cast<int64_t>(rows)), text));
    }
  }
  Print(fmt::format(
      "\n{}{} commands carried out, {} had been before; {} rows/s (read in {}, sent in {})\n",
      options.dry_run ? "Dry run, nothing was written. " : "",
      Grouped(static_cast<int64_t>(summary.commands)),
      Grouped(static_cast<int64_t>(summary.replayed)),
      Grouped(static_cast<int64_t>(RowsPerSecond(summary))), HumanDuration(summary.surveyed_in),
      HumanDuration(summary.sent_in)));
  Print(absl::StrCat("Every row with what became of it: ", result, "\n"));
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(options.plan, kPlanBytesMax));
  DAYBOOK_ASSIGN_OR_RETURN(Plan plan, ParsePlan(text, options.plan));
  const std::string result =
      !options.result.empty()
          ? options.result
          : absl::StrCat(plan.name, options.dry_run ? ".dry-run.csv" : ".result.csv");
  DAYBOOK_ASSIGN_OR_RETURN(const auto survey, Survey::Open(std::move(plan), options.folder));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  const auto target = NewGrpcTarget(app, *client);
  SystemClock clock;
  SystemRandom random;
  PhaseProgress progress;
  RunOptions run;
  run.mode = options.dry_run ? RunMode::kDry : RunMode::kReal;
  run.stamping = options.backfill ? Stamping::kBackfill : Stamping::kNow;
  run.progress = [&](absl::string_view phase, uint64_t done, uint64_t total) {
    progress.Update(phase, done, total);
  };
  const auto summary = RunImport(*survey, text, *target, clock, random, run);
  progress.Finish();
  if (!summary.ok()) {
    if (isatty(STDERR_FILENO) == 1) {
      std::fputs("The import broke off; the same command goes on where it stopped.\n", stderr);
    }
    return summary.status();
  }
  DAYBOOK_RETURN_IF_ERROR(WriteResult(*survey, result));
  if (!summary->seen.ok()) {
    std::fputs(
        "Everything is recorded, but the views have not caught up yet (daybook view list).\n",
        stderr);
  }
  if (summary->total.of(Verdict::kRejected) + summary->total.of(Verdict::kDiffers) > 0) {
    app.exit_code = kExitRowsRejected;
  }
  if (app.options.format == OutputFormat::kJson) {
    PrintSummaryJson(*summary, options);
  } else {
    PrintSummary(app, *summary, options, result);
  }
  return absl::OkStatus();
}

}  // namespace

void AddImportRun(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "import")->AddCommand("run", "Bring a folder of files in by a plan");
  verb->AddOption("plan", &options->plan, "The plan (docs/howto/write-an-import-plan.md)")
      .Required()
      .ExistingFile();
  verb->AddOption("--from", &options->folder, "The folder that holds the files of the plan")
      .Required()
      .ExistingDirectory();
  verb->AddFlag("--dry-run", &options->dry_run,
                "Everything but the writing: the same checks and decisions, the same result file");
  verb->AddFlag(
      "--backfill", &options->backfill,
      "Record the commands under the times in the files, so that history keeps its dates; "
      "possible until the first command that is not backfilled");
  verb->AddOption(
      "--result", &options->result,
      "Where every row is listed with what became of it; <plan name>.result.csv otherwise");
  verb->SetFooter(
      "Running the same import again changes nothing; one that broke off goes on where it "
      "stopped.");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
