#include "cli/client_status.h"

#include "absl/strings/str_cat.h"
#include "daybook/rpc/v1/error.pb.h"

namespace daybook::cli {
namespace {

constexpr absl::string_view kFromServer = "daybook.cli/from-server";
constexpr absl::string_view kTypePrefix = "type.googleapis.com/";

}  // namespace

void MarkFromServer(absl::Status* status) { status->SetPayload(kFromServer, absl::Cord("1")); }

bool IsFromServer(const absl::Status& status) { return status.GetPayload(kFromServer).has_value(); }

void CopyDetails(const std::string& bytes, absl::Status* status) {
  rpc::v1::Status details;
  if (!details.ParseFromString(bytes)) return;
  for (const auto& any : details.details()) {
    // Every server of the google.rpc model has its own prefix; only the last part names the
    // message.
    const std::string& url = any.type_url();
    const std::string type = url.substr(url.rfind('/') + 1);
    status->SetPayload(absl::StrCat(kTypePrefix, type), absl::Cord(any.value()));
  }
}

absl::Status FromStatusBytes(int code, absl::string_view bytes) {
  rpc::v1::Status parsed;
  std::string message;
  if (parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    message = parsed.message();
  }
  absl::Status out(static_cast<absl::StatusCode>(code), message);
  CopyDetails(std::string(bytes), &out);
  MarkFromServer(&out);
  return out;
}

}  // namespace daybook::cli
