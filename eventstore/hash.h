#pragma once

// SHA-256 and CRC-32C over the bytes that the log is made of. Thread-safe: contexts are kept per
// thread.

#include <initializer_list>

#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"

namespace daybook::eventstore {

// SHA-256 of the parts, one after the other.
Hash Sha256Of(std::initializer_list<absl::string_view> parts);

inline absl::string_view Bytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
// REQUIRES: bytes.size() == 32.
Hash HashFromBytes(absl::string_view bytes);
std::string HexOf(absl::string_view bytes);

// Castagnoli's polynomial, as RocksDB's own checksums.
uint32_t Crc32c(absl::string_view data);

}  // namespace daybook::eventstore
