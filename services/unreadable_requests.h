#pragma once

// Requests whose bytes are not a message of their type (or hold text that is not UTF-8). gRPC's
// generated code answers them by itself, UNIMPLEMENTED and without a reason.

#include <memory>

namespace grpc::experimental {
class ServerInterceptorFactoryInterface;
}  // namespace grpc::experimental

namespace daybook::services {

struct Deps;

// Answers them INVALID_FIELD for whoever may send such a request, and with the same refusal as any
// other request for whoever may not. For every method with one request. `deps` outlives the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> NewUnreadableRequests(
    const Deps& deps);

}  // namespace daybook::services
