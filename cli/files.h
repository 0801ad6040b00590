#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

// Makes a new file, mode 0600, and syncs it. ALREADY_EXISTS when there is one.
absl::Status WriteSecretFile(const std::string& path, absl::string_view content);

// What this process makes from now on is nobody's but its owner's: before verbs that make or change
// files of a data directory.
void KeepFilesPrivate();

// A whole file of at most `bytes_max` bytes. INVALID_ARGUMENT with the path otherwise.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

}  // namespace daybook::cli
