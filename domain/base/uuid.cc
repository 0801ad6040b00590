#include "domain/base/uuid.h"

#include <openssl/sha.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace daybook {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

constexpr bool IsDash(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

absl::StatusOr<Uuid> Uuid::Parse(absl::string_view text) {
  Uuid id;
  size_t byte = 0;
  if (text.size() == kTextLength) {
    size_t i = 0;
    while (i < kTextLength) {
      if (IsDash(i)) {
        if (text[i] != '-') break;
        ++i;
        continue;
      }
      const int high = HexDigit(text[i]);
      const int low = HexDigit(text[i + 1]);
      if (high < 0 || low < 0) break;
      id.bytes_[byte++] = static_cast<uint8_t>((high << 4) | low);
      i += 2;
    }
  }
  if (byte != kBytes) {
    return absl::InvalidArgumentError(
        "not a UUID (expected 36 characters in lower case like "
        "01890a5d-ac96-774b-bcce-b302099a8057)");
  }
  return id;
}

Uuid Uuid::FromBytes(absl::string_view bytes) {
  Uuid id;
  std::memcpy(id.bytes_.data(), bytes.data(), kBytes);
  return id;
}

Uuid Uuid::MakeV7(absl::Time now, const std::array<uint8_t, 8>& random) {
  Uuid id;
  const auto millis = static_cast<uint64_t>(absl::ToUnixMillis(now));
  const auto micros = static_cast<uint64_t>(absl::ToUnixMicros(now));
  const uint64_t fraction = (micros - millis * 1000) * 4096 / 1000;
  for (size_t i = 0; i < 6; ++i) id.bytes_[i] = static_cast<uint8_t>(millis >> (40 - 8 * i));
  id.bytes_[6] = static_cast<uint8_t>(0x70 | (fraction >> 8));
  id.bytes_[7] = static_cast<uint8_t>(fraction);
  std::memcpy(id.bytes_.data() + 8, random.data(), random.size());
  id.bytes_[8] = static_cast<uint8_t>(0x80 | (id.bytes_[8] & 0x3f));
  return id;
}

Uuid Uuid::MakeV5(const Uuid& name_space, absl::string_view name) {
  const std::string input = absl::StrCat(name_space.bytes(), name);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest);
  Uuid id;
  std::memcpy(id.bytes_.data(), digest, kBytes);
  id.bytes_[6] = static_cast<uint8_t>(0x50 | (id.bytes_[6] & 0x0f));
  id.bytes_[8] = static_cast<uint8_t>(0x80 | (id.bytes_[8] & 0x3f));
  return id;
}

std::string Uuid::ToString() const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(kTextLength, '-');
  size_t byte = 0;
  for (size_t i = 0; i < kTextLength;) {
    if (IsDash(i)) {
      ++i;
      continue;
    }
    text[i++] = kHex[bytes_[byte] >> 4];
    text[i++] = kHex[bytes_[byte] & 0x0f];
    ++byte;
  }
  return text;
}

}  // namespace daybook
