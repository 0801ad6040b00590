#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "daybook/type/v1/date.pb.h"
#include "daybook/type/v1/money.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"
#include "domain/fields/custom.h"
#include "domain/fields/registry.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/json_util.h"

namespace daybook::domain {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kTagAbsent = 0x00;
constexpr char kTagValue = 0x01;
constexpr char kTagUuid = 0x02;

constexpr int64_t kMicros = 1'000'000;

// Whether the text is the one canonical text of a UUID: 36 characters, lower case.
bool IsCanonicalUuid(absl::string_view text, Uuid* id) {
  if (text.size() != Uuid::kTextLength) return false;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') return false;
  }
  auto parsed = Uuid::Parse(text);
  if (!parsed.ok()) return false;
  *id = *parsed;
  return true;
}

// The message that holds the last step's field; null when one on the way is absent.
const Message* OwnerOf(const Message& record, const Field& field) {
  const Message* owner = &record;
  for (size_t i = 0; i + 1 < field.steps.size(); ++i) {
    const Reflection& reflection = *owner->GetReflection();
    if (!reflection.HasField(*owner, field.steps[i])) return nullptr;
    owner = &reflection.GetMessage(*owner, field.steps[i]);
  }
  return owner;
}

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  // Requests and records hold the years 1900 to 2200; anything else is cut to what fits.
  constexpr int64_t kSecondsMax = INT64_MAX / kMicros - 1;
  return std::clamp(time.seconds(), -kSecondsMax, kSecondsMax) * kMicros + time.nanos() / 1000;
}

void ReadInteger(const Message& owner, const FieldDescriptor* field, Value* value) {
  const Reflection& reflection = *owner.GetReflection();
  if (field->has_presence() && !reflection.HasField(owner, field)) return;
  value->absent = false;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    value->number = reflection.GetInt64(owner, field);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    value->number = reflection.GetInt32(owner, field);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
    value->number = static_cast<int64_t>(
        std::min(reflection.GetUInt64(owner, field), static_cast<uint64_t>(INT64_MAX)));
  } else {
    value->number = reflection.GetUInt32(owner, field);
  }
}

void ReadText(const Message& owner, const FieldDescriptor* field, Value* value) {
  std::string scratch;
  const std::string& text = owner.GetReflection()->GetStringReference(owner, field, &scratch);
  value->absent = text.empty();
  if (field->type() == FieldDescriptor::TYPE_BYTES) {
    value->text = absl::BytesToHexString(text);
  } else {
    value->text = text;
  }
}

void ReadMoney(const Message& owner, const FieldDescriptor* field, Value* value) {
  const Reflection& reflection = *owner.GetReflection();
  if (!reflection.HasField(owner, field)) return;
  const auto& money = static_cast<const type::v1::Money&>(reflection.GetMessage(owner, field));
  if (money.currency().empty()) return;
  value->absent = false;
  value->text = money.currency();
  value->number = money.minor();
}

void ReadDate(const Message& owner, const FieldDescriptor* field, Value* value) {
  const Reflection& reflection = *owner.GetReflection();
  if (!reflection.HasField(owner, field)) return;
  const auto& date = static_cast<const type::v1::Date&>(reflection.GetMessage(owner, field));
  value->absent = false;
  value->number =
      absl::CivilDay(date.year(), date.month(), date.day()) - absl::CivilDay(1970, 1, 1);
}

void ReadInstant(const Message& owner, const FieldDescriptor* field, Value* value) {
  const Reflection& reflection = *owner.GetReflection();
  if (!reflection.HasField(owner, field)) return;
  value->absent = false;
  value->number = MicrosOf(
      static_cast<const google::protobuf::Timestamp&>(reflection.GetMessage(owner, field)));
}

void ReadBoolean(const Message& owner, const FieldDescriptor* field, Value* value) {
  const Reflection& reflection = *owner.GetReflection();
  value->absent = field->has_presence() && !reflection.HasField(owner, field);
  value->number = reflection.GetBool(owner, field) ? 1 : 0;
}

void AppendNumber(int64_t number, std::string* out) {
  AppendU64(out, static_cast<uint64_t>(number) ^ (uint64_t{1} << 63));
}

void AppendText(absl::string_view text, std::string* out) {
  for (const char c : text) {
    out->push_back(c);
    if (c == '\0') out->push_back('\xff');
  }
  out->push_back('\0');
  out->push_back('\x01');
}

