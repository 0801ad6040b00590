#pragma once

// Refusals of the server as absl::Status, with their details.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

// Marks a status as the server's.
void MarkFromServer(absl::Status* status);
// Whether the server (and not this program) refused.
bool IsFromServer(const absl::Status& status);
// Takes the details out of the bytes of daybook.rpc.v1.Status.
void CopyDetails(const std::string& bytes, absl::Status* status);
// From the bytes of daybook.rpc.v1.Status: what one command of a stream was refused with.
absl::Status FromStatusBytes(int code, absl::string_view bytes);

}  // namespace daybook::cli
