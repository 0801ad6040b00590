#pragma once

// The field registry: what annotations say about every field of every record. Lists, filters,
// sorts, masks, indexes, sealing, import plans and CLI columns read it and nothing else.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

enum class FieldKind {
  kText,
  kBoolean,
  kInteger,
  kEnum,
  kMoney,
  kDate,
  kInstant,
  kReference,
  kShare,
  kStructure,
};

enum class Security { kStandard, kPersonal, kSystem };

// One field of a record, reachable by its path ("name", "meta.create_time"). Immutable.
struct Field {
  std::string path;
  std::string label;
  FieldKind kind = FieldKind::kText;
  Security security = Security::kStandard;
  bool indexed = false;
  bool immutable = false;  // not writable by an update mask
  bool repeated = false;
  std::string lookup;         // aggregate it refers to; empty: none
  std::string subject_field;  // personal fields: field with the person's id; empty: the record
  std::string custom;         // the name of a custom field; empty: native
  bool computed = false;      // a lookup or rollup: read, never written or stored
  // From the record down; one element for a top-level field. Of a custom field the one that holds
  // them all.
  std::vector<const google::protobuf::FieldDescriptor*> steps;
};

// The number of the indexes over custom fields, which the field's name tells apart.
inline constexpr uint16_t kCustomIndex = 0xffff;

// An index over fields of one type of record. Composite ones hold every record of the type, and so
// do those over one native field; one over a custom field holds the records that have a value.
struct Index {
  uint16_t id = 0;                   // the field's number; composite ones count from 1000
  std::vector<const Field*> fields;  // in order of the key
  bool personal = false;             // kept apart, current only
};

// One type of record: an aggregate's resource.
class ObjectType {
 public:
  explicit ObjectType(const google::protobuf::Descriptor* resource, uint16_t id);
  // The same type with custom fields behind the native ones (domain/fields/custom.h).
  ObjectType(const ObjectType& native, std::vector<Field> custom);
  // Indexes point at fields, which stay where they are when moved but not when copied.
  ObjectType(const ObjectType&) = delete;
  ObjectType& operator=(const ObjectType&) = delete;
  ObjectType(ObjectType&&) = default;

  const std::string& aggregate() const { return aggregate_; }
  uint16_t id() const { return id_; }  // number used in view keys: order in AllAggregates(), from 1
  const google::protobuf::Descriptor* descriptor() const { return descriptor_; }
  // Null when there is no such field.
  const Field* Find(absl::string_view path) const;
  // Top-level fields in order of number, then meta.revision, meta.create_time, meta.update_time,
  // meta.position, then custom fields.
  absl::Span<const Field> fields() const { return fields_; }
  absl::Span<const Index> indexes() const { return indexes_; }
  // Whether records of the type take custom values.
  bool takes_custom() const { return takes_custom_; }
  absl::Span<const std::string> columns() const { return columns_; }
  const std::string& title() const { return title_; }

 private:
  void Build(std::vector<Field> custom);

  std::string aggregate_;
  uint16_t id_;
  const google::protobuf::Descriptor* descriptor_;
  bool takes_custom_ = false;
  std::vector<Field> fields_;
  std::vector<Index> indexes_;
  std::vector<std::string> columns_;
  std::string title_;
};

// All object types, from AllAggregates(). Built once; thread-safe.
class Registry {
 public:
  static const Registry& Get();
  // Null when there is no such aggregate.
  const ObjectType* Find(absl::string_view aggregate) const;
  const ObjectType* FindByDescriptor(const google::protobuf::Descriptor* resource) const;
  absl::Span<const ObjectType> types() const { return types_; }

 private:
  Registry();
  std::vector<ObjectType> types_;
};

// The value of a field, comparable within its kind. Absent (unset message, empty text or reference,
// unset optional, enum 0) is its own value and sorts before all others.
struct Value {
  FieldKind kind = FieldKind::kText;
  bool absent = true;
  std::string text;    // kText, kReference; kMoney: the currency
  int64_t number = 0;  // kBoolean, kInteger, kEnum, kShare, kMoney (minor), kDate (days since
                       // 1970), kInstant (microseconds since 1970)

  friend bool operator==(const Value&, const Value&) = default;
};

// Less, equal, greater as negative, zero, positive; money by currency, then amount. REQUIRES: same
// kind.
int Compare(const Value& a, const Value& b);

// The name of an enum value without the prefix of its type ("WON"); its number where this binary
// has no name for it.
std::string EnumValueName(const google::protobuf::EnumDescriptor& type, int number);
// "0.6" for 600000000.
std::string FormatShare(int64_t nano);

// Reads one field. REQUIRES: `record` is of the field's type and the field is neither repeated nor
// a structure.
Value GetValue(const google::protobuf::Message& record, const Field& field);

// Writes a value as people read it: "2017-03-01", "WON", "1054.00 USD"; structures as one line of
// JSON.
std::string FormatValue(const google::protobuf::Message& record, const Field& field);

// Order-preserving, self-delimiting bytes: a < b exactly when Encode(a) < Encode(b). DO NOT CHANGE:
// on disk in views (a change needs a new version of `records`). Absent = 0x00; otherwise 0x01, then
// numbers as 8 bytes big-endian with flipped sign bit; text with 0x00 escaped as 0x00 0xff and
// ended by 0x00 0x01; money as currency text, then number. A reference that is a UUID in lower case
// is 0x02 and its 16 bytes; Compare puts these after other texts.
void EncodeValue(const Value& value, std::string* out);

// Copies the fields named in `paths` from `from` into `to` (same type); used by updates and masks.
void CopyField(const google::protobuf::Message& from, const Field& field,
               google::protobuf::Message* to);

// Clears every field that is not named. Empty `paths`: leaves all. INVALID_ARGUMENT for unknown
// paths.
absl::Status KeepFields(const ObjectType& type, absl::Span<const std::string> paths,
                        google::protobuf::Message* record);

}  // namespace daybook::domain