// The field as one line of JSON, written by protobuf inside a message that holds nothing else.
std::string FormatStructure(const Message& record, const Field& field) {
  std::unique_ptr<Message> alone(record.New());
  CopyField(record, field, alone.get());
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(*alone, &json, options).ok()) return "";
  absl::string_view text = json;
  const std::string before = absl::StrCat("{\"", field.path, "\":");
  if (!absl::ConsumePrefix(&text, before) || !absl::ConsumeSuffix(&text, "}")) return "";
  return std::string(text);
}

void CopyElements(const Message& from, const FieldDescriptor* field, Message* to) {
  const Reflection& r = *from.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    for (int i = 0; i < r.FieldSize(from, field); ++i) {
      r.AddMessage(to, field)->CopyFrom(r.GetRepeatedMessage(from, field, i));
    }
    return;
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    for (int i = 0; i < r.FieldSize(from, field); ++i) {
      r.AddString(to, field, r.GetRepeatedString(from, field, i));
    }
    return;
  }
  // Numbers: swapped in from a copy, which spares a case for each of their types.
  std::unique_ptr<Message> copy(from.New());
  copy->CopyFrom(from);
  r.SwapFields(copy.get(), to, {field});
}

// Copies one field between two messages of the same type; absent in `from` means cleared in `to`.
void CopyOne(const Message& from, const FieldDescriptor* field, Message* to) {
  const Reflection& r = *from.GetReflection();
  r.ClearField(to, field);
  if (field->is_repeated()) return CopyElements(from, field, to);
  if (!r.HasField(from, field)) return;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r.SetInt32(to, field, r.GetInt32(from, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return r.SetInt64(to, field, r.GetInt64(from, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return r.SetUInt32(to, field, r.GetUInt32(from, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r.SetUInt64(to, field, r.GetUInt64(from, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r.SetDouble(to, field, r.GetDouble(from, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return r.SetFloat(to, field, r.GetFloat(from, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.SetBool(to, field, r.GetBool(from, field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return r.SetEnumValue(to, field, r.GetEnumValue(from, field));
    case FieldDescriptor::CPPTYPE_STRING:
      return r.SetString(to, field, r.GetString(from, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return r.MutableMessage(to, field)->CopyFrom(r.GetMessage(from, field));
  }
}

}  // namespace

int Compare(const Value& a, const Value& b) {
  if (a.absent || b.absent) return static_cast<int>(b.absent) - static_cast<int>(a.absent);
  if (a.kind == FieldKind::kReference) {
    Uuid ignored;
    const int a_uuid = IsCanonicalUuid(a.text, &ignored) ? 1 : 0;
    const int b_uuid = IsCanonicalUuid(b.text, &ignored) ? 1 : 0;
    if (a_uuid != b_uuid) return a_uuid - b_uuid;
  }
  if (const int by_text = a.text.compare(b.text); by_text != 0) return by_text;
  return a.number < b.number ? -1 : (a.number > b.number ? 1 : 0);
}

Value GetValue(const Message& record, const Field& field) {
  Value value;
  value.kind = field.kind;
  if (!field.custom.empty()) {
    const auto* custom = FindCustomValue(CustomValuesIn(record), field.custom);
    if (custom != nullptr) value = ValueOf(*custom);
    value.absent = value.absent || value.kind != field.kind;
    return value.absent ? Value{field.kind} : value;
  }
  const Message* owner = OwnerOf(record, field);
  if (owner == nullptr) return value;
  const FieldDescriptor* last = field.steps.back();
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kReference:
      ReadText(*owner, last, &value);
      break;
    case FieldKind::kBoolean:
      ReadBoolean(*owner, last, &value);
      break;
    case FieldKind::kInteger:
    case FieldKind::kShare:
      ReadInteger(*owner, last, &value);
      break;
    case FieldKind::kEnum:
      value.number = owner->GetReflection()->GetEnumValue(*owner, last);
      value.absent = value.number == 0;
      break;
    case FieldKind::kMoney:
      ReadMoney(*owner, last, &value);
      break;
    case FieldKind::kDate:
      ReadDate(*owner, last, &value);
      break;
    case FieldKind::kInstant:
      ReadInstant(*owner, last, &value);
      break;
    case FieldKind::kStructure:
      break;
  }
  if (value.absent) value.number = 0;
  return value;
}

std::string EnumValueName(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  // The zero value is X_UNSPECIFIED, so what comes before names the prefix.
  const absl::string_view prefix = absl::StripSuffix(ToAbsl(type.value(0)->name()), "UNSPECIFIED");
  return std::string(absl::StripPrefix(ToAbsl(value->name()), prefix));
}

std::string FormatShare(int64_t nano) {
  const bool negative = nano < 0;
  const uint64_t magnitude =
      negative ? ~static_cast<uint64_t>(nano) + 1 : static_cast<uint64_t>(nano);
  std::string text = absl::StrCat(negative ? "-" : "", magnitude / kNano);
  const uint64_t rest = magnitude % kNano;
  if (rest == 0) return text;
  std::string decimals = absl::StrFormat("%09d", rest);
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return absl::StrCat(text, ".", decimals);
}

std::string FormatValue(const Message& record, const Field& field) {
  if (field.repeated || field.kind == FieldKind::kStructure) return FormatStructure(record, field);
  const Value value = GetValue(record, field);
  if (value.absent) return "";
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kReference:
      return value.text;
    case FieldKind::kBoolean:
      return value.number != 0 ? "true" : "false";
    case FieldKind::kInteger:
      return absl::StrCat(value.number);
    case FieldKind::kEnum:
      return EnumValueName(*field.steps.back()->enum_type(), static_cast<int>(value.number));
    case FieldKind::kMoney:
      return absl::StrCat(FormatMinor(value.number, value.text), " ", value.text);
    case FieldKind::kDate:
      return FormatDay(absl::CivilDay(1970, 1, 1) + value.number);
    case FieldKind::kInstant:
      return FormatInstant(absl::FromUnixMicros(value.number));
    case FieldKind::kShare:
      return FormatShare(value.number);
    case FieldKind::kStructure:
      break;
  }
  return "";
}

void EncodeValue(const Value& value, std::string* out) {
  if (value.absent) {
    out->push_back(kTagAbsent);
    return;
  }
  switch (value.kind) {
    case FieldKind::kReference: {
      Uuid id;
      if (IsCanonicalUuid(value.text, &id)) {
        out->push_back(kTagUuid);
        out->append(id.bytes().data(), Uuid::kBytes);
        return;
      }
      out->push_back(kTagValue);
      AppendText(value.text, out);
      return;
    }
    case FieldKind::kText:
      out->push_back(kTagValue);
      AppendText(value.text, out);
      return;
    case FieldKind::kMoney:
      out->push_back(kTagValue);
      AppendText(value.text, out);
      AppendNumber(value.number, out);
      return;
    case FieldKind::kBoolean:
    case FieldKind::kInteger:
    case FieldKind::kEnum:
    case FieldKind::kDate:
    case FieldKind::kInstant:
    case FieldKind::kShare:
      out->push_back(kTagValue);
      AppendNumber(value.number, out);
      return;
    case FieldKind::kStructure:
      out->push_back(kTagAbsent);
      return;
  }
}

void CopyField(const Message& from, const Field& field, Message* to) {
  if (!field.custom.empty()) {
    const auto* custom = FindCustomValue(CustomValuesIn(from), field.custom);
    if (custom == nullptr) return EraseCustomValue(field.custom, MutableCustomValues(to));
    return PutCustomValue(*custom, MutableCustomValues(to));
  }
  const Message* source = &from;
  for (size_t i = 0; i + 1 < field.steps.size(); ++i) {
    const Reflection& reflection = *source->GetReflection();
    if (!reflection.HasField(*source, field.steps[i]) &&
        !reflection.HasField(*to, field.steps[i])) {
      return;  // nothing to copy and nothing to clear
    }
    source = &reflection.GetMessage(*source, field.steps[i]);
    to = reflection.MutableMessage(to, field.steps[i]);
  }
  CopyOne(*source, field.steps.back(), to);
}

absl::Status KeepFields(const ObjectType& type, absl::Span<const std::string> paths,
                        Message* record) {
  if (paths.empty()) return absl::OkStatus();
  std::unique_ptr<Message> kept(record->New());
  for (const std::string& path : paths) {
    const Field* field = type.Find(path);
    if (field == nullptr) {
      return InvalidField("field_mask",
                          absl::StrCat(type.aggregate(), " has no field '", absl::CHexEscape(path),
                                       "'; name its fields as in a list"));
    }
    CopyField(*record, *field, kept.get());
  }
  record->GetReflection()->Swap(record, kept.get());
  return absl::OkStatus();
}

}  // namespace daybook::domain
