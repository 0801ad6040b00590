#include "eventstore/merkle.h"

#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"
#include "gtest/gtest.h"

namespace daybook::eventstore {
namespace {

// The leaves and roots that implementations of RFC 6962 test themselves with.
std::vector<std::string> KnownLeaves() {
  std::vector<std::string> leaves;
  for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(absl::HexStringToBytes(hex));
  }
  return leaves;
}
constexpr const char* kKnownRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

// The definition, word for word: split at the largest power of two below n.
Hash Definition(const std::vector<Hash>& leaves, size_t begin, size_t end) {
  if (begin == end) return Sha256("");
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return NodeHash(Definition(leaves, begin, begin + split), Definition(leaves, begin + split, end));
}

std::vector<Hash> NumberedLeaves(size_t count) {
  std::vector<Hash> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(LeafHash(absl::StrCat("leaf ", i)));
  return leaves;
}

TEST(MerkleTest, RootsAreTheKnownOnes) {
  CompactRange range;
  EXPECT_EQ(HexOf(Bytes(range.Root())), kKnownRoots[0]);
  const std::vector<std::string> leaves = KnownLeaves();
  for (size_t i = 0; i < leaves.size(); ++i) {
    range.Append(LeafHash(leaves[i]));
    EXPECT_EQ(HexOf(Bytes(range.Root())), kKnownRoots[i + 1]) << i + 1;
  }
}

TEST(MerkleTest, RootsFollowTheDefinitionForEverySize) {
  const std::vector<Hash> leaves = NumberedLeaves(300);
  CompactRange range;
  for (size_t size = 1; size <= leaves.size(); ++size) {
    range.Append(leaves[size - 1]);
    ASSERT_EQ(range.Root(), Definition(leaves, 0, size)) << size;
  }
}

TEST(MerkleTest, TilesGiveTheRangeOfEverySize) {
  // Given tiles over two levels
  const std::vector<Hash> leaves = NumberedLeaves(66'000);
  std::map<std::pair<uint8_t, uint64_t>, std::string> tiles;
  TileBuilder builder;
  for (const Hash& leaf : leaves) {
    builder.Append(leaf, [&](uint8_t level, uint64_t index, absl::string_view hashes) {
      tiles[{level, index}] = std::string(hashes);
    });
  }
  EXPECT_EQ(tiles.size(), 257u + 1u);
  // When ranges are taken from them
  const auto source = [&](uint8_t level, uint64_t first,
                          size_t count) -> absl::StatusOr<std::string> {
    const auto tile = tiles.find({level, first / kTileHashes});
    if (tile != tiles.end()) return tile->second.substr(first % kTileHashes * 32, count * 32);
    std::string hashes;
    for (size_t i = 0; i < count; ++i) {
      const Hash hash =
          level == 0 ? leaves[first + i] : SubtreeRoot(tiles.at({level - 1, first + i}));
      hashes += std::string(Bytes(hash));
    }
    return hashes;
  };
  // Then
  CompactRange range;
  size_t size = 0;
  for (const size_t wanted :
       {1ul, 255ul, 256ul, 257ul, 511ul, 5000ul, 65'535ul, 65'536ul, 65'537ul, 66'000ul}) {
    while (size < wanted) range.Append(leaves[size++]);
    const absl::StatusOr<CompactRange> read = RangeFromTiles(size, source);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->nodes(), range.nodes()) << size;
    EXPECT_EQ(read->Root(), range.Root()) << size;
  }
}

TEST(Crc32cTest, KnownValue) { EXPECT_EQ(Crc32c("123456789"), 0xe3069283u); }

}  // namespace
}  // namespace daybook::eventstore
