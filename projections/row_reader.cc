#include "projections/row_reader.h"

#include <rocksdb/db.h>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/record_row.h"
#include "projections/row_cache.h"

namespace daybook::projections {

namespace {

// What a read needs to live as long as it lasts.
struct ReadBounds {
  std::string timestamp;
  std::string first;
  std::string last;
  rocksdb::Slice timestamp_slice;
  rocksdb::Slice first_slice;
  rocksdb::Slice last_slice;
};

rocksdb::ReadOptions OptionsFor(const Published& published) {
  rocksdb::ReadOptions options;
  options.snapshot = published.snapshot;
  return options;
}

// Of rows of the history: the newest version of each that stood at `position` or before.
rocksdb::ReadOptions OptionsFor(const Published& published, eventstore::LogPosition position,
                                ReadBounds* bounds) {
  rocksdb::ReadOptions options = OptionsFor(published);
  bounds->timestamp = TimestampOf(position);
  bounds->timestamp_slice = bounds->timestamp;
  options.timestamp = &bounds->timestamp_slice;
  return options;
}

class RocksCursor final : public RowCursor {
 public:
  // `value_from`: where the values that it shows begin. `position`: of rows of the history.
  RocksCursor(const Published& published, const Table& table, absl::string_view first,
              absl::string_view last, bool backward, size_t value_from,
              std::optional<eventstore::LogPosition> position = std::nullopt)
      : errors_(*published.errors), table_(table), backward_(backward), value_from_(value_from) {
    rocksdb::ReadOptions options =
        position.has_value() ? OptionsFor(published, *position, &bounds_) : OptionsFor(published);
    bounds_.first = std::string(first);
    bounds_.last = std::string(last);
    bounds_.first_slice = bounds_.first;
    bounds_.last_slice = bounds_.last;
    if (!first.empty()) options.iterate_lower_bound = &bounds_.first_slice;
    if (!last.empty()) options.iterate_upper_bound = &bounds_.last_slice;
    iterator_.reset(published.db->NewIterator(options, table.handle()));
    if (backward_) {
      iterator_->SeekToLast();
    } else {
      iterator_->SeekToFirst();
    }
  }

  bool Valid() const override { return iterator_->Valid(); }
  void Next() override { backward_ ? iterator_->Prev() : iterator_->Next(); }
  absl::string_view key() const override { return ToView(iterator_->key()); }
  absl::string_view value() const override {
    return ToView(iterator_->value()).substr(value_from_);
  }
  // REQUIRES: not of personal rows.
  eventstore::LogPosition row_position() const { return RowPosition(ToView(iterator_->value())); }
  absl::Status status() const override { return ReadError(errors_, table_, iterator_->status()); }

 private:
  StorageErrors& errors_;
  const Table& table_;
  const bool backward_;
  const size_t value_from_;
  ReadBounds bounds_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

// The rows that stood at a past position: of the current ones those that are that old, of those in
// the history those that ended later. A key is in one of the two at most.
class PastCursor final : public RowCursor {
 public:
  PastCursor(const Published& published, const ViewTables& tables, absl::string_view first,
             absl::string_view last, bool backward, eventstore::LogPosition position)
      : backward_(backward),
        position_(position),
        now_(published, *tables.now, first, last, backward, kRowPositionBytes),
        ended_(published, *tables.history, first, last, backward, kRowPositionBytes, position) {
    SkipYounger();
    SkipEnded();
    Choose();
  }

  bool Valid() const override { return current_->Valid(); }
  void Next() override {
    current_->Next();
    current_ == &now_ ? SkipYounger() : SkipEnded();
    Choose();
  }
  absl::string_view key() const override { return current_->key(); }
  absl::string_view value() const override { return current_->value(); }
  absl::Status status() const override {
    absl::Status status = now_.status();
    status.Update(ended_.status());
    return status;
  }

 private:
  void SkipYounger() {
    while (now_.Valid() && now_.row_position() > position_) now_.Next();
  }
  void SkipEnded() {
    while (ended_.Valid() && ended_.row_position() <= position_) ended_.Next();
  }
  void Choose() {
    const bool from_now =
        now_.Valid() && (!ended_.Valid() || (now_.key() < ended_.key()) != backward_);
    current_ = from_now ? &now_ : &ended_;
  }

  const bool backward_;
  const eventstore::LogPosition position_;
  RocksCursor now_, ended_;
  RocksCursor* current_ = nullptr;
};

// The stored rows of many keys at once.
struct StoredRows {
  StoredRows(const Published& published, const rocksdb::ReadOptions& options, const Table& of,
             absl::Span<const absl::string_view> keys)
      : errors(*published.errors), table(of), rows(keys.size()), statuses(keys.size()) {
    std::vector<rocksdb::Slice> slices;
    slices.reserve(keys.size());
    for (const absl::string_view key : keys) slices.push_back(ToSlice(key));
    published.db->MultiGet(options, table.handle(), slices.size(), slices.data(), rows.data(),
                           statuses.data());
  }

  // Null where there is none.
  absl::StatusOr<std::optional<absl::string_view>> Get(size_t i) const {
    if (statuses[i].IsNotFound()) return std::optional<absl::string_view>();
    DAYBOOK_RETURN_IF_ERROR(ReadError(errors, table, statuses[i]));
    return std::optional<absl::string_view>(ToView(rows[i]));
  }

