#include "eventstore/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"

namespace daybook::eventstore {
namespace {

absl::Status Failed(Reason reason, absl::string_view what, const std::string& path) {
  return Reject(reason, absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status Sync(const std::string& path, int flags) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) return Failed(Reason::REASON_DATA_DIRECTORY, "open", path);
  const bool ok = fsync(fd) == 0;
  const absl::Status status =
      ok ? absl::OkStatus() : Failed(Reason::REASON_DATA_DIRECTORY, "sync", path);
  close(fd);
  return status;
}

}  // namespace

absl::Status CannotRead(absl::string_view path, int error) {
  if (error == ENOENT) return Reject(Reason::REASON_DATA_LOSS, absl::StrCat(path, " is missing"));
  const Reason reason = error == ENOSPC ? Reason::REASON_DISK_FULL : Reason::REASON_DATA_DIRECTORY;
  const char* advice = "";
  if (error == EACCES || error == EPERM) {
    advice = "; give the user that runs this program the right to read and write it";
  } else if (error == EMFILE || error == ENFILE) {
    advice = "; raise the limit of open files";
  }
  return Reject(reason,
                absl::StrCat("cannot open or read ", path, ": ", std::strerror(error), advice));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return CannotRead(path, errno);
  std::string bytes(max + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const absl::Status status = CannotRead(path, errno);
      close(fd);
      return status;
    }
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  close(fd);
  if (size > max) {
    return Reject(Reason::REASON_DATA_LOSS, absl::StrCat(path, " is longer than ", max, " bytes"));
  }
  bytes.resize(size);
  return bytes;
}

absl::Status WriteNewFile(const std::string& path, absl::string_view bytes, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return Failed(Reason::REASON_DATA_DIRECTORY, "create", path);
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = write(fd, bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) break;
    done += static_cast<size_t>(put);
  }
  const bool ok = done == bytes.size() && fsync(fd) == 0;
  const absl::Status status =
      ok ? absl::OkStatus() : Failed(Reason::REASON_DATA_DIRECTORY, "write", path);
  close(fd);
  if (!ok) return status;
  return SyncFolder(path.substr(0, path.rfind('/')));
}

absl::Status SyncFile(const std::string& path) { return Sync(path, 0); }

absl::Status SyncFolder(const std::string& path) { return Sync(path, O_DIRECTORY); }

}  // namespace daybook::eventstore
