#include "projections/live_store.h"

#include <rocksdb/db.h>
#include <rocksdb/slice.h>
#include <rocksdb/write_batch.h>

#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/key.h"
#include "projections/personal_values.h"
#include "projections/row_cache.h"
#include "projections/timestamp.h"

namespace daybook::projections {

LiveStore::LiveStore(Database& database, const eventstore::KeyStore& keys)
    : database_(database), keys_(keys), batch_(std::make_unique<rocksdb::WriteBatch>()) {}

LiveStore::~LiveStore() = default;

absl::StatusOr<std::optional<StoredRow>> LiveStore::Read(size_t view, absl::string_view key) {
  return database_.ReadRow(*views_[view].tables.now, key);
}

void LiveStore::Write(size_t view, absl::string_view key, eventstore::LogPosition at,
                      const RowVersion* before, const absl::string_view* after) {
  if (runs_.size() <= view) runs_.resize(views_.size());
  runs_[view].Add(key, at, before, after);
}

void LiveStore::Seal() {
  for (size_t i = 0; i < runs_.size(); ++i) {
    runs_[i].Sort();
    runs_[i].AddTo(views_[i].stored.name, &views_[i].stored.digest);
  }
}

void LiveStore::AddRows(const LiveView& view, const RowRun& run, eventstore::LogPosition position) {
  rocksdb::ColumnFamilyHandle* const now = view.tables.now->handle();
  rocksdb::ColumnFamilyHandle* const history = view.tables.history->handle();
  bool ok = true;
  run.ForEachRow([&](absl::Span<const RowOp> changes) {
    const rocksdb::Slice key = ToSlice(changes[0].key());
    if (!changes[0].deleted) {
      ok = ok && batch_->Put(now, key, ToSlice(changes[0].row())).ok();
    } else if (changes.back().existed) {
      ok = ok && batch_->Delete(now, key).ok();
    }
    // Only records are read by their keys.
    if (view.tables.cache != nullptr && IsRecordKey(changes[0].key())) {
      view.tables.cache->Drop(changes[0].key(), position);
    }
  });
  for (const RowOp& op : run.ops()) {
    if (!op.existed) continue;
    const Timestamp since(op.since);
    ok = ok && batch_->Put(history, ToSlice(op.key()), since.slice(), ToSlice(op.ended())).ok();
  }
  DAYBOOK_CHECK(ok, "a batch takes rows");
}

absl::Status LiveStore::Set(const RecordType& type, const Uuid& id,
                            const google::protobuf::Message& record,
                            const std::vector<StoredPart>& parts) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<std::string> rows,
                           PersonalRows(type, id, record, parts, keys_));
  personal_[BackKey(type.object->id(), id)] = std::move(rows);
  return absl::OkStatus();
}

absl::Status LiveStore::FlushPersonal() {
  if (personal_.empty()) return absl::OkStatus();
  rocksdb::ColumnFamilyHandle* const table = views_[0].tables.personal->handle();
  bool ok = true;
  for (const auto& [back, rows] : personal_) {
    std::string stored;
    const rocksdb::Status status =
        database_.db()->Get(rocksdb::ReadOptions(), table, back, &stored);
    if (status.ok()) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> old, SplitKeys(stored));
      for (const std::string& key : old) ok = ok && batch_->Delete(table, key).ok();
    } else if (!status.IsNotFound()) {
      return database_.ReadFailed(*views_[0].tables.personal, status);
    }
    for (const std::string& key : rows) ok = ok && batch_->Put(table, key, "").ok();
    ok = ok && batch_->Put(table, back, JoinKeys(rows)).ok();
  }
  DAYBOOK_CHECK(ok, "a batch takes rows");
  personal_.clear();
  return absl::OkStatus();
}

absl::Status LiveStore::Commit(const Checkpoint& checkpoint) {
  for (size_t i = 0; i < runs_.size(); ++i) {
    AddRows(views_[i], runs_[i], checkpoint.position);
  }
  DAYBOOK_RETURN_IF_ERROR(FlushPersonal());
  database_.PutCheckpoint(checkpoint, batch_.get());
  DAYBOOK_RETURN_IF_ERROR(database_.Write(batch_.get()));
  batch_->Clear();
  for (RowRun& run : runs_) run.Clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> PersonalRows(const RecordType& type, const Uuid& id,
                                                      const google::protobuf::Message& record,
                                                      const std::vector<StoredPart>& parts,
                                                      const eventstore::KeyStore& keys) {
  std::unique_ptr<google::protobuf::Message> opened(record.New());
  opened->CopyFrom(record);
  PersonalOpener opener(keys);
  DAYBOOK_RETURN_IF_ERROR(opener.Open(parts, opened.get()));
  std::vector<std::string> rows;
  for (const domain::Index* index : type.personal_indexes) {
    std::string key = IndexPrefix(type.object->id(), *index);
    AppendIndexValues(*index, *opened, &key);
    rows.push_back(std::move(key));
  }
  for (std::string& key : CustomIndexRows(type, *opened, CustomRows::kPersonal)) {
    rows.push_back(std::move(key));
  }
  for (std::string& key : rows) key.append(id.bytes().data(), Uuid::kBytes);
  return rows;
}

std::string JoinKeys(const std::vector<std::string>& keys) {
  Key joined;
  for (const std::string& key : keys) joined.Text(key);
  return joined.Take();
}

absl::StatusOr<std::vector<std::string>> SplitKeys(absl::string_view bytes) {
  std::vector<std::string> keys;
  std::string key;
  for (KeyReader reader(bytes); !reader.done();) {
    if (!reader.Text(&key)) {
      return Reject(Reason::REASON_DATA_LOSS, "a row of a personal index cannot be read");
    }
    keys.push_back(key);
  }
  return keys;
}

}  // namespace daybook::projections
