#pragma once

// Answers: how many leads stand in each state, by owner and source (F-046). Archived leads count
// nowhere.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/sales/v1/lead.pb.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kLeadBoardView[] = "lead_board";

// What is summed under every key. DO NOT CHANGE numbers: on disk (a change needs a new version of
// the view).
enum LeadMeasure : uint8_t {
  kLeadCount = 1,
  kLeadScored = 2,
  kLeadScoreSum = 3,
};

struct LeadBoardRow {
  std::string owner_id;  // empty also in rows of all owners
  sales::v1::LeadState state = sales::v1::LEAD_STATE_NEW;
  std::string source;
  Measures sums;
};

// By state and source: of one owner, of all owners together, or of each owner. Errors:
// VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<LeadBoardRow>> ReadLeadBoardOf(const Snapshot& snapshot,
                                                          absl::string_view owner_id);
absl::StatusOr<std::vector<LeadBoardRow>> ReadLeadBoard(const Snapshot& snapshot);
absl::StatusOr<std::vector<LeadBoardRow>> ReadLeadBoardByOwner(const Snapshot& snapshot);

// The view.
Projection LeadBoard();

}  // namespace daybook::projections
