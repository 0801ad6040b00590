#pragma once

// Answers: what an account and everything below it in the account tree has won, lost and has open.
// The tree is joined when read, from the records at the same position, so moving an account never
// rewrites a sum.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "projections/projection.h"
#include "projections/sales_board.h"
#include "projections/views.h"

namespace daybook::projections {

// Accounts that one answer may look at.
inline constexpr size_t kGroupAccountsMax = 200'000;

// An account with its subtree. Measures are those of the board (BoardMeasure).
struct GroupTotal {
  std::string account_id;
  int accounts = 0;  // in the subtree, itself included
  int64_t won_count = 0;
  int64_t open_count = 0;
  Measures group;  // the whole subtree
  Measures own;    // the account alone
};

// The subtree of `account_id`, one total for it; empty: one for each account without a parent.
// Largest won value in `currency` first, then by id. Errors: VIEW_UNAVAILABLE, LIMIT_EXCEEDED (more
// than `most` accounts), NOT_FOUND (unknown account).
absl::StatusOr<std::vector<GroupTotal>> ReadGroupTotals(const Snapshot& snapshot,
                                                        absl::string_view account_id,
                                                        absl::string_view currency,
                                                        size_t most = kGroupAccountsMax);

}  // namespace daybook::projections
