#pragma once

// What the errors of RocksDB mean to us. Private to eventstore/.

#include <rocksdb/status.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::eventstore {

// DATA_LOSS for damage: content that contradicts its checksums, files that are missing or cannot be
// understood. DISK_FULL for no space. DATA_DIRECTORY for everything that says nothing about the
// content: permissions, locks, too many open files, a disk that fails to answer.
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view attempted);

// Whether a refusal of FromRocks proves that bytes are there and wrong, as a crash in the middle of
// a write leaves them: the one thing that a recovery helps against.
bool IsProvenCorruption(const absl::Status& status);

}  // namespace daybook::eventstore
