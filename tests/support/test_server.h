#pragma once

// A whole daybookd on a fresh directory and a free port, for tests that go through gRPC.

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>

#include "daybook/rpc/v1/error.pb.h"
#include "daybook/rpc/v1/headers.pb.h"
#include "domain/base/clock.h"
#include "eventstore/event_store.h"
#include "services/server.h"

namespace daybook::testing {

// A directory under the system's temporary one, removed with the object.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Owns directory, clock and server. The clock is the wall clock unless a manual one is asked for.
class TestServer {
 public:
  TestServer();
  explicit TestServer(services::ServerOptions options);
  ~TestServer();

  // Stops the server and starts it again on the same directory.
  void Restart();
  // Stops the server, lets `change` write into the log as no server would, starts it again.
  void WhileStopped(const std::function<void(eventstore::EventStore&)>& change);

  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  services::Server& server() { return *server_; }
  const std::string& key() const { return key_; }
  const std::string& data_dir() const { return data_dir_; }

  // A context with the administrator's key and a deadline of 20 s.
  std::unique_ptr<grpc::ClientContext> Context() const { return Context(key_); }
  std::unique_ptr<grpc::ClientContext> Context(const std::string& key) const;

  // Calls a unary method: Call(&AccountService::Stub::CreateAccount, *stub, request, &response).
  template <class Stub, class Request, class Response>
  grpc::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    Stub& stub, const Request& request, Response* response) const {
    const auto context = Context();
    return (stub.*method)(context.get(), request, response);
  }

  std::string NewId() { return random_.NewUuid(clock_.Now()).ToString(); }
  // Where the log ends now: as min_position it makes reads see all that was written.
  uint64_t Head() const;
  // A header with a fresh request id.
  rpc::v1::CommandHeader Header();

  // Makes a user, an account, and a deal in the first stage of the standard process; each returns
  // the id.
  std::string CreateUser(const std::string& name);
  std::string CreateAccount(const std::string& name, const std::string& parent_id = "");
  std::string CreateDeal(const std::string& account_id, const std::string& owner_id,
                         int64_t value_minor);

 private:
  void Start();

  TempDirectory temp_;
  std::string data_dir_;
  services::ServerOptions options_;
  SystemClock clock_;
  SystemRandom random_;
  std::string key_;
  std::unique_ptr<services::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// The details of a refusal: ErrorInfo's reason and metadata, and the fields of BadRequest.
struct Refusal {
  std::string reason;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> fields;
};
Refusal RefusalOf(const grpc::Status& status);

}  // namespace daybook::testing
