#pragma once

// Shape checks: what annotations and types say about a request, before any rule of the business.

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

inline constexpr size_t kDefaultTextBytes = 1000;
inline constexpr int kDefaultItems = 100;
// Fields of every list and command that carry no annotations of their own.
inline constexpr size_t kPageTokenBytes = 8192;
inline constexpr size_t kCommandReasonBytes = 500;

// Walks the whole request. Refuses, with the path of the field (G5 to G8 of the conventions):
// fields that this server does not know; missing required fields; text that is too long, not UTF-8,
// holds nothing that can be seen (filters may), or holds characters that change its direction
// (domain/base/text.h) or control characters (line feed and tab allowed where `multiline`); unknown
// enum numbers;
// negative amounts where not allowed; unknown currencies; impossible dates and instants; too many
// repeated elements; ids that are not UUIDs (fields with `lookup`, and `id` unless it has a
// `max_bytes` of its own: those are names, and the request_id of the command header, which every
// mutating request must have). An id has one spelling, that of Uuid::Parse, so that one record and
// one request has one id; the nil UUID is none. The first violation in field order is returned.
absl::Status CheckShape(const google::protobuf::Message& request);

}  // namespace daybook::domain
