#pragma once

#include <gtest/gtest.h>

#include <map>

#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {

// Collects commands, sends them in one stream and returns the answers by index.
class Batch {
 public:
  template <class Request>
  uint64_t Add(const Request& request) {
    auto* command = message_.add_commands();
    command->set_index(static_cast<uint64_t>(message_.commands_size()));
    command->set_request_type(Request::descriptor()->full_name());
    request.SerializeToString(command->mutable_request());
    return command->index();
  }
  rpc::v1::ExecuteOptions& options() { return *message_.mutable_options(); }
  rpc::v1::ExecuteRequest& message() { return message_; }

  std::map<uint64_t, rpc::v1::CommandResult> Send(const TestServer& server,
                                                  grpc::Status* status = nullptr) {
    const auto stub = rpc::v1::CommandService::NewStub(server.channel());
    const auto context = server.Context();
    auto stream = stub->Execute(context.get());
    stream->Write(message_);
    stream->WritesDone();
    std::map<uint64_t, rpc::v1::CommandResult> results;
    rpc::v1::ExecuteResponse response;
    while (stream->Read(&response)) {
      for (auto& result : *response.mutable_results()) results[result.index()] = result;
    }
    const grpc::Status finished = stream->Finish();
    if (status != nullptr) {
      *status = finished;
    } else {
      EXPECT_TRUE(finished.ok()) << finished.error_message();
    }
    return results;
  }

 private:
  rpc::v1::ExecuteRequest message_;
};

}  // namespace daybook::testing
