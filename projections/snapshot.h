#pragma once

#include <memory>

#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "projections/row_reader.h"
#include "projections/views.h"

namespace daybook::projections {

// REQUIRES: as RowReader, `unavailable` too; `log` and `keys` outlive the snapshot.
std::unique_ptr<Snapshot> NewSnapshot(std::shared_ptr<const Published> published,
                                      eventstore::LogPosition position, absl::Time recorded_at,
                                      const eventstore::EventStore& log, eventstore::KeyStore& keys,
                                      absl::Status unavailable = absl::OkStatus());

}  // namespace daybook::projections
