#include "eventstore/rocks_log.h"

#include <rocksdb/cache.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "domain/base/deadline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/hash.h"

namespace daybook::eventstore {
namespace {

constexpr size_t kProtectionBytes = 8;
constexpr size_t kScanReadahead = 2 << 20;
constexpr uint64_t kFlushAtCloseRows = 20'000;
constexpr absl::Duration kFlushAtCloseWait = absl::Seconds(10);

StreamRevision RevisionOfKey(const rocksdb::Slice& key) {
  return LoadU64(key.data() + kStreamPrefixBytes);
}

}  // namespace

absl::Status DamagedLog(absl::string_view what) {
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat("the log is damaged: ", what));
}

absl::StatusOr<std::unique_ptr<RocksLog>> RocksLog::Open(const std::string& path, OpenMode mode,
                                                         const StoreOptions& options,
                                                         std::unique_ptr<rocksdb::Env> env) {
  std::unique_ptr<RocksLog> log(new RocksLog());
  log->env_ = std::move(env);
  log->read_only_ = mode == OpenMode::kReadOnly;
  rocksdb::DBOptions db = CommonDbOptions(log->env_.get());
  db.create_if_missing = mode == OpenMode::kCreate;
  db.error_if_exists = mode == OpenMode::kCreate;
  if (mode == OpenMode::kPointInTime) {
    db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  }
  db.db_write_buffer_size = options.write_buffer_bytes;
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilies; ++i) {
    families.emplace_back(std::string(kFamilyNames[i]),
                          LogFamilyOptions(static_cast<Family>(i), options, cache));
  }
  DAYBOOK_RETURN_IF_ERROR(FromRocks(log->OpenDb(db, path, mode, std::move(families)),
                                    absl::StrCat("opening the log in ", path)));
  return log;
}

rocksdb::Status RocksLog::OpenDb(const rocksdb::DBOptions& options, const std::string& path,
                                 OpenMode mode,
                                 std::vector<rocksdb::ColumnFamilyDescriptor> families) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  const rocksdb::ColumnFamilyDescriptor unused(rocksdb::kDefaultColumnFamilyName,
                                               rocksdb::ColumnFamilyOptions());
  rocksdb::Status status;
  if (mode == OpenMode::kCreate) {
    // All families at once: made one by one at opening, each would rewrite the options file.
    status = rocksdb::DB::Open(options, path, {unused}, &handles, &opened);
    db_.reset(opened);
    if (!status.ok()) return status;
    default_ = handles[0];
    status = db_->CreateColumnFamilies(families, &handles);
    if (status.ok()) std::copy(handles.begin(), handles.end(), handles_.begin());
    return status;
  }
  families.insert(families.begin(), unused);
  status = mode == OpenMode::kReadOnly
               ? rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &opened)
               : rocksdb::DB::Open(options, path, families, &handles, &opened);
  db_.reset(opened);
  if (!status.ok()) return status;
  default_ = handles[0];
  std::copy(handles.begin() + 1, handles.end(), handles_.begin());
  return status;
}

RocksLog::~RocksLog() {
  if (db_ == nullptr) return;
  FlushBeforeClosing();
  for (rocksdb::ColumnFamilyHandle* h : handles_) {
    if (h != nullptr) db_->DestroyColumnFamilyHandle(h);
  }
  if (default_ != nullptr) db_->DestroyColumnFamilyHandle(default_);
  db_->Close();
}

// What is in files need not be read back from the write-ahead log at the next start. A failure
// costs only that. A flush that RocksDB has begun by itself is waited for: one of another cause
// beside it ends the process (an assertion that the packaged library keeps).
void RocksLog::FlushBeforeClosing() {
  uint64_t rows = 0;
  if (read_only_ || env_ != nullptr || default_ == nullptr ||
      !db_->GetAggregatedIntProperty("rocksdb.num-entries-active-mem-table", &rows) ||
      rows < kFlushAtCloseRows) {
    return;
  }
  uint64_t flushing = 0;
  const absl::Time deadline = DeadlineNow() + kFlushAtCloseWait;
  while (db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kNumImmutableMemTable, &flushing) &&
         flushing > 0) {
    if (DeadlineNow() > deadline) return;
    absl::SleepFor(absl::Milliseconds(5));
  }
  const std::vector<rocksdb::ColumnFamilyHandle*> all(handles_.begin(), handles_.end());
  (void)db_->Flush(rocksdb::FlushOptions(), all);
}

