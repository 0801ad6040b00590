#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "domain/base/clock.h"

namespace daybook::services {

struct BootstrapOptions {
  std::string data_dir;
  std::string organisation;
  std::string currency;  // ISO 4217
  std::string zone;      // IANA
};

// What `daybook init` does: makes the data directory and writes the first records (organisation,
// the standard sales process with Prospect and Offer, the standard close reasons, one
// administrator's API key). Returns the key's text, which is kept nowhere else. Nothing is left
// behind when the organisation's data is refused. Errors: DATA_DIRECTORY, INVALID_FIELD.
absl::StatusOr<std::string> Bootstrap(const BootstrapOptions& options, Clock& clock,
                                      Random& random);

struct OfflineKey {
  std::string data_dir;
  std::string name;
  bool administrator = false;  // else a reader
  std::string user_id;         // UUID; empty: nobody's
};

// What `daybook key issue --data-dir` does while no server has the directory: an API key without
// anybody's permission, for when the last administrator's key is lost or revoked. Whoever may write
// the directory may do so. Returns its text, which is kept nowhere else. Errors: those of
// OpenDataDirectory and of IssueApiKey.
absl::StatusOr<std::string> IssueKeyOffline(const OfflineKey& options, Clock& clock,
                                            Random& random);

}  // namespace daybook::services
