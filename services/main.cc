// daybookd: the server.

#include <signal.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/data_directory.h"
#include "services/descriptors.h"
#include "services/fatal_shortage.h"
#include "services/logging.h"
#include "services/server.h"

namespace {

constexpr absl::Duration kGrace = absl::Seconds(5);

// Exit codes, as documented in --help.
constexpr int kExitUsage = 1;
constexpr int kExitCannotStart = 3;
constexpr int kExitDataLoss = 4;

int Serve(const daybook::services::ServerOptions& options) {
  // Blocked in all threads, so that only sigwait sees them. SIGPIPE: a vanished peer is an error
  // code, not a death.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  daybook::services::InitLogging();
  daybook::services::RaiseDescriptorLimit();
  daybook::SystemClock clock;
  daybook::SystemRandom random;
  auto server = daybook::services::Server::Start(options, clock, random);
  if (!server.ok()) {
    std::fprintf(stderr, "daybookd: %s\n", std::string(server.status().message()).c_str());
    return server.status().code() == absl::StatusCode::kDataLoss ? kExitDataLoss : kExitCannotStart;
  }
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  std::printf("daybookd listening on %s:%d\n", host.c_str(), (*server)->port());
  if ((*server)->metrics_port() != 0) {
    std::printf("daybookd metrics on port %d\n", (*server)->metrics_port());
  }
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&signals, &signal_number);
  daybook::services::LogInfo("stopping", {{"signal", absl::StrCat(signal_number)}});
  (*server)->Stop(kGrace);
  server->reset();
  daybook::services::LogInfo("stopped");
  return 0;
}

void AddConnectionOptions(CLI::App& app, daybook::services::ConnectionLimits& limits) {
  app.add_option("--max-connections", limits.total,
                 "Connections at most; 0: what the limit on open files leaves, up to 10000")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--max-connections-per-peer", limits.per_peer,
                 "Of one address (all of loopback is one; an IPv6 /64 is one); 0: half of all")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  daybook::services::ReportFatalShortages();
  umask(077);  // what is in the data directory is nobody else's
  // Abseil as it is packaged follows the order in which gRPC takes its mutexes, for every call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  CLI::App app{
      "daybookd serves one organisation's data directory over gRPC.\n"
      "Make the directory with `daybook init`. Exit codes: 0 stopped by a signal, 1 wrong "
      "arguments, 3 cannot start\n"
      "(directory missing, in use or of another format; port taken), 4 the log is damaged,\n"
      "70 the log could not be written, 71 out of memory."};
  daybook::services::ServerOptions options;
  app.add_option("--data-dir", options.data_dir, "Data directory")->required();
  app.add_option("--listen", options.listen, "HOST:PORT; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--metrics-listen", options.metrics_listen,
                 "HOST:PORT for Prometheus at /metrics; none by default");
  app.add_option("--tls-cert", options.tls_certificate,
                 "PEM certificate chain; needed on any address but loopback");
  app.add_option("--tls-key", options.tls_key, "PEM private key");
  app.add_option("--tls-client-ca", options.tls_client_ca,
                 "PEM authorities; demands client certificates");
  app.add_option("--workers", options.workers, "Threads for commands and long reads")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  AddConnectionOptions(app, options.connections);
  size_t record_cache_mib = options.views.record_cache_bytes >> 20;
  app.add_option(
         "--record-cache-mib", record_cache_mib,
         "MiB for records kept in memory, newest first after a start; about 0.5 for a thousand")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  size_t block_cache_mib = options.views.block_cache_bytes >> 20;
  app.add_option("--block-cache-mib", block_cache_mib,
                 "MiB for blocks of the views' files that were read lately")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : kExitUsage;
  }
  options.store.monotonic = daybook::eventstore::BootTime;
  options.views.record_cache_bytes = record_cache_mib << 20;
  options.views.block_cache_bytes = block_cache_mib << 20;
  return Serve(options);
}
