#pragma once

// The parts of a data directory beside its databases: names, identity, lock. Private to
// eventstore/.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "domain/base/uuid.h"

namespace daybook::eventstore {

inline std::string LogPath(const std::string& path) { return path + "/log"; }
inline std::string KeysPath(const std::string& path) { return path + "/keys"; }
inline std::string KekPath(const std::string& path) { return path + "/kek"; }
inline std::string WitnessPath(const std::string& path) { return path + "/witness"; }
inline std::string IdentityPath(const std::string& path) { return path + "/identity"; }

// The identity file: text that says what this is, of which format, and which log.
std::string EncodeIdentity(const Uuid& log_id);
// DATA_DIRECTORY for another format or something else, DATA_LOSS when damaged.
absl::StatusOr<Uuid> DecodeIdentity(absl::string_view text);
// DATA_DIRECTORY also when there is no such directory.
absl::StatusOr<Uuid> ReadIdentity(const std::string& path);

// DATA_LOSS when a folder of the directory is missing: opening it would make an empty one.
absl::Status RequireFolder(const std::string& path);

// Holds the directory until the result is dropped, or the process dies. DATA_DIRECTORY names the
// holder.
absl::StatusOr<std::shared_ptr<void>> LockDirectory(const std::string& path);

}  // namespace daybook::eventstore
