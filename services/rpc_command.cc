#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/shape.h"
#include "services/grpc_status.h"
#include "services/rpc.h"
#include "services/rpc_answer.h"
#include "services/rpc_call.h"

namespace daybook::services {
namespace {

using google::protobuf::Message;

struct PendingCommand {
  UnaryCallPtr call;
  CommandHooks hooks;
};

void Respond(const std::shared_ptr<PendingCommand>& pending, absl::StatusOr<CommandAnswer> answer) {
  UnaryCall& call = *pending->call;
  if (!answer.ok()) return call.Finish(answer.status());
  if (!answer->replayed) {
    FillCommandResponse(call.deps(), *answer, answer->record.get(), call.response());
    if (pending->hooks.after) pending->hooks.after(*answer);
    return call.Finish(absl::OkStatus());
  }
  // The stored answer: the receipt, and the record as of then.
  const uint64_t wait =
      ReadReplayedAnswer(call.deps(), *std::move(answer), call.response(), call.deadline(),
                         [pending](absl::Status status) { pending->call->Finish(status); });
  if (wait == 0) return;
  call.WhenCancelled([&views = call.deps().views, wait] { views.CancelWait(wait); });
}

absl::StatusOr<CommandCall> Admit(const UnaryCall& call) {
  if (call.late()) {
    return Reject(rpc::v1::REASON_DEADLINE_EXCEEDED,
                  "the deadline passed before the command began");
  }
  CommandCall command;
  DAYBOOK_ASSIGN_OR_RETURN(command.principal, AuthenticateCall(*call.rpc(), call.deps()));
  DAYBOOK_RETURN_IF_ERROR(
      CheckAccess(command.principal, call.deps(), *call.request().GetDescriptor()));
  DAYBOOK_RETURN_IF_ERROR(domain::CheckShape(call.request()));
  command.command = domain::FindCommand(ToAbsl(call.request().GetDescriptor()->full_name()));
  DAYBOOK_CHECK(command.command.command != nullptr, "a served command is not in the registry");
  command.deadline = call.deadline();
  const auto trace = call.rpc()->client_metadata().find("traceparent");
  if (trace != call.rpc()->client_metadata().end()) {
    // W3C trace context is 55 bytes; anything longer is not one.
    command.traceparent =
        std::string(trace->second.data(), std::min<size_t>(trace->second.size(), 64));
  }
  return command;
}

void Run(const std::shared_ptr<PendingCommand>& pending) {
  absl::StatusOr<CommandCall> command = Admit(*pending->call);
  if (!command.ok()) return pending->call->Finish(command.status());
  // gRPC owns the request until Finish; `pending` keeps the call alive as long as the command runs.
  command->request = std::shared_ptr<const Message>(pending, &pending->call->request());
  command->still_authenticated = [pending] {
    return AuthenticateCall(*pending->call->rpc(), pending->call->deps()).status();
  };
  if (pending->hooks.before) {
    const absl::Status status = pending->hooks.before(*command);
    if (!status.ok()) return pending->call->Finish(status);
  }
  pending->call->deps().engine.Execute(
      *std::move(command),
      [pending](absl::StatusOr<CommandAnswer> answer) { Respond(pending, std::move(answer)); });
}

}  // namespace

Reactor* ServeCommand(Rpc* rpc, const Deps& deps, const Message& request, Message* response,
                      CommandHooks hooks) {
  auto pending = std::make_shared<PendingCommand>();
  pending->call = UnaryCall::Begin(rpc, deps, request, response);
  pending->hooks = std::move(hooks);
  Reactor* reactor = pending->call->reactor();
  if (!deps.pool.Submit([pending] { Run(pending); })) {
    pending->call->Finish(Overloaded("workers"));
  }
  return reactor;
}

Reactor* ServeCommand(Rpc* rpc, const Deps& deps, const Message& request, Message* response) {
  return ServeCommand(rpc, deps, request, response, {});
}

}  // namespace daybook::services
