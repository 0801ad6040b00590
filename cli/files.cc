#include "cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace daybook::cli {

absl::StatusOr<SecretFile> SecretFile::Create(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) return SecretFile(path, fd);
  return absl::FailedPreconditionError(absl::StrCat("cannot make the key file ", path, ": ",
                                                    std::strerror(errno),
                                                    "; no key was made, name another file"));
}

SecretFile::SecretFile(SecretFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}

SecretFile::~SecretFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(path_.c_str());
}

absl::Status SecretFile::Write(absl::string_view content) {
  const bool written =
      write(fd_, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      fsync(fd_) == 0;
  if (close(std::exchange(fd_, -1)) == 0 && written) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write the key file ", path_, ": ", std::strerror(errno)));
}

absl::Status WriteSecretFile(const std::string& path, absl::string_view content) {
  absl::StatusOr<SecretFile> file = SecretFile::Create(path);
  return file.ok() ? file->Write(content) : file.status();
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
