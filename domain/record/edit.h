#pragma once

// What every record shares: edits by update mask. An aggregate's event for it is
//   XFieldsChanged { google.protobuf.FieldMask fields; X before; X after; }
// holding the changed fields only, so annotations (labels, personal values) apply inside events as
// they do in records.

#include "absl/status/statusor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

// Compares the fields named in `mask` of `wanted` with `current` and fills `changed` with those
// that differ, `before` and `after` with their values. Returns whether anything differs. Errors:
// INVALID_FIELD for an empty mask, `*` and unknown paths; FIELD_NOT_WRITABLE for system and
// immutable fields.
absl::StatusOr<bool> DiffFields(const google::protobuf::Message& current,
                                const google::protobuf::Message& wanted,
                                const google::protobuf::FieldMask& mask,
                                google::protobuf::FieldMask* changed,
                                google::protobuf::Message* before,
                                google::protobuf::Message* after);

// The fold of such an event: copies the named fields of `after` into the record. Unknown paths (a
// field removed from the schema since) are passed over: history cannot be rejected.
void ApplyFields(const google::protobuf::FieldMask& fields, const google::protobuf::Message& after,
                 google::protobuf::Message* record);

}  // namespace daybook::domain
