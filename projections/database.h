#pragma once

// The RocksDB of the views: column families, their options, the checkpoint. Without a write-ahead
// log: after a crash it is as of the last flush, checkpoint included, and the runner goes on from
// there.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "projections/digest.h"
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

 private:
  std::shared_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* handle_;
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

// Written with every batch, and by a build with every run of rows.
struct Checkpoint {
  eventstore::LogPosition position = 0;
  absl::Time recorded_at = absl::UnixEpoch();
  uint32_t next_generation = 1;
  std::vector<StoredView> views;

  std::string Encode() const;
  // Whether it is of a format before this one, in which rows were stored differently.
  static bool IsOlder(absl::string_view bytes);
  static absl::StatusOr<Checkpoint> Decode(absl::string_view bytes);
};

// Thread-safe, but for creating and dropping tables (one thread at a time).
class Database {
 public:
  // Creates the directory if missing. DATA_LOSS when it cannot be read.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        const ViewsOptions& options);
  ~Database();

  rocksdb::DB* db() const { return db_.get(); }
  // For readers that may outlive the runner.
  std::shared_ptr<rocksdb::DB> shared_db() const { return db_; }
  const std::string& path() const { return path_; }
  rocksdb::Env* env() const;

  // The checkpoint as of opening; empty for a new database and for one whose rows are stored in
  // another way: its views are built anew.
  absl::StatusOr<std::optional<Checkpoint>> ReadCheckpoint() const;
  void PutCheckpoint(const Checkpoint& checkpoint, rocksdb::WriteBatch* batch) const;
  absl::Status Write(rocksdb::WriteBatch* batch);
  // A current row as it stands now.
  absl::StatusOr<std::optional<StoredRow>> ReadRow(const Table& table, absl::string_view key) const;
  // Memory of rows that no flush has begun to take to disk.
  uint64_t UnflushedBytes() const;
  // To disk, all column families in one cut. `wait` false: begins it.
  absl::Status Flush(bool wait);

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
  std::shared_ptr<Table> NewTable(rocksdb::ColumnFamilyHandle* handle);
  std::shared_ptr<Table> Claim(const std::string& name) const;

  std::string path_;
  struct Settings;
  std::shared_ptr<Settings> settings_;  // lives as long as the database is read
  std::shared_ptr<rocksdb::DB> db_;
  std::shared_ptr<Table> default_, meta_;
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<Table>> tables_;  // all there are; guarded by mutex_
  std::vector<Found> found_;
};

rocksdb::Slice ToSlice(absl::string_view s);
absl::string_view ToView(const rocksdb::Slice& slice);
// The world failed: says what was attempted.
absl::Status FromRocks(const rocksdb::Status& status, absl::string_view attempt);
// The timestamp of a position.
std::string TimestampOf(eventstore::LogPosition position);

}  // namespace daybook::projections
