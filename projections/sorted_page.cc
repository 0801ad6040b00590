#include "projections/sorted_page.h"

#include <algorithm>

#include "domain/base/error.h"
#include "domain/base/status_macros.h"

namespace daybook::projections {
namespace {

bool Before(const KeptRow& a, const KeptRow& b) { return a.sort_key < b.sort_key; }

}  // namespace

// Keeps the first page_size_ + 1 records after the page before.
absl::Status SortedPage::Offer(absl::string_view row, const Uuid& id) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool fits, rows_.Fits(row));
  if (!fits) return absl::OkStatus();
  if (plan_.computed_order) {
    rows_.SetAside(std::string(id.bytes()));
    return rows_.aside() < kComputedBlock ? absl::OkStatus() : SettleOffered();
  }
  std::string sort_key = SortKey(plan_, rows_.record(), id.bytes());
  if (!IsWanted(sort_key)) return absl::OkStatus();
  if (plan_.computed) {
    candidates_.push_back({std::move(sort_key), id});
    return absl::OkStatus();
  }
  MakeRoom();
  DAYBOOK_RETURN_IF_ERROR(rows_.Keep(row, true));
  found_.back().sort_key = std::move(sort_key);
  std::push_heap(found_.begin(), found_.end(), Before);
  return absl::OkStatus();
}

bool SortedPage::IsWanted(const std::string& sort_key) const {
  if (!after_.empty() && sort_key <= after_) return false;
  return found_.size() <= page_size_ || sort_key < found_.front().sort_key;
}

// For one that comes before the last of the heap.
void SortedPage::MakeRoom() {
  if (found_.size() <= page_size_) return;
  std::pop_heap(found_.begin(), found_.end(), Before);
  found_.pop_back();
}

absl::Status SortedPage::SettleOffered() {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<KeptRow> fitting, rows_.Settle());
  for (KeptRow& row : fitting) {
    // So far it was the id.
    row.sort_key = SortKey(plan_, *row.record, row.sort_key);
    if (!IsWanted(row.sort_key)) continue;
    MakeRoom();
    found_.push_back(std::move(row));
    std::push_heap(found_.begin(), found_.end(), Before);
  }
  return absl::OkStatus();
}

// Computes the candidates in the order of the list, which they stand in without their values, until
// the page and one record more are found.
absl::Status SortedPage::SettleCandidates() {
  std::sort(candidates_.begin(), candidates_.end());
  size_t block = page_size_ + 1;
  for (size_t from = 0; from < candidates_.size() && found_.size() <= page_size_;) {
    const size_t to = std::min(candidates_.size(), from + std::min(block, kComputedBlock));
    DAYBOOK_RETURN_IF_ERROR(SetCandidatesAside(from, to));
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<KeptRow> fitting, rows_.Settle());
    for (KeptRow& row : fitting) {
      if (found_.size() <= page_size_) found_.push_back(std::move(row));
    }
    from = to;
    block *= 2;
  }
  return absl::OkStatus();
}

absl::Status SortedPage::SetCandidatesAside(size_t from, size_t to) {
  std::vector<std::string> keys;
  for (size_t i = from; i < to; ++i) {
    keys.push_back(RecordKey(type_.object->id(), candidates_[i].second));
  }
  const std::vector<absl::string_view> views(keys.begin(), keys.end());
  return reader_.MultiGet(
      view_, views,
      [&](size_t i, const absl::string_view* row) -> absl::Status {
        if (row == nullptr) {
          return Reject(Reason::REASON_DATA_LOSS, "a record is gone that the list has read");
        }
        DAYBOOK_RETURN_IF_ERROR(rows_.Fits(*row).status());
        rows_.SetAside(candidates_[from + i].first);
        return absl::OkStatus();
      },
      Remember::kNo);
}

absl::Status SortedPage::Finish() {
  if (plan_.computed && !plan_.computed_order) {
    DAYBOOK_RETURN_IF_ERROR(SettleCandidates());
  } else {
    if (plan_.computed) DAYBOOK_RETURN_IF_ERROR(SettleOffered());
    std::sort_heap(found_.begin(), found_.end(), Before);
  }
  more_ = found_.size() > page_size_;
  if (more_) found_.pop_back();
  return absl::OkStatus();
}

}  // namespace daybook::projections
