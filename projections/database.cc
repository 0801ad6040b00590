#include "projections/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/comparator.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/record_row.h"
#include "projections/row_cache.h"

namespace daybook::projections {

namespace {

constexpr char kMeta[] = "meta";
constexpr char kCheckpointKey[] = "checkpoint";
constexpr char kHistorySuffix[] = ".history";
constexpr size_t kHintBytes = 5;
// RocksDB never begins a flush by itself: an atomic flush that is asked for while one of another
// cause waits ends the process (an assertion that the packaged library keeps). The runner asks.
constexpr size_t kNeverFull = size_t{1} << 30;
// Descriptors that the views may hold, so that connections and the log have the others.
constexpr int kOpenFilesMax = 512;
constexpr absl::Duration kFlushPoll = absl::Milliseconds(1);

std::string TableName(const StoredView& view, absl::string_view suffix) {
  return absl::StrCat(view.name, ".", view.version, ".g", view.generation, suffix);
}

const rocksdb::Comparator* TimestampComparator() {
  static const rocksdb::Comparator* const comparator = [] {
    const rocksdb::Comparator* found = nullptr;  // must be null: it is looked at
    const rocksdb::Status status = rocksdb::Comparator::CreateFromString(
        rocksdb::ConfigOptions(), "leveldb.BytewiseComparator.u64ts", &found);
    DAYBOOK_CHECK(status.ok() && found != nullptr, "the comparator with timestamps");
    return found;
  }();
  return comparator;
}

// Notices failed flushes and compactions, of which nobody else learns. The database is not to mend
// itself: its own flush would meet one of ours and end the process (kNeverFull).
class FailureListener final : public rocksdb::EventListener {
 public:
  explicit FailureListener(std::shared_ptr<StorageErrors> errors) : errors_(std::move(errors)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override {
    errors_->Fail(FromRocks(*error, "flush or compaction"));
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  const std::shared_ptr<StorageErrors> errors_;
};

// Files of tables without the one that says which of them count.
bool LacksCurrent(const std::vector<std::string>& names) {
  bool current = false, others = false;
  for (const std::string& name : names) {
    current |= name == "CURRENT";
    others |= absl::StartsWith(name, "MANIFEST-") || absl::EndsWith(name, ".sst");
  }
  return others && !current;
}

// Of "records.1.g1.now": records.
absl::string_view ViewOf(absl::string_view table) { return table.substr(0, table.find('.')); }

class NullLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

std::shared_ptr<rocksdb::Logger> NoInfoLog() { return std::make_shared<NullLogger>(); }

}  // namespace

rocksdb::Slice ToSlice(absl::string_view s) { return {s.data(), s.size()}; }

absl::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

std::string TimestampOf(eventstore::LogPosition position) {
  std::string timestamp;
  for (int shift = 0; shift < 64; shift += 8) {
    timestamp.push_back(static_cast<char>(position >> shift));
  }
  return timestamp;
}

Table::Table(std::shared_ptr<rocksdb::DB> db, rocksdb::ColumnFamilyHandle* handle)
    : db_(std::move(db)), handle_(handle) {}

Table::~Table() { db_->DestroyColumnFamilyHandle(handle_); }

const std::string& Table::name() const { return handle_->GetName(); }

absl::Status ReadError(StorageErrors& errors, const Table& table, const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const absl::Status error = FromReading(status, absl::StrCat("read ", table.name()));
  const absl::string_view view = ViewOf(table.name());
  if (!IsDamage(error)) {
    return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                  absl::StrCat("the files of the view ", view, " cannot be read; try again"),
                  {{"view", view}, {"cause", "read error"}});
  }
  errors.Damage(table.name(), error);
  return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                absl::StrCat("a file of the view ", view, " is damaged; it is built anew"),
                {{"view", view}, {"cause", "damaged file"}});
}

struct Database::Settings {
  // Notified once the database is closed.
  std::shared_ptr<absl::Notification> closed = std::make_shared<absl::Notification>();
  std::unique_ptr<rocksdb::Env> memory;  // for tests
  rocksdb::DBOptions db;
  rocksdb::ColumnFamilyOptions now;
  rocksdb::ColumnFamilyOptions history;
  size_t record_cache_bytes = 0;

