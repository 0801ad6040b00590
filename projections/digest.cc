#include "projections/digest.h"

#include <openssl/evp.h>

#include "absl/numeric/int128.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"

namespace daybook::projections {

namespace {

// A reused context: fetching the algorithm would cost more than hashing a row.
class Sha256Hasher {
 public:
  Sha256Hasher() : context_(EVP_MD_CTX_new()), sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {}
  ~Sha256Hasher() {
    EVP_MD_free(sha256_);
    EVP_MD_CTX_free(context_);
  }
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;

  RowHash Hash(absl::string_view view, absl::string_view key, uint64_t since,
               absl::string_view value) {
    // Short rows are hashed in one piece.
    char head[256];
    size_t size = 0;
    const auto put = [&](absl::string_view bytes) {
      if (size + bytes.size() > sizeof(head)) Update(head, std::exchange(size, 0));
      if (bytes.size() > sizeof(head)) return Update(bytes.data(), bytes.size());
      bytes.copy(head + size, bytes.size());
      size += bytes.size();
    };
    DAYBOOK_CHECK(EVP_DigestInit_ex(context_, sha256_, nullptr) == 1, "SHA-256");
    char frame[13] = {static_cast<char>(view.size()), static_cast<char>(key.size() >> 24),
                      static_cast<char>(key.size() >> 16), static_cast<char>(key.size() >> 8),
                      static_cast<char>(key.size())};
    for (int i = 0; i < 8; ++i) frame[5 + i] = static_cast<char>(since >> (8 * i));
    put({frame, sizeof(frame)});
    put(view);
    put(key);
    put(value);
    if (size > 0) Update(head, size);
    char digest[32];
    DAYBOOK_CHECK(
        EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(digest), nullptr) == 1,
        "SHA-256");
    RowHash hash;
    for (int i = 0; i < 4; ++i) hash.limbs[3 - i] = LoadU64(digest + 8 * i);
    return hash;
  }

 private:
  void Update(const char* data, size_t size) {
    DAYBOOK_CHECK(EVP_DigestUpdate(context_, data, size) == 1, "SHA-256");
  }

  EVP_MD_CTX* context_;
  EVP_MD* sha256_;
};

Sha256Hasher& Hasher() {
  thread_local Sha256Hasher hasher;
  return hasher;
}

}  // namespace

RowHash HashRow(absl::string_view view, absl::string_view key, const RowVersion& version) {
  return Hasher().Hash(view, key, version.since, version.value);
}

void RowSum::Add(const RowHash& hash) {
  absl::uint128 carry = 0;
  for (int i = 0; i < 4; ++i) {
    carry += absl::uint128(limbs_[i]) + hash.limbs[i];
    limbs_[i] = absl::Uint128Low64(carry);
    carry >>= 64;
  }
}

void RowSum::Subtract(const RowHash& hash) {
  RowHash negative;  // two's complement
  uint64_t carry = 1;
  for (int i = 0; i < 4; ++i) {
    negative.limbs[i] = ~hash.limbs[i] + carry;
    carry = carry != 0 && negative.limbs[i] == 0 ? 1 : 0;
  }
  Add(negative);
}

void RowSum::AddWeighted(const RowHash& hash, uint64_t position) {
  RowHash product;
  absl::uint128 carry = 0;
  for (int i = 0; i < 4; ++i) {
    carry += absl::uint128(hash.limbs[i]) * (2 * position + 1);
    product.limbs[i] = absl::Uint128Low64(carry);
    carry >>= 64;
  }
  Add(product);
}

eventstore::Hash RowSum::bytes() const {
  std::string text;
  for (int i = 3; i >= 0; --i) AppendU64(&text, limbs_[i]);
  eventstore::Hash hash;
  std::copy(text.begin(), text.end(), hash.begin());
  return hash;
}

RowSum RowSum::FromBytes(const eventstore::Hash& bytes) {
  RowSum sum;
  for (int i = 0; i < 4; ++i) {
    sum.limbs_[3 - i] = LoadU64(reinterpret_cast<const char*>(bytes.data()) + 8 * i);
  }
  return sum;
}

eventstore::Hash ViewDigest::bytes() const {
  const eventstore::Hash now = current.bytes();
  const eventstore::Hash then = history.bytes();
  const RowHash both = Hasher().Hash("", {reinterpret_cast<const char*>(now.data()), now.size()}, 0,
                                     {reinterpret_cast<const char*>(then.data()), then.size()});
  RowSum sum;
  sum.Add(both);
  return sum.bytes();
}

}  // namespace daybook::projections
