#include "projections/row_compare.h"

#include <rocksdb/db.h>

#include <memory>

#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"

namespace daybook::projections {

namespace {

// A walk over all rows of a table; of a table with timestamps over all versions of them.
class Walk {
 public:
  Walk(const Table& table, const Database& database, const rocksdb::Snapshot* snapshot,
       bool history, eventstore::LogPosition position)
      : table_(table),
        errors_(*database.errors()),
        history_(history),
        newest_(TimestampOf(position)),
        oldest_(TimestampOf(0)) {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot;
    options.fill_cache = false;
    if (history_) {
      newest_slice_ = newest_;
      oldest_slice_ = oldest_;
      options.timestamp = &newest_slice_;
      options.iter_start_ts = &oldest_slice_;
    }
    iterator_.reset(database.db()->NewIterator(options, table.handle()));
    iterator_->SeekToFirst();
    Load();
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  bool valid() const { return iterator_->Valid(); }
  absl::Status status() const { return ReadError(errors_, table_, iterator_->status()); }
  void Next() {
    iterator_->Next();
    Load();
  }
  // In this order the walk goes: by key, the newest version first.
  const std::string& key() const { return key_; }
  eventstore::LogPosition at() const { return at_; }
  const std::string& value() const { return value_; }

  bool Before(const Walk& other) const {
    if (!valid() || !other.valid()) return valid();
    return key_ != other.key_ ? key_ < other.key_ : at_ > other.at_;
  }
  bool SamePlace(const Walk& other) const {
    return valid() && other.valid() && key_ == other.key_ && at_ == other.at_;
  }
  std::string ReportKey() const {
    std::string key = key_;
    if (history_) AppendU64(&key, at_);
    return key;
  }

 private:
  // With versions asked for, keys come as stored: user key, timestamp, and a trailer whose first
  // byte is the kind.
  static constexpr size_t kTimestampBytes = 8;
  static constexpr size_t kTrailerBytes = 8;

  void Load() {
    if (!iterator_->Valid()) return;
    const rocksdb::Slice key = iterator_->key();
    value_ = iterator_->value().ToString();
    if (!history_) {
      key_ = key.ToString();
      return;
    }
    DAYBOOK_CHECK(key.size() >= kTimestampBytes + kTrailerBytes, "a key with its timestamp");
    const size_t user = key.size() - kTimestampBytes - kTrailerBytes;
    key_.assign(key.data(), user);
    at_ = 0;
    for (size_t i = 0; i < kTimestampBytes; ++i) {
      at_ |= uint64_t{static_cast<unsigned char>(key[user + i])} << (8 * i);
    }
  }

  const Table& table_;
  StorageErrors& errors_;
  const bool history_;
  std::string newest_, oldest_;
  rocksdb::Slice newest_slice_, oldest_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::string key_;
  eventstore::LogPosition at_ = 0;
  std::string value_;
};

void Differs(const std::string& key, bool history, const std::string& live,
             const std::string& rebuilt, size_t limit, DiffReport* report) {
  ++report->rows_different;
  if (report->differences.size() < limit) {
    report->differences.push_back({key, history, live, rebuilt});
  }
}

absl::Status CompareTables(Walk& live, Walk& rebuilt, bool history, size_t limit,
                           DiffReport* report) {
  while (live.valid() || rebuilt.valid()) {
    ++report->rows_compared;
    if (live.SamePlace(rebuilt)) {
      if (live.value() != rebuilt.value()) {
        Differs(live.ReportKey(), history, live.value(), rebuilt.value(), limit, report);
      }
      live.Next();
      rebuilt.Next();
    } else if (live.Before(rebuilt)) {
      Differs(live.ReportKey(), history, live.value(), "", limit, report);
      live.Next();
    } else {
      Differs(rebuilt.ReportKey(), history, "", rebuilt.value(), limit, report);
      rebuilt.Next();
    }
  }
  DAYBOOK_RETURN_IF_ERROR(live.status());
  return rebuilt.status();
}

}  // namespace

absl::Status CompareRows(const Database& database, const Published& published,
                         const ViewTables& live, const ViewTables& rebuilt,
                         eventstore::LogPosition position, size_t limit, DiffReport* report) {
  for (const bool history : {false, true}) {
    const Table& a = history ? *live.history : *live.now;
    const Table& b = history ? *rebuilt.history : *rebuilt.now;
    Walk live_rows(a, database, published.snapshot, history, position);
    Walk rebuilt_rows(b, database, nullptr, history, position);
    DAYBOOK_RETURN_IF_ERROR(CompareTables(live_rows, rebuilt_rows, history, limit, report));
  }
  return absl::OkStatus();
}

}  // namespace daybook::projections
