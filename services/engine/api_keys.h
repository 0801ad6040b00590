#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/base/clock.h"
#include "eventstore/key_store.h"
#include "services/engine/engine.h"
#include "services/engine/secret_token.h"

namespace daybook::services {

// A freshly made key: "dbk_<32 hexadecimal digits of the id>_<64 of the secret>".
struct NewKey {
  Uuid id;
  std::string text;
  eventstore::Hash secret_hash{};
  std::string prefix;  // first 8 hexadecimal digits of the hash: what the event and lists show
};
NewKey GenerateKey(Clock& clock, Random& random);
// The same secret under another id.
NewKey WithId(NewKey key, const Uuid& id);

// Tells who calls from the text of a key. Thread-safe.
class Authenticator {
 public:
  Authenticator(const eventstore::KeyStore& keys, CommandEngine& engine)
      : keys_(keys), engine_(engine) {}
  // UNAUTHENTICATED for a key that is malformed, unknown, revoked, has another secret or belongs to
  // a user who is not active: always the same answer. What was revoked or deactivated counts from
  // the moment it is acknowledged.
  absl::StatusOr<Principal> Authenticate(absl::string_view key_text);

 private:
  // Also true for a key of no user.
  absl::StatusOr<bool> IsActiveUser(const std::string& user_id);

  static constexpr size_t kCachedMax = 10'000;
  const eventstore::KeyStore& keys_;
  CommandEngine& engine_;
  std::mutex mutex_;
  // Hash of a key's text that fitted once, to its id: the records of key and user are looked at
  // every time.
  absl::flat_hash_map<std::string, std::string> known_;
};

}  // namespace daybook::services
