#pragma once

#include <memory>

#include "bench/load.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace daybook::bench {

class BenchServer;

std::unique_ptr<grpc::Service> NewEchoService();

// Empty unary calls.
LoadResult RunEcho(BenchServer& server, size_t in_flight, size_t count);

}  // namespace daybook::bench
