#include "projections/build_store.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"
#include "projections/live_store.h"

namespace daybook::projections {

namespace {

constexpr size_t kArenaBlock = 1 << 20;

}  // namespace

// One change of one row. The bytes lie in the run's arena, key before value.
struct BuildStore::Op {
  uint64_t head;  // the key's bytes 3 to 10, big-endian: most comparisons end here
  const char* bytes;
  uint32_t key_size;
  uint32_t value_size;
  eventstore::LogPosition at;
  bool deleted;

  absl::string_view key() const { return {bytes, key_size}; }
  absl::string_view value() const { return {bytes + key_size, value_size}; }
};

struct BuildStore::Run {
  std::vector<Op> ops;
  std::vector<std::unique_ptr<char[]>> arena;
  size_t free = 0;
  char* next = nullptr;

  char* Allocate(size_t size) {
    if (size > free) {
      const size_t block = std::max(size, kArenaBlock);
      arena.push_back(std::make_unique<char[]>(block));
      next = arena.back().get();
      free = block;
    }
    free -= size;
    return std::exchange(next, next + size);
  }

  // By key; the newest change of a row first.
  void Sort() {
    std::sort(ops.begin(), ops.end(), [](const Op& a, const Op& b) {
      const int first =
          std::memcmp(a.bytes, b.bytes, std::min<size_t>({a.key_size, b.key_size, 3}));
      if (first != 0) return first < 0;
      if (a.head != b.head) return a.head < b.head;
      const int order = a.key().compare(b.key());
      return order != 0 ? order < 0 : a.at > b.at;
    });
  }
  void Clear() {
    ops.clear();
    arena.clear();
    free = 0;
    next = nullptr;
  }
};

BuildStore::BuildStore(Database& database, const eventstore::KeyStore& keys,
                       std::vector<BuildTarget> targets, std::shared_ptr<Table> scratch,
                       std::string directory)
    : database_(database),
      keys_(keys),
      targets_(std::move(targets)),
      scratch_(std::move(scratch)),
      directory_(std::move(directory)),
      flushed_(targets_.size(), 0) {
  for (size_t i = 0; i < targets_.size(); ++i) runs_.push_back(std::make_unique<Run>());
  database_.env()->CreateDirIfMissing(directory_).PermitUncheckedError();
}

BuildStore::~BuildStore() = default;

absl::StatusOr<std::optional<std::string>> BuildStore::Stored(size_t view,
                                                              absl::string_view key) const {
  if (flushed_[view] == 0) return std::optional<std::string>();
  const Table& table =
      targets_[view].tables.now != nullptr ? *targets_[view].tables.now : *scratch_;
  std::string value;
  const rocksdb::Status status =
      database_.db()->Get(rocksdb::ReadOptions(), table.handle(), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  DAYBOOK_RETURN_IF_ERROR(FromRocks(status, "read a row"));
  return std::optional<std::string>(std::move(value));
}

absl::StatusOr<std::optional<std::string>> BuildStore::Read(size_t view, absl::string_view key) {
  return Stored(view, key);
}

void BuildStore::Write(size_t view, absl::string_view key, eventstore::LogPosition at,
                       const absl::string_view* before, const absl::string_view* after) {
  Run& run = *runs_[view];
  const absl::string_view value = after == nullptr ? absl::string_view() : *after;
  char* bytes = run.Allocate(key.size() + value.size());
  key.copy(bytes, key.size());
  value.copy(bytes + key.size(), value.size());
  char head[8] = {};
  if (key.size() > 3) key.copy(head, sizeof(head), 3);
  run.ops.push_back({LoadU64(head), bytes, static_cast<uint32_t>(key.size()),
                     static_cast<uint32_t>(value.size()), at, after == nullptr});
  bytes_ += key.size() + value.size() + sizeof(Op);
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
  for (size_t view = 0; view < targets_.size(); ++view) {
    if (!runs_[view]->ops.empty()) DAYBOOK_RETURN_IF_ERROR(FlushView(view));
  }
  DAYBOOK_RETURN_IF_ERROR(FlushPersonal());
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status BuildStore::FlushView(size_t view) {
  Run& run = *runs_[view];
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
  ViewDigest digest = target.stored.digest;
  bool empty = true;
  DAYBOOK_RETURN_IF_ERROR(WriteNow(view, stem + ".now.sst", &digest, &empty));
  if (!empty) {
    add(target.tables.now != nullptr ? *target.tables.now : *scratch_, stem + ".now.sst");
  }
  if (target.tables.history != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(WriteHistory(run, target, stem + ".history.sst", &digest));
    add(*target.tables.history, stem + ".history.sst");
  }
  if (!files.empty()) {
    DAYBOOK_RETURN_IF_ERROR(FromRocks(database_.db()->IngestExternalFiles(files), "take in rows"));
  }
  target.stored.digest = digest;
  run.Clear();
  ++flushed_[view];
  return absl::OkStatus();
}

absl::Status BuildStore::WriteHistory(const Run& run, const BuildTarget& target,
                                      const std::string& path, ViewDigest* digest) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(),
                                database_.db()->GetOptions(target.tables.history->handle()),
                                target.tables.history->handle());
  DAYBOOK_RETURN_IF_ERROR(FromRocks(writer.Open(path), "write history"));
  for (const Op& op : run.ops) {
    const std::string timestamp = TimestampOf(op.at);
    const rocksdb::Status status =
        op.deleted ? writer.Delete(ToSlice(op.key()), timestamp)
                   : writer.Put(ToSlice(op.key()), timestamp, ToSlice(op.value()));
    DAYBOOK_RETURN_IF_ERROR(FromRocks(status, "write history"));
    digest->history.AddWeighted(op.deleted ? HashDeletion(target.stored.name, op.key())
                                           : HashRow(target.stored.name, op.key(), op.value()),
                                op.at);
  }
  digest->history_rows += run.ops.size();
  return FromRocks(writer.Finish(), "write history");
}

absl::Status BuildStore::WriteNow(size_t view, const std::string& path, ViewDigest* digest,
                                  bool* empty) {
  const BuildTarget& target = targets_[view];
  const Table& table = target.tables.now != nullptr ? *target.tables.now : *scratch_;
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), database_.db()->GetOptions(table.handle()),
                                table.handle());
  *empty = true;
  const std::vector<Op>& ops = runs_[view]->ops;
  for (size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    if (i > 0 && ops[i - 1].key() == op.key()) continue;  // an older change of the same row
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> before, Stored(view, op.key()));
    if (before.has_value()) {
      digest->current.Subtract(HashRow(target.stored.name, op.key(), *before));
      --digest->current_rows;
    }
    if (op.deleted && !before.has_value()) continue;
    if (*empty) DAYBOOK_RETURN_IF_ERROR(FromRocks(writer.Open(path), "write rows"));
    *empty = false;
    if (op.deleted) {
      DAYBOOK_RETURN_IF_ERROR(FromRocks(writer.Delete(ToSlice(op.key())), "write rows"));
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(
        FromRocks(writer.Put(ToSlice(op.key()), ToSlice(op.value())), "write rows"));
    digest->current.Add(HashRow(target.stored.name, op.key(), op.value()));
    ++digest->current_rows;
  }
  return *empty ? absl::OkStatus() : FromRocks(writer.Finish(), "write rows");
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
    DAYBOOK_ASSIGN_OR_RETURN(const auto row, Stored(0, RecordKey(type_id, id)));
    DAYBOOK_CHECK(row.has_value(), "a record with personal values has a row");
    std::unique_ptr<google::protobuf::Message> record(type.aggregate->record->New());
    std::vector<StoredPart> parts;
    DAYBOOK_RETURN_IF_ERROR(DecodeRecordRow(*row, record.get(), &parts));
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> rows,
                             PersonalRows(type, id, *record, parts, keys_));
    std::string stored;
    if (database_.db()->Get(rocksdb::ReadOptions(), table, back, &stored).ok()) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> old, SplitKeys(stored));
      for (const std::string& key : old) ok = ok && batch.Delete(table, key).ok();
    }
    for (const std::string& key : rows) ok = ok && batch.Put(table, key, "").ok();
    ok = ok && batch.Put(table, back, JoinKeys(rows)).ok();
    if (batch.GetDataSize() > kArenaBlock) {
      DAYBOOK_RETURN_IF_ERROR(database_.Write(&batch));
      batch.Clear();
    }
  }
  DAYBOOK_CHECK(ok, "a batch takes rows");
  personal_.clear();
  return database_.Write(&batch);
}

}  // namespace daybook::projections
