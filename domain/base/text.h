#pragma once

// What a text shows to a person, by its code points.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace daybook {

// Length in bytes of the character at `at`, or 0 where the bytes are not UTF-8.
// REQUIRES: at < text.size().
size_t DecodeCharacter(absl::string_view text, size_t at, uint32_t* code);

// Whether the character shows nothing: white space (property White_Space of Unicode), what is
// ignored where it is not supported (Default_Ignorable_Code_Point: zero-width characters, U+FEFF,
// fillers, selectors), and the empty Braille pattern.
bool IsInvisible(uint32_t code);
// Embeddings, overrides and isolates, which show the text around them in another order: U+202A to
// U+202E and U+2066 to U+2069. Marks such as U+200E, which ordinary text in some scripts needs, are
// none.
bool IsBidiControl(uint32_t code);

// What no text holds: noncharacters, the byte order mark, interlinear annotations and the language
// tag (deprecated or for the inner use of programs, and shown by nobody).
bool IsNoText(uint32_t code);

// True for a text that is empty to a person. Bytes that are not UTF-8 count as visible.
bool IsBlank(absl::string_view text);

}  // namespace daybook
