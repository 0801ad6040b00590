#pragma once

// Answers: when an account, a contact or a lead was last spoken to (F-035).
//
// A call or a meeting that is done and not archived counts, for its account, contact and lead and
// its participants, at the time it was done. Every one of them is kept, in order, so that archiving
// the newest brings back the one before. What is planned counts nowhere, and nothing is done in the
// future.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kLastContactView[] = "last_contact";

struct LastContact {
  absl::Time at;
  std::string activity_id;
};

// Of an account, a contact or a lead; nullopt: never. Errors: VIEW_UNAVAILABLE.
absl::StatusOr<std::optional<LastContact>> ReadLastContact(const Snapshot& snapshot,
                                                           absl::string_view id);

// The view.
Projection LastContacts();

}  // namespace daybook::projections
