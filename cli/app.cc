#include "cli/app.h"

#include <unistd.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/terminal.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "daybook/rpc/v1/conflict.pb.h"
#include "daybook/rpc/v1/error.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

constexpr absl::string_view kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr absl::string_view kBadRequest = "type.googleapis.com/google.rpc.BadRequest";
constexpr absl::string_view kRetryInfo = "type.googleapis.com/google.rpc.RetryInfo";
constexpr absl::string_view kRevisionConflict =
    "type.googleapis.com/daybook.rpc.v1.RevisionConflict";

template <class Detail>
bool ParseDetail(const absl::Status& status, absl::string_view type, Detail* detail) {
  const auto payload = status.GetPayload(type);
  return payload.has_value() && detail->ParseFromString(std::string(*payload));
}

}  // namespace

absl::StatusOr<Client*> App::Connect() {
  if (client_ == nullptr) {
    ClientOptions client_options;
    client_options.server = options.server;
    client_options.key_file = options.key_file;
    client_options.tls = options.tls;
    client_options.timeout = absl::Seconds(options.timeout_seconds);
    DAYBOOK_ASSIGN_OR_RETURN(client_, Client::Create(client_options));
  }
  return client_.get();
}

absl::Status App::LoadOrganisation() {
  if (organisation_known_) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, Connect());
  admin::v1::GetOrganisationRequest request;
  admin::v1::GetOrganisationResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.admin.v1.OrganisationService/GetOrganisation", request, &response));
  DAYBOOK_ASSIGN_OR_RETURN(zone_, LoadZone(response.organisation().zone()));
  currency_ = response.organisation().currency();
  organisation_known_ = true;
  return absl::OkStatus();
}

absl::StatusOr<absl::TimeZone> App::Zone() {
  DAYBOOK_RETURN_IF_ERROR(LoadOrganisation());
  return zone_;
}

absl::StatusOr<std::string> App::Currency() {
  DAYBOOK_RETURN_IF_ERROR(LoadOrganisation());
  return currency_;
}

void PrintError(const absl::Status& status, ColorMode color) {
  const Style style(UsesColor(color, STDERR_FILENO));
  std::string out =
      absl::StrCat(style.Red("error: "), Printable(std::string(status.message())), "\n");
  rpc::v1::ErrorInfo info;
  if (ParseDetail(status, kErrorInfo, &info)) {
    absl::StrAppend(&out, "  reason: ", Printable(info.reason()), "\n");
    for (const auto& [key, value] : info.metadata()) {
      absl::StrAppend(&out, "  ", Printable(key), ": ", Printable(value), "\n");
    }
  }
  rpc::v1::BadRequest bad;
  if (ParseDetail(status, kBadRequest, &bad)) {
    for (const auto& violation : bad.field_violations()) {
      absl::StrAppend(&out, "  field ", Printable(violation.field()), ": ",
                      Printable(violation.description()), "\n");
    }
  }
  rpc::v1::RevisionConflict conflict;
  if (ParseDetail(status, kRevisionConflict, &conflict) && !conflict.changed_fields().empty()) {
    absl::StrAppend(&out, "  changed since revision ", conflict.expected(), ": ",
                    Printable(absl::StrJoin(conflict.changed_fields(), ", ")), "\n");
  }
  rpc::v1::RetryInfo retry;
  if (ParseDetail(status, kRetryInfo, &retry)) {
    absl::StrAppend(&out, "  try again in ", retry.retry_delay().seconds(), ".",
                    fmt::format("{:03d}", retry.retry_delay().nanos() / 1'000'000), " s\n");
  }
  std::fwrite(out.data(), 1, out.size(), stderr);
}

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return kExitUnavailable;
    case absl::StatusCode::kDataLoss:
      return kExitDamaged;
    default:
      return IsFromServer(status) ||
                     ParseDetail(status, kErrorInfo, std::make_unique<rpc::v1::ErrorInfo>().get())
                 ? kExitRefused
                 : kExitUsage;
  }
}

}  // namespace daybook::cli
