#pragma once

#include <string>
#include <vector>

#include "domain/registry.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "services/engine/decision.h"
#include "services/engine/overlay.h"

namespace daybook::services {

// Turns decided events into what the log stores: personal values are sealed per person, unique
// values become claims. From here on nothing personal is in clear. Thread-safe.
class CommitBuilder {
 public:
  // Both outlive it.
  CommitBuilder(eventstore::EventStore& store, eventstore::KeyStore& keys)
      : store_(store), keys_(keys) {}

  // The commit of a decision, whose events it takes. REQUIRES: `commit` has request id, hash and
  // schema set. Errors: as AddEvents and AddClaims. `shared`: as in AddClaims.
  enum class Sealing { kSealed, kClaimsOnly };
  absl::Status Build(const CommandCall& call, Sealing sealing, absl::Time now, Decided* decided,
                     eventstore::Commit* commit, std::vector<eventstore::ClaimChange>* shared);

  // Seals the events of one stream and adds them to `commit`, whose request id and schema set are
  // set. The events are changed: their personal values become placeholders. Errors: ERASED_SUBJECT.
  absl::Status AddEvents(const domain::AggregateType& type, const eventstore::StreamId& stream,
                         absl::Time effective_at, const std::string& metadata,
                         domain::EventList events, eventstore::Commit* commit);

  // The unique values that the record holds after the command and not before are taken, the others
  // released. Suppressions (domain/record/suppression.h) are taken while nobody holds them, and for
  // good; those taken are also added to `shared`. SUPPRESSED_RECIPIENT when the record now has an
  // address that is suppressed. `overlay` may be null.
  absl::Status AddClaims(const domain::AggregateType& type, const eventstore::StreamId& stream,
                         const domain::AnyState& before, const domain::AnyState& after,
                         const Overlay* overlay, eventstore::Commit* commit,
                         std::vector<eventstore::ClaimChange>* shared);

  // DUPLICATE_KEY when another stream holds what the commit would take: what the log says of it
  // when it is appended.
  absl::Status CheckClaims(const eventstore::Commit& commit, const Overlay* overlay);

 private:
  // Who holds a claim, as the overlay or else the log has it.
  absl::StatusOr<std::optional<eventstore::StreamId>> HolderOf(const eventstore::ClaimChange& claim,
                                                               const Overlay* overlay);
  absl::StatusOr<eventstore::ClaimChange> Change(eventstore::ClaimChange::Kind change,
                                                 absl::string_view kind, const domain::Claim& claim,
                                                 const eventstore::StreamId& stream);
  absl::Status Take(const domain::Claim& claim, const eventstore::StreamId& stream,
                    const Overlay* overlay, eventstore::Commit* commit,
                    std::vector<eventstore::ClaimChange>* shared);

  eventstore::EventStore& store_;
  eventstore::KeyStore& keys_;
};

// A claim as a map key.
std::string ClaimKey(const eventstore::ClaimChange& claim);

}  // namespace daybook::services
