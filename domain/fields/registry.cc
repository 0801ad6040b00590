#include "domain/fields/registry.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "daybook/type/v1/money.pb.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "domain/registry.h"

namespace daybook::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Single indexes are numbered as their fields, composite ones from here, so that a new field
// renumbers none.
constexpr uint16_t kFirstCompositeIndex = 1000;

FieldKind KindOfMessage(const Descriptor& type) {
  if (type.full_name() == "daybook.type.v1.Money") return FieldKind::kMoney;
  if (type.full_name() == "daybook.type.v1.Date") return FieldKind::kDate;
  if (type.full_name() == "google.protobuf.Timestamp") return FieldKind::kInstant;
  return FieldKind::kStructure;
}

FieldKind KindOfType(const FieldDescriptor& field, bool lookup) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return lookup ? FieldKind::kReference : FieldKind::kText;
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldKind::kBoolean;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldKind::kEnum;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return FieldKind::kInteger;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return KindOfMessage(*field.message_type());
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      break;
  }
  DAYBOOK_CHECK(false, "records hold no floating point");
}

FieldKind KindOf(const FieldDescriptor& field, const options::v1::FieldOptions& annotation) {
  if (field.is_repeated()) return FieldKind::kStructure;
  // Only these two cannot be told from the type.
  if (annotation.kind() == options::v1::FIELD_KIND_SHARE) return FieldKind::kShare;
  if (annotation.kind() == options::v1::FIELD_KIND_STRUCTURE) return FieldKind::kStructure;
  return KindOfType(field, !annotation.lookup().empty());
}

Security SecurityOf(options::v1::SecurityClass security) {
  if (security == options::v1::SECURITY_CLASS_PERSONAL) return Security::kPersonal;
  if (security == options::v1::SECURITY_CLASS_SYSTEM) return Security::kSystem;
  return Security::kStandard;
}

Field MakeField(const FieldDescriptor* descriptor) {
  const auto& annotation = descriptor->options().GetExtension(options::v1::field);
  Field field;
  field.path = descriptor->name();
  field.label = annotation.label();
  field.kind = KindOf(*descriptor, annotation);
  field.security = SecurityOf(annotation.security());
  field.indexed = annotation.indexed();
  field.immutable = annotation.immutable();
  field.repeated = descriptor->is_repeated();
  field.lookup = annotation.lookup();
  field.subject_field = annotation.subject_field();
  field.steps = {descriptor};
  return field;
}

// The parts of RecordMeta in the order of the header; labels as people read them in lists.
std::vector<Field> MetaFields(const FieldDescriptor* meta) {
  static constexpr std::pair<const char*, const char*> kParts[] = {
      {"revision", "Revision"},
      {"create_time", "Created"},
      {"update_time", "Updated"},
      {"position", "Position"},
  };
  std::vector<Field> fields;
  for (const auto& [name, label] : kParts) {
    const FieldDescriptor* part = meta->message_type()->FindFieldByName(name);
    DAYBOOK_CHECK(part != nullptr, "field 2 of a resource is not a RecordMeta");
    Field field = MakeField(part);
    field.path = absl::StrCat(ToAbsl(meta->name()), ".", name);
    field.label = label;
    field.security = Security::kSystem;
    field.steps = {meta, part};
    fields.push_back(std::move(field));
  }
  return fields;
}

}  // namespace

ObjectType::ObjectType(const Descriptor* resource, uint16_t id) : id_(id), descriptor_(resource) {
  Build({});
}

ObjectType::ObjectType(const ObjectType& native, std::vector<Field> custom)
    : id_(native.id_), descriptor_(native.descriptor_) {
  Build(std::move(custom));
}

void ObjectType::Build(std::vector<Field> custom) {
  const Descriptor* const resource = descriptor_;
  takes_custom_ = CustomValuesOf(resource) != nullptr;
  const auto& annotation = resource->options().GetExtension(options::v1::resource);
  aggregate_ = annotation.aggregate();
  title_ = annotation.title();
  columns_.assign(annotation.column().begin(), annotation.column().end());

  std::vector<const FieldDescriptor*> in_order;
  for (int i = 0; i < resource->field_count(); ++i) in_order.push_back(resource->field(i));
  std::sort(in_order.begin(), in_order.end(),
            [](const auto* a, const auto* b) { return a->number() < b->number(); });
  for (const auto* descriptor : in_order) fields_.push_back(MakeField(descriptor));
  if (const auto* meta = resource->FindFieldByName("meta"); meta != nullptr) {
    for (Field& field : MetaFields(meta)) fields_.push_back(std::move(field));
  }
  std::move(custom.begin(), custom.end(), std::back_inserter(fields_));

  for (const Field& field : fields_) {
    if (!field.indexed || field.path == "id") continue;  // the record rows are the index over ids
    if (!field.custom.empty()) {
      indexes_.push_back({kCustomIndex, {&field}, field.security == Security::kPersonal});
      continue;
    }
    DAYBOOK_CHECK(field.steps[0]->number() < kFirstCompositeIndex,
                  "field number too high to index");
    indexes_.push_back({static_cast<uint16_t>(field.steps[0]->number()),
                        {&field},
                        field.security == Security::kPersonal});
  }
  for (int i = 0; i < annotation.index_size(); ++i) {
    Index index;
    index.id = static_cast<uint16_t>(kFirstCompositeIndex + i);
    for (absl::string_view path : absl::StrSplit(ToAbsl(annotation.index(i)), ',')) {
      const Field* field = Find(absl::StripAsciiWhitespace(path));
      DAYBOOK_CHECK(field != nullptr, "an index names an unknown field");
      index.fields.push_back(field);
      index.personal = index.personal || field->security == Security::kPersonal;
    }
    indexes_.push_back(std::move(index));
  }
}

const Field* ObjectType::Find(absl::string_view path) const {
  for (const Field& field : fields_) {
    if (field.path == path) return &field;
  }
  return nullptr;
}

const Registry& Registry::Get() {
  static const Registry* const registry = new Registry;
  return *registry;
}

Registry::Registry() {
  const std::vector<AggregateType>& aggregates = AllAggregates();
  types_.reserve(aggregates.size());
  for (const AggregateType& aggregate : aggregates) {
    types_.emplace_back(aggregate.record->GetDescriptor(),
                        static_cast<uint16_t>(types_.size() + 1));
    DAYBOOK_CHECK(types_.back().aggregate() == aggregate.name,
                  "a resource is annotated with another aggregate");
  }
}

const ObjectType* Registry::Find(absl::string_view aggregate) const {
  for (const ObjectType& type : types_) {
    if (type.aggregate() == aggregate) return &type;
  }
  return nullptr;
}

const ObjectType* Registry::FindByDescriptor(const Descriptor* resource) const {
  for (const ObjectType& type : types_) {
    if (type.descriptor() == resource) return &type;
  }
  return nullptr;
}

}  // namespace daybook::domain
