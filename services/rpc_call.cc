#include "services/rpc_call.h"

#include <chrono>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "domain/base/deadline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/registry.h"
#include "services/connections.h"
#include "services/grpc_status.h"
#include "services/metrics.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

absl::Status Unauthenticated(absl::string_view message) {
  return Reject(rpc::v1::REASON_UNAUTHENTICATED, message);
}

}  // namespace

std::shared_ptr<UnaryCall> UnaryCall::Begin(grpc::CallbackServerContext* rpc, const Deps& deps,
                                            const google::protobuf::Message& request,
                                            google::protobuf::Message* response) {
  std::shared_ptr<UnaryCall> call(new UnaryCall(rpc, deps, request, response));
  call->self_ = call;
  return call;
}

UnaryCall::UnaryCall(grpc::CallbackServerContext* rpc, const Deps& deps,
                     const google::protobuf::Message& request, google::protobuf::Message* response)
    : rpc_(rpc),
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
  grpc::ServerUnaryReactor::Finish(outward);
}

void UnaryCall::WhenCancelled(std::function<void()> cancel) {
  {
    std::lock_guard lock(mutex_);
    if (!cancelled_) {
      cancel_ = std::move(cancel);
      return;
    }
  }
  cancel();
}

void UnaryCall::OnCancel() {
  std::function<void()> cancel;
  {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    cancel = std::move(cancel_);
  }
  if (cancel) cancel();
}

void UnaryCall::OnDone() {
  // The last reference may be this one.
  const std::shared_ptr<UnaryCall> self = std::move(self_);
}

absl::StatusOr<Principal> AuthenticateCall(const grpc::ServerContextBase& context,
                                           const Deps& deps) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last) return deps.authenticator.Authenticate("");
  if (std::next(first) != last) {
    return Unauthenticated("more than one `authorization` header was sent; send one");
  }
  absl::string_view value(first->second.data(), first->second.size());
  if (!absl::ConsumePrefix(&value, "Bearer ") && !absl::ConsumePrefix(&value, "bearer ")) {
    return deps.authenticator.Authenticate("");
  }
  DAYBOOK_ASSIGN_OR_RETURN(Principal principal, deps.authenticator.Authenticate(value));
  deps.connections.NoteAuthenticated(context.peer());
  return principal;
}

absl::Status CheckAccess(const Principal& principal, const Deps& deps,
                         const google::protobuf::Descriptor& request) {
  const domain::CommandRef command = domain::FindCommand(ToAbsl(request.full_name()));
  if (command.command != nullptr) {
    return deps.access.CheckCommand(principal, command, *command.command->request, nullptr);
  }
  // What operators may do and others not; reads are looked at where their record type is known.
  const absl::string_view name = ToAbsl(request.name());
  if (name == "DiffViewRequest" || name == "RebuildViewRequest") {
    return deps.access.CheckOperate(principal, absl::StripSuffix(name, "Request"));
  }
  return absl::OkStatus();
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
