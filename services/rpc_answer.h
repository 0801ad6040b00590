#pragma once

// Filling responses by field number, the same for unary methods and the command stream.

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/deps.h"

namespace daybook::services {

// Receipt into field 1, the record (may be null) into field 2, without the values of custom fields
// that are retired.
void FillCommandResponse(const Deps& deps, const CommandAnswer& answer,
                         const google::protobuf::Message* record,
                         google::protobuf::Message* response);

// Completes a replayed answer from the views as of the receipt's position, waiting for them if they
// lag. `done` may run on another thread. Returns what Views::CancelWait takes; 0: nothing waits.
uint64_t ReadReplayedAnswer(const Deps& deps, CommandAnswer answer,
                            google::protobuf::Message* response, absl::Time deadline,
                            std::function<void(absl::Status)> done);

// ReadPosition into field 1.
void FillReadPosition(eventstore::LogPosition position, absl::Time recorded_at,
                      google::protobuf::Message* response);

}  // namespace daybook::services
