// A key store whose disk fails: the command is refused, nothing is acknowledged that is not on the
// disk, and the process goes on.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "absl/strings/str_cat.h"
#include "eventstore/key_encryption.h"
#include "eventstore/rocks_key_store.h"
#include "tests/eventstore/store_support.h"
#include "tests/support/effort.h"
#include "tests/support/failing_file_system.h"

namespace daybook::eventstore {
namespace {

using daybook::testing::DiskError;
using daybook::testing::FailingFileSystem;

SealContext Context(uint64_t request) {
  return {TestId(request), 0, 0, TestStream(4, "contact"), "contact.created", 1};
}

class KeyStoreFailureTest : public ::testing::TestWithParam<DiskError> {
 protected:
  ~KeyStoreFailureTest() override { std::filesystem::remove_all(path_); }

  std::unique_ptr<RocksKeyStore> Create() {
    std::filesystem::remove_all(path_);
    auto keys =
        RocksKeyStore::Create(path_, TestId(9), kek_, random_, rocksdb::NewCompositeEnv(files_));
    EXPECT_TRUE(keys.ok()) << keys.status();
    return *std::move(keys);
  }

  const std::string path_ =
      absl::StrCat(::testing::TempDir(), "/failing_keys.", std::to_string(::getpid()));
  std::shared_ptr<FailingFileSystem> files_ = std::make_shared<FailingFileSystem>();
  SeededRandom random_{5};
  const KeyEncryption kek_ = KeyEncryption::Generate(random_);
};

// Whichever operation fails, once.
TEST_P(KeyStoreFailureTest, AnyOperationMayFail) {
  const int rounds = daybook::testing::Rounds(40, 400);
  int refused = 0;
  for (int n = 0; n < rounds; ++n) {
    std::unique_ptr<RocksKeyStore> keys = Create();
    files_->Fail(GetParam(), "", n, 1);
    std::map<uint64_t, SealedPart> durable, written;
    absl::Status first;
    for (uint64_t person = 1; person <= 12; ++person) {
      const auto part = keys->Seal(TestId(person), Context(person), "secret");
      const absl::Status hash = keys->PutSecretHash(TestId(person), Sha256("hash"));
      const auto made = keys->MakeDurable();
      if (part.ok()) written[person] = *part;
      if (!first.ok()) {
        // Since a write failed nothing is taken any more.
        EXPECT_FALSE(hash.ok()) << n;
        EXPECT_FALSE(part.ok()) << n;
      }
      for (const absl::Status& status : {part.status(), hash, made.status()}) first.Update(status);
      if (made.ok() && first.ok()) durable = written;
    }
    if (files_->failed() > 0 && !first.ok()) ++refused;
    files_->Heal();
    // What was sealed is opened by the store that sealed it, and what was durable by the next one.
    for (const auto& [person, part] : written) {
      EXPECT_EQ(keys->Open(part, Context(person))->value(), "secret") << n;
    }
    keys.reset();
    auto again =
        RocksKeyStore::Open(path_, TestId(9), kek_, random_, RocksKeyStore::Access::kReadWrite);
    ASSERT_TRUE(again.ok()) << n << " " << again.status();
    for (const auto& [person, part] : durable) {
      EXPECT_EQ((*again)->Open(part, Context(person))->value(), "secret") << n;
    }
    EXPECT_TRUE((*again)->Seal(TestId(99), Context(99), "more").ok()) << n;
  }
  EXPECT_GT(refused, 0);
}

TEST_P(KeyStoreFailureTest, ADiskThatStaysBrokenRefusesEveryChange) {
  std::unique_ptr<RocksKeyStore> keys = Create();
  const auto before = keys->Seal(TestId(1), Context(1), "secret");
  ASSERT_TRUE(before.ok());
  files_->Fail(GetParam());
  for (uint64_t person = 2; person < 200; ++person) {
    EXPECT_FALSE(keys->Seal(TestId(person), Context(person), "secret").ok());
  }
  EXPECT_FALSE(keys->ClaimKind("kind").ok());
  // A person who has a key is served.
  EXPECT_TRUE(keys->Seal(TestId(1), Context(2), "more").ok());
  EXPECT_EQ(keys->Open(*before, Context(1))->value(), "secret");
}

INSTANTIATE_TEST_SUITE_P(Errors, KeyStoreFailureTest,
                         ::testing::Values(DiskError::kNoSpace, DiskError::kIo),
                         [](const auto& test) {
                           return test.param == DiskError::kNoSpace ? "NoSpace" : "Io";
                         });

}  // namespace
}  // namespace daybook::eventstore
