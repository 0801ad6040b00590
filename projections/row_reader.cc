#include "projections/row_reader.h"

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"

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

rocksdb::ReadOptions OptionsFor(const RowReader& reader, ReadBounds* bounds) {
  // RocksDB's counters of this thread, which nobody reads, take a twentieth of a walk.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  rocksdb::ReadOptions options;
  if (reader.is_past()) {
    bounds->timestamp = TimestampOf(reader.position());
    bounds->timestamp_slice = bounds->timestamp;
    options.timestamp = &bounds->timestamp_slice;
  }
  options.snapshot = reader.published()->snapshot;
  return options;
}

rocksdb::ColumnFamilyHandle* FamilyOf(const RowReader& reader, const Published::View& view) {
  return (reader.is_past() ? view.tables.history : view.tables.now)->handle();
}

class RocksCursor final : public RowCursor {
 public:
  RocksCursor(const RowReader& reader, rocksdb::ColumnFamilyHandle* family, absl::string_view first,
              absl::string_view last, bool backward)
      : backward_(backward) {
    rocksdb::ReadOptions options = OptionsFor(reader, &bounds_);
    bounds_.first = std::string(first);
    bounds_.last = std::string(last);
    bounds_.first_slice = bounds_.first;
    bounds_.last_slice = bounds_.last;
    if (!first.empty()) options.iterate_lower_bound = &bounds_.first_slice;
    if (!last.empty()) options.iterate_upper_bound = &bounds_.last_slice;
    iterator_.reset(reader.published()->db->NewIterator(options, family));
    if (backward_) {
      iterator_->SeekToLast();
    } else {
      iterator_->SeekToFirst();
    }
  }

  bool Valid() const override { return iterator_->Valid(); }
  void Next() override { backward_ ? iterator_->Prev() : iterator_->Next(); }
  absl::string_view key() const override { return ToView(iterator_->key()); }
  absl::string_view value() const override { return ToView(iterator_->value()); }
  absl::Status status() const override { return FromRocks(iterator_->status(), "scan"); }

 private:
  const bool backward_;
  ReadBounds bounds_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

absl::StatusOr<const Published::View*> RowReader::FindView(absl::string_view name) const {
  const Published::View* view = published_->Find(name);
  if (view == nullptr) {
    return Reject(Reason::REASON_NOT_FOUND, absl::StrCat("there is no view ", name),
                  {{"view", name}});
  }
  if (view->stored.state == ViewState::kLive) return view;
  const std::string position = absl::StrCat(view->stored.position);
  const bool building = view->stored.state == ViewState::kBuilding;
  return Reject(Reason::REASON_VIEW_UNAVAILABLE,
                building ? absl::StrCat("the view ", name, " is being built")
                         : absl::StrCat("the view ", name, " stopped at position ", position,
                                        " and must be rebuilt"),
                {{"view", name}, {"position", position}});
}

absl::StatusOr<std::optional<std::string>> RowReader::Get(const Published::View& view,
                                                          absl::string_view key) const {
  ReadBounds bounds;
  std::string value;
  const rocksdb::Status status =
      published_->db->Get(OptionsFor(*this, &bounds), FamilyOf(*this, view), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  DAYBOOK_RETURN_IF_ERROR(FromRocks(status, "read a row"));
  return std::optional<std::string>(std::move(value));
}

absl::Status RowReader::MultiGet(const Published::View& view,
                                 absl::Span<const absl::string_view> keys, Visitor visit) const {
  ReadBounds bounds;
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const absl::string_view key : keys) slices.push_back(ToSlice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  published_->db->MultiGet(OptionsFor(*this, &bounds), FamilyOf(*this, view), slices.size(),
                           slices.data(), values.data(), statuses.data());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsNotFound()) {
      DAYBOOK_RETURN_IF_ERROR(visit(i, nullptr));
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(FromRocks(statuses[i], "read rows"));
    const absl::string_view row = ToView(values[i]);
    DAYBOOK_RETURN_IF_ERROR(visit(i, &row));
  }
  return absl::OkStatus();
}

std::unique_ptr<RowCursor> RowReader::Scan(const Published::View& view, absl::string_view first,
                                           absl::string_view last, bool backward, Rows rows) const {
  if (rows == Rows::kPersonal) {
    DAYBOOK_CHECK(!is_past(), "personal indexes have no past");
    return std::make_unique<RocksCursor>(*this, view.tables.personal->handle(), first, last,
                                         backward);
  }
  return std::make_unique<RocksCursor>(*this, FamilyOf(*this, view), first, last, backward);
}

}  // namespace daybook::projections
