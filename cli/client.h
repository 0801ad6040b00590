#pragma once

// The connection to a daybookd: one channel, the key sent with every call, refusals as
// absl::Status.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/client_status.h"

namespace google::protobuf {
class MessageLite;
}
namespace grpc {
class Channel;
class ClientContext;
class Status;
}  // namespace grpc

namespace daybook::cli {

struct ClientOptions {
  std::string server;
  std::string key_file;  // empty: no key is sent
  absl::Duration timeout = absl::Seconds(30);
};

// Thread-safe.
class Client {
 public:
  // Reads the key; connecting happens with the first call. INVALID_ARGUMENT for a key file that
  // cannot be read or does not hold a key.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);
  ~Client();

  // A unary call. `method` is "daybook.admin.v1.OrganisationService/GetOrganisation".
  absl::Status Call(absl::string_view method, const google::protobuf::MessageLite& request,
                    google::protobuf::MessageLite* response);

  // For streams: the channel for a stub, and a context with the key. Streams have no deadline.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  void Authorize(grpc::ClientContext* context) const;

 private:
  Client() = default;

  std::shared_ptr<grpc::Channel> channel_;
  std::string authorization_;
  std::string server_;
  absl::Duration timeout_;
};

// The status as the server made it, with its details as payloads; marked as coming from the server.
absl::Status FromGrpc(const grpc::Status& status, absl::string_view server);

}  // namespace daybook::cli
