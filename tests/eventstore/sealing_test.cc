#include "eventstore/sealing.h"

#include <rapidcheck.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

SealContext Context() { return {TestId(1), 2, 3, TestStream(4), "contact.created", 5}; }

TEST(HkdfTest, ThirdVectorOfRfc5869) {
  // The vector without salt and info; its first 32 bytes of output are ours.
  const Hash prk = HkdfExtract(std::string(22, '\x0b'));
  EXPECT_EQ(HexOf(Bytes(prk)), "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
  EXPECT_EQ(HexOf(Bytes(HkdfExpand(prk, {""}))),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(SealingTest, OpensToWhatWasSealed) {
  EXPECT_TRUE(rc::check([](const std::string& plain) {
    const PersonKey key = PersonKey::FromSecret(std::string(32, 'k'));
    const SealedPart part = SealPart(key, Context(), plain, std::string(16, 's'));
    RC_ASSERT(part.blob.size() == plain.size() + kSealedBytesMin);
    const absl::StatusOr<std::string> opened = OpenPart(key, Context(), part);
    RC_ASSERT(opened.ok());
    RC_ASSERT(*opened == plain);
  }));
}

TEST(SealingTest, EveryChangedBitIsRefused) {
  // Given
  const PersonKey key = PersonKey::FromSecret(std::string(32, 'k'));
  const SealedPart part = SealPart(key, Context(), "Erika Mustermann", std::string(16, 's'));
  // Then
  for (size_t bit = 0; bit < part.blob.size() * 8; ++bit) {
    SealedPart changed = part;
    changed.blob[bit / 8] = static_cast<char>(changed.blob[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(ReasonOf(OpenPart(key, Context(), changed).status()), Reason::REASON_DATA_LOSS);
  }
  for (size_t size = 0; size < part.blob.size(); ++size) {
    SealedPart cut = part;
    cut.blob.resize(size);
    EXPECT_FALSE(OpenPart(key, Context(), cut).ok());
  }
}

TEST(SealingTest, MovedPartIsRefused) {
  const PersonKey key = PersonKey::FromSecret(std::string(32, 'k'));
  const SealedPart part = SealPart(key, Context(), "a name", std::string(16, 's'));
  const auto refused = [&](const std::function<void(SealContext*)>& change) {
    SealContext elsewhere = Context();
    change(&elsewhere);
    return ReasonOf(OpenPart(key, elsewhere, part).status()) == Reason::REASON_DATA_LOSS;
  };
  EXPECT_TRUE(refused([](SealContext* c) { c->request_id = TestId(9); }));
  EXPECT_TRUE(refused([](SealContext* c) { c->commit_index = 9; }));
  EXPECT_TRUE(refused([](SealContext* c) { c->part_index = 9; }));
  EXPECT_TRUE(refused([](SealContext* c) { c->stream.id = TestId(9); }));
  EXPECT_TRUE(refused([](SealContext* c) { c->stream.aggregate = "account"; }));
  EXPECT_TRUE(refused([](SealContext* c) { c->event_type = "contact.changed"; }));
  EXPECT_TRUE(refused([](SealContext* c) { c->schema_set = 9; }));
}

TEST(SealingTest, AnotherKeyOrKeyIdIsRefused) {
  const PersonKey key = PersonKey::FromSecret(std::string(32, 'k'));
  const PersonKey other = PersonKey::FromSecret(std::string(32, 'o'));
  SealedPart part = SealPart(key, Context(), "a name", std::string(16, 's'));
  EXPECT_FALSE(OpenPart(other, Context(), part).ok());
  part.key_id = other.id;
  EXPECT_FALSE(OpenPart(other, Context(), part).ok());
  EXPECT_FALSE(OpenPart(key, Context(), part).ok());
}

TEST(SealingTest, AlgorithmOfAnotherNumberIsRefused) {
  const PersonKey key = PersonKey::FromSecret(std::string(32, 'k'));
  SealedPart part = SealPart(key, Context(), "a name", std::string(16, 's'));
  part.alg = kAlgChaCha20Poly1305;
  EXPECT_FALSE(OpenPart(key, Context(), part).ok());
}

}  // namespace
}  // namespace daybook::eventstore
