#pragma once

// A server with leads: what the tests of conversion and assignment share.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/party/v1/contact_service.grpc.pb.h"
#include "daybook/rpc/v1/command_service.grpc.pb.h"
#include "daybook/sales/v1/lead_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "tests/support/proto_matchers.h"
#include "tests/support/test_server.h"

namespace daybook::testing {

// Commands of one stream, sent together.
class CommandBatch {
 public:
  template <class Request>
  void Add(const Request& request) {
    auto* command = message_.add_commands();
    command->set_index(static_cast<uint64_t>(message_.commands_size()));
    command->set_request_type(Request::descriptor()->full_name());
    request.SerializeToString(command->mutable_request());
  }
  // The answers in the order of the commands: refusals may overtake others on their way.
  std::vector<rpc::v1::CommandResult> Send(const TestServer& server, bool dry_run) {
    message_.mutable_options()->set_dry_run(dry_run);
    const auto stub = rpc::v1::CommandService::NewStub(server.channel());
    const auto context = server.Context();
    auto stream = stub->Execute(context.get());
    stream->Write(message_);
    stream->WritesDone();
    std::vector<rpc::v1::CommandResult> results(static_cast<size_t>(message_.commands_size()));
    rpc::v1::ExecuteResponse response;
    while (stream->Read(&response)) {
      for (auto& result : *response.mutable_results()) results[result.index() - 1] = result;
    }
    EXPECT_TRUE(stream->Finish().ok());
    return results;
  }

 private:
  rpc::v1::ExecuteRequest message_;
};

class LeadFixture : public ::testing::Test {
 protected:
  using Leads = sales::v1::LeadService::Stub;

  // A request for a lead, with a fresh request id.
  template <class Request>
  Request For(const std::string& id, const std::string& text = "") {
    Request request = Proto<Request>(text);
    *request.mutable_header() = server_.Header();
    request.set_id(id);
    return request;
  }

  template <class Stub, class Request, class Response>
  grpc::Status Send(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    Stub& stub, const Request& request, Response* response = nullptr) {
    Response unused;
    return server_.Call(method, stub, request, response == nullptr ? &unused : response);
  }

  std::string Capture(const std::string& values) {
    const auto request = For<sales::v1::CaptureLeadRequest>("", values);
    sales::v1::CaptureLeadResponse response;
    const grpc::Status status = Send(&Leads::CaptureLead, *leads_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.lead().id();
  }
  grpc::Status Assign(const std::string& id, const std::string& owner) {
    auto request = For<sales::v1::AssignLeadRequest>(id);
    request.set_owner_id(owner);
    return Send(&Leads::AssignLead, *leads_, request);
  }
  // A good lead of `owner`.
  std::string Good(const std::string& values, const std::string& owner) {
    const std::string id = Capture(values);
    EXPECT_TRUE(Assign(id, owner).ok());
    EXPECT_TRUE(
        Send(&Leads::StartWorkingLead, *leads_, For<sales::v1::StartWorkingLeadRequest>(id)).ok());
    EXPECT_TRUE(Send(&Leads::MarkLeadGood, *leads_, For<sales::v1::MarkLeadGoodRequest>(id)).ok());
    return id;
  }
  grpc::Status Convert(const sales::v1::ConvertLeadRequest& request,
                       sales::v1::ConvertLeadResponse* response = nullptr) {
    return Send(&Leads::ConvertLead, *leads_, request, response);
  }
  sales::v1::Lead Read(const std::string& id) {
    sales::v1::GetLeadRequest request;
    request.mutable_header()->set_min_position(server_.Head());
    request.set_id(id);
    sales::v1::GetLeadResponse response;
    const grpc::Status status = server_.Call(&Leads::GetLead, *leads_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.lead();
  }
  // What was recorded after a position.
  std::vector<log::v1::Event> EventsAfter(uint64_t position) {
    const auto stub = log::v1::LogService::NewStub(server_.channel());
    log::v1::ReadEventsRequest request;
    request.set_after_position(position);
    const auto context = server_.Context();
    const auto reader = stub->ReadEvents(context.get(), request);
    std::vector<log::v1::Event> events;
    log::v1::ReadEventsResponse batch;
    while (reader->Read(&batch)) {
      events.insert(events.end(), batch.events().begin(), batch.events().end());
    }
    EXPECT_TRUE(reader->Finish().ok());
    return events;
  }

  TestServer server_;
  std::unique_ptr<Leads> leads_ = sales::v1::LeadService::NewStub(server_.channel());
  std::unique_ptr<party::v1::AccountService::Stub> accounts_ =
      party::v1::AccountService::NewStub(server_.channel());
  std::unique_ptr<party::v1::ContactService::Stub> contacts_ =
      party::v1::ContactService::NewStub(server_.channel());
};

}  // namespace daybook::testing
