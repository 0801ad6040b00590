#include "services/engine/event_message.h"

#include "absl/strings/str_cat.h"
#include "daybook/log/v1/metadata.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "eventstore/hash.h"
#include "projections/views.h"

namespace daybook::services {

absl::StatusOr<log::v1::Event> ToEventMessage(const eventstore::RecordedEvent& recorded,
                                              const eventstore::KeyStore& keys) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto payload, projections::DecodeOpened(recorded, keys));
  log::v1::Event event;
  event.set_position(recorded.position);
  event.set_stream(recorded.stream.ToString());
  event.set_revision(recorded.revision);
  event.set_type(recorded.type);
  *event.mutable_recorded_at() = ToProto(recorded.recorded_at);
  *event.mutable_effective_at() = ToProto(recorded.effective_at);
  event.set_actor(recorded.actor.ToString());
  event.set_request_id(recorded.request_id.ToString());
  event.set_commit_index(recorded.commit_index);
  event.set_commit_count(recorded.commit_count);
  event.set_backfilled((recorded.flags & eventstore::kBackfilled) != 0);
  event.set_system((recorded.flags & eventstore::kSystem) != 0);
  event.set_payload_type(payload->GetDescriptor()->full_name());
  event.set_payload(payload->SerializeAsString());
  log::v1::EventMetadata metadata;
  if (metadata.ParseFromString(recorded.metadata)) event.set_reason(metadata.reason());
  const eventstore::Hash leaf =
      eventstore::Sha256(absl::StrCat(absl::string_view("\0", 1), recorded.header));
  event.set_leaf_hash(leaf.data(), leaf.size());
  return event;
}

}  // namespace daybook::services
