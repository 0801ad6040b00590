#pragma once

// Compares the rows of two builds of a view, current ones and all of their history.

#include "absl/status/status.h"
#include "projections/database.h"
#include "projections/published.h"

namespace daybook::projections {

// Adds what differs at `position` to the report: rows of `live` as published, rows of `rebuilt` as
// they are. The key of a row of history is followed by the 8 bytes, big-endian, of its position.
absl::Status CompareRows(const Database& database, const Published& published,
                         const ViewTables& live, const ViewTables& rebuilt,
                         eventstore::LogPosition position, size_t limit, DiffReport* report);

}  // namespace daybook::projections
