// The Merkle tree of a log as its database has it: tiles, and what is not in a tile yet.

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/hash.h"
#include "eventstore/rocks_log.h"

namespace daybook::eventstore {

absl::StatusOr<std::string> RocksLog::LeafHashes(uint64_t first, size_t count) const {
  std::string hashes;
  const auto events = NewIterator(Family::kEvents, Scan::kPoint);
  events->Seek(PositionKey(first + 1));
  for (size_t i = 0; i < count; ++i, events->Next()) {
    if (!events->Valid() || LoadU64(events->key().data()) != first + 1 + i) {
      DAYBOOK_RETURN_IF_ERROR(FromRocks(events->status(), "reading leaves"));
      return DamagedLog(absl::StrCat("position ", first + 1 + i, " is missing"));
    }
    const absl::string_view header = HeaderOf(FromSlice(events->value()));
    const Hash leaf = LeafHash(header);
    hashes.append(reinterpret_cast<const char*>(leaf.data()), leaf.size());
  }
  return hashes;
}

// Hashes in tiles that are not full are recomputed from the level below: at most 255 of them.
absl::StatusOr<std::string> RocksLog::TileHashes(uint8_t level, uint64_t first, size_t count,
                                                 LogPosition head) const {
  const uint64_t tile = first / kTileHashes;
  const uint64_t full = level >= 7 ? 0 : head >> (8 * (level + 1));
  if (tile < full) {
    rocksdb::PinnableSlice row;
    DAYBOOK_ASSIGN_OR_RETURN(const bool found, Get(Family::kTiles, TileKey(level, tile), &row));
    if (!found || row.size() != kTileBytes) {
      return DamagedLog(absl::StrCat("tile ", level, "/", tile, " is missing"));
    }
    return std::string(FromSlice(row).substr((first % kTileHashes) * 32, count * 32));
  }
  if (level == 0) return LeafHashes(first, count);
  std::string hashes;
  for (size_t i = 0; i < count; ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::string below,
        TileHashes(static_cast<uint8_t>(level - 1), (first + i) * kTileHashes, kTileHashes, head));
    const Hash root = SubtreeRoot(below);
    hashes.append(reinterpret_cast<const char*>(root.data()), root.size());
  }
  return hashes;
}

absl::StatusOr<CompactRange> RocksLog::RangeAt(uint64_t size, LogPosition head) const {
  return RangeFromTiles(size, [&](uint8_t level, uint64_t first, size_t count) {
    return TileHashes(level, first, count, head);
  });
}

absl::StatusOr<TileBuilder> RocksLog::LoadTiles() const {
  const LogPosition head = state_.range.size();
  TileBuilder tiles;
  for (uint8_t level = 0; level < 7; ++level) {
    const uint64_t hashes = head >> (8 * level);
    if (hashes == 0) break;
    const uint64_t full = hashes / kTileHashes;
    tiles.SetFullTiles(level, full);
    const size_t rest = hashes % kTileHashes;
    if (rest == 0) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const std::string part,
                             TileHashes(level, full * kTileHashes, rest, head));
    for (size_t i = 0; i < rest; ++i) {
      tiles.AppendAt(level, HashFromBytes(absl::string_view(part).substr(32 * i, 32)),
                     [](uint8_t, uint64_t, absl::string_view) {});
    }
  }
  DAYBOOK_ASSIGN_OR_RETURN(const CompactRange range, RangeAt(head, head));
  if (range.nodes() != state_.range.nodes())
    return DamagedLog("the tree does not match its events");
  return tiles;
}

}  // namespace daybook::eventstore
