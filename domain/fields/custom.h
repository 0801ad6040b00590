#pragma once

// Custom fields: values that records carry beside their native fields. To lists, filters, sort
// orders, masks and history a custom field is a Field like any other, called `custom.<name>`; what
// is special about it ends here. Names never change and are never given twice, so a value says for
// ever which field it is of, and indexes need no definitions. Pure functions, thread-safe.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "daybook/type/v1/custom_value.pb.h"
#include "domain/fields/registry.h"

namespace daybook::domain {

inline constexpr absl::string_view kCustomPrefix = "custom.";

// The name of the custom field that a path stands for ("custom.region": "region"); empty for native
// paths.
absl::string_view CustomName(absl::string_view path);
std::string CustomPath(absl::string_view name);

// The field that holds custom values; null where records of the type take none.
const google::protobuf::FieldDescriptor* CustomValuesOf(const google::protobuf::Descriptor* type);

using CustomValues = google::protobuf::RepeatedPtrField<type::v1::CustomValue>;

// REQUIRES: records of this type take custom values.
const CustomValues& CustomValuesIn(const google::protobuf::Message& record);
CustomValues* MutableCustomValues(google::protobuf::Message* record);

// Null when there is none of this name.
const type::v1::CustomValue* FindCustomValue(const CustomValues& values, absl::string_view name);
// Puts a value in its place by name, instead of the one that is there.
void PutCustomValue(const type::v1::CustomValue& value, CustomValues* values);
// Nothing when there is none.
void EraseCustomValue(absl::string_view name, CustomValues* values);

// A value as filters and indexes see it; its kind follows from the member that is set.
Value ValueOf(const type::v1::CustomValue& value);
// The inverse. REQUIRES: not absent, and no enum or structure.
type::v1::CustomValue CustomValueOf(absl::string_view name, const Value& value);

// A structure that records hold any number of and that takes custom values of its own, as the lines
// of a deal do. Its fields are defined under the name of its message: `opportunity_line`.
struct CustomPart {
  std::string name;
  const ObjectType* owner = nullptr;
  const google::protobuf::FieldDescriptor* field = nullptr;  // of the owner, repeated
};
const std::vector<CustomPart>& CustomParts();
// Null when there is no such part.
const CustomPart* FindCustomPart(absl::string_view name);

// Whether values of this member have an index row: all but notes and what is not stored.
bool IsIndexed(const type::v1::CustomValue& value);

// How values of a definition are compared and shown.
FieldKind KindOf(const setup::v1::FieldDefinition& definition);

// A field of the record type without its definition, for copying values from record to record.
// REQUIRES: records of the type take custom values.
Field BareCustomField(const google::protobuf::Descriptor* type, absl::string_view name);

// The record type with the fields of its catalog that are not retired, behind the native ones.
ObjectType WithCustomFields(const ObjectType& native, const setup::v1::FieldCatalog& catalog);

}  // namespace daybook::domain
