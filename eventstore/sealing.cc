#include "eventstore/sealing.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {
namespace {

constexpr size_t kNonceBytes = 12;
constexpr absl::string_view kZeroNonce("\0\0\0\0\0\0\0\0\0\0\0\0", kNonceBytes);

const unsigned char* Unsigned(absl::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
unsigned char* Unsigned(char* s) { return reinterpret_cast<unsigned char*>(s); }

// Making a context costs several times what a seal costs, so each thread keeps its own.
class HmacContext {
 public:
  HmacContext()
      : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)),
        context_(mac_ != nullptr ? EVP_MAC_CTX_new(mac_) : nullptr) {
    DAYBOOK_CHECK(context_ != nullptr, "HMAC is missing");
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    DAYBOOK_CHECK(EVP_MAC_CTX_set_params(context_, params) == 1, "HMAC has no SHA-256");
  }
  ~HmacContext() {
    EVP_MAC_CTX_free(context_);
    EVP_MAC_free(mac_);
  }
  HmacContext(const HmacContext&) = delete;
  HmacContext& operator=(const HmacContext&) = delete;

  Hash Run(absl::string_view key, std::initializer_list<absl::string_view> parts) {
    bool ok = EVP_MAC_init(context_, Unsigned(key), key.size(), nullptr) == 1;
    for (absl::string_view part : parts) {
      ok = ok && EVP_MAC_update(context_, Unsigned(part), part.size()) == 1;
    }
    Hash hash;
    size_t size = 0;
    ok = ok && EVP_MAC_final(context_, hash.data(), &size, hash.size()) == 1;
    DAYBOOK_CHECK(ok && size == hash.size(), "HMAC failed");
    return hash;
  }

 private:
  EVP_MAC* mac_;
  EVP_MAC_CTX* context_;
};

class GcmContext {
 public:
  GcmContext()
      : cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)), context_(EVP_CIPHER_CTX_new()) {
    DAYBOOK_CHECK(cipher_ != nullptr && context_ != nullptr, "AES-256-GCM is missing");
  }
  ~GcmContext() {
    EVP_CIPHER_CTX_free(context_);
    EVP_CIPHER_free(cipher_);
  }
  GcmContext(const GcmContext&) = delete;
  GcmContext& operator=(const GcmContext&) = delete;

  EVP_CIPHER_CTX* context() { return context_; }
  const EVP_CIPHER* cipher() const { return cipher_; }

 private:
  EVP_CIPHER* cipher_;
  EVP_CIPHER_CTX* context_;
};

GcmContext& Gcm() {
  thread_local GcmContext context;
  return context;
}

absl::Status NotOpened() {
  return Reject(Reason::REASON_DATA_LOSS,
                "a sealed part does not open: it or its place is changed");
}

Hash EncryptionKey(const PersonKey& key, absl::string_view salt) {
  return HkdfExpand(key.prk, {kSealInfo, salt});
}

}  // namespace

Hash HmacSha256(absl::string_view key, std::initializer_list<absl::string_view> parts) {
  thread_local HmacContext context;
  return context.Run(key, parts);
}

Hash HkdfExtract(absl::string_view key_material) {
  const Hash no_salt{};
  return HmacSha256(Bytes(no_salt), {key_material});
}

Hash HkdfExpand(const Hash& prk, std::initializer_list<absl::string_view> info) {
  std::string block;
  for (absl::string_view part : info) block.append(part.data(), part.size());
  block.push_back(1);
  return HmacSha256(Bytes(prk), {block});
}