absl::Status RocksLog::Initialise(const Uuid& log_id) {
  CommitBatch batch;
  std::string row;
  AppendU32(&row, kFormatVersion);
  row.append(log_id.bytes().data(), Uuid::kBytes);
  batch.Put(Family::kMeta, kMetaFormat, row);
  batch.Put(Family::kMeta, kMetaState, EncodeLogState({}));
  return Write(batch, 0);
}

absl::Status RocksLog::Load() {
  rocksdb::PinnableSlice row;
  DAYBOOK_ASSIGN_OR_RETURN(bool found, Get(Family::kMeta, kMetaFormat, &row));
  if (!found || row.size() != 4 + Uuid::kBytes) return DamagedLog("its format row is missing");
  if (LoadU32(row.data()) != kFormatVersion) {
    return Reject(Reason::REASON_DATA_DIRECTORY,
                  absl::StrCat("the log has format ", LoadU32(row.data()), ", this version reads ",
                               kFormatVersion));
  }
  log_id_ = Uuid::FromBytes(FromSlice(row).substr(4));
  row.Reset();
  DAYBOOK_ASSIGN_OR_RETURN(found, Get(Family::kMeta, kMetaState, &row));
  if (!found) return DamagedLog("its state row is missing");
  DAYBOOK_ASSIGN_OR_RETURN(state_, DecodeLogState(FromSlice(row)));
  DAYBOOK_RETURN_IF_ERROR(LoadOptionalRows());
  DAYBOOK_RETURN_IF_ERROR(LoadNames());
  return CheckEnd();
}

// Rows that a log need not have.
absl::Status RocksLog::LoadOptionalRows() {
  rocksdb::PinnableSlice row;
  DAYBOOK_ASSIGN_OR_RETURN(bool found, Get(Family::kMeta, kMetaKeys, &row));
  if (found && row.size() == 8) keys_ = LoadU64(row.data());
  row.Reset();
  DAYBOOK_ASSIGN_OR_RETURN(found, Get(Family::kMeta, kMetaIncarnation, &row));
  if (found && row.size() != 8) return DamagedLog("its incarnation");
  if (found) incarnation_ = LoadU64(row.data());
  row.Reset();
  DAYBOOK_ASSIGN_OR_RETURN(found, Get(Family::kMeta, kMetaClock, &row));
  if (found && row.size() != 16) return DamagedLog("what was accepted of the clock");
  if (found) accepted_clock_ = {LoadU64(row.data()), LoadU64(row.data() + 8)};
  return absl::OkStatus();
}

absl::Status RocksLog::RaiseIncarnation() {
  CommitBatch batch;
  std::string row;
  AppendU64(&row, incarnation_ + 1);
  batch.Put(Family::kMeta, kMetaIncarnation, row);
  return Write(batch, 0);
}

absl::Status RocksLog::LoadNames() {
  const auto rows = NewIterator(Family::kMeta, Scan::kPoint);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const absl::string_view key = FromSlice(rows->key());
    const rocksdb::Slice value = rows->value();
    if (key.substr(0, 2) == kMetaAggregate) {
      if (value.size() != 2) return DamagedLog("an aggregate's number");
      names_.LoadAggregate(key.substr(2), LoadU16(value.data()));
    } else if (key.substr(0, 2) == kMetaType) {
      if (value.size() != 4) return DamagedLog("an event type's number");
      names_.LoadType(key.substr(2), LoadU32(value.data()));
    }
  }
  return FromRocks(rows->status(), "reading the names");
}

