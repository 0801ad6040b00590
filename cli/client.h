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

// PEM files; all empty: plaintext, which servers offer on loopback only.
struct TlsFiles {
  std::string authorities;  // who may sign the server's certificate
  std::string certificate;  // of this client, where the server wants one
  std::string key;
};

struct ClientOptions {
  std::string server;
  std::string key_file;  // empty: no key is sent
  TlsFiles tls;
  absl::Duration timeout = absl::Seconds(30);
};

// Thread-safe.
class Client {
 public:
  // Reads the key and the TLS files; connecting happens with the first call. INVALID_ARGUMENT for
  // files that cannot be read, and for a key file that does not hold a key.
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
