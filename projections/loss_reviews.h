#pragma once

// Answers: for which reasons were deals lost, as sales gave them and as reviewers found them, and
// what waits in each group until which day (F-077).
//
// A review counts under the day it was opened and the group that has it now. Reviews that were
// closed without a verdict, since their deal was reopened, are in no cell.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "daybook/sales/v1/loss_review.pb.h"
#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kLossReviewsView[] = "loss_reviews";

// DO NOT CHANGE numbers: on disk.
enum LossReviewMeasure : uint8_t {
  kLossReviewCount = 1,
  kLossReviewLost = 2,  // per currency
};

struct LossReviewCell {
  std::string close_reason_id;
  std::string reviewed_reason_id;  // empty: not reviewed
  sales::v1::LossVerdict verdict = sales::v1::LOSS_VERDICT_UNSPECIFIED;
  Measures sums;
};

// Of one group, or of all with an empty id; by reason given, reason found, verdict. Errors:
// VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<LossReviewCell>> ReadLossReviewCells(
    const Snapshot& snapshot, absl::string_view unit_id, const std::optional<BoardPeriod>& period);

// Reviews of one group that wait (OPEN) or are being checked (TAKEN).
struct LossReviewQueue {
  std::string unit_id;
  int64_t open = 0;
  int64_t taken = 0;
  int64_t overdue = 0;   // of these, due before the day
  int64_t fallback = 0;  // of these, in the group for want of another one
};
// By group. Errors: VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<LossReviewQueue>> ReadLossReviewQueues(const Snapshot& snapshot,
                                                                  absl::string_view unit_id,
                                                                  absl::CivilDay day);

// The view.
Projection LossReviews();

}  // namespace daybook::projections
