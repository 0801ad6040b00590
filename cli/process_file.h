#pragma once

// The stages of a version of a sales process as a small TOML file, for people to write and change:
//
//   [[stage]]
//   id = "offer"
//   label = "Offer made"
//   probability = "60%"
//   mandatory = ["value"]
//
//   [[mapping]]
//   from = "proposal"
//   to = "offer"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daybook/setup/v1/sales_process.pb.h"

namespace daybook::cli {

// Stages and mapping; all else is left alone. INVALID_ARGUMENT with file and line. Whether the
// stages make a process is the server's business.
absl::StatusOr<setup::v1::ProcessVersion> ParseProcessFile(absl::string_view text,
                                                           const std::string& path);
// The file that says so.
std::string WriteProcessFile(const setup::v1::ProcessVersion& version);

// "60%", "12.5%".
std::string PercentOf(int64_t probability);

}  // namespace daybook::cli
