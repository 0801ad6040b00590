#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace daybook {

// A 128-bit UUID: the identity of streams, persons, requests. A value type, safe to copy between
// threads.
class Uuid {
 public:
  static constexpr size_t kBytes = 16;
  static constexpr size_t kTextLength = 36;

  constexpr Uuid() = default;  // nil

  // Reads the 36-character form in lower case, so that an id has one spelling. INVALID_ARGUMENT for
  // anything else: capitals, braces, no hyphens.
  static absl::StatusOr<Uuid> Parse(absl::string_view text);
  // REQUIRES: bytes.size() == 16.
  static Uuid FromBytes(absl::string_view bytes);
  // Version 7: 48 bits of milliseconds, 12 bits of the fraction of the millisecond (RFC 9562,
  // section 6.2, method 3), and 62 of the bits of `random`: ids sort by the microsecond they were
  // made in.
  static Uuid MakeV7(absl::Time now, const std::array<uint8_t, 8>& random);
  // Version 5: SHA-1 of namespace and name. The same name gives the same id, on every machine.
  // Never from personal data: the name can be guessed.
  static Uuid MakeV5(const Uuid& name_space, absl::string_view name);

  std::string ToString() const;
  // The 16 bytes, valid as long as this object.
  absl::string_view bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), kBytes}; }
  bool is_nil() const { return *this == Uuid(); }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
  friend constexpr bool operator==(const Uuid&, const Uuid&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const Uuid& id) {
    return H::combine(std::move(h), id.bytes_);
  }

 private:
  std::array<uint8_t, kBytes> bytes_{};
};

}  // namespace daybook
