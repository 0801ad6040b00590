#pragma once

// What went wrong with the files of the views: told at once to whoever mends it, and kept for those
// who ask.

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rocksdb {
class Status;
}  // namespace rocksdb

namespace daybook::projections {

// Of one opening of the database. Thread-safe.
class StorageErrors {
 public:
  // Called when something was reported, on any thread, also inside the database: must not block or
  // call this. Never again once another, or null, has been set.
  void OnReport(std::function<void()> reported);

  // A write failed, or a read without which the views cannot follow the log. The first one counts:
  // nothing is written to this opening of the database from then on.
  void Fail(const absl::Status& error);
  bool failed() const;
  // OK as long as nothing failed. Says whether the files are damaged (IsDamage).
  absl::Status failure() const;

  // The files of a table, by its name, do not hold what was written.
  void Damage(absl::string_view table, const absl::Status& error);
  // The damaged tables since the last call.
  std::map<std::string, absl::Status> TakeDamaged();

 private:
  void Tell();

  mutable std::mutex mutex_;
  std::function<void()> reported_;
  absl::Status failure_;
  std::map<std::string, absl::Status> damaged_;
};

// The world failed: says what was attempted. REASON_DATA_LOSS for damaged files, DISK_FULL,
// otherwise INTERNAL; IsStorageError and IsDamage tell it from what is wrong with the log.
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view attempt);
// The same of reading: what the disk cannot read back is damaged too.
absl::Status FromReading(const rocksdb::Status& status, absl::string_view attempt);
bool IsStorageError(const absl::Status& status);
bool IsDamage(const absl::Status& status);
// The same of opening: what is no damage, and will not pass by itself, is DATA_DIRECTORY
// (permissions, another process, too many open files).
absl::Status FromOpening(const rocksdb::Status& status, absl::string_view path);

}  // namespace daybook::projections
