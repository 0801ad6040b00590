#include "projections/row_run.h"

#include <algorithm>
#include <utility>

#include "domain/base/strings.h"

namespace daybook::projections {

namespace {

constexpr size_t kBlockBytes = 1 << 20;
constexpr size_t kHeadFrom = 3;  // behind what keys of one kind have in common

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

size_t RowRun::Add(absl::string_view key, eventstore::LogPosition at,
                   const absl::string_view* before, const absl::string_view* after) {
  const absl::string_view old_value = before == nullptr ? absl::string_view() : *before;
  const absl::string_view value = after == nullptr ? absl::string_view() : *after;
  const size_t size = key.size() + value.size() + old_value.size();
  char* bytes = Allocate(size);
  key.copy(bytes, key.size());
  value.copy(bytes + key.size(), value.size());
  old_value.copy(bytes + key.size() + value.size(), old_value.size());
  char head[8] = {};
  if (key.size() > kHeadFrom) key.copy(head, sizeof(head), kHeadFrom);
  RowOp& op = ops_.emplace_back();
  op.head = LoadU64(head);
  op.bytes = bytes;
  op.key_size = static_cast<uint32_t>(key.size());
  op.value_size = static_cast<uint32_t>(value.size());
  op.before_size = static_cast<uint32_t>(old_value.size());
  op.deleted = after == nullptr;
  op.existed = before != nullptr;
  op.at = at;
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
      const RowHash hash =
          op.deleted ? HashDeletion(view, op.key()) : HashRow(view, op.key(), op.value());
      digest->history.AddWeighted(hash, op.at);
      if (i > 0 || op.deleted) continue;
      digest->current.Add(hash);
      ++digest->current_rows;
    }
    digest->history_rows += changes.size();
    const RowOp& oldest = changes.back();
    if (!oldest.existed) return;
    digest->current.Subtract(HashRow(view, oldest.key(), oldest.before()));
    --digest->current_rows;
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
