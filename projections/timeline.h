#pragma once

// Answers: which events of other records belong to the timeline of a record (E-09).
//
// An event of an activity belongs to its account, contact, deal, lead and participants, one of a
// contact or a deal to its account: to those that the record names before or after the event. A
// record's own events are in its stream and need no rows.

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "projections/projection.h"
#include "projections/views.h"

namespace daybook::projections {

inline constexpr char kTimelineView[] = "timeline";

// Calls `visit` with the positions below `before`, latest first, until it returns false. Errors:
// VIEW_UNAVAILABLE.
absl::Status ScanTimeline(const Snapshot& snapshot, absl::string_view id,
                          eventstore::LogPosition before,
                          absl::FunctionRef<bool(eventstore::LogPosition position)> visit);

// The view.
Projection Timeline();

}  // namespace daybook::projections
