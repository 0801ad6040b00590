#include "eventstore/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cstring>

#include "absl/strings/escaping.h"
#include "domain/base/check.h"

namespace daybook::eventstore {
namespace {

// Fetching the algorithm costs more than hashing a header, so it is done once for each thread.
class Sha256Context {
 public:
  Sha256Context() : md_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
    DAYBOOK_CHECK(md_ != nullptr && context_ != nullptr, "SHA-256 is missing");
    DAYBOOK_CHECK(EVP_DigestInit_ex2(context_, md_, nullptr) == 1, "SHA-256 does not start");
  }
  ~Sha256Context() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(md_);
  }
  Sha256Context(const Sha256Context&) = delete;
  Sha256Context& operator=(const Sha256Context&) = delete;

  Hash Run(std::initializer_list<absl::string_view> parts) {
    Hash hash;
    unsigned int size = 0;
    bool ok = EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1;
    for (absl::string_view part : parts) {
      ok = ok && EVP_DigestUpdate(context_, part.data(), part.size()) == 1;
    }
    ok = ok && EVP_DigestFinal_ex(context_, hash.data(), &size) == 1;
    DAYBOOK_CHECK(ok && size == hash.size(), "SHA-256 failed");
    return hash;
  }

 private:
  EVP_MD* md_;
  EVP_MD_CTX* context_;
};

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrcTable = MakeCrcTable();

}  // namespace

Hash Sha256Of(std::initializer_list<absl::string_view> parts) {
  thread_local Sha256Context context;
  return context.Run(parts);
}

Hash Sha256(absl::string_view data) { return Sha256Of({data}); }

Hash HashFromBytes(absl::string_view bytes) {
  Hash hash;
  DAYBOOK_CHECK(bytes.size() == hash.size(), "a hash has 32 bytes");
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

std::string HexOf(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

uint32_t Crc32c(absl::string_view data) {
  uint32_t crc = 0xffffffffu;
  for (const char c : data) crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  return ~crc;
}

}  // namespace daybook::eventstore
