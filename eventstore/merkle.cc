#include "eventstore/merkle.h"

#include <bit>

#include "domain/base/check.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {

Hash NodeHash(const Hash& left, const Hash& right) {
  return Sha256Of({absl::string_view(&kNodePrefix, 1), Bytes(left), Bytes(right)});
}

CompactRange::CompactRange(uint64_t size, std::vector<Hash> nodes)
    : size_(size), nodes_(std::move(nodes)) {
  DAYBOOK_CHECK(static_cast<size_t>(std::popcount(size_)) == nodes_.size(),
                "a compact range has one node for each bit of its size");
}

void CompactRange::Append(const Hash& leaf) {
  Hash hash = leaf;
  for (uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    hash = NodeHash(nodes_.back(), hash);
    nodes_.pop_back();
  }
  nodes_.push_back(hash);
  ++size_;
}

Hash CompactRange::Root() const {
  if (nodes_.empty()) return Sha256("");
  Hash hash = nodes_.back();
  for (size_t i = nodes_.size() - 1; i > 0; --i) hash = NodeHash(nodes_[i - 1], hash);
  return hash;
}

void TileBuilder::SetFullTiles(uint8_t level, uint64_t count) {
  while (levels_.size() <= level) levels_.emplace_back();
  levels_[level].full = count;
}

void TileBuilder::AppendAt(uint8_t level, const Hash& hash, Emit emit) {
  while (levels_.size() <= level) levels_.emplace_back();
  Level& at = levels_[level];
  at.hashes.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  if (at.hashes.size() < kTileBytes) return;
  emit(level, at.full, at.hashes);
  const Hash root = SubtreeRoot(at.hashes);
  at.hashes.clear();
  ++at.full;
  AppendAt(static_cast<uint8_t>(level + 1), root, emit);
}

Hash SubtreeRoot(absl::string_view hashes) {
  std::vector<Hash> row;
  row.reserve(hashes.size() / 32);
  for (size_t i = 0; i + 32 <= hashes.size(); i += 32) {
    row.push_back(HashFromBytes(hashes.substr(i, 32)));
  }
  DAYBOOK_CHECK(std::has_single_bit(row.size()), "a complete subtree has 2^n leaves");
  for (size_t count = row.size() / 2; count > 0; count /= 2) {
    for (size_t i = 0; i < count; ++i) row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
  }
  return row[0];
}

absl::StatusOr<CompactRange> RangeFromTiles(uint64_t size, TileSource source) {
  std::vector<Hash> nodes;
  uint64_t offset = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const uint64_t leaves = uint64_t{1} << bit;
    if ((size & leaves) == 0) continue;
    const auto level = static_cast<uint8_t>(bit / 8);
    absl::StatusOr<std::string> hashes =
        source(level, offset >> (8 * level), size_t{1} << (bit % 8));
    if (!hashes.ok()) return hashes.status();
    nodes.push_back(SubtreeRoot(*hashes));
    offset += leaves;
  }
  return CompactRange(size, std::move(nodes));
}

}  // namespace daybook::eventstore
