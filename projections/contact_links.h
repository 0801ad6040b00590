#pragma once

// Answers: which contacts are linked to an account on a day, and in which roles (F-017)? Contacts
// whose main account it is are found through the index of records.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kContactLinksView[] = "contact_links";
// Rows that one answer may look at.
inline constexpr size_t kContactLinksMax = 10'000;

struct LinkedContact {
  std::string contact_id;
  std::string role;
};

// By contact, those that hold on the day. Errors: LIMIT_EXCEEDED, VIEW_UNAVAILABLE.
absl::StatusOr<std::vector<LinkedContact>> ReadContactLinks(const Snapshot& snapshot,
                                                            absl::string_view account_id,
                                                            absl::CivilDay day);

// The view.
Projection ContactLinks();

}  // namespace daybook::projections
