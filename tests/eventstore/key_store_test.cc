#include "eventstore/key_store.h"

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "eventstore/directory_files.h"
#include "eventstore/files.h"
#include "eventstore/key_encryption.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

SealContext Context(uint64_t request = 1) {
  return {TestId(request), 0, 0, TestStream(4, "contact"), "contact.created", 1};
}

class KeyStoreTest : public testing::TestWithParam<TestStore::Kind> {
 protected:
  KeyStoreTest() : test_(GetParam(), {}), keys_(test_.keys()) {}
  TestStore test_;
  KeyStore& keys_;
};

TEST_P(KeyStoreTest, PersonHasOneKeyAndPersonsHaveDifferentOnes) {
  const auto first = keys_.Seal(TestId(1), Context(), "one");
  const auto again = keys_.Seal(TestId(1), Context(), "one");
  const auto other = keys_.Seal(TestId(2), Context(), "one");
  EXPECT_EQ(first->key_id, again->key_id);
  EXPECT_NE(first->blob, again->blob);
  EXPECT_NE(first->key_id, other->key_id);
  EXPECT_EQ(keys_.Open(*first, Context())->value(), "one");
  EXPECT_EQ(ReasonOf(keys_.Open(*first, Context(2)).status()), Reason::REASON_DATA_LOSS);
}

TEST_P(KeyStoreTest, PartOfAKeyThatIsGoneOpensToNothing) {
  SealedPart part = *keys_.Seal(TestId(1), Context(), "one");
  part.key_id = Sha256("no such key");
  const auto opened = keys_.Open(part, Context());
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE(opened->has_value());
}

TEST_P(KeyStoreTest, ThreadsThatSealForOnePersonShareItsKey) {
  std::vector<std::set<Hash>> ids(4);
  std::vector<std::thread> threads;
  for (std::set<Hash>& mine : ids) {
    threads.emplace_back([&] {
      for (uint64_t person = 0; person < 50; ++person) {
        mine.insert(keys_.Seal(TestId(person), Context(), "x")->key_id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::set<Hash>& mine : ids) EXPECT_EQ(mine, ids[0]);
  EXPECT_EQ(ids[0].size(), 50u);
}

TEST_P(KeyStoreTest, ClaimsOfDifferentKindsDoNotMeet) {
  EXPECT_EQ(keys_.ClaimHash("sku", "A1"), keys_.ClaimHash("sku", "A1"));
  EXPECT_NE(keys_.ClaimHash("sku", "A1"), keys_.ClaimHash("sku", "A2"));
  EXPECT_NE(keys_.ClaimHash("sku", "A1"), keys_.ClaimHash("skuA", "1"));
  const uint16_t sku = *keys_.ClaimKind("sku");
  EXPECT_NE(sku, *keys_.ClaimKind("login"));
  EXPECT_EQ(sku, *keys_.ClaimKind("sku"));
  EXPECT_EQ(ReasonOf(keys_.ClaimKind(std::string(201, 'k')).status()),
            Reason::REASON_LIMIT_EXCEEDED);
  EXPECT_TRUE(keys_.ClaimKind(std::string(200, 'k')).ok());
}

TEST_P(KeyStoreTest, ChangedTokenIsRefused) {
  const std::string token = keys_.SealToken("position 7");
  EXPECT_EQ(*keys_.OpenToken(token), "position 7");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const absl::Status status = keys_.OpenToken(changed).status();
    EXPECT_EQ(ReasonOf(status), Reason::REASON_INVALID_PAGE_TOKEN) << i;
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_FALSE(keys_.OpenToken(token.substr(0, i)).ok());
  }
  EXPECT_FALSE(keys_.OpenToken(token + "A").ok());
  EXPECT_FALSE(keys_.OpenToken(std::string(1 << 20, 'A')).ok());
}

TEST_P(KeyStoreTest, SecretHashIsFound) {
  EXPECT_FALSE(keys_.FindSecretHash(TestId(1))->has_value());
  ASSERT_TRUE(keys_.PutSecretHash(TestId(1), Sha256("secret")).ok());
  EXPECT_EQ(keys_.FindSecretHash(TestId(1))->value(), Sha256("secret"));
}

INSTANTIATE_TEST_SUITE_P(Stores, KeyStoreTest,
                         testing::Values(TestStore::Kind::kMemory, TestStore::Kind::kDisk),
                         [](const auto& kind) {
                           return kind.param == TestStore::Kind::kMemory ? "Memory" : "Disk";
                         });

TEST(KeyEncryptionTest, WrappedKeyOpensOnlyInItsRow) {
  SeededRandom random(1);
  const KeyEncryption kek = KeyEncryption::Generate(random);
  const std::string wrapped = kek.Wrap("row", "secret", random);
  EXPECT_EQ(*kek.Unwrap("row", wrapped), "secret");
  EXPECT_FALSE(kek.Unwrap("another", wrapped).ok());
  EXPECT_FALSE(KeyEncryption::Generate(random).Unwrap("row", wrapped).ok());
  for (size_t size = 0; size < wrapped.size(); ++size) {
    EXPECT_FALSE(kek.Unwrap("row", wrapped.substr(0, size)).ok());
  }
}

TEST(KeyEncryptionTest, FileOfAnotherModeOrWithAChangedBitIsRefused) {
  // Given
  ScratchFolder folder;
  SeededRandom random(1);
  const std::string path = folder.path() + "/kek";
  const KeyEncryption kek = KeyEncryption::Generate(random);
  ASSERT_TRUE(kek.WriteNew(path).ok());
  const std::string wrapped = kek.Wrap("row", "secret", random);
  EXPECT_EQ(*KeyEncryption::Read(path)->Unwrap("row", wrapped), "secret");
  // Then
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(ReasonOf(KeyEncryption::Read(path).status()), Reason::REASON_DATA_DIRECTORY);
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  std::string bytes = *ReadFile(path, 4096);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(path, std::ios::binary) << changed;
    EXPECT_EQ(ReasonOf(KeyEncryption::Read(path).status()), Reason::REASON_DATA_LOSS) << bit;
  }
}

}  // namespace
}  // namespace daybook::eventstore
