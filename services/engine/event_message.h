#pragma once

#include "absl/status/statusor.h"
#include "daybook/log/v1/log_service.pb.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"

namespace daybook::services {

// An event as the feed shows it, personal values opened. DATA_LOSS: it cannot be read.
absl::StatusOr<log::v1::Event> ToEventMessage(const eventstore::RecordedEvent& recorded,
                                              const eventstore::KeyStore& keys);

}  // namespace daybook::services
