#pragma once

// Answers: at which accounts does a user have a role on a day (F-020), and which accounts belong to
// a brand on a day (F-107)? One row for each entry, with its days, so that any day can be asked
// for, as now known or as of any past position.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kAccountAssignmentsView[] = "account_assignments";
// Rows that one answer may look at.
inline constexpr size_t kAssignmentsMax = 10'000;

// What an account is assigned to. DO NOT CHANGE numbers: on disk; those of roles are those of
// AccountRole.
enum AssignmentKind : uint8_t {
  kAccountManager = 1,
  kMainPm = 2,
  kBackupPm = 3,
  kBrandOfAccount = 16,
};

struct Assignment {
  std::string account_id;
  absl::CivilDay from;
  std::optional<absl::CivilDay> until;
};

// The accounts assigned to a user or brand on a day, by id. Errors: LIMIT_EXCEEDED,
// VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<Assignment>> ReadAssignments(const Snapshot& snapshot,
                                                        AssignmentKind kind,
                                                        absl::string_view holder_id,
                                                        absl::CivilDay day);

// The view.
Projection AccountAssignments();

}  // namespace daybook::projections
