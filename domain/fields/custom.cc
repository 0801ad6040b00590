#include "domain/fields/custom.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"

namespace daybook::domain {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using setup::v1::FieldDefinition;
using type::v1::CustomValue;

absl::string_view CustomName(absl::string_view path) {
  return absl::ConsumePrefix(&path, kCustomPrefix) ? path : absl::string_view();
}

std::string CustomPath(absl::string_view name) { return absl::StrCat(kCustomPrefix, name); }

const FieldDescriptor* CustomValuesOf(const Descriptor* type) {
  const FieldDescriptor* field = type->FindFieldByName("custom");
  if (field == nullptr || field->message_type() != CustomValue::descriptor()) return nullptr;
  return field;
}

// The container itself, typed: the accessors that protobuf recommends instead copy or go message by
// message.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
const CustomValues& CustomValuesIn(const Message& record) {
  return record.GetReflection()->GetRepeatedPtrField<CustomValue>(
      record, CustomValuesOf(record.GetDescriptor()));
}

CustomValues* MutableCustomValues(Message* record) {
  return record->GetReflection()->MutableRepeatedPtrField<CustomValue>(
      record, CustomValuesOf(record->GetDescriptor()));
}
#pragma GCC diagnostic pop

const CustomValue* FindCustomValue(const CustomValues& values, absl::string_view name) {
  for (const CustomValue& value : values) {
    if (ToAbsl(value.name()) == name) return &value;
  }
  return nullptr;
}

void PutCustomValue(const CustomValue& value, CustomValues* values) {
  int at = 0;
  while (at < values->size() && values->Get(at).name() < value.name()) ++at;
  if (at == values->size() || values->Get(at).name() != value.name()) {
    values->Add();
    for (int i = values->size() - 1; i > at; --i) values->SwapElements(i, i - 1);
  }
  *values->Mutable(at) = value;
}

void EraseCustomValue(absl::string_view name, CustomValues* values) {
  for (int i = 0; i < values->size(); ++i) {
    if (ToAbsl(values->Get(i).name()) != name) continue;
    values->DeleteSubrange(i, 1);
    return;
  }
}

namespace {

// "OpportunityLine": "opportunity_line".
std::string SnakeCase(absl::string_view name) {
  std::string snake;
  for (const char c : name) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return snake;
}

std::vector<CustomPart> FindParts() {
  std::vector<CustomPart> parts;
  for (const ObjectType& type : Registry::Get().types()) {
    for (int i = 0; i < type.descriptor()->field_count(); ++i) {
      const FieldDescriptor* field = type.descriptor()->field(i);
      if (!field->is_repeated() || field->message_type() == nullptr) continue;
      if (CustomValuesOf(field->message_type()) == nullptr) continue;
      parts.push_back({SnakeCase(ToAbsl(field->message_type()->name())), &type, field});
    }
  }
  return parts;
}

}  // namespace

const std::vector<CustomPart>& CustomParts() {
  static const auto* const kParts = new std::vector<CustomPart>(FindParts());
  return *kParts;
}

const CustomPart* FindCustomPart(absl::string_view name) {
  for (const CustomPart& part : CustomParts()) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

Value ValueOf(const CustomValue& custom) {
  Value value;
  const auto text = [&](FieldKind kind, const std::string& from) {
    value.kind = kind;
    value.text = from;
    value.absent = from.empty();
  };
  const auto number = [&](FieldKind kind, int64_t from) {
    value.kind = kind;
    value.number = from;
    value.absent = false;
  };
  switch (custom.value_case()) {
    case CustomValue::kText:
      text(FieldKind::kText, custom.text());
      break;
    case CustomValue::kNote:
      text(FieldKind::kText, custom.note());
      break;
    case CustomValue::kPersonalText:
      text(FieldKind::kText, custom.personal_text());
      break;
    case CustomValue::kUniqueText:
      text(FieldKind::kText, custom.unique_text());
      break;
    case CustomValue::kReference:
      text(FieldKind::kReference, custom.reference());
      break;
    case CustomValue::kBoolean:
      number(FieldKind::kBoolean, custom.boolean() ? 1 : 0);
      break;
    case CustomValue::kInteger:
      number(FieldKind::kInteger, custom.integer());
      break;
    case CustomValue::kDecimal:
      number(FieldKind::kShare, custom.decimal());
      break;
    case CustomValue::kMoney:
      number(FieldKind::kMoney, custom.money().minor());
      value.text = custom.money().currency();
      break;
    case CustomValue::kDate:
      number(FieldKind::kDate,
             absl::CivilDay(custom.date().year(), custom.date().month(), custom.date().day()) -
                 absl::CivilDay(1970, 1, 1));
      break;
    case CustomValue::kInstant: {
      const auto time = FromProto(custom.instant());
      if (time.ok()) number(FieldKind::kInstant, absl::ToUnixMicros(*time));
      break;
    }
    case CustomValue::kUnavailable:
    case CustomValue::VALUE_NOT_SET:
      break;
  }
  return value;
}

CustomValue CustomValueOf(absl::string_view name, const Value& value) {
  CustomValue custom;
  custom.set_name(std::string(name));
  switch (value.kind) {
    case FieldKind::kText:
      custom.set_text(value.text);
      break;
    case FieldKind::kReference:
      custom.set_reference(value.text);
      break;
    case FieldKind::kBoolean:
      custom.set_boolean(value.number != 0);
      break;
    case FieldKind::kInteger:
      custom.set_integer(value.number);
      break;
    case FieldKind::kShare:
      custom.set_decimal(value.number);
      break;
    case FieldKind::kMoney:
      custom.mutable_money()->set_currency(value.text);
      custom.mutable_money()->set_minor(value.number);
      break;
    case FieldKind::kDate:
      *custom.mutable_date() = ToProto(absl::CivilDay(1970, 1, 1) + value.number);
      break;
    case FieldKind::kInstant:
      *custom.mutable_instant() = ToProto(absl::FromUnixMicros(value.number));
      break;
    case FieldKind::kEnum:
    case FieldKind::kStructure:
      DAYBOOK_CHECK(false, "no value of a custom field");
  }
  return custom;
}

bool IsIndexed(const CustomValue& value) {
  switch (value.value_case()) {
    case CustomValue::kText:
    case CustomValue::kBoolean:
    case CustomValue::kInteger:
    case CustomValue::kDecimal:
    case CustomValue::kMoney:
    case CustomValue::kDate:
    case CustomValue::kInstant:
    case CustomValue::kReference:
    case CustomValue::kPersonalText:
    case CustomValue::kUniqueText:
      return true;
    case CustomValue::kNote:
    case CustomValue::kUnavailable:
    case CustomValue::VALUE_NOT_SET:
      return false;
  }
  return false;
}

FieldKind KindOf(const FieldDefinition& definition) {
  switch (definition.kind()) {
    case setup::v1::CUSTOM_FIELD_KIND_TEXT:
    case setup::v1::CUSTOM_FIELD_KIND_NOTE:
    case setup::v1::CUSTOM_FIELD_KIND_CHOICE:
      return FieldKind::kText;
    case setup::v1::CUSTOM_FIELD_KIND_BOOLEAN:
      return FieldKind::kBoolean;
    case setup::v1::CUSTOM_FIELD_KIND_INTEGER:
      return FieldKind::kInteger;
    case setup::v1::CUSTOM_FIELD_KIND_DECIMAL:
      return FieldKind::kShare;
    case setup::v1::CUSTOM_FIELD_KIND_MONEY:
      return FieldKind::kMoney;
    case setup::v1::CUSTOM_FIELD_KIND_DATE:
      return FieldKind::kDate;
    case setup::v1::CUSTOM_FIELD_KIND_INSTANT:
      return FieldKind::kInstant;
    case setup::v1::CUSTOM_FIELD_KIND_REFERENCE:
      return FieldKind::kReference;
    default:
      return FieldKind::kStructure;  // of a newer version: shown, nothing else
  }
}

Field BareCustomField(const Descriptor* type, absl::string_view name) {
  Field field;
  field.path = CustomPath(name);
  field.label = std::string(name);
  field.custom = std::string(name);
  field.steps = {CustomValuesOf(type)};
  DAYBOOK_CHECK(field.steps[0] != nullptr, "records of this type take no custom values");
  return field;
}

ObjectType WithCustomFields(const ObjectType& native, const setup::v1::FieldCatalog& catalog) {
  std::vector<Field> fields;
  for (const FieldDefinition& definition : catalog.fields()) {
    if (definition.retired()) continue;
    Field field = BareCustomField(native.descriptor(), definition.name());
    if (!definition.label().empty()) field.label = definition.label();
    field.kind = KindOf(definition);
    field.lookup = definition.lookup();
    field.security = definition.personal() ? Security::kPersonal : Security::kStandard;
    field.computed = definition.computed_case() != FieldDefinition::COMPUTED_NOT_SET;
    field.indexed = !field.computed && field.kind != FieldKind::kStructure &&
                    definition.kind() != setup::v1::CUSTOM_FIELD_KIND_NOTE;
    fields.push_back(std::move(field));
  }
  return ObjectType(native, std::move(fields));
}

}  // namespace daybook::domain
