#pragma once

// Internal to the pipelines: one unary call from arrival to Finish.

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>
#include <mutex>

#include "domain/base/deadline.h"
#include "services/deps.h"

namespace daybook::services {

// Finishes exactly once and records the metrics of the call. The request and the response belong to
// gRPC and are valid until Finish. Keeps itself until gRPC is done with it; whoever works on the
// call holds it as well. Thread-safe.
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<UnaryCall> Begin(grpc::CallbackServerContext* rpc, const Deps& deps,
                                          const google::protobuf::Message& request,
                                          google::protobuf::Message* response);

  void Finish(const absl::Status& status);

  // Has `cancel` called once when the caller goes away or the deadline passes before the call is
  // finished; at once if that has happened. It must not block, and it does not end the call: who
  // works on it still calls Finish. At most one; the latest counts.
  void WhenCancelled(std::function<void()> cancel);

  grpc::CallbackServerContext* rpc() const { return rpc_; }
  grpc::ServerUnaryReactor* reactor() { return this; }
  const Deps& deps() const { return deps_; }
  const google::protobuf::Message& request() const { return request_; }
  google::protobuf::Message* response() const { return response_; }
  absl::Time deadline() const { return deadline_; }
  bool late() const { return DeadlineNow() > deadline_; }

 private:
  UnaryCall(grpc::CallbackServerContext* rpc, const Deps& deps,
            const google::protobuf::Message& request, google::protobuf::Message* response);

  void OnCancel() override;
  void OnDone() override;
  // As gRPC's own default reactor: the reactions above are short, so that no other thread is woken
  // for them.
  bool InternalInlineable() override { return true; }

  grpc::CallbackServerContext* rpc_;
  const Deps& deps_;
  const google::protobuf::Message& request_;
  google::protobuf::Message* response_;
  const int64_t started_;
  const absl::Time deadline_;
  std::shared_ptr<UnaryCall> self_;  // until OnDone
  std::mutex mutex_;
  std::function<void()> cancel_;
  bool cancelled_ = false;
};

using UnaryCallPtr = std::shared_ptr<UnaryCall>;

// What can be told of the right to a request without looking at what is in it, so that whoever may
// not send it learns nothing of its shape. The engine and the answers look at the record as well.
absl::Status CheckAccess(const Principal& principal, const Deps& deps,
                         const google::protobuf::Descriptor& request);

}  // namespace daybook::services
