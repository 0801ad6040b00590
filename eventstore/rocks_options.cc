#include <rocksdb/cache.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "eventstore/rocks_log.h"

namespace daybook::eventstore {
namespace {

constexpr size_t kBlockBytes = 16 << 10;
constexpr int kBloomBitsPerKey = 10;
constexpr double kMemtableBloomRatio = 0.02;
constexpr size_t kProtectionBytes = 8;
constexpr uint64_t kEventFileBytes = 128 << 20;

rocksdb::BlockBasedTableOptions TableOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = kBlockBytes;
  table.block_cache = cache;
  table.format_version = 5;
  return table;
}

// Keys that grow within a prefix are inserted where the last one was, without a search from the
// top. Ids of version 7 nearly do.
void InsertAtHint(size_t prefix, rocksdb::ColumnFamilyOptions* options) {
  options->memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(prefix));
}

void AddBloom(rocksdb::BlockBasedTableOptions* table, rocksdb::ColumnFamilyOptions* options) {
  table->filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table->whole_key_filtering = true;
  options->memtable_whole_key_filtering = true;
  options->memtable_prefix_bloom_size_ratio = kMemtableBloomRatio;
}

class NullLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// A database whose write failed stays as it is until it is opened again. By itself it would flush
// what it has, beside another flush that waits: an assertion of the packaged library, and the end
// of the process.
class NoRecovery final : public rocksdb::EventListener {
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }
};

}  // namespace

rocksdb::ColumnFamilyOptions LogFamilyOptions(Family family, const StoreOptions& options,
                                              const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions out;
  rocksdb::BlockBasedTableOptions table = TableOptions(cache);
  out.write_buffer_size = options.write_buffer_bytes;  // the sum is bounded in rocks_log.cc
  out.compression = rocksdb::kLZ4Compression;
  out.bottommost_compression = rocksdb::kZSTD;
  out.memtable_protection_bytes_per_key = kProtectionBytes;
  out.level_compaction_dynamic_level_bytes = true;
  switch (family) {
    case Family::kEvents:
      out.target_file_size_base = kEventFileBytes;
      InsertAtHint(1, &out);
      break;
    case Family::kStreams:
      out.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kStreamPrefixBytes));
      InsertAtHint(2, &out);
      AddBloom(&table, &out);
      break;
    case Family::kRequests:
      InsertAtHint(1, &out);
      AddBloom(&table, &out);
      break;
    case Family::kClaims:
      AddBloom(&table, &out);
      break;
    case Family::kTiles:
      out.compression = rocksdb::kNoCompression;  // hashes do not shrink
      out.bottommost_compression = rocksdb::kNoCompression;
      break;
    case Family::kTypes:
      InsertAtHint(kTypeKeyBytes - kPositionKeyBytes, &out);
      break;
    case Family::kTags:
    case Family::kMeta:
      break;
  }
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

std::shared_ptr<rocksdb::Logger> NoInfoLog() { return std::make_shared<NullLogger>(); }

rocksdb::DBOptions CommonDbOptions(rocksdb::Env* env) {
  rocksdb::DBOptions db;
  if (env != nullptr) db.env = env;
  db.paranoid_checks = true;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  db.verify_sst_unique_id_in_manifest = true;
  db.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // All families reach their files together, so that a lost manifest edit cannot leave an index
  // behind its events.
  db.atomic_flush = true;
  db.listeners.push_back(std::make_shared<NoRecovery>());
  db.max_bgerror_resume_count = 0;
  db.max_background_jobs = 2;
  db.max_file_opening_threads = 2;  // it starts so many for each family, used or not
  // RocksDB's own log is a file that a full disk cannot take, and its second failed append ends the
  // process by an assertion of the packaged library. What goes wrong is in statuses and listeners.
  db.info_log = NoInfoLog();
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

}  // namespace daybook::eventstore