  const rocksdb::ColumnFamilyOptions& For(absl::string_view name) const {
    return absl::EndsWith(name, kHistorySuffix) ? history : now;
  }
};

Database::Database(std::string path, const ViewsOptions& options)
    : path_(std::move(path)),
      settings_(std::make_shared<Settings>()),
      errors_(std::make_shared<StorageErrors>()) {
  settings_->record_cache_bytes = options.record_cache_bytes;
  rocksdb::DBOptions& db = settings_->db;
  if (options.env != nullptr) db.env = options.env;
  if (options.in_memory) {
    settings_->memory.reset(rocksdb::NewMemEnv(rocksdb::Env::Default()));
    db.env = settings_->memory.get();
  }
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.atomic_flush =
      true;  // one cut through all column families: rows and checkpoint belong together
  db.paranoid_checks = true;
  // A page of a list reads neighbours: after the first of them the kernel has the others.
  db.advise_random_on_open = false;
  db.listeners.push_back(std::make_shared<FailureListener>(errors_));
  db.max_bgerror_resume_count = 0;
  // The runner flushes before it ends; another flush could meet one that failed.
  db.avoid_flush_during_shutdown = true;
  db.max_open_files = kOpenFilesMax;
  db.max_background_jobs = 2;
  db.max_file_opening_threads = 2;  // it starts so many for each column family, used or not
  db.allow_concurrent_memtable_write =
      false;                  // one writer, sorted batches: each insert starts where the last ended
  db.info_log = NoInfoLog();  // a file that a full disk cannot take, as that of the log's database

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.cache_index_and_filter_blocks = false;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.block_size = 4 << 10;
  settings_->now.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  settings_->now.compression = rocksdb::kLZ4Compression;
  settings_->now.write_buffer_size = kNeverFull;
  // Rows come sorted: an insert looks for its place near the one before it under the same prefix
  // (kind, type and index of a row), not from the top of the memtable.
  settings_->now.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewCappedPrefixTransform(kHintBytes));

  // Successive versions of a row stand side by side: large blocks let the compressor see that.
  // Reads of the past mostly find what they look for: filters would cost memory and save little.
  table.block_size = 32 << 10;
  table.filter_policy.reset();
  settings_->history = settings_->now;
  settings_->history.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  settings_->history.comparator = TimestampComparator();
  settings_->history.compression = rocksdb::kZSTD;
}

Database::~Database() {
  found_.clear();
  meta_.reset();
  default_.reset();
}

rocksdb::Env* Database::env() const { return settings_->db.env; }

std::shared_ptr<const absl::Notification> Database::closed() const { return settings_->closed; }

absl::StatusOr<std::vector<std::string>> Database::ListTables() const {
  const Settings& settings = *settings_;
  DAYBOOK_RETURN_IF_ERROR(FromOpening(settings.db.env->CreateDirIfMissing(path_), path_));
  std::vector<std::string> files;
  DAYBOOK_RETURN_IF_ERROR(FromOpening(settings.db.env->GetChildren(path_, &files), path_));
  if (LacksCurrent(files)) {
    return FromOpening(rocksdb::Status::Corruption("CURRENT is missing"), path_);
  }
  std::vector<std::string> names = {rocksdb::kDefaultColumnFamilyName};
  if (std::find(files.begin(), files.end(), "CURRENT") != files.end()) {
    DAYBOOK_RETURN_IF_ERROR(
        FromOpening(rocksdb::DB::ListColumnFamilies(settings.db, path_, &names), path_));
  }
  if (std::find(names.begin(), names.end(), kMeta) == names.end()) names.push_back(kMeta);
  return names;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path,
                                                         const ViewsOptions& options) {
  std::unique_ptr<Database> database(new Database(path, options));
  const Settings& settings = *database->settings_;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names, database->ListTables());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, settings.For(name));
  RemoveLeftovers(settings.db.env, path);

  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  DAYBOOK_RETURN_IF_ERROR(
      FromOpening(rocksdb::DB::Open(settings.db, path, families, &handles, &db), path));
  database->db_.reset(db, [kept = database->settings_](rocksdb::DB* opened) {
    delete opened;
    kept->closed->Notify();
  });
  for (size_t i = 0; i < handles.size(); ++i) {
    std::shared_ptr<Table> table = database->NewTable(handles[i]);
    if (names[i] == kMeta) {
      database->meta_ = std::move(table);
    } else if (names[i] == rocksdb::kDefaultColumnFamilyName) {
      database->default_ = std::move(table);
    } else {
      database->found_.push_back({names[i], std::move(table)});
    }
  }
  return database;
}

