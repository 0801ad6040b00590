#pragma once

// Answers: what changed the open pipeline between two moments (the bridge of FORMULAS.md 5.3), and
// how often the expected close of a deal was put off.
//
// Every change of an open deal's value, owner or process, and every way in and out, is a move under
// one bar. Sums of moves only ever grow by addition, so the bars between two positions are the
// difference of two reads, however much happened in between. For one owner and one process, deals
// that change hands move between their bridges.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kPipelineMovesView[] = "pipeline_moves";

// DO NOT CHANGE numbers: on disk, and as sales.v1.PipelineBar on the wire.
enum class MoveBar : uint8_t {
  kCreated = 1,
  kRaised = 2,
  kLowered = 3,
  kWon = 4,
  kLost = 5,
  kAbandoned = 6,
  kReopened = 7,
  kTransferredIn = 8,
  kTransferredOut = 9,
  kArchived = 10,
  kRestored = 11,
};

// DO NOT CHANGE numbers: on disk.
enum MoveMeasure : uint8_t {
  kMoveCount = 1,   // moves
  kMoveDeals = 2,   // open deals more or less
  kMoveAmount = 3,  // per currency: projected value more or less
};

// Whose pipeline.
struct MoveQuery {
  std::string owner_id;    // empty: everybody's
  std::string process_id;  // empty: all
};

struct BarSums {
  MoveBar bar = MoveBar::kCreated;
  Measures sums;
};

// The sums of all bars from the beginning up to the snapshot, by bar; those without moves left out.
absl::StatusOr<std::vector<BarSums>> ReadBars(const Snapshot& snapshot, const MoveQuery& query);

// One change of one deal.
struct PipelineMove {
  eventstore::LogPosition position = 0;
  std::string opportunity_id;
  std::string owner_id;
  std::string process_id;
  bool between_owners = false;  // it is a move for the two owners only
  Measures sums;
};

// Moves under a bar with after < position <= until, oldest first, at most `limit`. Of one owner,
// those that changed hands included.
absl::StatusOr<std::vector<PipelineMove>> ReadMoves(const Snapshot& snapshot,
                                                    const MoveQuery& query, MoveBar bar,
                                                    eventstore::LogPosition after,
                                                    eventstore::LogPosition until, size_t limit);

// How often the expected close of each deal was moved to a later day while the deal was open.
absl::StatusOr<int> ReadPushes(const Snapshot& snapshot, absl::string_view opportunity_id);

// The view.
Projection PipelineMoves();

}  // namespace daybook::projections
