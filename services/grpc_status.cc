#include "services/grpc_status.h"

#include <grpcpp/support/status.h>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "services/logging.h"

namespace daybook::services {
namespace {

// Errors of the world (disk, decoding) carry texts that clients must not see.
absl::Status WithReason(const absl::Status& status) {
  if (status.ok() || status.code() == absl::StatusCode::kCancelled) return status;
  if (ReasonOf(status) != rpc::v1::REASON_UNSPECIFIED) return status;
  if (status.code() == absl::StatusCode::kInvalidArgument) {
    return Reject(rpc::v1::REASON_INVALID_FIELD, status.message());
  }
  LogError("internal error", {{"status", status.ToString()}});
  if (status.code() == absl::StatusCode::kDataLoss) {
    return Reject(rpc::v1::REASON_DATA_LOSS, "stored data is damaged; see the server's log");
  }
  return Reject(rpc::v1::REASON_INTERNAL, "internal error; see the server's log");
}

rpc::v1::Status ToMessage(const absl::Status& status) {
  rpc::v1::Status message;
  message.set_code(static_cast<int>(status.code()));
  message.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    auto* detail = message.add_details();
    detail->set_type_url(std::string(type_url));
    detail->set_value(std::string(payload));
  });
  return message;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status outward = WithReason(status);
  return {static_cast<grpc::StatusCode>(outward.code()), std::string(outward.message()),
          ToMessage(outward).SerializeAsString()};
}

std::string StatusBytes(const absl::Status& status) {
  return ToMessage(WithReason(status)).SerializeAsString();
}

absl::Status Overloaded(absl::string_view what) {
  absl::Status status =
      Reject(rpc::v1::REASON_OVERLOADED,
             absl::StrCat(what, ": too much is waiting; try again shortly"), {{"queue", what}});
  rpc::v1::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(100'000'000);
  AddErrorDetail(&status, "google.rpc.RetryInfo", retry);
  return status;
}

}  // namespace daybook::services
