#pragma once

// The cryptography of sealed parts: HKDF-SHA-256, AES-256-GCM, and a key id that commits to the
// key, so that no part opens under two keys. Thread-safe: contexts are kept per thread. Private to
// eventstore/.

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

Hash HmacSha256(absl::string_view key, std::initializer_list<absl::string_view> parts);
// With a salt of zeros, as RFC 5869 has it for no salt.
Hash HkdfExtract(absl::string_view key_material);
// 32 bytes of output.
Hash HkdfExpand(const Hash& prk, std::initializer_list<absl::string_view> info);

// AES-256-GCM with a 12-byte nonce: ciphertext ‖ 16-byte tag.
std::string AeadSeal(const Hash& key, absl::string_view nonce, absl::string_view aad,
                     absl::string_view plain);
// DATA_LOSS if it does not open.
absl::StatusOr<std::string> AeadOpen(const Hash& key, absl::string_view nonce,
                                     absl::string_view aad, absl::string_view sealed);

// A person's key as used: the extracted key and the id that commits to it.
struct PersonKey {
  Hash prk{};
  Hash id{};

  static PersonKey FromSecret(absl::string_view secret);
};

// What a part is bound to, as bytes.
std::string AadOf(const SealContext& context, const Hash& key_id);

// `salt` is 16 fresh random bytes.
SealedPart SealPart(const PersonKey& key, const SealContext& context, absl::string_view plain,
                    absl::string_view salt);
// DATA_LOSS when key, context and part do not belong together.
absl::StatusOr<std::string> OpenPart(const PersonKey& key, const SealContext& context,
                                     const SealedPart& part);

}  // namespace daybook::eventstore
