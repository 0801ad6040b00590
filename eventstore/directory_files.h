#pragma once

// The parts of a data directory beside its databases: names, identity, modes. Private to
// eventstore/.

#include <string>

#include "absl/status/statusor.h"
#include "domain/base/uuid.h"

namespace daybook::eventstore {

inline std::string LogPath(const std::string& path) { return path + "/log"; }
inline std::string KeysPath(const std::string& path) { return path + "/keys"; }
inline std::string KekPath(const std::string& path) { return path + "/kek"; }
inline std::string WitnessPath(const std::string& path) { return path + "/witness"; }
inline std::string LockFilePath(const std::string& path) { return path + "/lock"; }
inline std::string IdentityPath(const std::string& path) { return path + "/identity"; }

// The identity file: text that says what this is, of which format, and which log.
std::string EncodeIdentity(const Uuid& log_id);
// DATA_DIRECTORY for another format or something else, DATA_LOSS when damaged.
absl::StatusOr<Uuid> DecodeIdentity(absl::string_view text);
// DATA_DIRECTORY also when there is no such directory.
absl::StatusOr<Uuid> ReadIdentity(const std::string& path);

// DATA_LOSS when a folder of the directory is missing: opening it would make an empty one.
// DATA_DIRECTORY when it cannot be looked at.
absl::Status RequireFolder(const std::string& path);

// Takes from others what they may do with the files of a directory: 0700 for folders, 0600 for
// files. Standard error is told what could not be changed, which is no refusal, and of a directory
// that exists already also what was.
enum class DirectoryAge { kNew, kExisting };
void RestrictModes(const std::string& path, DirectoryAge age);

}  // namespace daybook::eventstore
