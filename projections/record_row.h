#pragma once

// The bytes of the view `records`. DO NOT CHANGE: on disk in views (a change needs a new version of
// `records`).
//
//   record row   0x01 ‖ u16 type ‖ id16                          -> format ‖ u32 size ‖ resource
//                                                                   ‖ index positions ‖ sealed
//                                                                   parts
//   index row    0x02 ‖ u16 type ‖ u16 index ‖ values ‖ id16     -> nothing
//                of a custom field: index 0xffff, name ‖ 0x00 before the value
//                of a covering one                                -> the record row
// and in the column family of personal indexes
//   index row    as above, with opened values
//   back row     0x03 ‖ u16 type ‖ id16                          -> the index rows of the record

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "domain/base/uuid.h"
#include "domain/fields/personal.h"
#include "eventstore/event_store.h"
#include "projections/record_types.h"

namespace daybook::projections {

// Raised whenever the indexes of some type of record change, since rows tell of each.
inline constexpr uint32_t kRecordsVersion = 5;
inline constexpr char kRecordsView[] = "records";

// A sealed part that tokens of a record refer to, with all it takes to open it.
struct StoredPart {
  eventstore::LogPosition position = 0;
  uint8_t part = 0;
  eventstore::SealedPart sealed;
  eventstore::SealContext context;
};

std::string RecordKey(uint16_t type, const Uuid& id);
std::string RecordPrefix(uint16_t type);
// Whether it is of a record row.
inline bool IsRecordKey(absl::string_view key) { return !key.empty() && key[0] == 1; }
// Takes the key of a record row apart; false for other rows.
bool ParseRecordKey(absl::string_view key, uint16_t* type, Uuid* id);
// What the rows of an index begin with.
std::string IndexPrefix(uint16_t type, const domain::Index& index);
std::string BackKey(uint16_t type, const Uuid& id);

// The encoded values of an index for a record: what stands between IndexPrefix and the id.
void AppendIndexValues(const domain::Index& index, const google::protobuf::Message& record,
                       std::string* out);

// Which of a record's custom values.
enum class CustomRows { kPlain, kPersonal };
// The index rows of a record's custom values in order of name, without the id: a value says itself
// which field it is of and how it is compared. REQUIRES: for kPersonal the record is opened.
std::vector<std::string> CustomIndexRows(const RecordType& type,
                                         const google::protobuf::Message& record, CustomRows which);

// What the index rows of the covering fields of a type begin with. Null: nothing is defined for it.
std::vector<std::string> CoveringPrefixes(const RecordType& type,
                                          const setup::v1::FieldCatalog* catalog);
// Whether a row of CustomIndexRows holds its record.
bool IsCovering(absl::string_view row, const std::vector<std::string>& prefixes);

// Keeps those of `parts` that tokens of `record` refer to, in order of position and part.
void PruneParts(const google::protobuf::Message& record, std::vector<StoredPart>* parts);

// Since which commit's end each index row of a record stands, in the order of the type's indexes,
// then of CustomIndexRows. A
// change of the record moves index rows to the history; their keys alone do not tell since when
// they stood. Few positions are different, so the row lists each with the indexes that have it.
using IndexPositions = std::vector<eventstore::LogPosition>;

// Deterministic: equal records with equal parts and positions give equal bytes. REQUIRES: at most
// 255 indexes.
std::string EncodeRecordRow(const google::protobuf::Message& record,
                            const IndexPositions& positions, const std::vector<StoredPart>& parts);
// What a row is made of, as views of its bytes.
struct RecordRow {
  absl::string_view resource;   // the record, serialized
  absl::string_view positions;  // of its indexes, encoded
  absl::string_view parts;      // empty: the record holds no personal value
};
// DATA_LOSS for bytes that are not such a row.
absl::StatusOr<RecordRow> SplitRecordRow(absl::string_view row);
// DATA_LOSS for bytes that are not such a row. `positions` and `parts` may be null.
absl::Status DecodeRecordRow(absl::string_view row, google::protobuf::Message* record,
                             IndexPositions* positions, std::vector<StoredPart>* parts);
inline absl::Status DecodeRecordRow(absl::string_view row, google::protobuf::Message* record,
                                    std::vector<StoredPart>* parts) {
  return DecodeRecordRow(row, record, nullptr, parts);
}

}  // namespace daybook::projections
