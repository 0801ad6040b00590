#include "projections/storage_errors.h"

#include <rocksdb/status.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"

namespace daybook::projections {

namespace {

constexpr char kStorage[] = "storage";
constexpr char kViews[] = "views";

// RocksDB hands an errno on as its text only.
bool Says(const rocksdb::Status& status, int error) {
  return absl::StrContains(ToAbsl(status.ToString()), std::strerror(error));
}

// The files do not hold what was written. A file that is missing is one of them; one that may not
// be opened is not.
bool IsDamage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsNotSupported() || status.IsPathNotFound() ||
         status.IsNotFound();
}

absl::Status Describe(Reason reason, const rocksdb::Status& status, absl::string_view attempt) {
  return Reject(reason, absl::StrCat("views: ", attempt, ": ", ToAbsl(status.ToString())),
                {{kStorage, kViews}});
}

}  // namespace

absl::Status FromRocks(const rocksdb::Status& status, absl::string_view attempt) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsNoSpace()) return Describe(Reason::REASON_DISK_FULL, status, attempt);
  const bool damaged = IsDamage(status);
  return Describe(damaged ? Reason::REASON_DATA_LOSS : Reason::REASON_INTERNAL, status, attempt);
}

absl::Status FromReading(const rocksdb::Status& status, absl::string_view attempt) {
  if (Says(status, EIO)) return Describe(Reason::REASON_DATA_LOSS, status, attempt);
  return FromRocks(status, attempt);
}

absl::Status FromOpening(const rocksdb::Status& status, absl::string_view path) {
  const std::string attempt = absl::StrCat("open ", path);
  // Of another format, or with tables that this version knows otherwise.
  if (status.IsInvalidArgument()) return Describe(Reason::REASON_DATA_LOSS, status, attempt);
  absl::Status error = FromReading(status, attempt);
  if (ReasonOf(error) != Reason::REASON_INTERNAL) return error;
  return Describe(Reason::REASON_DATA_DIRECTORY, status, attempt);
}

bool IsStorageError(const absl::Status& status) {
  return ErrorMetadataOf(status, kStorage) == kViews;
}

bool IsDamage(const absl::Status& status) {
  return IsStorageError(status) && ReasonOf(status) == Reason::REASON_DATA_LOSS;
}

void StorageErrors::OnReport(std::function<void()> reported) {
  std::lock_guard lock(mutex_);
  reported_ = std::move(reported);
  if (!failure_.ok() || !damaged_.empty()) Tell();
}

void StorageErrors::Tell() {
  if (reported_) reported_();
}

void StorageErrors::Fail(const absl::Status& error) {
  std::lock_guard lock(mutex_);
  if (!failure_.ok()) return;
  failure_ = error;
  Tell();
}

bool StorageErrors::failed() const {
  std::lock_guard lock(mutex_);
  return !failure_.ok();
}

absl::Status StorageErrors::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void StorageErrors::Damage(absl::string_view table, const absl::Status& error) {
  std::lock_guard lock(mutex_);
  if (damaged_.emplace(table, error).second) Tell();
}

std::map<std::string, absl::Status> StorageErrors::TakeDamaged() {
  std::lock_guard lock(mutex_);
  return std::exchange(damaged_, {});
}

}  // namespace daybook::projections
