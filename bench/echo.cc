#include "bench/echo.h"

#include "bench/bench_server.h"
#include "echo.grpc.pb.h"

namespace daybook::bench {
namespace {

class EchoService final : public v1::EchoService::CallbackService {
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const v1::EchoRequest*,
                                 v1::EchoResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

std::unique_ptr<grpc::Service> NewEchoService() { return std::make_unique<EchoService>(); }

LoadResult RunEcho(BenchServer& server, size_t in_flight, size_t count) {
  const auto stub = v1::EchoService::NewStub(server.channel());
  return RunLoad(in_flight, count, [&](size_t, CallDone done) {
    StartUnary<v1::EchoService::StubInterface::async_interface, v1::EchoRequest, v1::EchoResponse>(
        stub->async(), &v1::EchoService::StubInterface::async_interface::Echo, {}, "",
        std::move(done));
  });
}

}  // namespace daybook::bench
