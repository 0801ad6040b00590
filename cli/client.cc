#include "cli/client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/files.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::cli {
namespace {

using google::protobuf::MessageLite;
using UnaryStub = grpc::TemplatedGenericStub<MessageLite, MessageLite>;

constexpr absl::string_view kKeyPrefix = "dbk_";
constexpr size_t kKeyBytesMax = 4096;
constexpr size_t kPemBytesMax = 1 << 20;
constexpr int kReceiveBytesMax = 64 << 20;

absl::StatusOr<std::string> ReadKey(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kKeyBytesMax, '\0');
  if (!file || !file.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read the key file ", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  std::string key(absl::StripAsciiWhitespace(text));
  if (!absl::StartsWith(key, kKeyPrefix)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " does not hold a Daybook key (it would begin with ", kKeyPrefix, ")"));
  }
  return key;
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> CredentialsOf(const TlsFiles& files) {
  if (files.authorities.empty() && files.certificate.empty()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  if (!files.authorities.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(options.pem_root_certs,
                             ReadWholeFile(files.authorities, kPemBytesMax));
  }
  if (!files.certificate.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(options.pem_cert_chain,
                             ReadWholeFile(files.certificate, kPemBytesMax));
    DAYBOOK_ASSIGN_OR_RETURN(options.pem_private_key, ReadWholeFile(files.key, kPemBytesMax));
  }
  return grpc::SslCredentials(options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  std::unique_ptr<Client> client(new Client);
  if (!options.key_file.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string key, ReadKey(options.key_file));
    client->authorization_ = absl::StrCat("Bearer ", key);
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
  DAYBOOK_ASSIGN_OR_RETURN(const auto credentials, CredentialsOf(options.tls));
  client->channel_ = grpc::CreateCustomChannel(options.server, credentials, arguments);
  client->server_ = options.server;
  client->timeout_ = options.timeout;
  return client;
}

Client::~Client() = default;

void Client::Authorize(grpc::ClientContext* context) const {
  if (!authorization_.empty()) context->AddMetadata("authorization", authorization_);
}

absl::Status Client::Call(absl::string_view method, const MessageLite& request,
                          MessageLite* response) {
  grpc::ClientContext context;
  Authorize(&context);
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
  std::mutex mutex;
  std::condition_variable done_changed;
  bool done = false;
  grpc::Status result;
  UnaryStub stub(channel_);
  stub.UnaryCall(&context, absl::StrCat("/", method), grpc::StubOptions(), &request, response,
                 [&](grpc::Status status) {
                   const std::lock_guard<std::mutex> lock(mutex);
                   result = std::move(status);
                   done = true;
                   done_changed.notify_one();
                 });
  std::unique_lock<std::mutex> lock(mutex);
  done_changed.wait(lock, [&] { return done; });
  return FromGrpc(result, server_);
}

absl::Status FromGrpc(const grpc::Status& status, absl::string_view server) {
  if (status.ok()) return absl::OkStatus();
  std::string message = status.error_message();
  const bool answered = !status.error_details().empty();
  if (!answered && status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    message = absl::StrCat("no connection to ", server, ": ", message,
                           ". Is daybookd running there? (--server, DAYBOOK_SERVER)");
  }
  if (!answered && status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    message = absl::StrCat("no answer from ", server, " in time (--timeout)");
  }
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), message);
  CopyDetails(status.error_details(), &out);
  MarkFromServer(&out);
  return out;
}

}  // namespace daybook::cli
