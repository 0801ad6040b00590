#include "eventstore/directory_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "eventstore/files.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {
namespace {

// DO NOT CHANGE: on disk.
constexpr absl::string_view kTitle = "daybook data directory";
constexpr absl::string_view kFormat = "format ";
constexpr absl::string_view kLog = "log ";
constexpr absl::string_view kCheck = "check ";
constexpr size_t kIdentityBytesMax = 4096;

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
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return NotOurs(absl::StrCat("there is no data directory at ", path));
  }
  if (stat(IdentityPath(path).c_str(), &info) != 0) {
    return NotOurs(absl::StrCat(path, " is not a data directory: it has no identity file"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text, ReadFile(IdentityPath(path), kIdentityBytesMax));
  return DecodeIdentity(text);
}

absl::Status RequireFolder(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return absl::OkStatus();
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat(path, " is missing"));
}

absl::StatusOr<std::shared_ptr<void>> LockDirectory(const std::string& path) {
  const std::string name = path + "/lock";
  const int fd = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return NotOurs(absl::StrCat("cannot lock ", path, ": ", std::strerror(errno)));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t size = pread(fd, holder, sizeof(holder) - 1, 0);
    close(fd);
    const std::string pid = size > 0 ? std::string(holder) : "unknown";
    return Reject(Reason::REASON_DATA_DIRECTORY, absl::StrCat(path, " is in use by process ", pid),
                  {{"pid", pid}});
  }
  const std::string pid = absl::StrCat(getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    close(fd);
    return NotOurs(absl::StrCat("cannot write ", name, ": ", std::strerror(errno)));
  }
  return std::shared_ptr<void>(nullptr, [fd](void*) { close(fd); });
}

}  // namespace daybook::eventstore
