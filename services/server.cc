#include "services/server.h"

#include <arpa/inet.h>
#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/service_type.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "eventstore/data_directory.h"
#include "eventstore/directory_lock.h"
#include "services/custom_fields.h"
#include "services/descriptors.h"
#include "services/engine/schema_set.h"
#include "services/head_watcher.h"
#include "services/health_monitor.h"
#include "services/listener.h"
#include "services/logging.h"
#include "services/metrics.h"
#include "services/registry.h"
#include "services/unreadable_requests.h"

namespace daybook::services {
namespace {

constexpr int kMessageBytesMax = 4 << 20;
constexpr int kConcurrentStreamsMax = 1024;
constexpr int kMetadataBytesMax = 16 << 10;
// Per stream, before the size of its message is known.
constexpr int kStreamWindowBytes = 64 << 10;
// A TLS handshake or an HTTP/2 preface that does not come.
constexpr int kHandshakeMs = 10'000;
// A peer that does not answer a ping is gone; a connection without calls is let go, with GOAWAY, so
// that clients open another one when they need it.
constexpr int kKeepAliveMs = 60'000;
constexpr int kKeepAliveAnswerMs = 20'000;
constexpr int kConnectionIdleMs = 30 * 60'000;
constexpr absl::Duration kFirstBuildWait = absl::Seconds(2);
constexpr const char* kRelease = "0.1.0";
// Documented in `daybookd --help`.
constexpr int kExitDirectoryReplaced = 3;

// A name that merely begins with "127." may be anywhere.
bool IsLoopback(const std::string& listen) {
  if (absl::StartsWith(listen, "unix:")) return true;
  const std::string host = listen.substr(0, listen.rfind(':'));
  in_addr address = {};
  return host == "localhost" || host == "[::1]" ||
         (inet_pton(AF_INET, host.c_str(), &address) == 1 &&
          (ntohl(address.s_addr) >> IN_CLASSA_NSHIFT) == IN_LOOPBACKNET);
}

void LogViewsNotice(const projections::ViewsNotice& notice) {
  const LogFields fields = {{"position", absl::StrCat(notice.position)}, {"error", notice.error}};
  notice.warning ? LogWarning(notice.message, fields) : LogInfo(notice.message, fields);
}

absl::StatusOr<std::string> ReadFile(absl::string_view option, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  if (!file || bytes.str().empty()) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", option, " ", path));
  }
  return bytes.str();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials(const ServerOptions& options) {
  // Half of it must not end in less protection than was asked for.
  if (options.tls_certificate.empty() != options.tls_key.empty() ||
      (options.tls_certificate.empty() && !options.tls_client_ca.empty())) {
    return absl::InvalidArgumentError(
        "--tls-cert and --tls-key are given together, --tls-client-ca only with them");
  }
  if (options.tls_certificate.empty()) {
    if (IsLoopback(options.listen)) return grpc::InsecureServerCredentials();
    return absl::InvalidArgumentError(absl::StrCat(
        "plaintext is served on loopback only; give --tls-cert and --tls-key to listen on ",
        options.listen));
  }
  grpc::SslServerCredentialsOptions tls(
      options.tls_client_ca.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                    : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  DAYBOOK_ASSIGN_OR_RETURN(pair.private_key, ReadFile("--tls-key", options.tls_key));
  DAYBOOK_ASSIGN_OR_RETURN(pair.cert_chain, ReadFile("--tls-cert", options.tls_certificate));
  tls.pem_key_cert_pairs.push_back(std::move(pair));
  if (!options.tls_client_ca.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(tls.pem_root_certs,
                             ReadFile("--tls-client-ca", options.tls_client_ca));
  }
  return grpc::SslServerCredentials(tls);
}

// gRPC tells whether it can use a certificate only when it listens itself: with a socket handed to
// it, the first handshake would fail instead of the start.
absl::Status CheckUsable(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server != nullptr) server->Shutdown();
  if (port != 0) return absl::OkStatus();
  return absl::UnavailableError(
      "--tls-cert is not a PEM chain, or --tls-key not the key of its first one");
}

// Members stand in order of dependence: they are destroyed from the last to the first.
class RunningServer final : public Server {
 public:
  RunningServer(const ServerOptions& options, Clock& clock, Random& random)
      : options_(options), clock_(clock), random_(random) {}
  ~RunningServer() override { Stop(absl::ZeroDuration()); }

