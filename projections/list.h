#pragma once

// Carries out a list: walks indexes, intersects ids, fetches rows in blocks, filters, sorts where
// no index does.

#include "absl/status/statusor.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "projections/row_reader.h"
#include "projections/views.h"

namespace daybook::projections {

// Candidates of one index that are kept in memory to narrow another walk.
inline constexpr size_t kIdSetMax = 50'000;
// Candidates that are fetched and sorted rather than met in order.
inline constexpr size_t kSortMax = 10'000;
// Rows that an ordered walk may find not to fit before other indexes are asked.
inline constexpr size_t kProbeRows = 400;

// As Snapshot::List. `reader` stands at the snapshot's position.
absl::StatusOr<ListPage> RunList(const RowReader& reader, const ListQuery& query,
                                 const eventstore::EventStore& log, eventstore::KeyStore& keys);

}  // namespace daybook::projections