absl::StatusOr<std::optional<Checkpoint>> Database::ReadCheckpoint() const {
  std::string bytes;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), meta_->handle(), kCheckpointKey, &bytes);
  if (status.IsNotFound()) return std::optional<Checkpoint>();
  DAYBOOK_RETURN_IF_ERROR(FromReading(status, "read the checkpoint"));
  if (Checkpoint::IsOlder(bytes)) return std::optional<Checkpoint>();
  DAYBOOK_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::Decode(bytes));
  return std::optional<Checkpoint>(std::move(checkpoint));
}

void Database::PutCheckpoint(const Checkpoint& checkpoint, rocksdb::WriteBatch* batch) const {
  DAYBOOK_CHECK(batch->Put(meta_->handle(), kCheckpointKey, checkpoint.Encode()).ok(), "a batch");
}

absl::Status Database::Write(rocksdb::WriteBatch* batch) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  DAYBOOK_RETURN_IF_ERROR(errors_->failure());
  const absl::Status status = FromRocks(db_->Write(options, batch), "write");
  if (!status.ok()) errors_->Fail(status);
  return status;
}

absl::StatusOr<std::optional<StoredRow>> Database::ReadRow(const Table& table,
                                                           absl::string_view key) const {
  rocksdb::PinnableSlice row;
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), table.handle(), ToSlice(key), &row);
  if (status.IsNotFound()) return std::optional<StoredRow>();
  if (!status.ok()) return ReadFailed(table, status);
  return StoredRow{std::string(RowValue(ToView(row))), RowPosition(ToView(row))};
}

absl::Status Database::ReadFailed(const Table& table, const rocksdb::Status& status) const {
  const absl::Status error = FromReading(status, absl::StrCat("read ", table.name()));
  IsDamage(error) ? errors_->Damage(table.name(), error) : errors_->Fail(error);
  return error;
}

uint64_t Database::UnflushedBytes() const {
  uint64_t bytes = 0;
  return db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeActiveMemTable, &bytes)
             ? bytes
             : 0;
}

std::vector<std::shared_ptr<Table>> Database::AllTables() const {
  std::vector<std::shared_ptr<Table>> tables;
  std::lock_guard lock(mutex_);
  for (const std::weak_ptr<Table>& known : tables_) {
    std::shared_ptr<Table> table = known.lock();
    if (table != nullptr && !table->dropped()) tables.push_back(std::move(table));
  }
  return tables;
}

bool Database::IsFlushing() const {
  for (const std::shared_ptr<Table>& table : AllTables()) {
    uint64_t waiting = 0;
    if (db_->GetIntProperty(table->handle(), rocksdb::DB::Properties::kNumImmutableMemTable,
                            &waiting) &&
        waiting > 0) {
      return true;
    }
  }
  return false;
}

absl::Status Database::Flush(bool wait) {
  // One at a time: a flush that is asked for during another finds families that have nothing left
  // for it, and when it fails then, the packaged library ends the process by an assertion
  // (MemTableList::RollbackMemtableFlush).
  while (IsFlushing() && errors_->failure().ok()) absl::SleepFor(kFlushPoll);
  DAYBOOK_RETURN_IF_ERROR(errors_->failure());
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;
  // Only the families that are named are in the cut: all of them, or the checkpoint would reach the
  // disk without its rows.
  const std::vector<std::shared_ptr<Table>> tables = AllTables();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  for (const std::shared_ptr<Table>& table : tables) handles.push_back(table->handle());
  const absl::Status status = FromRocks(db_->Flush(options, handles), "flush");
  if (!status.ok()) errors_->Fail(status);
  return status;
}

