#pragma once

// Shape checks: what annotations and types say about a request, before any rule of the business.

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

inline constexpr size_t kDefaultTextBytes = 1000;
inline constexpr int kDefaultItems = 100;

// Walks the whole request. Refuses, with the path of the field (G5 to G8 of the conventions): missing required
// fields; text that is too long, not UTF-8 or holds control characters (line feed and tab allowed where
// `multiline`); unknown enum numbers; negative amounts where not allowed; unknown currencies; impossible dates and
// instants; too many repeated elements; ids that are not UUIDs (fields with `lookup`, and `id`).
// The first violation in field order is returned.
absl::Status CheckShape(const google::protobuf::Message& request);

}  // namespace daybook::domain
