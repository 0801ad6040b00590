#pragma once

// Row changes of one view, gathered in memory and sorted before they are written: tables take
// sorted rows several times faster than scattered ones, and a row that changed often is written
// once.

#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "projections/digest.h"
#include "projections/row_version.h"

namespace daybook::projections {

// One change of one row. Its bytes belong to the run: key ‖ new row, if not deleted ‖ row for the
// history, if it existed (rows as in row_version.h).
struct RowOp {
  uint64_t head = 0;  // the key's bytes 4 to 11, big-endian: most comparisons end here
  const char* bytes = nullptr;
  uint32_t key_size = 0;
  uint32_t row_size = 0;
  uint32_t ended_size = 0;
  bool deleted = false;
  bool existed = false;  // before
  eventstore::LogPosition at = 0;
  eventstore::LogPosition since = 0;  // of the version that ended, if it existed

  absl::string_view key() const { return {bytes, key_size}; }
  // The current row. REQUIRES: not deleted.
  absl::string_view row() const { return {bytes + key_size, row_size}; }
  // The history row of the version that ended, under `since`. REQUIRES: existed.
  absl::string_view ended() const { return {bytes + key_size + row_size, ended_size}; }
};

// Not thread-safe.
class RowRun {
 public:
  // Null: the row is not there. Returns the bytes that the change takes.
  size_t Add(absl::string_view key, eventstore::LogPosition at, const RowVersion* before,
             const absl::string_view* after);
  bool empty() const { return ops_.empty(); }

  // By key; the newest change of a row first.
  void Sort();
  const std::vector<RowOp>& ops() const { return ops_; }
  // The changes of one row at a time, newest first. REQUIRES: sorted.
  template <class Visit>
  void ForEachRow(Visit visit) const {
    for (size_t begin = 0, end = 0; begin < ops_.size(); begin = end) {
      for (end = begin + 1; end < ops_.size() && ops_[end].key() == ops_[begin].key();) ++end;
      visit(absl::MakeConstSpan(&ops_[begin], end - begin));
    }
  }
  // What the changes do to the digest of `view`. REQUIRES: sorted; each row's oldest change knows
  // what was before it.
  void AddTo(absl::string_view view, ViewDigest* digest) const;

  // Keeps one block of memory for the next run.
  void Clear();

 private:
  char* Allocate(size_t size);

  std::vector<RowOp> ops_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t free_ = 0;
  char* next_ = nullptr;
};

}  // namespace daybook::projections