// The indexes cannot be checked whole at every start, but their end can: it is what a crash or a
// lost file takes.
absl::Status RocksLog::CheckEnd() const {
  const auto events = NewIterator(Family::kEvents, Scan::kPoint);
  events->SeekToLast();
  DAYBOOK_RETURN_IF_ERROR(FromRocks(events->status(), "reading the last event"));
  const LogPosition head = state_.range.size();
  const LogPosition last = events->Valid() ? LoadU64(events->key().data()) : 0;
  if (last != head) {
    return DamagedLog(absl::StrCat("its state says position ", head, ", its last event is ", last));
  }
  if (head == 0) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event,
                           DecodeEvent(FromSlice(events->value()), HashCheck::kCheck));
  const std::optional<uint16_t> aggregate = names_.FindAggregate(event.stream.aggregate);
  const std::optional<uint32_t> type = names_.FindType(event.stream.aggregate, event.type);
  if (!aggregate.has_value() || !type.has_value()) return DamagedLog("a name is missing");
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<LogPosition> position,
                           PositionOf(*aggregate, event.stream.id, event.revision));
  if (position != head) return DamagedLog("the streams do not reach the last event");
  std::string type_key;
  AppendU32(&type_key, *type);
  AppendU64(&type_key, head);
  rocksdb::PinnableSlice none;
  DAYBOOK_ASSIGN_OR_RETURN(const bool typed, Get(Family::kTypes, type_key, &none));
  if (!typed) return DamagedLog("the types do not reach the last event");
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<RequestRecord> request,
                           StoredRequest(event.request_id));
  if (!request.has_value() || request->first_position + request->events != head + 1) {
    return DamagedLog("the requests do not reach the last event");
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> RocksLog::Get(Family family, absl::string_view key,
                                   rocksdb::PinnableSlice* value) const {
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), handle(family), ToSlice(key), value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return FromRocks(status, "reading the log");
  return true;
}

std::unique_ptr<rocksdb::Iterator> RocksLog::NewIterator(Family family, Scan scan) const {
  rocksdb::ReadOptions read;
  if (scan == Scan::kSequential) {
    read.readahead_size = kScanReadahead;
    read.fill_cache = false;
  }
  // Only streams have a prefix; a scan over several of them must not be limited to one.
  read.total_order_seek = family == Family::kStreams && scan == Scan::kSequential;
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(read, handle(family)));
}

absl::Status RocksLog::Write(const CommitBatch& batch, uint64_t keys) {
  rocksdb::WriteBatch rows(batch.bytes() + batch.size() * 16, 0, kProtectionBytes, 0);
  for (size_t i = 0; i < batch.size(); ++i) {
    const CommitBatch::Row row = batch.row(i);
    const rocksdb::Status status =
        row.deletion ? rows.Delete(handle(row.family), ToSlice(row.key))
                     : rows.Put(handle(row.family), ToSlice(row.key), ToSlice(row.value));
    if (!status.ok()) return FromRocks(status, "building a batch");
  }
  if (keys != 0) {
    std::string value;
    AppendU64(&value, keys);
    const rocksdb::Status status = rows.Put(handle(Family::kMeta), ToSlice(kMetaKeys), value);
    if (!status.ok()) return FromRocks(status, "building a batch");
  }
  rocksdb::WriteOptions write;
  write.sync = true;
  write.protection_bytes_per_key = kProtectionBytes;
  return FromRocks(db_->Write(write, &rows), "writing a batch");
}

absl::StatusOr<std::optional<RequestRecord>> RocksLog::StoredRequest(const Uuid& id) const {
  rocksdb::PinnableSlice row;
  DAYBOOK_ASSIGN_OR_RETURN(const bool found, Get(Family::kRequests, id.bytes(), &row));
  if (!found) return std::optional<RequestRecord>();
  if (row.size() != kRequestRowBytes) return DamagedLog("a request row");
  RequestRecord record;
  record.first_position = LoadU64(row.data());
  record.events = LoadU32(row.data() + 8);
  record.request_hash = HashFromBytes(FromSlice(row).substr(12));
  return std::optional<RequestRecord>(record);
}

