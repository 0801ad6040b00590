#pragma once

// Goes through every record that fits a filter, once, for figures over lists: the shortest range of
// an index that holds them all is walked, the rows are fetched in blocks and held against the
// filter.

#include "absl/status/status.h"
#include "projections/row_reader.h"
#include "projections/views.h"

namespace daybook::projections {

// What a walk reads.
struct WalkSource {
  const RowReader& reader;  // at the snapshot's position
  const Snapshot& at;
  ComputedValues* computed = nullptr;
};

// As Snapshot::VisitRecords.
absl::Status WalkRecords(const WalkSource& source, const domain::ObjectType& type,
                         const domain::BoundFilter& filter, Snapshot::RecordVisitor visit);

}  // namespace daybook::projections
