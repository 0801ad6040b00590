#pragma once

// The key-encryption keys that wrap what lies in keys/: a file of their own with mode 0600, one
// entry for each epoch. Once an epoch's entry is destroyed, nothing that it wrapped can be read
// again, in no backup either. Private to eventstore/.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/base/clock.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

inline constexpr size_t kEpochsMax = 1000;

// A value; thread-safe while it is not changed.
class KeyEncryption {
 public:
  // One entry, epoch 1.
  static KeyEncryption Generate(Random& random);
  // DATA_LOSS when the file is missing, damaged, or readable by others.
  static absl::StatusOr<KeyEncryption> Read(const std::string& path);
  // Writes and syncs a new file.
  absl::Status WriteNew(const std::string& path) const;

  // u32 epoch ‖ nonce12 ‖ ciphertext ‖ tag16. `row` is the key of the row that it stands in, so
  // that rows cannot be swapped.
  std::string Wrap(absl::string_view row, absl::string_view secret, Random& random) const;
  absl::StatusOr<std::string> Unwrap(absl::string_view row, absl::string_view wrapped) const;

 private:
  struct Entry {
    uint32_t epoch = 0;
    Hash key{};
  };
  std::vector<Entry> entries_;
};

}  // namespace daybook::eventstore
