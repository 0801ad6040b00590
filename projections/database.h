#pragma once

// The RocksDB of the views: column families, their options, the checkpoint. Without a write-ahead
// log: after a crash it is as of the last flush, checkpoint included, and the runner goes on from
// there.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "projections/digest.h"
#include "projections/storage_errors.h"
#include "projections/view_rows.h"
#include "projections/views.h"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class Slice;
class Snapshot;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace daybook::projections {

// A column family. Dropping it leaves it readable until the last owner of the handle is gone.
class Table {
 public:
  Table(std::shared_ptr<rocksdb::DB> db, rocksdb::ColumnFamilyHandle* handle);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  rocksdb::ColumnFamilyHandle* handle() const { return handle_; }
  const std::string& name() const;
  void SetDropped() { dropped_ = true; }
  bool dropped() const { return dropped_; }

 private:
  std::shared_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* handle_;
  std::atomic<bool> dropped_ = false;
};

class RowCache;

// The column families of one view: "<view>.<version>.g<generation>.now", ".history" and, for
// records only, ".personal". A build has one of its own, "build.<version>.g<generation>.now": how
// far it has come, and the records that it folds for other views only.
struct ViewTables {
  std::shared_ptr<Table> now;
  std::shared_ptr<Table> history;   // timestamped
  std::shared_ptr<Table> personal;  // current only, outside digests
  std::shared_ptr<RowCache> cache;  // of the current records; null for other views
};

inline constexpr char kBuildTables[] = "build";
inline constexpr char kBuildProgressKey[] = "progress";

// A view as the checkpoint knows it.
struct StoredView {
  std::string name;
  uint32_t version = 0;
  uint32_t generation = 0;
  ViewState state = ViewState::kLive;
  eventstore::LogPosition position = 0;  // where a detached view stopped
  std::string error;
  ViewDigest digest;
};

// Written with every batch, and by a build with every run of rows. It names the log that the rows
// follow from: its id and its tree root at a position, which is `position` in all that reach the
// disk.
struct Checkpoint {
  eventstore::LogPosition position = 0;
  Uuid log_id;
  eventstore::LogPosition root_position = 0;
  eventstore::Hash root{};
  absl::Time recorded_at = absl::UnixEpoch();
  uint32_t next_generation = 1;
  std::vector<StoredView> views;

  std::string Encode() const;
  // Whether it is of a format before this one, in which rows were stored differently.
  static bool IsOlder(absl::string_view bytes);
  static absl::StatusOr<Checkpoint> Decode(absl::string_view bytes);
  // Takes the log's id and root at `position`. Errors: those of the log.
  absl::Status SetLog(const eventstore::EventStore& log);
  // Why the rows do not follow from this log; empty when they do. Errors: those of the log.
  absl::StatusOr<std::string> DiffersFrom(const eventstore::EventStore& log) const;
};

// Thread-safe, but for creating and dropping tables (one thread at a time).
class Database {
 public:
  // Creates the directory if missing. Errors as FromOpening: IsDamage when the files cannot be
  // read, and Drop makes room for new ones.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        const ViewsOptions& options);
  // Removes the files of a database that is not open, in place: the directory may be a mount.
  static absl::Status Drop(const std::string& path, const ViewsOptions& options);
  // Writes `bytes` to a file beside the tables, reads nothing and removes it: whether there is
  // room.
  static absl::Status Probe(const std::string& path, const ViewsOptions& options, uint64_t bytes);
  ~Database();

  rocksdb::DB* db() const { return db_.get(); }
  // For readers that may outlive the runner.
  std::shared_ptr<rocksdb::DB> shared_db() const { return db_; }
  const std::string& path() const { return path_; }
  rocksdb::Env* env() const;
  const std::shared_ptr<StorageErrors>& errors() const { return errors_; }
  // Once nobody holds the database any more and its files are closed.
  std::shared_ptr<const absl::Notification> closed() const;

  // The checkpoint as of opening; empty for a new database and for one whose rows are stored in
  // another way: its views are built anew. IsDamage when it cannot be read.
  absl::StatusOr<std::optional<Checkpoint>> ReadCheckpoint() const;
  bool has_tables() const { return !found_.empty(); }
  // Higher than the generation of every table found on opening.
  uint32_t next_generation() const;
  void PutCheckpoint(const Checkpoint& checkpoint, rocksdb::WriteBatch* batch) const;
  absl::Status Write(rocksdb::WriteBatch* batch);
  // A current row as it stands now. What cannot be read is reported too.
  absl::StatusOr<std::optional<StoredRow>> ReadRow(const Table& table, absl::string_view key) const;
  // Reports a read that a fold needs and returns its error.
  absl::Status ReadFailed(const Table& table, const rocksdb::Status& status) const;
  // Memory of rows that no flush has begun to take to disk.
  uint64_t UnflushedBytes() const;
  // To disk, all column families in one cut. `wait` false: begins it. REQUIRES: no flush is under
  // way, or `wait`, which lets that one end first.
  absl::Status Flush(bool wait);
  bool IsFlushing() const;

  // Tables that were there on opening; nullopt when one of them is missing. Once for each view: the
  // cache that comes with them is told of changes by who writes them.
  std::optional<ViewTables> FindTables(const StoredView& view) const;
  // Of several views at once: the database notes down all its column families after each call.
  absl::StatusOr<std::vector<ViewTables>> CreateTables(const std::vector<StoredView>& views);
  absl::Status DropTables(const std::vector<ViewTables>& tables);
  // How far a build had come that did not end before opening, and its own table; nullopt when
  // there is none. Its views' tables are left to FindTables.
  struct FoundBuild {
    Checkpoint progress;
    std::shared_ptr<Table> own;
  };
  std::optional<FoundBuild> FindBuild() const;
  // Drops the tables found on opening that nobody asked for: leftovers of a build.
  absl::Status DropUnclaimed();

 private:
  struct Found {
    std::string name;
    std::shared_ptr<Table> table;
    mutable bool claimed = false;
  };

  Database(std::string path, const ViewsOptions& options);
  // The column families to open; those of a new database when there is none.
  absl::StatusOr<std::vector<std::string>> ListTables() const;
  std::vector<std::shared_ptr<Table>> AllTables() const;
  std::shared_ptr<Table> NewTable(rocksdb::ColumnFamilyHandle* handle);
  std::shared_ptr<Table> Claim(const std::string& name) const;

  std::string path_;
  struct Settings;
  std::shared_ptr<Settings> settings_;  // lives as long as the database is read
  std::shared_ptr<StorageErrors> errors_;
  std::shared_ptr<rocksdb::DB> db_;
  std::shared_ptr<Table> default_, meta_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Table>> tables_;  // all there are; guarded by mutex_
  std::vector<Found> found_;
};

rocksdb::Slice ToSlice(absl::string_view s);
absl::string_view ToView(const rocksdb::Slice& slice);
// What a reader is told who could not read a table: VIEW_UNAVAILABLE. Damage is reported.
absl::Status ReadError(StorageErrors& errors, const Table& table, const rocksdb::Status& status);
// The timestamp of a position.
std::string TimestampOf(eventstore::LogPosition position);

}  // namespace daybook::projections
