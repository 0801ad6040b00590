#pragma once

#include "absl/status/statusor.h"
#include "eventstore/event_store.h"

namespace daybook::services {

// What a request led to when it was carried out, as the log tells it.
struct KnownAnswer {
  eventstore::AppendResult result;
  // The command's own record, which comes first in its commit, and its revision after the commit.
  // Empty when nothing was recorded.
  eventstore::StreamId stream;
  eventstore::StreamRevision revision = 0;
};
absl::StatusOr<KnownAnswer> ReadKnownAnswer(eventstore::EventStore& store,
                                            const eventstore::RequestRecord& known);

}  // namespace daybook::services
