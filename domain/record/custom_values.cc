#include "domain/record/custom_values.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/text.h"
#include "domain/base/uuid.h"
#include "domain/decider.h"
#include "domain/record/references.h"

namespace daybook::domain {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using setup::v1::FieldCatalog;
using setup::v1::FieldDefinition;
using type::v1::CustomValue;

namespace {

constexpr char kCatalog[] = "field_catalog";
// What names are hashed under. DO NOT CHANGE: the ids of catalogs are on disk.
constexpr char kNameSpace[] = "6f1d9f0e-4f0b-5e63-9d0c-9c8a0a6d7f55";

const FieldCatalog* CatalogOf(absl::string_view record_type, const Context& context) {
  if (context.facts == nullptr) return nullptr;
  return context.facts->Get<FieldCatalog>(kCatalog, FieldCatalogId(record_type));
}

const FieldDefinition* FindDefinition(const FieldCatalog* catalog, absl::string_view name) {
  if (catalog == nullptr) return nullptr;
  for (const FieldDefinition& definition : catalog->fields()) {
    if (ToAbsl(definition.name()) == name) return &definition;
  }
  return nullptr;
}

// The member that values of a definition are in.
CustomValue::ValueCase MemberOf(const FieldDefinition& definition) {
  switch (definition.kind()) {
    case setup::v1::CUSTOM_FIELD_KIND_TEXT:
      if (definition.personal()) return CustomValue::kPersonalText;
      return definition.unique() ? CustomValue::kUniqueText : CustomValue::kText;
    case setup::v1::CUSTOM_FIELD_KIND_CHOICE:
      return CustomValue::kText;
    case setup::v1::CUSTOM_FIELD_KIND_NOTE:
      return CustomValue::kNote;
    case setup::v1::CUSTOM_FIELD_KIND_BOOLEAN:
      return CustomValue::kBoolean;
    case setup::v1::CUSTOM_FIELD_KIND_INTEGER:
      return CustomValue::kInteger;
    case setup::v1::CUSTOM_FIELD_KIND_DECIMAL:
      return CustomValue::kDecimal;
    case setup::v1::CUSTOM_FIELD_KIND_MONEY:
      return CustomValue::kMoney;
    case setup::v1::CUSTOM_FIELD_KIND_DATE:
      return CustomValue::kDate;
    case setup::v1::CUSTOM_FIELD_KIND_INSTANT:
      return CustomValue::kInstant;
    case setup::v1::CUSTOM_FIELD_KIND_REFERENCE:
      return CustomValue::kReference;
    default:
      return CustomValue::VALUE_NOT_SET;
  }
}

absl::Status CheckLimits(const FieldDefinition& definition, const Value& value,
                         absl::string_view path) {
  if (definition.has_min() && value.number < definition.min()) {
    return InvalidField(path, absl::StrCat("is below the least value, ", definition.min()));
  }
  if (definition.has_max() && value.number > definition.max()) {
    return InvalidField(path, absl::StrCat("is above the highest value, ", definition.max()));
  }
  return absl::OkStatus();
}

absl::Status CheckBytes(const FieldDefinition& definition, const Value& value, size_t by_default,
                        absl::string_view path) {
  const size_t most = definition.max_bytes() == 0 ? by_default : definition.max_bytes();
  if (value.text.size() <= most) return absl::OkStatus();
  return InvalidField(path, absl::StrCat("is ", value.text.size(), " bytes long; at most ", most));
}

absl::Status CheckChoice(const FieldDefinition& definition, const Value& value,
                         absl::string_view path) {
  std::string open;
  for (const auto& choice : definition.choices()) {
    if (choice.retired()) continue;
    if (choice.code() == value.text) return absl::OkStatus();
    absl::StrAppend(&open, open.empty() ? "" : ", ", choice.code());
  }
  return InvalidField(path, absl::StrCat("is none of the choices: ", open));
}

absl::Status CheckReference(const FieldDefinition& definition, const Value& value,
                            absl::string_view path, const Context& context) {
  const absl::StatusOr<Uuid> id = Uuid::Parse(value.text);
  if (!id.ok() || id->ToString() != value.text) {
    return InvalidField(path, "is not a UUID in lower case");
  }
  if (context.facts->Find(definition.lookup(), value.text) != nullptr) return absl::OkStatus();
  return ReferenceNotFound(path, definition.lookup(), value.text);
}

// A value that is there against its definition.
absl::Status CheckValue(const FieldDefinition& definition, const CustomValue& custom,
                        absl::string_view path, const Context& context) {
  if (custom.value_case() != MemberOf(definition)) {
    const auto* member = CustomValue::descriptor()->FindFieldByNumber(MemberOf(definition));
    return InvalidField(path, absl::StrCat("values of this field are given as `",
                                           member == nullptr ? "" : ToAbsl(member->name()), "`"));
  }
  const Value value = ValueOf(custom);
  switch (definition.kind()) {
    case setup::v1::CUSTOM_FIELD_KIND_TEXT:
      if (definition.unique() && IsBlank(value.text)) {
        return InvalidField(path, "is blank");
      }
      return CheckBytes(definition, value, 200, path);
    case setup::v1::CUSTOM_FIELD_KIND_NOTE:
      return CheckBytes(definition, value, 10'000, path);
    case setup::v1::CUSTOM_FIELD_KIND_CHOICE:
      return CheckChoice(definition, value, path);
    case setup::v1::CUSTOM_FIELD_KIND_INTEGER:
    case setup::v1::CUSTOM_FIELD_KIND_DECIMAL:
    case setup::v1::CUSTOM_FIELD_KIND_MONEY:
      return CheckLimits(definition, value, path);
    case setup::v1::CUSTOM_FIELD_KIND_REFERENCE:
      return CheckReference(definition, value, path, context);
    default:
      return absl::OkStatus();
  }
}

absl::StatusOr<const FieldDefinition*> FindWritable(const FieldCatalog* catalog,
                                                    absl::string_view record_type,
                                                    absl::string_view name,
                                                    absl::string_view path) {
  const FieldDefinition* definition = FindDefinition(catalog, name);
  if (definition == nullptr) {
    return InvalidField(path, absl::StrCat(record_type, " has no such custom field"));
  }
  if (definition->retired()) return InvalidField(path, "the field is retired");
  if (definition->computed_case() != FieldDefinition::COMPUTED_NOT_SET) {
    return InvalidField(path, "is computed and cannot be written",
                        Reason::REASON_FIELD_NOT_WRITABLE);
  }
  return definition;
}

// The record that the event of its creation holds: the only member that takes custom values.
Message* RecordInside(Message* event) {
  const FieldDescriptor* member = EventMember(*event);
  if (member == nullptr) return nullptr;
  Message* payload = event->GetReflection()->MutableMessage(event, member);
  for (int i = 0; i < payload->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = payload->GetDescriptor()->field(i);
    if (field->is_repeated() || field->message_type() == nullptr) continue;
    if (CustomValuesOf(field->message_type()) != nullptr) {
      return payload->GetReflection()->MutableMessage(payload, field);
    }
  }
  return nullptr;
}

}  // namespace

std::string FieldCatalogId(absl::string_view record_type) {
  static const Uuid name_space = *Uuid::Parse(kNameSpace);
  return Uuid::MakeV5(name_space, record_type).ToString();
}

absl::Status LoadCustomFacts(absl::string_view record_type, const CustomValues& values,
                             FactLoader& loader) {
  DAYBOOK_ASSIGN_OR_RETURN(const Message* loaded,
                           loader.Load(kCatalog, FieldCatalogId(record_type)));
  const auto* catalog = static_cast<const FieldCatalog*>(loaded);
  for (const CustomValue& value : values) {
    if (value.value_case() != CustomValue::kReference) continue;
    const FieldDefinition* definition = FindDefinition(catalog, value.name());
    if (definition == nullptr || definition->lookup().empty()) continue;
    DAYBOOK_RETURN_IF_ERROR(loader.Load(definition->lookup(), value.reference()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<CustomValues> CheckNewCustom(absl::string_view record_type,
                                            const CustomValues& values, Required required,
                                            absl::string_view at, const Context& context) {
  const FieldCatalog* catalog = CatalogOf(record_type, context);
  CustomValues checked;
  for (const CustomValue& value : values) {
    const std::string path = absl::StrCat(at, CustomPath(value.name()));
    DAYBOOK_ASSIGN_OR_RETURN(const FieldDefinition* definition,
                             FindWritable(catalog, record_type, value.name(), path));
    if (FindCustomValue(checked, value.name()) != nullptr) {
      return InvalidField(path, "is given twice");
    }
    if (ValueOf(value).absent) continue;  // as if it were left out
    DAYBOOK_RETURN_IF_ERROR(CheckValue(*definition, value, path, context));
    PutCustomValue(value, &checked);
  }
  if (catalog != nullptr && required == Required::kDemanded) {
    for (const FieldDefinition& definition : catalog->fields()) {
      if (!definition.required() || definition.retired()) continue;
      if (FindCustomValue(checked, definition.name()) != nullptr) continue;
      return InvalidField(absl::StrCat(at, CustomPath(definition.name())), "is required");
    }
  }
  return checked;
}

absl::Status AddCustomValues(absl::string_view record_type, const CustomValues& values,
                             Required required, const Context& context, Message* event) {
  DAYBOOK_ASSIGN_OR_RETURN(CustomValues checked,
                           CheckNewCustom(record_type, values, required, "", context));
  if (checked.empty()) return absl::OkStatus();
  Message* created = RecordInside(event);
  DAYBOOK_CHECK(created != nullptr, "the first event of a new record holds it");
  MutableCustomValues(created)->Swap(&checked);
  return absl::OkStatus();
}

bool NamesCustom(const google::protobuf::FieldMask& mask) {
  return std::any_of(mask.paths().begin(), mask.paths().end(),
                     [](const std::string& path) { return !CustomName(path).empty(); });
}

absl::Status CheckCustomEdit(absl::string_view record_type, const google::protobuf::FieldMask& mask,
                             const CustomValues& wanted, const Context& context) {
  const FieldCatalog* catalog = CatalogOf(record_type, context);
  for (const std::string& path : mask.paths()) {
    const absl::string_view name = CustomName(path);
    if (name.empty()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const FieldDefinition* definition,
                             FindWritable(catalog, record_type, name, path));
    const CustomValue* value = FindCustomValue(wanted, name);
    if (value == nullptr) {
      if (definition->required()) return InvalidField(path, "is required and cannot be cleared");
      continue;
    }
    if (ValueOf(*value).absent) {
      return InvalidField(path, "is empty; a field is cleared by giving no value for it");
    }
    DAYBOOK_RETURN_IF_ERROR(CheckValue(*definition, *value, path, context));
  }
  return absl::OkStatus();
}

absl::StatusOr<CustomValues> ChangeCustom(absl::string_view record_type,
                                          const CustomValues& current, const CustomValues& values,
                                          const FieldNames& cleared, const Context& context) {
  google::protobuf::FieldMask mask;
  std::set<std::string> named;
  const auto add = [&](const std::string& name) -> absl::Status {
    mask.add_paths(CustomPath(name));
    // A path without a name would be passed over as one of a native field.
    if (name.empty()) return InvalidField(CustomPath(name), "names no custom field");
    if (named.insert(name).second) return absl::OkStatus();
    return InvalidField(CustomPath(name), "is given twice");
  };
  for (const CustomValue& value : values) DAYBOOK_RETURN_IF_ERROR(add(value.name()));
  for (const std::string& name : cleared) DAYBOOK_RETURN_IF_ERROR(add(name));
  DAYBOOK_RETURN_IF_ERROR(CheckCustomEdit(record_type, mask, values, context));
  CustomValues next = current;
  for (const CustomValue& value : values) PutCustomValue(value, &next);
  for (const std::string& name : cleared) EraseCustomValue(name, &next);
  return next;
}

void ClaimUniqueValues(absl::string_view aggregate, const CustomValues& values,
                       std::vector<Claim>* claims) {
  for (const CustomValue& value : values) {
    if (value.value_case() != CustomValue::kUniqueText) continue;
    claims->push_back({absl::StrCat(aggregate, "-custom-", value.name()),
                       absl::AsciiStrToLower(absl::StripAsciiWhitespace(value.unique_text())),
                       CustomPath(value.name())});
  }
}

const CustomValues& WantedCustom(const Message& request, const Descriptor* record) {
  static const CustomValues none;
  const Descriptor* type = request.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->message_type() != record || field->is_repeated()) continue;
    return CustomValuesIn(request.GetReflection()->GetMessage(request, field));
  }
  return none;
}

}  // namespace daybook::domain
