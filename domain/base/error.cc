#include "domain/base/error.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"

namespace daybook {
namespace {

namespace pb = ::daybook::rpc::v1;

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
constexpr absl::string_view kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";

absl::StatusCode CodeOf(Reason reason) {
  const auto* value = pb::Reason_descriptor()->FindValueByNumber(reason);
  DAYBOOK_CHECK(value != nullptr, "unknown reason");
  const int code = value->options().GetExtension(pb::reason).code();
  return code == 0 ? absl::StatusCode::kInternal : static_cast<absl::StatusCode>(code);
}

bool ParseInfo(const absl::Status& status, pb::ErrorInfo* info) {
  const auto payload = status.GetPayload(kErrorInfo);
  return payload.has_value() && info->ParseFromString(std::string(*payload));
}

}  // namespace

absl::string_view ReasonName(Reason reason) {
  return absl::StripPrefix(ToAbsl(pb::Reason_Name(reason)), "REASON_");
}

void AddErrorDetail(absl::Status* status, absl::string_view type,
                    const google::protobuf::MessageLite& detail) {
  status->SetPayload(absl::StrCat(kTypePrefix, type), absl::Cord(detail.SerializeAsString()));
}

absl::Status Reject(Reason reason, absl::string_view message, ErrorMetadata metadata) {
  absl::Status status(CodeOf(reason), message);
  pb::ErrorInfo info;
  info.set_reason(std::string(ReasonName(reason)));
  info.set_domain("daybook");
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[std::string(key)] = std::string(value);
  }
  AddErrorDetail(&status, "google.rpc.ErrorInfo", info);
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view description, Reason reason) {
  absl::Status status = Reject(reason, absl::StrCat(field, ": ", description), {{"field", field}});
  pb::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(std::string(description));
  AddErrorDetail(&status, "google.rpc.BadRequest", bad);
  return status;
}

Reason ReasonOf(const absl::Status& status) {
  pb::ErrorInfo info;
  Reason reason = pb::REASON_UNSPECIFIED;
  if (ParseInfo(status, &info)) pb::Reason_Parse(absl::StrCat("REASON_", info.reason()), &reason);
  return reason;
}

std::string ErrorMetadataOf(const absl::Status& status, absl::string_view key) {
  pb::ErrorInfo info;
  if (!ParseInfo(status, &info)) return "";
  const auto it = info.metadata().find(std::string(key));
  return it == info.metadata().end() ? "" : it->second;
}

}  // namespace daybook
