#pragma once

#include <string>

#include "absl/status/status.h"

namespace grpc {
class Status;
}  // namespace grpc

namespace daybook::services {

// The only place where a status becomes a gRPC status: canonical code, message, and a serialised
// google.rpc.Status with all details for the trailer `grpc-status-details-bin`. A status without a
// reason is an internal error: its text goes to the log, the client sees REASON_INTERNAL.
grpc::Status ToGrpc(const absl::Status& status);

// The same as bytes of daybook.rpc.v1.Status, for answers inside streams.
std::string StatusBytes(const absl::Status& status);

// OVERLOADED with RetryInfo.
absl::Status Overloaded(absl::string_view what);

}  // namespace daybook::services
