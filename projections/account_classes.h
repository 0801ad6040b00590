#pragma once

// Answers: how many accounts stand in each class (F-019)? Accounts that are archived, and those
// without a class, count nowhere.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kAccountClassesView[] = "account_classes";

struct ClassCount {
  std::string class_scheme_id;
  std::string account_class;
  int64_t count = 0;
};

// By scheme and class; of one scheme, or with an empty id of all. Errors: VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<ClassCount>> ReadAccountClasses(const Snapshot& snapshot,
                                                           absl::string_view class_scheme_id);

// The view.
Projection AccountClasses();

}  // namespace daybook::projections
