#include "services/rpc_call.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "domain/base/deadline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "services/grpc_status.h"
#include "services/metrics.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

absl::string_view MetadataValue(const grpc::ServerContextBase& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto it = metadata.find(key);
  if (it == metadata.end()) return "";
  return {it->second.data(), it->second.size()};
}

}  // namespace

UnaryCall::UnaryCall(grpc::CallbackServerContext* rpc, const Deps& deps,
                     const google::protobuf::Message& request, google::protobuf::Message* response)
    : rpc_(rpc),
      reactor_(rpc->DefaultReactor()),
      deps_(deps),
      request_(request),
      response_(response),
      started_(absl::GetCurrentTimeNanos()),
      deadline_(DeadlineOf(*rpc, deps)) {}

void UnaryCall::Finish(const absl::Status& status) {
  const grpc::Status outward = ToGrpc(status);
  // Metrics first: after Finish the messages are gone.
  deps_.metrics.RecordCall(request_.GetDescriptor(), outward.error_code(),
                           absl::Nanoseconds(absl::GetCurrentTimeNanos() - started_));
  reactor_->Finish(outward);
}

absl::StatusOr<Principal> AuthenticateCall(const grpc::ServerContextBase& context,
                                           const Deps& deps) {
  absl::string_view value = MetadataValue(context, "authorization");
  if (!absl::ConsumePrefix(&value, "Bearer ") && !absl::ConsumePrefix(&value, "bearer ")) {
    return deps.authenticator.Authenticate("");
  }
  return deps.authenticator.Authenticate(value);
}

absl::Time DeadlineOf(const grpc::ServerContextBase& context, const Deps& deps) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return DeadlineNow() + deps.limits.deadline;
  }
  // gRPC counts by the monotonic clock and gives the wall clock's time for it: what is left is what
  // holds.
  return DeadlineNow() + absl::FromChrono(deadline - std::chrono::system_clock::now());
}

}  // namespace daybook::services
