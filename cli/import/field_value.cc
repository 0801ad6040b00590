#include "cli/import/field_value.h"

#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "daybook/type/v1/money.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace daybook::cli {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kShareDecimals = 9;

absl::StatusOr<bool> ParseBool(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "true" || lower == "yes" || lower == "y" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "n" || lower == "0") return false;
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is neither yes nor no"));
}

// With or without the prefix that all values share, in any case.
absl::StatusOr<const EnumValueDescriptor*> ParseEnum(const EnumDescriptor* type,
                                                     absl::string_view text) {
  const std::string name =
      absl::AsciiStrToUpper(absl::StrReplaceAll(text, {{" ", "_"}, {"-", "_"}}));
  const absl::string_view prefix = absl::StripSuffix(ToAbsl(type->value(0)->name()), "UNSPECIFIED");
  const EnumValueDescriptor* value = type->FindValueByName(absl::StrCat(prefix, name));
  if (value == nullptr) value = type->FindValueByName(name);
  if (value != nullptr && value->number() != 0) return value;
  std::vector<absl::string_view> known;
  for (int i = 1; i < type->value_count(); ++i) {
    known.push_back(absl::StripPrefix(ToAbsl(type->value(i)->name()), prefix));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not one of ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<int64_t> ParseInteger(const FieldDescriptor* field, const ValueShape& shape,
                                     const std::string& text) {
  const auto& options = field->options().GetExtension(options::v1::field);
  if (options.kind() != options::v1::FIELD_KIND_SHARE) return ParseScaled(shape.number, text, 0);
  // "60 %" and "0.6" are the same share.
  absl::string_view number = text;
  const bool percent = absl::ConsumeSuffix(&number, "%");
  return ParseScaled(shape.number, absl::StripAsciiWhitespace(number),
                     percent ? kShareDecimals - 2 : kShareDecimals);
}

absl::Status SetMessage(const FieldDescriptor* field, const ValueShape& shape,
                        const std::string& text, Message* message) {
  const auto* reflection = message->GetReflection();
  const auto target = [&] {
    return field->is_repeated() ? reflection->AddMessage(message, field)
                                : reflection->MutableMessage(message, field);
  };
  const auto* type = field->message_type();
  if (type == type::v1::Date::descriptor()) {
    DAYBOOK_ASSIGN_OR_RETURN(absl::CivilDay day, ParseShapedDay(shape.date, text));
    day += shape.date.add_days;
    *static_cast<type::v1::Date*>(target()) = ToProto(day);
    return absl::OkStatus();
  }
  if (type == google::protobuf::Timestamp::descriptor()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, ParseShapedTime(shape.date, text));
    *static_cast<google::protobuf::Timestamp*>(target()) = ToProto(time);
    return absl::OkStatus();
  }
  const auto decimals = CurrencyDecimals(shape.currency);
  if (!decimals.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no currency \"", shape.currency, "\""));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t minor, ParseScaled(shape.number, text, *decimals));
  auto* money = static_cast<type::v1::Money*>(target());
  money->set_minor(minor);
  money->set_currency(shape.currency);
  return absl::OkStatus();
}

// Sets or adds, by the kind of number.
template <class Number, class Set, class Add>
absl::Status SetNumber(const FieldDescriptor* field, const ValueShape& shape,
                       const std::string& text, const Set& set, const Add& add) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t number, ParseInteger(field, shape, text));
  const bool too_small = std::is_unsigned_v<Number>
                             ? number < 0
                             : number < int64_t{std::numeric_limits<int32_t>::min()} &&
                                   sizeof(Number) == sizeof(int32_t);
  const bool too_large = sizeof(Number) == sizeof(int32_t) &&
                         number > static_cast<int64_t>(std::numeric_limits<Number>::max());
  if (too_small || too_large) {
    return absl::OutOfRangeError(absl::StrCat("\"", text, "\" does not fit the field"));
  }
  field->is_repeated() ? add(static_cast<Number>(number)) : set(static_cast<Number>(number));
  return absl::OkStatus();
}

}  // namespace

void SetString(const FieldDescriptor* field, std::string text, Message* message) {
  const auto* reflection = message->GetReflection();
  if (field->is_repeated()) {
    reflection->AddString(message, field, std::move(text));
  } else {
    reflection->SetString(message, field, std::move(text));
  }
}

absl::Status SetFieldText(const FieldDescriptor* field, const ValueShape& shape,
                          const std::string& text, Message* message) {
  const auto* r = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      SetString(field, text, message);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL: {
      DAYBOOK_ASSIGN_OR_RETURN(const bool value, ParseBool(text));
      field->is_repeated() ? r->AddBool(message, field, value) : r->SetBool(message, field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      DAYBOOK_ASSIGN_OR_RETURN(const auto* value, ParseEnum(field->enum_type(), text));
      field->is_repeated() ? r->AddEnum(message, field, value) : r->SetEnum(message, field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(field, shape, text, message);
    case FieldDescriptor::CPPTYPE_INT32:
      return SetNumber<int32_t>(
          field, shape, text, [&](int32_t v) { r->SetInt32(message, field, v); },
          [&](int32_t v) { r->AddInt32(message, field, v); });
    case FieldDescriptor::CPPTYPE_UINT32:
      return SetNumber<uint32_t>(
          field, shape, text, [&](uint32_t v) { r->SetUInt32(message, field, v); },
          [&](uint32_t v) { r->AddUInt32(message, field, v); });
    case FieldDescriptor::CPPTYPE_INT64:
      return SetNumber<int64_t>(
          field, shape, text, [&](int64_t v) { r->SetInt64(message, field, v); },
          [&](int64_t v) { r->AddInt64(message, field, v); });
    case FieldDescriptor::CPPTYPE_UINT64:
      return SetNumber<uint64_t>(
          field, shape, text, [&](uint64_t v) { r->SetUInt64(message, field, v); },
          [&](uint64_t v) { r->AddUInt64(message, field, v); });
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      break;  // no request has such a field
  }
  return absl::InvalidArgumentError("a field of this type cannot be imported");
}

}  // namespace daybook::cli
