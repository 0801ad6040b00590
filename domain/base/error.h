#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daybook/rpc/v1/error.pb.h"

namespace daybook {

using Reason = ::daybook::rpc::v1::Reason;
using ErrorMetadata = std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

// The one way to refuse. The canonical code is the one annotated on `reason` in error.proto; the
// status carries a serialised ErrorInfo {reason, domain "daybook", metadata} as payload, which
// services/ turns into the trailer. `message` says what is wrong, with which value, and what to do;
// never a personal or unreadable value.
absl::Status Reject(Reason reason, absl::string_view message, ErrorMetadata metadata = {});

// A refusal of one field of the request: REASON_INVALID_FIELD with the path in the metadata and, in
// addition, a BadRequest payload. `field` is the path from the request's root, for example
// "value.currency".
absl::Status InvalidField(absl::string_view field, absl::string_view description,
                          Reason reason = Reason::REASON_INVALID_FIELD);

// The reason of a status made by the functions above; REASON_UNSPECIFIED for any other.
Reason ReasonOf(const absl::Status& status);
// One value of its metadata; empty if there is none.
std::string ErrorMetadataOf(const absl::Status& status, absl::string_view key);

// Adds a detail (any message that is wire-compatible with one of google.rpc) to the status.
// `type` is the google.rpc name, for example "google.rpc.RetryInfo".
void AddErrorDetail(absl::Status* status, absl::string_view type,
                    const google::protobuf::MessageLite& detail);

// "REASON_NOT_FOUND" is "NOT_FOUND" to clients.
absl::string_view ReasonName(Reason reason);

}  // namespace daybook
