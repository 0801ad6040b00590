#pragma once

// Texts that prove who holds them: "<kind>_<32 hexadecimal digits of an id>_<64 of a secret>". Of
// the secret only a hash is kept, in keys/.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/base/clock.h"
#include "domain/base/uuid.h"
#include "eventstore/key_store.h"

namespace daybook::services {

inline constexpr size_t kSecretBytes = 32;

struct SecretToken {
  Uuid id;
  eventstore::Hash secret_hash{};
  std::string prefix;  // first 8 hexadecimal digits of the hash
};

std::string FormatSecretToken(absl::string_view kind, const Uuid& id, absl::string_view secret);
// A fresh secret for `id`; its text goes into `text` and nowhere else.
SecretToken MakeSecretToken(absl::string_view kind, const Uuid& id, Random& random,
                            std::string* text);
// nullopt for a text of another shape or kind.
std::optional<SecretToken> ParseSecretToken(absl::string_view kind, absl::string_view text);

std::string SecretPrefixOf(const eventstore::Hash& hash);
// Where keys/ keeps the hash of a secret: by id and hash prefix, so that two requests for one id
// cannot overwrite each other. The prefix in the record, decided once, says which secret counts.
Uuid SecretSlot(const Uuid& id, absl::string_view prefix);

// Whether keys/ holds this secret for this id. Takes as long whether hashes differ early or late.
absl::StatusOr<bool> IsIssuedSecret(const eventstore::KeyStore& keys, const SecretToken& token);

}  // namespace daybook::services
