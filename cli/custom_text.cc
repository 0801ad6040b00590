#include "cli/custom_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/import/field_value.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::cli {
namespace {

using google::protobuf::FieldDescriptor;
using type::v1::CustomValue;

std::string MemberName(const setup::v1::FieldDefinition& definition) {
  switch (definition.kind()) {
    case setup::v1::CUSTOM_FIELD_KIND_TEXT:
      if (definition.personal()) return "personal_text";
      return definition.unique() ? "unique_text" : "text";
    case setup::v1::CUSTOM_FIELD_KIND_CHOICE:
      return "text";
    case setup::v1::CUSTOM_FIELD_KIND_NOTE:
      return "note";
    case setup::v1::CUSTOM_FIELD_KIND_BOOLEAN:
      return "boolean";
    case setup::v1::CUSTOM_FIELD_KIND_INTEGER:
      return "integer";
    case setup::v1::CUSTOM_FIELD_KIND_DECIMAL:
      return "decimal";
    case setup::v1::CUSTOM_FIELD_KIND_MONEY:
      return "money";
    case setup::v1::CUSTOM_FIELD_KIND_DATE:
      return "date";
    case setup::v1::CUSTOM_FIELD_KIND_INSTANT:
      return "instant";
    case setup::v1::CUSTOM_FIELD_KIND_REFERENCE:
      return "reference";
    default:
      return "";  // of a newer server
  }
}

absl::StatusOr<const FieldDescriptor*> MemberOf(const setup::v1::FieldCatalog& catalog,
                                                absl::string_view name) {
  for (const auto& definition : catalog.fields()) {
    if (ToAbsl(definition.name()) != name) continue;
    const auto* member = CustomValue::descriptor()->FindFieldByName(MemberName(definition));
    if (member != nullptr) return member;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no custom field ", name, " (daybook field list)"));
}

}  // namespace

absl::StatusOr<std::pair<std::string, std::string>> SplitAssignment(const std::string& text) {
  if (text.find('=') == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\": write FIELD=VALUE; FIELD= clears it"));
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(absl::string_view(text), absl::MaxSplits('=', 1));
  return std::pair(std::string(absl::StripAsciiWhitespace(parts.first)), std::string(parts.second));
}

absl::Status SetText(App& app, const FieldDescriptor* field, std::string text,
                     google::protobuf::Message* message) {
  ValueShape shape;
  DAYBOOK_ASSIGN_OR_RETURN(shape.date.zone, app.Zone());
  DAYBOOK_ASSIGN_OR_RETURN(shape.currency, app.Currency());
  const bool money = field->message_type() != nullptr && field->message_type()->name() == "Money";
  const size_t blank = text.rfind(' ');
  if (money && blank != std::string::npos) {
    shape.currency = text.substr(blank + 1);
    text.resize(blank);
  }
  const absl::Status set = SetFieldText(field, shape, text, message);
  if (set.ok()) return set;
  return absl::Status(set.code(), absl::StrCat(ToAbsl(field->name()), ": ", set.message()));
}

absl::StatusOr<CustomValue> ParseCustomValue(App& app, const setup::v1::FieldCatalog& catalog,
                                             absl::string_view name, const std::string& text) {
  DAYBOOK_ASSIGN_OR_RETURN(const FieldDescriptor* member, MemberOf(catalog, name));
  CustomValue value;
  value.set_name(std::string(name));
  DAYBOOK_RETURN_IF_ERROR(SetText(app, member, text, &value));
  return value;
}

}  // namespace daybook::cli
