#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace daybook::cli {

absl::Status WriteSecretFile(const std::string& path, absl::string_view content) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the key file ", path, ": ", std::strerror(errno)));
  }
  const bool written =
      write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      fsync(fd) == 0;
  if (close(fd) != 0 || !written) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot write the key file ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

void KeepFilesPrivate() { umask(077); }

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(file.tellg());
  if (!file || size < 0) return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  if (static_cast<size_t>(size) > bytes_max) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " has ", size, " bytes; at most ", bytes_max, " are read"));
  }
  std::string text(static_cast<size_t>(size), '\0');
  file.seekg(0);
  if (!file.read(text.data(), size)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path));
  }
  return text;
}

}  // namespace daybook::cli
