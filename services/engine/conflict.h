#pragma once

// What a refusal over the expected revision tells beside the two numbers, so that the caller
// decides again without another call.

#include "absl/status/status.h"
#include "services/engine/engine.h"
#include "services/engine/state_loader.h"

namespace daybook::services {

// Thread-safe; cheap to make. All outlive it.
class ConflictReader {
 public:
  ConflictReader(eventstore::EventStore& store, eventstore::KeyStore& keys,
                 const AccessPolicy& access, StateLoader& states)
      : store_(store), keys_(keys), access_(access), states_(states) {}

  // Adds a daybook.rpc.v1.RevisionConflict to a refusal {expected, actual} over a revision of the
  // stream: the
  // fields that changed since, and the missed events as the feed shows them, within the bounds of
  // engine.h and of the call; none of both where the caller may not read such records.
  // What cannot be read is left out. May read the disk.
  void AddDetail(const CommandCall& call, const eventstore::StreamId& stream,
                 absl::Status* refusal) const;

 private:
  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
  const AccessPolicy& access_;
  StateLoader& states_;
};

}  // namespace daybook::services
