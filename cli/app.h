#pragma once

// What every verb gets: the global options, the connection and the way to print. One per process,
// one thread.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/client.h"

namespace daybook::cli {

enum class OutputFormat { kTable, kJson, kCsv };
enum class ColorMode : int { kAuto, kAlways, kNever };

// What the shell sees. Documented in `daybook --help`.
enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 1,         // wrong options, an unreadable file, a plan that cannot be used
  kExitRefused = 2,       // the server refused
  kExitUnavailable = 3,   // no connection, or no answer in time
  kExitDamaged = 4,       // damaged data, or a comparison that found differences
  kExitRowsRejected = 5,  // an import came to its end, but not all rows could be taken
};

struct GlobalOptions {
  std::string server = "127.0.0.1:7411";
  std::string key_file;
  TlsFiles tls;
  OutputFormat format = OutputFormat::kTable;
  ColorMode color = ColorMode::kAuto;
  int timeout_seconds = 30;
};

class App {
 public:
  GlobalOptions options;
  // What an action that succeeded leaves behind, for outcomes that are no error.
  ExitCode exit_code = kExitOk;

  // Connects on first use.
  absl::StatusOr<Client*> Connect();
  // The zone of the organisation, asked for once.
  absl::StatusOr<absl::TimeZone> Zone();
  // ISO 4217 code of the organisation, asked for once.
  absl::StatusOr<std::string> Currency();

 private:
  absl::Status LoadOrganisation();

  std::unique_ptr<Client> client_;
  bool organisation_known_ = false;
  absl::TimeZone zone_;
  std::string currency_;
};

// Message, reason, metadata and violated fields, on stderr.
void PrintError(const absl::Status& status, ColorMode color);
// The exit code that stands for a failure.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace daybook::cli