std::string AeadSeal(const Hash& key, absl::string_view nonce, absl::string_view aad,
                     absl::string_view plain) {
  DAYBOOK_CHECK(nonce.size() == kNonceBytes, "a nonce has 12 bytes");
  GcmContext& gcm = Gcm();
  std::string out(plain.size() + kTagBytes, '\0');
  int size = 0;
  bool ok =
      EVP_EncryptInit_ex2(gcm.context(), gcm.cipher(), key.data(), Unsigned(nonce), nullptr) == 1;
  ok = ok && EVP_EncryptUpdate(gcm.context(), nullptr, &size, Unsigned(aad),
                               static_cast<int>(aad.size())) == 1;
  ok = ok && EVP_EncryptUpdate(gcm.context(), Unsigned(out.data()), &size, Unsigned(plain),
                               static_cast<int>(plain.size())) == 1;
  ok = ok && EVP_EncryptFinal_ex(gcm.context(), Unsigned(out.data()) + plain.size(), &size) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(gcm.context(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                                 out.data() + plain.size()) == 1;
  DAYBOOK_CHECK(ok, "AES-256-GCM failed");
  return out;
}

absl::StatusOr<std::string> AeadOpen(const Hash& key, absl::string_view nonce,
                                     absl::string_view aad, absl::string_view sealed) {
  if (sealed.size() < kTagBytes || nonce.size() != kNonceBytes) return NotOpened();
  GcmContext& gcm = Gcm();
  const absl::string_view text = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(text.size()));
  std::string out(text.size(), '\0');
  int size = 0;
  bool ok =
      EVP_DecryptInit_ex2(gcm.context(), gcm.cipher(), key.data(), Unsigned(nonce), nullptr) == 1;
  ok = ok && EVP_DecryptUpdate(gcm.context(), nullptr, &size, Unsigned(aad),
                               static_cast<int>(aad.size())) == 1;
  ok = ok && EVP_DecryptUpdate(gcm.context(), Unsigned(out.data()), &size, Unsigned(text),
                               static_cast<int>(text.size())) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(gcm.context(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  ok = ok && EVP_DecryptFinal_ex(gcm.context(), Unsigned(out.data()) + text.size(), &size) == 1;
  if (!ok) return NotOpened();
  return out;
}

PersonKey PersonKey::FromSecret(absl::string_view secret) {
  PersonKey key;
  key.prk = HkdfExtract(secret);
  key.id = HkdfExpand(key.prk, {kKeyIdInfo});
  return key;
}

std::string AadOf(const SealContext& context, const Hash& key_id) {
  const auto append = [](std::string* out, absl::string_view bytes) {
    out->append(bytes.data(), bytes.size());
  };
  std::string aad(kAadPrefix);
  append(&aad, context.request_id.bytes());
  AppendU16(&aad, context.commit_index);
  aad.push_back(static_cast<char>(context.part_index));
  aad.push_back(static_cast<char>(context.stream.aggregate.size()));
  append(&aad, context.stream.aggregate);
  append(&aad, context.stream.id.bytes());
  aad.push_back(static_cast<char>(context.event_type.size()));
  append(&aad, context.event_type);
  AppendU32(&aad, context.schema_set);
  append(&aad, Bytes(key_id));
  return aad;
}

SealedPart SealPart(const PersonKey& key, const SealContext& context, absl::string_view plain,
                    absl::string_view salt) {
  DAYBOOK_CHECK(salt.size() == kSaltBytes, "a salt has 16 bytes");
  SealedPart part;
  part.alg = kAlgAes256Gcm;
  part.key_id = key.id;
  part.blob = std::string(salt);
  part.blob += AeadSeal(EncryptionKey(key, salt), kZeroNonce, AadOf(context, key.id), plain);
  return part;
}

absl::StatusOr<std::string> OpenPart(const PersonKey& key, const SealContext& context,
                                     const SealedPart& part) {
  if (part.alg != kAlgAes256Gcm || part.key_id != key.id || part.blob.size() < kSealedBytesMin) {
    return NotOpened();
  }
  const absl::string_view blob = part.blob;
  const absl::string_view salt = blob.substr(0, kSaltBytes);
  return AeadOpen(EncryptionKey(key, salt), kZeroNonce, AadOf(context, key.id),
                  blob.substr(kSaltBytes));
}

}  // namespace daybook::eventstore
