#pragma once

// Keys: one per person, and the few of the installation. Lives in `keys/` beside the log, never in
// log backups.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/base/clock.h"
#include "domain/base/uuid.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

// Thread-safe. A person's key is on disk (synced) before it is first used.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // Seals `plain` under the person's key, making the key if there is none yet (LOG.md 2.4, alg 1).
  // Errors: ERASED_SUBJECT once the person's key has been destroyed.
  virtual absl::StatusOr<SealedPart> Seal(const Uuid& subject, const SealContext& context,
                                          absl::string_view plain) = 0;
  // Opens a part; nullopt when its key is gone (erased). DATA_LOSS when key and part do not fit:
  // tampered.
  virtual absl::StatusOr<std::optional<std::string>> Open(const SealedPart& part,
                                                          const SealContext& context) const = 0;

  // HMAC of a unique value under the installation's claim key, with the kind mixed in.
  virtual Hash ClaimHash(absl::string_view kind, absl::string_view value) const = 0;
  // Stable number of a claim kind, registered in keys/ on first use.
  virtual absl::StatusOr<uint16_t> ClaimKind(absl::string_view kind) = 0;

  // Authenticated encryption of page tokens under a key of the installation.
  virtual std::string SealToken(absl::string_view plain) = 0;
  virtual absl::StatusOr<std::string> OpenToken(
      absl::string_view token) const = 0;  // INVALID_ARGUMENT

  // Hash of an API key's secret, in a slot chosen by the caller. Written (synced) before the event
  // that announces the key.
  virtual absl::Status PutSecretHash(const Uuid& slot, const Hash& hash) = 0;
  virtual absl::StatusOr<std::optional<Hash>> FindSecretHash(const Uuid& slot) const = 0;
};

Hash Sha256(absl::string_view data);

}  // namespace daybook::eventstore
