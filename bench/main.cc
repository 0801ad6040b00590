// daybook_bench: measures a daybookd inside this process and prints the table of budgets.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "bench/bench_server.h"
#include "bench/commands.h"
#include "bench/data_set.h"
#include "bench/process.h"
#include "bench/reads.h"
#include "bench/rebuild.h"
#include "bench/start_up.h"
#include "bench/table.h"

namespace daybook::bench {
namespace {

// Events in the directories that are measured: ten thousand deals for reads, few and many for
// start-up.
constexpr size_t kReadEvents = 23'000;
constexpr size_t kFewEvents = 10'000;
constexpr size_t kManyEvents = 200'000;
constexpr size_t kManyEventsFull = 1'000'000;
constexpr absl::Duration kSettle = absl::Seconds(2);
// In which the compaction ends that a large import leaves behind.
constexpr absl::Duration kCompaction = absl::Seconds(20);

struct Options {
  bool json = false;
  bool full = false;
  int rounds = 3;
  size_t deals = 1'000'000;
  projections::ViewsOptions views;  // of the server that lists are asked of
  std::vector<std::string> only;
  std::string scratch = std::filesystem::temp_directory_path().string();

  bool wants(const std::string& measure) const {
    return only.empty() || std::find(only.begin(), only.end(), measure) != only.end();
  }
};

void Say(const std::string& what) { fmt::print(stderr, "{}\n", what); }

void AddImport(const DataSet& data, Table* table) {
  const double seconds = absl::ToDoubleSeconds(data.acknowledged);
  table->Add("import through the command stream", static_cast<double>(data.rows) / seconds,
             "rows/s");
  table->Add("  commands of it", static_cast<double>(data.commands) / seconds, "/s");
  table->Add("  until the views have them",
             static_cast<double>(data.commands) / absl::ToDoubleSeconds(data.applied), "/s");
  table->Add("  peak resident memory, client included",
             static_cast<double>(PeakResidentBytes()) / (1 << 20), "MiB");
}

void MeasureServing(const Options& options, const std::string& scratch, Table* table) {
  Say("import, throughput and reads");
  BenchServer server(scratch + "/serving");
  const DataSet data = FillServer(server, kReadEvents);
  if (options.wants("import")) AddImport(data, table);
  if (options.wants("reads") || options.wants("gets")) {
    // Reads are measured on a server that has no rows of the import left to write or to compact.
    server.Stop();
    server.Start();
    absl::SleepFor(kSettle);
  }
  if (options.wants("reads")) MeasureReads(server, data, options.rounds, table);
  if (options.wants("gets")) MeasureGets(server, data, options.rounds, table);
  if (options.wants("commands")) MeasureCommands(server, data, options.rounds, table);
}

void MeasureHistory(const Options& options, const std::string& scratch, Table* table) {
  Say("start-up, rebuild and size");
  BenchServer few(scratch + "/few");
  FillServer(few, kFewEvents);
  few.Stop();
  BenchServer many(scratch + "/many");
  ResetPeakResident();
  const DataSet data = FillServer(many, options.full ? kManyEventsFull : kManyEvents);
  table->Add("events of the large log", static_cast<double>(data.head), "");
  if (options.wants("import")) AddImport(data, table);
  many.Stop();
  if (options.wants("startup")) MeasureStartUp(few, many, options.rounds, table);
  if (options.wants("size")) {
    const auto events = static_cast<double>(data.head);
    const auto log = static_cast<double>(BytesUnder(many.data_dir() + "/log"));
    const auto views = static_cast<double>(BytesUnder(many.data_dir() + "/views"));
    table->Add("log on disk, per event", log / events, "B");
    table->Add("views on disk, per event", views / events, "B");
  }
  if (options.wants("rebuild")) {
    MeasureRebuild(many.data_dir(), scratch, data, options.rounds, table);
  }
}

void MeasureManyDeals(const Options& options, const std::string& scratch, Table* table) {
  Say(fmt::format("lists over {} deals", options.deals));
  BenchServer server(scratch + "/lists", options.views);
  const DataSet data = FillWithDeals(server, options.deals);
  table->Add("deals that lists look at", static_cast<double>(data.deals.size()), "");
  AddImport(data, table);
  server.Stop();
  server.Start();
  absl::SleepFor(kCompaction);
  MeasureLists(server, data, options.rounds, table);
}

int Run(const Options& options) {
  const absl::Time began = absl::Now();
  const ScratchDirectory scratch(options.scratch);
  Table table;
  if (options.wants("import") || options.wants("reads") || options.wants("gets") ||
      options.wants("commands")) {
    MeasureServing(options, scratch.path(), &table);
  }
  if (options.wants("startup") || options.wants("size") || options.wants("rebuild")) {
    MeasureHistory(options, scratch.path(), &table);
  }
  // Takes minutes, and says nothing that the others need.
  if (!options.only.empty() && options.wants("lists")) {
    MeasureManyDeals(options, scratch.path(), &table);
  }
  fmt::print("{}", options.json ? table.ToJson() : table.ToText());
  Say(fmt::format("took {:.0f} s", absl::ToDoubleSeconds(absl::Now() - began)));
  return 0;
}

}  // namespace
}  // namespace daybook::bench

int main(int argc, char** argv) {
  // As daybookd.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  daybook::bench::Options options;
  CLI::App app{"Measures daybookd and prints the table of budgets (docs/performance.md)."};
  app.add_flag("--json", options.json, "print JSON");
  app.add_flag("--full", options.full, "a million events in the large log");
  app.add_option("--rounds", options.rounds, "rounds; medians are printed")
      ->check(CLI::Range(1, 99));
  app.add_option("--only", options.only, "some measures only")
      ->check(CLI::IsMember(
          {"import", "reads", "gets", "commands", "startup", "size", "rebuild", "lists"}));
  app.add_option("--deals", options.deals, "deals that `--only lists` looks at");
  size_t block_cache_mib = options.views.block_cache_bytes >> 20;
  app.add_option("--block-cache-mib", block_cache_mib, "as of daybookd, for `--only lists`")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  size_t record_cache_mib = options.views.record_cache_bytes >> 20;
  app.add_option("--record-cache-mib", record_cache_mib, "as of daybookd, for `--only lists`")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--scratch", options.scratch, "where data directories are made and removed")
      ->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  options.views.block_cache_bytes = block_cache_mib << 20;
  options.views.record_cache_bytes = record_cache_mib << 20;
  return daybook::bench::Run(options);
}
