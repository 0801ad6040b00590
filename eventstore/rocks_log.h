#pragma once

// The RocksDB of a log: its options, its column families, its rows. Private to eventstore/.

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/commit_sequencer.h"
#include "eventstore/commit_sink.h"
#include "eventstore/log_format.h"
#include "eventstore/name_registry.h"
#include "eventstore/rocks_status.h"

namespace daybook::eventstore {

inline rocksdb::Slice ToSlice(absl::string_view s) { return {s.data(), s.size()}; }
inline absl::string_view FromSlice(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

// DATA_LOSS.
absl::Status DamagedLog(absl::string_view what);

// What every database of a data directory is opened with: damage is an error, never a guess.
rocksdb::DBOptions CommonDbOptions(rocksdb::Env* env);
// For opening to read only: RocksDB would begin a file LOG beside what it reads.
std::shared_ptr<rocksdb::Logger> NoInfoLog();

rocksdb::ColumnFamilyOptions LogFamilyOptions(Family family, const StoreOptions& options,
                                              const std::shared_ptr<rocksdb::Cache>& cache);

enum class OpenMode {
  kCreate,       // must not exist
  kStrict,       // damage in the write-ahead log is refused
  kPointInTime,  // the longest sound prefix; only for a copy
  kReadOnly,     // strict, changes nothing
};

// Thread-safe but for Load.
class RocksLog final : public LogIndex {
 public:
  // `env` may be null: the local disk.
  static absl::StatusOr<std::unique_ptr<RocksLog>> Open(const std::string& path, OpenMode mode,
                                                        const StoreOptions& options,
                                                        std::unique_ptr<rocksdb::Env> env);
  ~RocksLog() override;

  // Writes the format row of a new log, synced.
  absl::Status Initialise(const Uuid& log_id);
  // Reads `meta` and checks that the last event and its rows are where it says. DATA_LOSS
  // otherwise.
  absl::Status Load();
  const LogState& state() const { return state_; }
  const Uuid& log_id() const { return log_id_; }
  NameRegistry& names() { return names_; }
  const NameRegistry& names() const { return names_; }
  // Changes of the key store that were made before the log was last written.
  uint64_t keys() const { return keys_; }
  // How often an older copy was put back, from 1.
  uint64_t incarnation() const { return incarnation_; }
  // Writes the next one, synced; it counts from the next Load. REQUIRES: loaded, no writer.
  absl::Status RaiseIncarnation();
  // What an operator last accepted of the clock.
  const AcceptedClock& accepted_clock() const { return accepted_clock_; }

  // The tiles that are not full, as of Load, checked against the tree.
  absl::StatusOr<TileBuilder> LoadTiles() const;
  // REQUIRES: size <= head, head <= what is stored.
  absl::StatusOr<CompactRange> RangeAt(uint64_t size, LogPosition head) const;

  absl::StatusOr<std::optional<RequestRecord>> StoredRequest(const Uuid& id) const override;
  absl::StatusOr<StreamRevision> StoredRevision(
      uint16_t aggregate, const Uuid& id, std::optional<StreamRevision> expected) const override;
  absl::StatusOr<std::optional<StreamId>> StoredClaim(uint16_t claim_kind,
                                                      const Hash& value) const override;
  // Position of a stream's revision, if stored.
  absl::StatusOr<std::optional<LogPosition>> PositionOf(uint16_t aggregate, const Uuid& id,
                                                        StreamRevision revision) const;
  absl::StatusOr<std::string> StoredEvent(LogPosition position) const;

  absl::StatusOr<bool> Get(Family family, absl::string_view key,
                           rocksdb::PinnableSlice* value) const;
  enum class Scan { kPoint, kSequential };
  std::unique_ptr<rocksdb::Iterator> NewIterator(Family family, Scan scan) const;
  // One synced write. `keys` is stored with it when not 0.
  absl::Status Write(const CommitBatch& batch, uint64_t keys);

 private:
  RocksLog() = default;

  rocksdb::Status OpenDb(const rocksdb::DBOptions& options, const std::string& path, OpenMode mode,
                         std::vector<rocksdb::ColumnFamilyDescriptor> families);
  void FlushBeforeClosing();
  absl::Status LoadNames();
  absl::Status LoadOptionalRows();
  absl::Status CheckEnd() const;
  absl::StatusOr<std::string> TileHashes(uint8_t level, uint64_t first, size_t count,
                                         LogPosition head) const;
  absl::StatusOr<std::string> LeafHashes(uint64_t first, size_t count) const;
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }

  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* default_ = nullptr;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> handles_{};
  LogState state_;
  Uuid log_id_;
  uint64_t keys_ = 0;
  uint64_t incarnation_ = 1;
  AcceptedClock accepted_clock_;
  bool read_only_ = false;
  NameRegistry names_;
};

std::string PositionKey(LogPosition position);
std::string StreamKeyPrefix(uint16_t aggregate, const Uuid& id);
std::string StreamRowKey(uint16_t aggregate, const Uuid& id, StreamRevision revision);
std::string TileKey(uint8_t level, uint64_t index);

}  // namespace daybook::eventstore
