#pragma once

// Answers: which stages a deal went through and when, and how long deals stay in each stage
// (FORMULAS.md 5.7).
//
// A stay begins when the deal is created in a stage, moved to it, or reopened, and ends with the
// next move or the close, in business time. A deal that follows its process into another version
// moves where its stage has another name there; its earlier stays keep theirs. A stay never ends
// before it begins: an event with an earlier business time than the one before ends it with length
// zero.

#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kStageIntervalsView[] = "stage_intervals";

// One stay, half-open.
struct StageStay {
  std::string stage;
  absl::Time entered_at;
  std::optional<absl::Time> left_at;     // none: still there
  eventstore::LogPosition position = 0;  // of the event that began it
  std::string left_to;  // the next stage, or "won", "partially_won", "lost", "abandoned"; empty
                        // while it lasts
};

// Oldest first; empty for an unknown deal.
absl::StatusOr<std::vector<StageStay>> ReadStageStays(const Snapshot& snapshot,
                                                      absl::string_view opportunity_id);

// All stays in one stage of a process.
struct StageTotal {
  std::string process_id;
  std::string stage;
  int64_t stays = 0;          // that have ended
  int64_t total_seconds = 0;  // of those
  int64_t open = 0;           // deals that are in it now
};

// By process and stage. `process_id` empty: all processes.
absl::StatusOr<std::vector<StageTotal>> ReadStageTotals(const Snapshot& snapshot,
                                                        absl::string_view process_id);

// The view.
Projection StageIntervals();

}  // namespace daybook::projections
