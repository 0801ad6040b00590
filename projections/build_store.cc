#include "projections/build_store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>

#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"
#include "projections/live_store.h"
#include "projections/record_row.h"
#include "projections/timestamp.h"

namespace daybook::projections {

namespace {

// Many small files are written at once: speed counts, compaction packs tighter later.
rocksdb::Options FileOptions(rocksdb::DB* db, const Table& table) {
  rocksdb::Options options = db->GetOptions(table.handle());
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  return options;
}

// One table file, begun with its first row.
class TableFile {
 public:
  TableFile(rocksdb::DB* db, const Table& table, std::string path)
      : table_(table),
        path_(std::move(path)),
        writer_(rocksdb::EnvOptions(), FileOptions(db, table), table.handle()) {}

  void Put(absl::string_view key, absl::string_view row) {
    if (Begin()) status_ = writer_.Put(ToSlice(key), ToSlice(row));
  }
  void Put(absl::string_view key, const Timestamp& at, absl::string_view row) {
    if (Begin()) status_ = writer_.Put(ToSlice(key), at.slice(), ToSlice(row));
  }
  void Delete(absl::string_view key) {
    if (Begin()) status_ = writer_.Delete(ToSlice(key));
  }
  absl::Status Finish() {
    if (begun_ && status_.ok()) status_ = writer_.Finish();
    return FromRocks(status_, "write a table file");
  }
  bool begun() const { return begun_; }
  const Table& table() const { return table_; }
  const std::string& path() const { return path_; }

 private:
  bool Begin() {
    if (!std::exchange(begun_, true)) status_ = writer_.Open(path_);
    return status_.ok();
  }

  const Table& table_;
  const std::string path_;
  rocksdb::SstFileWriter writer_;
  bool begun_ = false;
  rocksdb::Status status_;
};

void WriteHistory(const RowRun& run, TableFile* file) {
  for (const RowOp& op : run.ops()) {
    if (op.existed) file->Put(op.key(), Timestamp(op.since), op.ended());
  }
}

void WriteNow(const RowRun& run, TableFile* file) {
  run.ForEachRow([&](absl::Span<const RowOp> changes) {
    const RowOp& newest = changes[0];
    if (!newest.deleted) {
      file->Put(newest.key(), newest.row());
    } else if (changes.back().existed) {
      file->Delete(newest.key());
    }
  });
}

}  // namespace

// Thread-safe.
class BuildStore::Files {
 public:
  explicit Files(std::string stem) : stem_(std::move(stem)) {}

  std::string NewPath() {
    std::lock_guard lock(mutex_);
    return absl::StrCat(stem_, ".", next_++, ".sst");
  }
  // A finished file, if anything is in it.
  absl::Status Add(TableFile* file) {
    DAYBOOK_RETURN_IF_ERROR(file->Finish());
    if (!file->begun()) return absl::OkStatus();
    std::lock_guard lock(mutex_);
    for (rocksdb::IngestExternalFileArg& arg : args_) {
      if (arg.column_family != file->table().handle()) continue;
      arg.external_files.push_back(file->path());
      return absl::OkStatus();
    }
    rocksdb::IngestExternalFileArg& arg = args_.emplace_back();
    arg.column_family = file->table().handle();
    arg.external_files = {file->path()};
    arg.options.move_files = true;
    arg.options.write_global_seqno = false;
    return absl::OkStatus();
  }
  // All of them or none.
  absl::Status TakeIn(rocksdb::DB* db) {
    return FromRocks(db->IngestExternalFiles(args_), "take in rows");
  }

