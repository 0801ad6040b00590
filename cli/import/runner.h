#pragma once

// An import from the opened files to the result: survey, send, sum up.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/import/survey.h"
#include "cli/import/target.h"
#include "domain/base/clock.h"

namespace daybook::cli {

enum class RunMode { kReal, kDry };
enum class Stamping { kNow, kBackfill };

struct RunOptions {
  RunMode mode = RunMode::kReal;
  Stamping stamping = Stamping::kNow;
  // What is going on, and how far it has come.
  std::function<void(absl::string_view phase, uint64_t done, uint64_t total)> progress;
};

// Rows of one record of the plan by verdict.
struct RecordCounts {
  std::string record;
  uint64_t rows = 0;
  uint64_t by_verdict[8] = {};
  uint64_t of(Verdict verdict) const { return by_verdict[static_cast<size_t>(verdict)]; }
};

struct RunSummary {
  std::vector<RecordCounts> records;
  RecordCounts total;
  uint64_t repeats = 0;   // further rows of records that are distinct by key
  uint64_t commands = 0;  // carried out now
  uint64_t replayed = 0;  // had been carried out before
  std::vector<std::pair<std::string, uint64_t>> assumptions;  // with the number of rows
  std::string run_id;                                         // empty: nothing was recorded
  absl::Status seen;  // not OK: the views have not caught up yet
  absl::Duration surveyed_in;
  absl::Duration sent_in;
};

// Runs the whole import. Rows that are refused do not end it; a broken connection, a full disk, a
// missing right do (the status says why, and a later run goes on where this one stopped).
// `plan_text`: for the hash of the run.
absl::StatusOr<RunSummary> RunImport(Survey& survey, absl::string_view plan_text,
                                     ImportTarget& target, Clock& clock, Random& random,
                                     const RunOptions& options);

// Writes a line for each row: file, row, record, key, id, verdict, reason, message, assumptions.
absl::Status WriteResult(Survey& survey, const std::string& path);

}  // namespace daybook::cli
