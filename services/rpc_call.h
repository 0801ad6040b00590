#pragma once

// Internal to the pipelines: one unary call from arrival to Finish.

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "domain/base/deadline.h"
#include "services/deps.h"

namespace daybook::services {

// Finishes exactly once and records the metrics of the call. The request and the response belong to
// gRPC and are valid until Finish.
class UnaryCall {
 public:
  UnaryCall(grpc::CallbackServerContext* rpc, const Deps& deps,
            const google::protobuf::Message& request, google::protobuf::Message* response);

  void Finish(const absl::Status& status);

  grpc::CallbackServerContext* rpc() const { return rpc_; }
  grpc::ServerUnaryReactor* reactor() const { return reactor_; }
  const Deps& deps() const { return deps_; }
  const google::protobuf::Message& request() const { return request_; }
  google::protobuf::Message* response() const { return response_; }
  absl::Time deadline() const { return deadline_; }
  bool late() const { return DeadlineNow() > deadline_; }

 private:
  grpc::CallbackServerContext* rpc_;
  grpc::ServerUnaryReactor* reactor_;
  const Deps& deps_;
  const google::protobuf::Message& request_;
  google::protobuf::Message* response_;
  const int64_t started_;
  const absl::Time deadline_;
};

using UnaryCallPtr = std::shared_ptr<UnaryCall>;

}  // namespace daybook::services