std::shared_ptr<Table> Database::NewTable(rocksdb::ColumnFamilyHandle* handle) {
  auto table = std::make_shared<Table>(db_, handle);
  std::lock_guard lock(mutex_);
  std::erase_if(tables_, [](const std::weak_ptr<Table>& known) { return known.expired(); });
  tables_.push_back(table);
  return table;
}

uint32_t Database::next_generation() const {
  uint32_t next = 1;
  for (const Found& found : found_) {
    // "<view>.<version>.g<generation>.<rows>"
    const std::vector<absl::string_view> parts = absl::StrSplit(found.name, '.');
    uint32_t generation = 0;
    if (parts.size() < 3 || !absl::SimpleAtoi(parts[2].substr(1), &generation)) continue;
    next = std::max(next, generation + 1);
  }
  return next;
}

std::shared_ptr<Table> Database::Claim(const std::string& name) const {
  for (const Found& found : found_) {
    if (found.name != name) continue;
    found.claimed = true;
    return found.table;
  }
  return nullptr;
}

std::optional<ViewTables> Database::FindTables(const StoredView& view) const {
  ViewTables tables;
  tables.now = Claim(TableName(view, ".now"));
  tables.history = Claim(TableName(view, kHistorySuffix));
  if (tables.now == nullptr || tables.history == nullptr) return std::nullopt;
  if (view.name == kRecordsView) {
    tables.personal = Claim(TableName(view, ".personal"));
    if (tables.personal == nullptr) return std::nullopt;
    tables.cache = std::make_shared<RowCache>(settings_->record_cache_bytes);
  }
  return tables;
}

absl::StatusOr<std::vector<ViewTables>> Database::CreateTables(
    const std::vector<StoredView>& views) {
  std::vector<ViewTables> tables(views.size());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::vector<std::shared_ptr<Table>*> places;
  const auto add = [&](const std::string& name, std::shared_ptr<Table>* place) {
    families.emplace_back(name, settings_->For(name));
    places.push_back(place);
  };
  for (size_t i = 0; i < views.size(); ++i) {
    add(TableName(views[i], ".now"), &tables[i].now);
    if (views[i].name == kBuildTables) continue;
    add(TableName(views[i], kHistorySuffix), &tables[i].history);
    if (views[i].name != kRecordsView) continue;
    add(TableName(views[i], ".personal"), &tables[i].personal);
    tables[i].cache = std::make_shared<RowCache>(settings_->record_cache_bytes);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  const rocksdb::Status status = db_->CreateColumnFamilies(families, &handles);
  for (size_t i = 0; i < handles.size(); ++i) *places[i] = NewTable(handles[i]);
  if (!status.ok()) {
    DropTables(tables).IgnoreError();
    return FromRocks(status, "create tables");
  }
  return tables;
}

absl::Status Database::DropTables(const std::vector<ViewTables>& tables) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  for (const ViewTables& of_view : tables) {
    for (const auto& table : {of_view.now, of_view.history, of_view.personal}) {
      if (table == nullptr) continue;
      handles.push_back(table->handle());
      table->SetDropped();
    }
  }
  if (handles.empty()) return absl::OkStatus();
  return FromRocks(db_->DropColumnFamilies(handles), "drop tables");
}

std::optional<Database::FoundBuild> Database::FindBuild() const {
  for (const Found& found : found_) {
    if (!absl::StartsWith(found.name, absl::StrCat(kBuildTables, "."))) continue;
    std::string bytes;
    if (!db_->Get(rocksdb::ReadOptions(), found.table->handle(), kBuildProgressKey, &bytes).ok()) {
      continue;
    }
    absl::StatusOr<Checkpoint> progress = Checkpoint::Decode(bytes);
    if (!progress.ok()) continue;
    found.claimed = true;
    return FoundBuild{*std::move(progress), found.table};
  }
  return std::nullopt;
}

absl::Status Database::DropUnclaimed() {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  for (const Found& found : found_) {
    if (found.claimed) continue;
    handles.push_back(found.table->handle());
    found.table->SetDropped();
  }
  if (!handles.empty()) {
    DAYBOOK_RETURN_IF_ERROR(FromRocks(db_->DropColumnFamilies(handles), "drop what is left over"));
  }
  found_.clear();
  return absl::OkStatus();
}

}  // namespace daybook::projections
