#pragma once

// Answers: which customers of a project have no deal in it (F-064)?
//
// A row for each account in a project: whether it is a customer there, and how many deals it has
// that are registered under the project, archived ones left out. Whether the account may be shown
// at all (blacklisted, archived) is decided when the view is read.

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kProjectDealsView[] = "project_deals";

// Calls `visit` with each customer of the project that has no deal in it, in order of accounts,
// beginning behind `after` (empty: from the first), until it returns false. Returns how many rows
// it looked at. `budget`: how many it may; LIMIT_EXCEEDED beyond. Other errors: VIEW_UNAVAILABLE.
absl::StatusOr<size_t> VisitUnprocessed(
    const Snapshot& snapshot, absl::string_view crm_project_id, absl::string_view after,
    size_t budget, absl::FunctionRef<bool(const std::string& account_id)> visit);

// The view.
Projection ProjectDeals();

}  // namespace daybook::projections
