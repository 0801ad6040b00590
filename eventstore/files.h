#pragma once

// Small files of a data directory: read whole, written once and synced. Private to eventstore/.

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::eventstore {

// The refusal when a file that has to be there cannot be opened or read: DATA_LOSS when it is
// missing; DISK_FULL; DATA_DIRECTORY for permissions, too many open files, a failing disk: what is
// no damage, and may pass. `error` is of errno.
absl::Status CannotRead(absl::string_view path, int error);

// As CannotRead; DATA_LOSS also when it is longer than `max`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max);
// Creates the file, which must not exist; file and folder are synced. DATA_DIRECTORY on failure.
absl::Status WriteNewFile(const std::string& path, absl::string_view bytes, mode_t mode);
// Makes what is in a file survive a power failure.
absl::Status SyncFile(const std::string& path);
// Makes names in a folder survive a power failure.
absl::Status SyncFolder(const std::string& path);

}  // namespace daybook::eventstore
