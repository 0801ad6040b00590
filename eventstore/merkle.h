#pragma once

// The tree over all headers, as RFC 6962: leaves and nodes are hashed with different prefixes, the
// left subtree is the largest complete one. Value types; not thread-safe.

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

Hash NodeHash(const Hash& left, const Hash& right);

// The roots of the complete subtrees that the tree over `size` leaves consists of, largest first:
// all that is needed to append and to give the root. At most 64 hashes.
class CompactRange {
 public:
  CompactRange() = default;
  // REQUIRES: one node for each bit that is set in `size`.
  CompactRange(uint64_t size, std::vector<Hash> nodes);

  void Append(const Hash& leaf);
  Hash Root() const;
  uint64_t size() const { return size_; }
  const std::vector<Hash>& nodes() const { return nodes_; }

 private:
  uint64_t size_ = 0;
  std::vector<Hash> nodes_;
};

// Collects hashes into tiles of 256. A full tile of level n gives one hash of level n + 1.
class TileBuilder {
 public:
  using Emit = absl::FunctionRef<void(uint8_t level, uint64_t index, absl::string_view hashes)>;
  // Adds the next hash of level 0, or while the tiles of a log are read back, of any level.
  void Append(const Hash& leaf, Emit emit) { AppendAt(0, leaf, emit); }
  void AppendAt(uint8_t level, const Hash& hash, Emit emit);
  // Sets how many full tiles a level already has.
  void SetFullTiles(uint8_t level, uint64_t count);

 private:
  struct Level {
    uint64_t full = 0;
    std::string hashes;
  };
  std::vector<Level> levels_;
};

// The root of a complete subtree. REQUIRES: the number of hashes is a power of two.
Hash SubtreeRoot(absl::string_view hashes);

// Gives `count` hashes of a tile level from `first` on; they lie within one tile.
using TileSource =
    absl::FunctionRef<absl::StatusOr<std::string>(uint8_t level, uint64_t first, size_t count)>;

// The compact range over the first `size` leaves, recomputed from tiles.
absl::StatusOr<CompactRange> RangeFromTiles(uint64_t size, TileSource source);

}  // namespace daybook::eventstore
