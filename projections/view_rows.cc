#include "projections/view_rows.h"

namespace daybook::projections {

ViewRows::Rows::value_type* ViewRows::Load(absl::string_view key) {
  if (last_ != nullptr && absl::string_view(last_->first) == key) return last_;
  auto found = rows_.find(key);
  if (found == rows_.end()) {
    absl::StatusOr<std::optional<StoredRow>> stored = store_.Read(view_, key);
    if (!stored.ok()) {
      status_.Update(stored.status());
      return nullptr;
    }
    found = rows_.try_emplace(std::string(key)).first;
    if (stored->has_value()) {
      found->second.value = std::move((*stored)->value);
      found->second.since = (*stored)->since;
    }
  }
  return last_ = &*found;
}

absl::StatusOr<std::optional<std::string>> ViewRows::Get(absl::string_view key) {
  const Rows::value_type* row = Load(key);
  if (row == nullptr) return status_;
  return row->second.value;
}

void ViewRows::Set(absl::string_view key, std::optional<absl::string_view> value) {
  Rows::value_type* row = Load(key);
  if (row == nullptr) return;
  if (!row->second.touched) {
    row->second.touched = true;
    row->second.committed = row->second.value;
    touched_.push_back(row);
  }
  row->second.value.reset();
  if (value.has_value()) row->second.value = std::string(*value);
}

void ViewRows::Put(absl::string_view key, absl::string_view value) { Set(key, value); }

void ViewRows::PutNew(absl::string_view key, absl::string_view value) {
  rows_.try_emplace(std::string(key));  // not there: nothing to load
  Set(key, value);
}

void ViewRows::Delete(absl::string_view key) { Set(key, std::nullopt); }

void ViewRows::Commit(eventstore::LogPosition at) {
  for (Rows::value_type* entry : touched_) {
    Row& row = entry->second;
    row.touched = false;
    if (row.value == row.committed) continue;
    RowVersion before;
    absl::string_view after;
    if (row.committed.has_value()) before = {*row.committed, row.since};
    if (row.value.has_value()) after = *row.value;
    store_.Write(view_, entry->first, at, row.committed.has_value() ? &before : nullptr,
                 row.value.has_value() ? &after : nullptr);
    row.since = at;
  }
  touched_.clear();
}

void ViewRows::Abort() {
  for (Rows::value_type* entry : touched_) {
    entry->second.touched = false;
    entry->second.value = std::move(entry->second.committed);
  }
  touched_.clear();
  status_ = absl::OkStatus();
}

void ViewRows::Shrink() {
  if (rows_.size() > kCachedRowsMax) Clear();
}

void ViewRows::Clear() {
  rows_.clear();
  last_ = nullptr;
}

}  // namespace daybook::projections
