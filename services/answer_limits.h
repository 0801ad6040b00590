#pragma once

// How much one answer may look at or show, and how long a call may take that does not say. Beyond
// what an answer may look at it is refused: LIMIT_EXCEEDED.

#include <cstddef>

#include "absl/time/time.h"

namespace daybook::services {

inline constexpr absl::Duration kDefaultDeadline = absl::Seconds(60);  // of a call without one
inline constexpr size_t kLeadCohortMax = 50'000;  // leads that an analysis of a period looks at
inline constexpr size_t kStaleLeadsMax = 20'000;  // leads that may be stale
inline constexpr size_t kSlippageCohortMax = 100'000;  // deals that a slippage answer looks at
inline constexpr size_t kSlippedShownMax = 1000;       // slipped deals in an answer
inline constexpr size_t kFigureRowsMax = 10'000;       // rows of figures, which have no pages

// The same as options, so that tests reach them.
struct AnswerLimits {
  absl::Duration deadline = kDefaultDeadline;
  size_t lead_cohort = kLeadCohortMax;
  size_t stale_leads = kStaleLeadsMax;
  size_t slippage_cohort = kSlippageCohortMax;
  size_t slipped_shown = kSlippedShownMax;
  size_t figure_rows = kFigureRowsMax;
};

}  // namespace daybook::services
