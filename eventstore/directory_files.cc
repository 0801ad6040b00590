#include "eventstore/directory_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "eventstore/files.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

// DO NOT CHANGE: on disk.
constexpr absl::string_view kTitle = "daybook data directory";
constexpr absl::string_view kFormat = "format ";
constexpr absl::string_view kLog = "log ";
constexpr absl::string_view kCheck = "check ";
constexpr size_t kIdentityBytesMax = 4096;
constexpr mode_t kOthers = 077;

absl::Status NotOurs(absl::string_view what) { return Reject(Reason::REASON_DATA_DIRECTORY, what); }

std::string Checked(absl::string_view text) {
  return absl::StrCat(text, kCheck, HexOf(Bytes(Sha256(text))), "\n");
}

}  // namespace

std::string EncodeIdentity(const Uuid& log_id) {
  return Checked(
      absl::StrCat(kTitle, "\n", kFormat, kFormatVersion, "\n", kLog, log_id.ToString(), "\n"));
}

absl::StatusOr<Uuid> DecodeIdentity(absl::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() != 5 || lines[0] != kTitle || !lines[4].empty()) {
    return NotOurs("the identity file is not one of a daybook data directory");
  }
  const size_t check = text.rfind(kCheck);
  if (check == absl::string_view::npos ||
      absl::string_view(Checked(text.substr(0, check))) != text) {
    return Reject(Reason::REASON_DATA_LOSS, "the identity file is damaged");
  }
  if (lines[1] != absl::StrCat(kFormat, kFormatVersion)) {
    return NotOurs(absl::StrCat("the data directory has ", lines[1],
                                ", this version of daybook reads format ", kFormatVersion));
  }
  if (lines[2].substr(0, kLog.size()) != kLog) return NotOurs("the identity file names no log");
  return Uuid::Parse(lines[2].substr(kLog.size()));
}

absl::StatusOr<Uuid> ReadIdentity(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0 && errno != ENOENT) return CannotRead(path, errno);
  if (!S_ISDIR(info.st_mode)) {
    return NotOurs(absl::StrCat("there is no data directory at ", path));
  }
  if (stat(IdentityPath(path).c_str(), &info) != 0) {
    if (errno != ENOENT) return CannotRead(IdentityPath(path), errno);
    return NotOurs(absl::StrCat(path, " is not a data directory: it has no identity file"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text, ReadFile(IdentityPath(path), kIdentityBytesMax));
  return DecodeIdentity(text);
}

absl::Status RequireFolder(const std::string& path) {
  struct stat info = {};
  const bool there = stat(path.c_str(), &info) == 0;
  if (there && S_ISDIR(info.st_mode)) return absl::OkStatus();
  if (!there && errno != ENOENT) return CannotRead(path, errno);
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat(path, " is missing"));
}

void RestrictModes(const std::string& path, DirectoryAge age) {
  size_t restricted = 0;
  size_t failed = 0;
  const auto restrict = [&](const std::string& name) {
    struct stat info = {};
    if (lstat(name.c_str(), &info) != 0 || (info.st_mode & kOthers) == 0) return;
    if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) return;
    chmod(name.c_str(), info.st_mode & 07700) == 0 ? ++restricted : ++failed;
  };
  restrict(path);
  std::error_code error;
  fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied,
                                         error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    restrict(entry->path().string());
  }
  if (restricted > 0 && age == DirectoryAge::kExisting) {
    std::fprintf(stderr,
                 "daybook: %zu files and folders of %s could be read by others; their modes are "
                 "now 0600 and 0700\n",
                 restricted, path.c_str());
  }
  if (failed > 0) {
    std::fprintf(stderr,
                 "daybook: %zu files and folders of %s can be read by others: chmod -R go= %s\n",
                 failed, path.c_str(), path.c_str());
  }
}

}  // namespace daybook::eventstore
