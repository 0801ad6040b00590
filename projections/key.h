#pragma once

// Keys of view rows: components that sort as bytes the way their values sort, each self-delimiting,
// so that a key of several components sorts component by component. DO NOT CHANGE: on disk in views
// (a change needs new view versions).

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"

namespace daybook::projections {

// Builds a key: Key().U8(1).Id(owner).Day(day).Take().
class Key {
 public:
  Key& U8(uint8_t v);
  Key& U16(uint16_t v);
  Key& U32(uint32_t v);
  Key& U64(uint64_t v);
  // The 16 bytes of a UUID in text; the nil UUID for anything else (an empty reference).
  Key& Id(absl::string_view uuid);
  // 16 bytes as they are. REQUIRES: bytes.size() == 16.
  Key& IdBytes(absl::string_view bytes);
  // A calendar day; nullopt sorts first.
  Key& Day(std::optional<absl::CivilDay> day);
  // Text of any bytes: 0x00 becomes 0x00 0xff, the end is 0x00 0x01.
  Key& Text(absl::string_view text);

  const std::string& bytes() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads a key back. After the first failure every call returns false.
class KeyReader {
 public:
  // REQUIRES: `bytes` outlives the reader.
  explicit KeyReader(absl::string_view bytes) : rest_(bytes) {}

  bool U8(uint8_t* v);
  bool U16(uint16_t* v);
  bool U32(uint32_t* v);
  bool U64(uint64_t* v);
  // Text of the UUID; empty for the nil UUID.
  bool Id(std::string* uuid);
  bool Day(std::optional<absl::CivilDay>* day);
  bool Text(std::string* text);
  // True when everything was read without failure.
  bool done() const { return ok_ && rest_.empty(); }

 private:
  bool Take(size_t n, absl::string_view* piece);

  absl::string_view rest_;
  bool ok_ = true;
};

// The first key after all keys that start with `prefix`; empty when there is none (all bytes 0xff).
std::string PrefixEnd(absl::string_view prefix);

}  // namespace daybook::projections
