#include "projections/build_store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"
#include "projections/live_store.h"
#include "projections/timestamp.h"

namespace daybook::projections {

namespace {

constexpr size_t kBatchBytes = 1 << 20;

// Many small files are written at once: speed counts, compaction packs tighter later.
rocksdb::Options FileOptions(rocksdb::DB* db, const Table& table) {
  rocksdb::Options options = db->GetOptions(table.handle());
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  return options;
}

}  // namespace

BuildStore::BuildStore(Database& database, const eventstore::KeyStore& keys,
                       std::vector<BuildTarget> targets, std::shared_ptr<Table> scratch,
                       std::string directory)
    : database_(database),
      keys_(keys),
      targets_(std::move(targets)),
      scratch_(std::move(scratch)),
      directory_(std::move(directory)),
      runs_(targets_.size()),
      flushed_(targets_.size(), 0) {
  database_.env()->CreateDirIfMissing(directory_).PermitUncheckedError();
}

BuildStore::~BuildStore() = default;

const Table& BuildStore::NowTable(size_t view) const {
  const std::shared_ptr<Table>& now = targets_[view].tables.now;
  return now != nullptr ? *now : *scratch_;
}

absl::StatusOr<std::optional<StoredRow>> BuildStore::Read(size_t view, absl::string_view key) {
  if (flushed_[view] == 0) return std::optional<StoredRow>();
  return database_.ReadRow(NowTable(view), key);
}

void BuildStore::Write(size_t view, absl::string_view key, eventstore::LogPosition at,
                       const RowVersion* before, const absl::string_view* after) {
  bytes_ += runs_[view].Add(key, at, before, after);
}

absl::Status BuildStore::Set(const RecordType& type, const Uuid& id,
                             const google::protobuf::Message& record,
                             const std::vector<StoredPart>& parts) {
  // Opened once at the end, not for every change.
  const std::string back = BackKey(type.object->id(), id);
  bytes_ += 2 * back.size() + 64;
  personal_.insert(back);
  return absl::OkStatus();
}

absl::Status BuildStore::Flush() {
  // Views have nothing in common: as many at once as there are.
  std::vector<absl::Status> statuses(targets_.size());
  std::vector<std::thread> threads;
  for (size_t view = 0; view < targets_.size(); ++view) {
    if (runs_[view].empty()) continue;
    threads.emplace_back([this, view, &statuses] { statuses[view] = FlushView(view); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) DAYBOOK_RETURN_IF_ERROR(status);
  DAYBOOK_RETURN_IF_ERROR(FlushPersonal());
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status BuildStore::FlushView(size_t view) {
  RowRun& run = runs_[view];
  BuildTarget& target = targets_[view];
  run.Sort();
  const std::string stem = absl::StrCat(directory_, "/", target.stored.name, ".g",
                                        target.stored.generation, ".", flushed_[view]);
  std::vector<rocksdb::IngestExternalFileArg> files;
  const auto add = [&](const Table& table, const std::string& path) {
    rocksdb::IngestExternalFileArg arg;
    arg.column_family = table.handle();
    arg.external_files = {path};
    arg.options.move_files = true;
    arg.options.write_global_seqno = false;
    files.push_back(std::move(arg));
  };
  bool empty = true;
  const Table& now = NowTable(view);
  DAYBOOK_RETURN_IF_ERROR(WriteNow(run, now, stem + ".now.sst", &empty));
  if (!empty) add(now, stem + ".now.sst");
  if (target.tables.history != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(
        WriteHistory(run, *target.tables.history, stem + ".history.sst", &empty));
    if (!empty) add(*target.tables.history, stem + ".history.sst");
    run.AddTo(target.stored.name, &target.stored.digest);
  }
  if (!files.empty()) {
    DAYBOOK_RETURN_IF_ERROR(FromRocks(database_.db()->IngestExternalFiles(files), "take in rows"));
  }
  run.Clear();
  ++flushed_[view];
  return absl::OkStatus();
}

absl::Status BuildStore::WriteHistory(const RowRun& run, const Table& table,
                                      const std::string& path, bool* empty) const {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), FileOptions(database_.db(), table),
                                table.handle());
  rocksdb::Status status;
  *empty = true;
  for (const RowOp& op : run.ops()) {
    if (!op.existed) continue;
    if (std::exchange(*empty, false)) status = writer.Open(path);
    const Timestamp since(op.since);
    if (status.ok()) status = writer.Put(ToSlice(op.key()), since.slice(), ToSlice(op.ended()));
    if (!status.ok()) break;
  }
  if (status.ok() && !*empty) status = writer.Finish();
  return FromRocks(status, "write history");
}

absl::Status BuildStore::WriteNow(const RowRun& run, const Table& table, const std::string& path,
                                  bool* empty) const {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), FileOptions(database_.db(), table),
                                table.handle());
  rocksdb::Status status;
  *empty = true;
  run.ForEachRow([&](absl::Span<const RowOp> changes) {
    const RowOp& newest = changes[0];
    if (!status.ok() || (newest.deleted && !changes.back().existed)) return;
    if (std::exchange(*empty, false)) status = writer.Open(path);
    if (!status.ok()) return;
    status = newest.deleted ? writer.Delete(ToSlice(newest.key()))
                            : writer.Put(ToSlice(newest.key()), ToSlice(newest.row()));
  });
  if (status.ok() && !*empty) status = writer.Finish();
  return FromRocks(status, "write rows");
}

absl::Status BuildStore::FlushPersonal() {
  if (personal_.empty()) return absl::OkStatus();
  rocksdb::ColumnFamilyHandle* const table = targets_[0].tables.personal->handle();
  rocksdb::WriteBatch batch;
  bool ok = true;
  for (const std::string& back : personal_) {
    uint8_t kind = 0;
    uint16_t type_id = 0;
    KeyReader reader(back);
    ok = ok && reader.U8(&kind) && reader.U16(&type_id);
    const RecordType& type = RecordTypes()[type_id - 1u];
    const Uuid id = Uuid::FromBytes(back.substr(back.size() - Uuid::kBytes));
    DAYBOOK_ASSIGN_OR_RETURN(const auto row, Read(0, RecordKey(type_id, id)));
    DAYBOOK_CHECK(row.has_value(), "a record with personal values has a row");
    std::unique_ptr<google::protobuf::Message> record(type.aggregate->record->New());
    std::vector<StoredPart> parts;
    DAYBOOK_RETURN_IF_ERROR(DecodeRecordRow(row->value, record.get(), &parts));
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> rows,
                             PersonalRows(type, id, *record, parts, keys_));
    std::string stored;
    if (database_.db()->Get(rocksdb::ReadOptions(), table, back, &stored).ok()) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> old, SplitKeys(stored));
      for (const std::string& key : old) ok = ok && batch.Delete(table, key).ok();
    }
    for (const std::string& key : rows) ok = ok && batch.Put(table, key, "").ok();
    ok = ok && batch.Put(table, back, JoinKeys(rows)).ok();
    if (batch.GetDataSize() > kBatchBytes) {
      DAYBOOK_RETURN_IF_ERROR(database_.Write(&batch));
      batch.Clear();
    }
  }
  DAYBOOK_CHECK(ok, "a batch takes rows");
  personal_.clear();
  return database_.Write(&batch);
}

}  // namespace daybook::projections
