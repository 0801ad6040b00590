#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {

// A new file, mode 0600, for a secret that is yet to come: what cannot be kept must not be asked
// for. Removed again unless it is written.
class SecretFile {
 public:
  // FAILED_PRECONDITION when there is one, or it cannot be made.
  static absl::StatusOr<SecretFile> Create(const std::string& path);
  ~SecretFile();
  SecretFile(SecretFile&& other) noexcept;
  SecretFile& operator=(SecretFile&&) = delete;

  // Writes all of it and syncs. Once.
  absl::Status Write(absl::string_view content);

 private:
  SecretFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;  // -1: written
};
// Both in one.
absl::Status WriteSecretFile(const std::string& path, absl::string_view content);

// What this process makes from now on is nobody's but its owner's: before verbs that make or change
// files of a data directory.
void KeepFilesPrivate();

// A whole file of at most `bytes_max` bytes. INVALID_ARGUMENT with the path otherwise.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t bytes_max);

}  // namespace daybook::cli
