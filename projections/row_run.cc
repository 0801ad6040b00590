#include "projections/row_run.h"

#include <algorithm>
#include <utility>

#include "domain/base/strings.h"

namespace daybook::projections {

namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kHeadFrom = 3;  // behind what keys of one kind have in common

// REQUIRES: room for the position and the value.
void StoreRow(eventstore::LogPosition position, absl::string_view value, char* to) {
  for (int shift = 56; shift >= 0; shift -= 8) *to++ = static_cast<char>(position >> shift);
  value.copy(to, value.size());
}

}  // namespace

char* RowRun::Allocate(size_t size) {
  if (size > free_) {
    const size_t block = std::max(size, kBlockBytes);
    blocks_.push_back(std::make_unique<char[]>(block));
    next_ = blocks_.back().get();
    free_ = block;
  }
  free_ -= size;
  return std::exchange(next_, next_ + size);
}

size_t RowRun::Add(absl::string_view key, eventstore::LogPosition at, const RowVersion* before,
                   const absl::string_view* after) {
  const size_t row_size = after == nullptr ? 0 : kRowPositionBytes + after->size();
  const size_t ended_size = before == nullptr ? 0 : kRowPositionBytes + before->value.size();
  const size_t size = key.size() + row_size + ended_size;
  char* const bytes = Allocate(size);
  key.copy(bytes, key.size());
  if (after != nullptr) StoreRow(at, *after, bytes + key.size());
  if (before != nullptr) StoreRow(at, before->value, bytes + key.size() + row_size);
  char head[8] = {};
  if (key.size() > kHeadFrom) key.copy(head, sizeof(head), kHeadFrom);
  RowOp& op = ops_.emplace_back();
  op.head = LoadU64(head);
  op.bytes = bytes;
  op.key_size = static_cast<uint32_t>(key.size());
  op.row_size = static_cast<uint32_t>(row_size);
  op.ended_size = static_cast<uint32_t>(ended_size);
  op.deleted = after == nullptr;
  op.existed = before != nullptr;
  op.at = at;
  if (before != nullptr) op.since = before->since;
  return size + sizeof(RowOp);
}

void RowRun::Sort() {
  std::sort(ops_.begin(), ops_.end(), [](const RowOp& a, const RowOp& b) {
    const size_t common = std::min<size_t>({a.key_size, b.key_size, kHeadFrom});
    const int first = std::memcmp(a.bytes, b.bytes, common);
    if (first != 0) return first < 0;
    if (a.head != b.head) return a.head < b.head;
    const int order = a.key().compare(b.key());
    return order != 0 ? order < 0 : a.at > b.at;
  });
}

void RowRun::AddTo(absl::string_view view, ViewDigest* digest) const {
  ForEachRow([&](absl::Span<const RowOp> changes) {
    for (size_t i = 0; i < changes.size(); ++i) {
      const RowOp& op = changes[i];
      if (i == 0 && !op.deleted) {
        digest->current.Add(HashRow(view, op.key(), {RowValue(op.row()), op.at}));
        ++digest->current_rows;
      }
      if (!op.existed) continue;
      const RowHash ended = HashRow(view, op.key(), {RowValue(op.ended()), op.since});
      digest->history.AddWeighted(ended, op.at);
      ++digest->history_rows;
      if (i + 1 < changes.size()) continue;
      // It was there before this run.
      digest->current.Subtract(ended);
      --digest->current_rows;
    }
  });
}

void RowRun::Clear() {
  ops_.clear();
  if (!blocks_.empty()) {
    // The first block is of the usual size or larger.
    blocks_.resize(1);
    next_ = blocks_[0].get();
    free_ = kBlockBytes;
  }
}

}  // namespace daybook::projections
