#include "domain/base/text.h"

#include <algorithm>
#include <iterator>

namespace daybook {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// Unicode 15.0.0, https://www.unicode.org/Public/15.0.0/ucd/: White_Space of PropList.txt and
// Default_Ignorable_Code_Point of DerivedCoreProperties.txt, neighbours joined; and U+2800. In
// order.
constexpr Range kInvisible[] = {
    {0x0009, 0x000d}, {0x0020, 0x0020},   {0x0085, 0x0085},   {0x00a0, 0x00a0},   {0x00ad, 0x00ad},
    {0x034f, 0x034f}, {0x061c, 0x061c},   {0x115f, 0x1160},   {0x1680, 0x1680},   {0x17b4, 0x17b5},
    {0x180b, 0x180f}, {0x2000, 0x200f},   {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},
    {0x3000, 0x3000}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

}  // namespace

// Code points, not bytes, decide what a character is.
size_t DecodeCharacter(absl::string_view text, size_t at, uint32_t* code) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) {
    *code = first;
    return 1;
  }
  const size_t length = first >= 0xf0 ? 4 : (first >= 0xe0 ? 3 : 2);
  static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return 0;
  *code = first & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    *code = (*code << 6) | (byte(at + i) & 0x3f);
  }
  const bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
  return *code < kSmallest[length] || *code > 0x10ffff || surrogate ? 0 : length;
}

bool IsInvisible(uint32_t code) {
  const auto* range = std::lower_bound(std::begin(kInvisible), std::end(kInvisible), code,
                                       [](const Range& r, uint32_t c) { return r.last < c; });
  return range != std::end(kInvisible) && range->first <= code;
}

bool IsBidiControl(uint32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

bool IsNoText(uint32_t code) {
  const bool noncharacter = (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
  return noncharacter || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) || code == 0xe0001;
}

bool IsBlank(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    const size_t length = DecodeCharacter(text, at, &code);
    if (length == 0 || !IsInvisible(code)) return false;
    at += length;
  }
  return true;
}

}  // namespace daybook
