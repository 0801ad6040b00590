#pragma once

// Takes personal values out of events before they are stored and puts them back when they are read.
// The annotation security: SECURITY_CLASS_PERSONAL in the proto decides; nothing else in the
// product knows which fields are personal.
//
// In the stored public payload a personal value is a placeholder "\x01<part>.<ordinal>"; text from
// clients never holds control characters, so the two cannot be confused. Reading an event for a
// view turns placeholders into tokens
// "\x01<position>.<part>.<ordinal>", which Evolve copies like any text; the read path opens them
// last. All functions are pure and thread-safe.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

// The personal values of one person in one event, in order of ordinal.
struct PersonalPart {
  std::string subject_id;  // UUID text of the person
  std::vector<std::string> values;
};

// Replaces every personal value of `event` (an event wrapper or a resource) by a placeholder; one
// part per person. `stream_id` is the person where an annotation names no subject field. Empty
// values stay empty and are not sealed.
std::vector<PersonalPart> SplitPersonal(google::protobuf::Message* event,
                                        absl::string_view stream_id);

// The inverse with all parts at hand. A part that could not be opened (erased person) is nullopt in
// `parts`: its values become empty. DATA_LOSS when a placeholder names no value.
absl::Status JoinPersonal(const std::vector<std::optional<std::vector<std::string>>>& parts,
                          google::protobuf::Message* event);

// Placeholders to tokens. REQUIRES: `event` was decoded from the public payload at `position`.
void ExpandTokens(uint64_t position, google::protobuf::Message* event);

// A reference to one sealed value.
struct Token {
  uint64_t position = 0;
  uint32_t part = 0;
  uint32_t ordinal = 0;
};
// True and the token when `text` is one.
bool ParseToken(absl::string_view text, Token* token);

// Replaces every token in `record` by `open(token)`: the clear value, or nullopt (erased: the field
// becomes empty). Errors of `open` end the walk and are returned.
absl::Status OpenTokens(
    const std::function<absl::StatusOr<std::optional<std::string>>(const Token&)>& open,
    google::protobuf::Message* record);

// Every token in `record`, in field order: the sealed parts that its row must keep.
std::vector<Token> CollectTokens(const google::protobuf::Message& record);

// Whether messages of this type can hold personal values at all (computed once per type).
bool HasPersonalFields(const google::protobuf::Descriptor* type);

}  // namespace daybook::domain