  absl::Status Open();
  int port() const override { return port_; }
  int metrics_port() const override { return metrics_port_; }
  void Stop(absl::Duration grace) override;

 private:
  absl::Status Listen();
  void Bound(grpc::ServerBuilder& builder);
  void Accept(int fd, const sockaddr_storage& peer);
  void WaitForFirstBuild();
  void LeaveReplacedDirectory();

  const ServerOptions options_;
  Clock& clock_;
  Random& random_;
  eventstore::DataDirectory directory_;
  const std::unique_ptr<AccessPolicy> access_ =
      options_.access == nullptr ? NewRolePolicy() : options_.access();
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<CommandEngine> engine_;
  std::unique_ptr<Authenticator> authenticator_;
  std::unique_ptr<projections::Views> views_;
  std::unique_ptr<HeadWatcher> head_;
  std::unique_ptr<CustomFields> custom_fields_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Deps> deps_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<HealthMonitor> health_;
  int port_ = 0;
  int metrics_port_ = 0;
  bool stopped_ = false;
};

absl::Status RunningServer::Open() {
  DAYBOOK_ASSIGN_OR_RETURN(directory_, eventstore::OpenDataDirectory(
                                           options_.data_dir, options_.store, clock_, random_));
  pool_ = std::make_unique<WorkerPool>(options_.workers, options_.worker_queue);
  EngineOptions engine_options;
  engine_options.submit = [this](std::function<void()> task) {
    return pool_->Continue(std::move(task));
  };
  engine_ = NewCommandEngine(*directory_.store, *directory_.keys, *access_, clock_, random_,
                             engine_options);
  DAYBOOK_RETURN_IF_ERROR(EnsureSchemaSet(*engine_, clock_, random_, kRelease));
  authenticator_ = std::make_unique<Authenticator>(*directory_.keys, *engine_);
  projections::ViewsOptions views = options_.views;
  views.notify = LogViewsNotice;
  DAYBOOK_ASSIGN_OR_RETURN(
      views_, projections::Views::Open(directory_.views_path(), *directory_.store, *directory_.keys,
                                       views));
  engine_->SetViews(views_.get());
  WaitForFirstBuild();
  head_ = std::make_unique<HeadWatcher>(*directory_.store);
  custom_fields_ = std::make_unique<CustomFields>(*views_, options_.computed);
  metrics_ = std::make_unique<Metrics>(options_.observe_call);
  ConnectionLimits limits = options_.connections;
  const size_t fit = ConnectionsThatFit(DescriptorLimit());
  if (limits.total > fit) {
    LogWarning("the limit on open files allows fewer connections than were asked for",
               {{"asked_for", absl::StrCat(limits.total)}, {"allowed", absl::StrCat(fit)}});
  }
  limits.total = limits.total == 0 ? fit : std::min(limits.total, fit);
  connections_ = std::make_unique<Connections>(limits);
  deps_ = std::make_unique<Deps>(Deps{*directory_.store, *directory_.keys, *views_, *engine_,
                                      *access_, *authenticator_, *pool_, *head_, *custom_fields_,
                                      *metrics_, *connections_, clock_, random_, options_.answers});
  return Listen();
}

// A new directory, or a small log whose views changed their version, is ready within moments:
// callers need not learn about views that are being built. A large log is served meanwhile, with
// those views UNAVAILABLE.
void RunningServer::WaitForFirstBuild() {
  const absl::Time give_up = absl::Now() + kFirstBuildWait;
  const auto building = [this] {
    for (const projections::ViewStatus& view : views_->Status()) {
      if (view.state == projections::ViewState::kBuilding) return true;
    }
    return false;
  };
  while (building() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(2));
}

absl::Status RunningServer::Listen() {
  DAYBOOK_ASSIGN_OR_RETURN(const auto credentials, Credentials(options_));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
  if (!options_.tls_certificate.empty()) DAYBOOK_RETURN_IF_ERROR(CheckUsable(credentials));
  absl::StatusOr<std::unique_ptr<Listener>> listener = Listener::Open(options_.listen);
  if (!listener.ok()) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.listen,
                                               ": the port is taken or the address is not of this "
                                               "machine; choose another with --listen (",
                                               listener.status().message(), ")"));
  }
  listener_ = *std::move(listener);
  port_ = listener_->port();
  grpc::ServerBuilder builder;
  Bound(builder);
  acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(NewUnreadableRequests(*deps_));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  for (const ServiceRow& row : AllServices()) {
    services_.push_back(row.make(*deps_));
    builder.RegisterService(services_.back().get());
  }
  for (grpc::Service* service : options_.extra_services) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot serve on ", options_.listen));
  }
  if (!options_.metrics_listen.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(metrics_port_, metrics_->Listen(options_.metrics_listen));
  }
  health_ = std::make_unique<HealthMonitor>(*deps_, *listener_, server_->GetHealthCheckService());
  listener_->Start({[this](int fd, const sockaddr_storage& peer) { Accept(fd, peer); },
                    [this] { connections_->MakeRoom(); }});
  return absl::OkStatus();
}

