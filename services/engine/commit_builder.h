#pragma once

#include <string>
#include <vector>

#include "domain/registry.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"

namespace daybook::services {

// Turns decided events into what the log stores: personal values are sealed per person, unique
// values become claims. From here on nothing personal is in clear. Thread-safe.
class CommitBuilder {
 public:
  explicit CommitBuilder(eventstore::KeyStore& keys) : keys_(keys) {}

  // Seals the events of one stream and adds them to `commit`, whose request id and schema set are
  // set. The events are changed: their personal values become placeholders. Errors: ERASED_SUBJECT.
  absl::Status AddEvents(const domain::AggregateType& type, const eventstore::StreamId& stream,
                         absl::Time effective_at, const std::string& metadata,
                         domain::EventList events, eventstore::Commit* commit);

  // The unique values that the record holds after the command and not before are taken, the others
  // released.
  absl::Status AddClaims(const domain::AggregateType& type, const eventstore::StreamId& stream,
                         const domain::AnyState& before, const domain::AnyState& after,
                         eventstore::Commit* commit);

 private:
  absl::Status AddClaim(const domain::Claim& claim, const eventstore::StreamId& stream,
                        eventstore::ClaimChange::Kind kind, eventstore::Commit* commit);

  eventstore::KeyStore& keys_;
};

// A claim as a map key.
std::string ClaimKey(const eventstore::ClaimChange& claim);

}  // namespace daybook::services