absl::StatusOr<std::optional<LogPosition>> RocksLog::PositionOf(uint16_t aggregate, const Uuid& id,
                                                                StreamRevision revision) const {
  rocksdb::PinnableSlice row;
  DAYBOOK_ASSIGN_OR_RETURN(const bool found,
                           Get(Family::kStreams, StreamRowKey(aggregate, id, revision), &row));
  if (!found) return std::optional<LogPosition>();
  if (row.size() != kPositionKeyBytes) return DamagedLog("a stream row");
  return std::optional<LogPosition>(LoadU64(row.data()));
}

absl::StatusOr<StreamRevision> RocksLog::StoredRevision(
    uint16_t aggregate, const Uuid& id, std::optional<StreamRevision> expected) const {
  if (expected.has_value()) {
    // Two point reads behind a bloom filter are cheaper than an iterator.
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<LogPosition> next,
                             PositionOf(aggregate, id, *expected + 1));
    if (!next.has_value()) {
      if (*expected == 0) return StreamRevision{0};
      DAYBOOK_ASSIGN_OR_RETURN(const std::optional<LogPosition> at,
                               PositionOf(aggregate, id, *expected));
      if (at.has_value()) return *expected;
    }
  }
  const std::string prefix = StreamKeyPrefix(aggregate, id);
  const auto rows = NewIterator(Family::kStreams, Scan::kPoint);
  rows->SeekForPrev(StreamRowKey(aggregate, id, UINT64_MAX));
  DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "reading a stream"));
  if (!rows->Valid() || !rows->key().starts_with(prefix)) return StreamRevision{0};
  return RevisionOfKey(rows->key());
}

absl::StatusOr<std::optional<StreamId>> RocksLog::StoredClaim(uint16_t claim_kind,
                                                              const Hash& value) const {
  std::string key;
  AppendU16(&key, claim_kind);
  key.append(reinterpret_cast<const char*>(value.data()), value.size());
  rocksdb::PinnableSlice row;
  DAYBOOK_ASSIGN_OR_RETURN(const bool found, Get(Family::kClaims, key, &row));
  if (!found) return std::optional<StreamId>();
  if (row.size() != kStreamPrefixBytes) return DamagedLog("a claim");
  const std::optional<std::string> aggregate = names_.AggregateName(LoadU16(row.data()));
  if (!aggregate.has_value()) return DamagedLog("a claim's holder");
  return std::optional<StreamId>(StreamId{*aggregate, Uuid::FromBytes(FromSlice(row).substr(2))});
}

absl::StatusOr<std::string> RocksLog::StoredEvent(LogPosition position) const {
  rocksdb::PinnableSlice row;
  DAYBOOK_ASSIGN_OR_RETURN(const bool found, Get(Family::kEvents, PositionKey(position), &row));
  if (!found) return DamagedLog(absl::StrCat("position ", position, " is missing"));
  return row.ToString();
}

std::string PositionKey(LogPosition position) {
  std::string key;
  AppendU64(&key, position);
  return key;
}

std::string StreamKeyPrefix(uint16_t aggregate, const Uuid& id) {
  std::string key;
  key.reserve(kStreamKeyBytes);
  AppendU16(&key, aggregate);
  key.append(id.bytes().data(), Uuid::kBytes);
  return key;
}

std::string StreamRowKey(uint16_t aggregate, const Uuid& id, StreamRevision revision) {
  std::string key = StreamKeyPrefix(aggregate, id);
  AppendU64(&key, revision);
  return key;
}

std::string TileKey(uint8_t level, uint64_t index) {
  std::string key(1, static_cast<char>(level));
  AppendU64(&key, index);
  return key;
}

}  // namespace daybook::eventstore