  StorageErrors& errors;
  const Table& table;
  std::vector<rocksdb::PinnableSlice> rows;
  std::vector<rocksdb::Status> statuses;
};

// The current rows of many keys at once: records from the cache, if the table has one, the others
// from the table.
class CurrentRows {
 public:
  CurrentRows(const Published& published, const ViewTables& tables,
              absl::Span<const absl::string_view> keys, Remember remember) {
    if (tables.cache == nullptr) {
      stored_.emplace(published, OptionsFor(published), *tables.now, keys);
      return;
    }
    pins_.resize(keys.size());
    std::vector<absl::string_view> missing;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (IsRecordKey(keys[i])) pins_[i] = tables.cache->Find(keys[i], published.position);
      places_.push_back(missing.size());
      if (!pins_[i]) missing.push_back(keys[i]);
    }
    if (missing.empty()) return;
    stored_.emplace(published, OptionsFor(published), *tables.now, missing);
    for (size_t i = 0; i < missing.size() && remember == Remember::kYes; ++i) {
      if (!stored_->statuses[i].ok() || !IsRecordKey(missing[i])) continue;
      tables.cache->Offer(missing[i], ToView(stored_->rows[i]), published.position);
    }
  }

  // Null where there is none.
  absl::StatusOr<std::optional<absl::string_view>> Get(size_t i) const {
    if (pins_.empty()) return stored_->Get(i);
    if (pins_[i]) return std::optional<absl::string_view>(pins_[i].row());
    return stored_->Get(places_[i]);
  }

 private:
  std::vector<RowCache::Pin> pins_;  // empty: the table has no cache
  std::vector<size_t> places_;       // among the stored ones
  std::optional<StoredRows> stored_;
};

}  // namespace

absl::StatusOr<const Published::View*> RowReader::FindView(absl::string_view name) const {
  if (published_ == nullptr) return unavailable_;
  const Published::View* view = published_->Find(name);
  if (view == nullptr) {
    return Reject(Reason::REASON_NOT_FOUND, absl::StrCat("there is no view ", name),
                  {{"view", name}});
  }
  if (view->stored.state == ViewState::kLive) {
    DAYBOOK_RETURN_IF_ERROR(unavailable_);
    return view;
  }
  if (view->stored.state == ViewState::kBuilding) {
    const std::string position = absl::StrCat(published_->progress->position.load());
    const std::string target = absl::StrCat(published_->progress->target.load());
    return Reject(
        Reason::REASON_VIEW_UNAVAILABLE,
        absl::StrCat("the view ", name, " is being built: at position ", position, " of ", target),
        {{"view", name}, {"position", position}, {"target", target}, {"cause", "building"}});
  }
  const std::string position = absl::StrCat(view->stored.position);
  return Reject(
      Reason::REASON_VIEW_UNAVAILABLE,
      absl::StrCat("the view ", name, " stopped at position ", position, " and must be rebuilt"),
      {{"view", name}, {"position", position}, {"cause", "detached"}});
}

absl::StatusOr<std::optional<std::string>> RowReader::Get(const Published::View& view,
                                                          absl::string_view key) const {
  std::optional<std::string> found;
  DAYBOOK_RETURN_IF_ERROR(MultiGet(
      view, {key},
      [&](size_t, const absl::string_view* row) {
        if (row != nullptr) found.emplace(row->data(), row->size());
        return absl::OkStatus();
      },
      Remember::kYes));
  return found;
}

absl::Status RowReader::MultiGet(const Published::View& view,
                                 absl::Span<const absl::string_view> keys, Visitor visit,
                                 Remember remember) const {
  const CurrentRows now(*published_, view.tables, keys, remember);
  std::vector<absl::string_view> rest;  // those that did not stand yet, or stand no more
  for (size_t i = 0; i < keys.size() && is_past(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto row, now.Get(i));
    if (!row.has_value() || RowPosition(*row) > position_) rest.push_back(keys[i]);
  }
  ReadBounds bounds;
  std::optional<StoredRows> ended;
  if (!rest.empty()) {
    ended.emplace(*published_, OptionsFor(*published_, position_, &bounds), *view.tables.history,
                  rest);
  }
  size_t next_ended = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(auto row, now.Get(i));
    if (is_past() && (!row.has_value() || RowPosition(*row) > position_)) {
      DAYBOOK_ASSIGN_OR_RETURN(row, ended->Get(next_ended++));
      if (row.has_value() && RowPosition(*row) <= position_) row.reset();
    }
    const absl::string_view value = row.has_value() ? RowValue(*row) : absl::string_view();
    DAYBOOK_RETURN_IF_ERROR(visit(i, row.has_value() ? &value : nullptr));
  }
  return absl::OkStatus();
}

std::unique_ptr<RowCursor> RowReader::Scan(const Published::View& view, absl::string_view first,
                                           absl::string_view last, bool backward, Rows rows) const {
  if (rows == Rows::kPersonal) {
    DAYBOOK_CHECK(!is_past(), "personal indexes have no past");
    return std::make_unique<RocksCursor>(*published_, *view.tables.personal, first, last, backward,
                                         0);
  }
  if (is_past()) {
    return std::make_unique<PastCursor>(*published_, view.tables, first, last, backward, position_);
  }
  return std::make_unique<RocksCursor>(*published_, *view.tables.now, first, last, backward,
                                       kRowPositionBytes);
}

}  // namespace daybook::projections