// What one connection may take of the server; how many there may be: Connections.
void RunningServer::Bound(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindowBytes);
  // Otherwise the window grows with what a fast peer sends, up to 16 MiB for each stream.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepAliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepAliveAnswerMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdleMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 30'000);
  builder.SetMaxReceiveMessageSize(kMessageBytesMax);
  grpc::ResourceQuota quota("daybookd");
  quota.Resize(options_.memory_quota_bytes);
  builder.SetResourceQuota(quota);
}

// On the listener's thread.
void RunningServer::Accept(int fd, const sockaddr_storage& peer) {
  if (!connections_->Admit(fd, peer)) {
    close(fd);
    return;
  }
  const int on = 1;
  if (peer.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.fd = fd;
  acceptor_->HandleNewConnection(&connection);
}

// RocksDB knows its files by path. Where another directory stands at the path by now, closing would
// flush into it and delete in it; what was acknowledged is on disk in the one that was moved.
void RunningServer::LeaveReplacedDirectory() {
  if (directory_.lock == nullptr) return;
  const absl::Status held = directory_.lock->StillHeld();
  if (held.ok()) return;
  LogError("stopped without closing the files, which are not at their path any more",
           {{"error", std::string(held.message())}});
  std::_Exit(kExitDirectoryReplaced);
}

void RunningServer::Stop(absl::Duration grace) {
  if (stopped_) return;
  stopped_ = true;
  health_.reset();  // NOT_SERVING from here on
  if (listener_ != nullptr) listener_->Stop();
  if (views_ != nullptr) views_->BeginShutdown();
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  // Calls that are done with their grace are cancelled; what they queued is finished before its
  // ground goes away.
  if (pool_ != nullptr) pool_->Close();
  acceptor_.reset();
  server_.reset();
  services_.clear();
  head_.reset();
  if (engine_ != nullptr) engine_->SetViews(nullptr);
  LeaveReplacedDirectory();
  views_.reset();
  authenticator_.reset();
  directory_.store.reset();
  engine_.reset();
  directory_.keys.reset();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Clock& clock,
                                                      Random& random) {
  auto server = std::make_unique<RunningServer>(options, clock, random);
  DAYBOOK_RETURN_IF_ERROR(server->Open());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace daybook::services
