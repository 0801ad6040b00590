#include "domain/record/rules.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/text.h"

namespace daybook::domain {

void ImpossibleEvent(absl::string_view aggregate) {
  CheckFailed(__FILE__, __LINE__, "kind_case() != KIND_NOT_SET",
              absl::StrCat(aggregate, ": an event without a kind"));
}

absl::Status RequireNew(absl::string_view aggregate, absl::string_view record_id) {
  if (record_id.empty()) return absl::OkStatus();
  return Reject(Reason::REASON_DUPLICATE_KEY,
                absl::StrCat("There is a record ", aggregate, " ", record_id,
                             " already; create it under another id or leave the id empty."),
                {{"field", "id"}, {"aggregate", aggregate}, {"id", record_id}});
}

absl::Status RequireExisting(absl::string_view aggregate, absl::string_view record_id,
                             const Context& context) {
  if (!record_id.empty()) return absl::OkStatus();
  return Reject(Reason::REASON_NOT_FOUND,
                absl::StrCat("There is no ", aggregate, " ", context.target_id, "; check the id."),
                {{"aggregate", aggregate}, {"id", context.target_id}});
}

absl::Status RequireText(absl::string_view field, absl::string_view text) {
  if (!IsBlank(text)) return absl::OkStatus();
  return InvalidField(field, "must not be empty or blank");
}

bool IsStableName(absl::string_view name) {
  if (name.empty() || name.size() > kStableNameBytesMax) return false;
  for (const char c : name) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c)) &&
        !absl::ascii_isdigit(static_cast<unsigned char>(c)) && c != '_') {
      return false;
    }
  }
  return true;
}

absl::Status CheckExternalKey(absl::string_view key) {
  if (key.empty()) return absl::OkStatus();
  const size_t colon = key.find(':');
  if (colon == absl::string_view::npos || colon == 0 || colon + 1 == key.size()) {
    return InvalidField("external_key", "must read <source>:<key>, for example erp:4711");
  }
  return absl::OkStatus();
}

void ClaimExternalKey(absl::string_view aggregate, absl::string_view key,
                      std::vector<Claim>* claims) {
  if (key.empty()) return;
  claims->push_back({absl::StrCat(aggregate, "-external-key"), std::string(key), "external_key"});
}

absl::Status IllegalTransition(absl::string_view aggregate, absl::string_view state,
                               absl::string_view allowed, absl::string_view advice) {
  return Reject(
      Reason::REASON_ILLEGAL_TRANSITION,
      absl::StrCat("The ", aggregate, " is ", state, ", which does not allow this; ", advice, "."),
      {{"aggregate", aggregate}, {"state", state}, {"allowed", allowed}});
}

absl::Status OutOfUse(absl::string_view aggregate, absl::string_view id, absl::string_view state,
                      absl::string_view advice) {
  return Reject(Reason::REASON_RECORD_ARCHIVED,
                absl::StrCat("The ", aggregate, " ", id, " is ", state, "; ", advice, "."),
                {{"aggregate", aggregate}, {"id", id}, {"state", state}});
}

absl::Status LimitExceeded(absl::string_view field, int64_t limit, int64_t value) {
  return Reject(Reason::REASON_LIMIT_EXCEEDED,
                absl::StrCat(field, ": ", value, " are more than the limit of ", limit, "."),
                {{"field", field}, {"limit", absl::StrCat(limit)}, {"value", absl::StrCat(value)}});
}

absl::string_view ShortName(absl::string_view enum_name, absl::string_view prefix) {
  return absl::StripPrefix(enum_name, prefix);
}

bool Names(const google::protobuf::FieldMask& mask, absl::string_view path) {
  for (const auto& named : mask.paths()) {
    if (absl::string_view(named) == path) return true;
  }
  return false;
}

absl::Status LoadMaskedLookups(const google::protobuf::Message& wanted,
                               const google::protobuf::FieldMask& mask, FactLoader& loader) {
  for (const auto& path : mask.paths()) {
    const auto* field = wanted.GetDescriptor()->FindFieldByName(path);
    if (field == nullptr || field->is_repeated() ||
        field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
      continue;
    }
    const auto& lookup = field->options().GetExtension(options::v1::field).lookup();
    const std::string id = wanted.GetReflection()->GetString(wanted, field);
    if (lookup.empty() || id.empty()) continue;
    DAYBOOK_RETURN_IF_ERROR(loader.Load(lookup, id).status());
  }
  return absl::OkStatus();
}

}  // namespace daybook::domain
