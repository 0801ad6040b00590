#pragma once

// A server, and calls written in text format: headers are filled in, and reads see all that was
// written before them.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "daybook/party/v1/contact_service.grpc.pb.h"
#include "tests/support/proto_matchers.h"
#include "tests/support/test_server.h"

namespace daybook::testing {

class PartyTest : public ::testing::Test {
 protected:
  PartyTest() = default;
  explicit PartyTest(services::ServerOptions options) : server_(std::move(options)) {}

  // Calls a method: Do(&AccountService::Stub::CreateAccount, "name: 'Acme'").
  template <class Stub, class Request, class Response>
  Response Do(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const std::string& text) {
    Response response;
    status_ = Send(method, text, &response);
    EXPECT_TRUE(status_.ok()) << text << "\n" << status_.error_message();
    return response;
  }
  // The reason why a call is refused; empty when it is not.
  template <class Stub, class Request, class Response>
  std::string Refused(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                      const std::string& text) {
    Response response;
    status_ = Send(method, text, &response);
    return status_.ok() ? "" : RefusalOf(status_).reason;
  }

  std::string NewContact(const std::string& name, const std::string& account_id = "") {
    return Do(&party::v1::ContactService::Stub::CreateContact,
              absl::StrCat("family_name: '", name, "' account_id: '", account_id, "'"))
        .contact()
        .id();
  }
  // "effective_from { 2026-01-01 }".
  static std::string From(const std::string& day) { return Field("effective_from", day); }
  static std::string Until(const std::string& day) { return Field("effective_until", day); }
  static std::string On(const std::string& day) { return Field("day", day); }
  static std::string Field(const std::string& name, const std::string& day) {
    return absl::StrCat(" ", name, " { year: ", std::stoi(day.substr(0, 4)),
                        " month: ", std::stoi(day.substr(5, 2)),
                        " day: ", std::stoi(day.substr(8, 2)), " } ");
  }
  // What makes a read one of the past.
  static std::string AsOf(uint64_t position) {
    return absl::StrCat(" header { as_of_position: ", position, " } ");
  }

  TestServer server_;
  grpc::Status status_;

 private:
  template <class Stub, class Request, class Response>
  grpc::Status Send(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const std::string& text, Response* response) {
    Request request = Proto<Request>(text);
    if constexpr (std::is_same_v<decltype(request.header()), const rpc::v1::CommandHeader&>) {
      request.mutable_header()->MergeFrom(server_.Header());
    } else {
      request.mutable_header()->set_min_position(server_.Head());
    }
    Stub stub(server_.channel());
    return server_.Call(method, stub, request, response);
  }
};

}  // namespace daybook::testing