 private:
  const std::string stem_;
  std::mutex mutex_;
  int next_ = 0;
  std::vector<rocksdb::IngestExternalFileArg> args_;
};

std::vector<ViewTables> BuildState::AllTables() const {
  std::vector<ViewTables> all = {own};
  for (const BuildTarget& target : targets) all.push_back(target.tables);
  return all;
}

BuildStore::BuildStore(Database& database, const eventstore::KeyStore& keys,
                       const BuildState& state, std::string directory)
    : database_(database),
      keys_(keys),
      targets_(state.targets),
      own_(state.own),
      directory_(std::move(directory)),
      runs_(targets_.size()),
      stored_(state.position > 0) {
  database_.env()->CreateDirIfMissing(directory_).PermitUncheckedError();
}

BuildStore::~BuildStore() = default;

const Table& BuildStore::NowTable(size_t view) const {
  const std::shared_ptr<Table>& now = targets_[view].tables.now;
  return now != nullptr ? *now : *own_.now;
}

absl::StatusOr<std::optional<StoredRow>> BuildStore::Read(size_t view, absl::string_view key) {
  if (!stored_) return std::optional<StoredRow>();
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

absl::Status BuildStore::Flush(Checkpoint progress) {
  Files files(absl::StrCat(directory_, "/", own_.now->handle()->GetName(), ".", flushes_++));
  // Views have nothing in common: as many at once as there are.
  std::vector<absl::Status> statuses(targets_.size());
  std::vector<std::thread> threads;
  for (size_t view = 0; view < targets_.size(); ++view) {
    if (runs_[view].empty()) continue;
    threads.emplace_back([&, view] { statuses[view] = WriteView(view, &files); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) DAYBOOK_RETURN_IF_ERROR(status);
  DAYBOOK_RETURN_IF_ERROR(WritePersonal(&files));
  DAYBOOK_RETURN_IF_ERROR(WriteProgress(std::move(progress), &files));
  DAYBOOK_RETURN_IF_ERROR(files.TakeIn(database_.db()));
  for (RowRun& run : runs_) run.Clear();
  personal_.clear();
  stored_ = true;
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status BuildStore::WriteView(size_t view, Files* files) {
  RowRun& run = runs_[view];
  run.Sort();
  TableFile now(database_.db(), NowTable(view), files->NewPath());
  WriteNow(run, &now);
  DAYBOOK_RETURN_IF_ERROR(files->Add(&now));
  BuildTarget& target = targets_[view];
  if (target.tables.history == nullptr) return absl::OkStatus();
  TableFile history(database_.db(), *target.tables.history, files->NewPath());
  WriteHistory(run, &history);
  run.AddTo(target.stored.name, &target.stored.digest);
  return files->Add(&history);
}

absl::Status BuildStore::WritePersonal(Files* files) const {
  if (personal_.empty()) return absl::OkStatus();
  const Table& table = *targets_[0].tables.personal;
  std::map<std::string, std::optional<std::string>> changes;
  absl::Status status;
  const auto add = [&](absl::string_view row_key, absl::string_view row) -> absl::Status {
    uint16_t type_id = 0;
    Uuid id;
    if (!ParseRecordKey(row_key, &type_id, &id)) return absl::OkStatus();
    const std::string back = BackKey(type_id, id);
    if (!personal_.contains(back)) return absl::OkStatus();
    const RecordType& type = RecordTypes()[type_id - 1u];
    std::unique_ptr<google::protobuf::Message> record(type.aggregate->record->New());
    std::vector<StoredPart> parts;
    DAYBOOK_RETURN_IF_ERROR(DecodeRecordRow(RowValue(row), record.get(), &parts));
    std::string stored;
    rocksdb::Status read = rocksdb::Status::NotFound();
    if (stored_) read = database_.db()->Get(rocksdb::ReadOptions(), table.handle(), back, &stored);
    if (!read.ok() && !read.IsNotFound()) return database_.ReadFailed(table, read);
    if (read.ok()) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> old, SplitKeys(stored));
      for (const std::string& key : old) changes[key] = std::nullopt;
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> rows,
                             PersonalRows(type, id, *record, parts, keys_));
    for (const std::string& key : rows) changes[key] = "";
    changes[back] = JoinKeys(rows);
    return absl::OkStatus();
  };
  // A record whose personal values changed is in the run of records.
  runs_[0].ForEachRow([&](absl::Span<const RowOp> row) {
    if (!row[0].deleted) status.Update(add(row[0].key(), row[0].row()));
  });
  DAYBOOK_RETURN_IF_ERROR(status);
  TableFile file(database_.db(), table, files->NewPath());
  for (const auto& [key, row] : changes) {
    row.has_value() ? file.Put(key, *row) : file.Delete(key);
  }
  return files->Add(&file);
}

absl::Status BuildStore::WriteProgress(Checkpoint progress, Files* files) const {
  for (const BuildTarget& target : targets_) {
    if (target.tables.now != nullptr) progress.views.push_back(target.stored);
  }
  TableFile file(database_.db(), *own_.now, files->NewPath());
  file.Put(kBuildProgressKey, progress.Encode());
  return files->Add(&file);
}

}  // namespace daybook::projections
