#include "cli/import/text_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace daybook::cli {
namespace {

// No encoding that iconv knows needs more bytes of UTF-8 for one byte.
constexpr size_t kUtf8PerByteMax = 4;

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Length of the code point at `p`; 0 when it is not UTF-8 (overlong, surrogate, beyond U+10FFFF,
// cut).
size_t CodePointLength(const unsigned char* p, size_t left) {
  const auto follows = [&](size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return follows(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;
    if (p[0] == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

absl::Status BadByte(absl::string_view text, size_t at, const std::string& encoding) {
  return absl::InvalidArgumentError(
      absl::StrCat("byte 0x", absl::Hex(static_cast<unsigned char>(text[at]), absl::kZeroPad2),
                   " at place ", at + 1, " is not ", encoding));
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  for (size_t i = 0; i < text.size();) {
    const size_t length = CodePointLength(p + i, text.size() - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

absl::StatusOr<Decoder> Decoder::Create(const std::string& encoding) {
  const std::string name = absl::AsciiStrToLower(encoding);
  if (name.empty() || name == "utf-8" || name == "utf8") return Decoder("UTF-8", nullptr);
  if (absl::StartsWith(name, "utf-16") || absl::StartsWith(name, "utf-32") ||
      absl::StartsWith(name, "ucs")) {
    return absl::InvalidArgumentError(
        absl::StrCat("encoding ", encoding, " cannot be read; convert the file to UTF-8 first"));
  }
  const iconv_t converter = iconv_open("UTF-8", name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no encoding named ", encoding));
  }
  return Decoder(encoding, converter);
}

Decoder::Decoder(Decoder&& other) noexcept
    : encoding_(std::move(other.encoding_)),
      converter_(std::exchange(other.converter_, nullptr)),
      buffer_(std::move(other.buffer_)) {}

Decoder::~Decoder() {
  if (converter_ != nullptr) iconv_close(static_cast<iconv_t>(converter_));
}

absl::StatusOr<absl::string_view> Decoder::Decode(absl::string_view text) {
  if (IsAscii(text)) return text;
  if (converter_ == nullptr) {
    const auto* p = reinterpret_cast<const unsigned char*>(text.data());
    for (size_t i = 0; i < text.size();) {
      const size_t length = CodePointLength(p + i, text.size() - i);
      if (length == 0) return BadByte(text, i, encoding_);
      i += length;
    }
    return text;
  }
  buffer_.resize(text.size() * kUtf8PerByteMax);
  char* in = const_cast<char*>(text.data());  // iconv does not write through it
  size_t in_left = text.size();
  char* out = buffer_.data();
  size_t out_left = buffer_.size();
  iconv(static_cast<iconv_t>(converter_), nullptr, nullptr, nullptr, nullptr);
  if (iconv(static_cast<iconv_t>(converter_), &in, &in_left, &out, &out_left) ==
      static_cast<size_t>(-1)) {
    return BadByte(text, text.size() - in_left, encoding_);
  }
  return absl::string_view(buffer_.data(), buffer_.size() - out_left);
}

}  // namespace daybook::cli
