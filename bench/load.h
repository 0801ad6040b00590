#pragma once

// A closed loop of asynchronous calls: so many are under way at any time, until so many are done.

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace daybook::bench {

struct LoadResult {
  double per_second = 0;
  absl::Duration median;
  absl::Duration p99;
  // Processor time of the whole process for each call: unlike the rate, the same on a busy machine.
  double cpu_us = 0;
};

using CallDone = std::function<void(const grpc::Status&)>;
// Starts call number `i` and calls `done` when its answer is there. Any thread.
using StartCall = std::function<void(size_t i, CallDone done)>;

// Ends the process when a call fails.
LoadResult RunLoad(size_t in_flight, size_t count, const StartCall& start);

// Starts one unary call through the callback API. `bearer` empty: without a key.
template <class Async, class Request, class Response>
void StartUnary(Async* async,
                void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                                      std::function<void(grpc::Status)>),
                Request request, const std::string& bearer, CallDone done) {
  struct Call {
    grpc::ClientContext context;
    Request request;
    Response response;
    CallDone done;
  };
  auto* call = new Call;
  call->request = std::move(request);
  call->done = std::move(done);
  if (!bearer.empty()) call->context.AddMetadata("authorization", bearer);
  (async->*method)(&call->context, &call->request, &call->response, [call](grpc::Status status) {
    const CallDone finished = std::move(call->done);
    delete call;
    finished(status);
  });
}

}  // namespace daybook::bench
