#pragma once

// The key store over a RocksDB of its own. A person's new key is written at once and made durable
// by the writer of the log, together with all others that came up, before the first batch that uses
// it. Private to eventstore/.

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "eventstore/key_encryption.h"
#include "eventstore/key_store.h"
#include "eventstore/recent_map.h"
#include "eventstore/sealing.h"

namespace daybook::eventstore {

// A destroyed key leaves its name behind; a missing one does not.
enum class KeyPresence { kPresent, kDestroyed, kMissing };

class RocksKeyStore final : public KeyStore {
 public:
  // A new store with its installation keys, synced.
  static absl::StatusOr<std::unique_ptr<RocksKeyStore>> Create(const std::string& path,
                                                               const Uuid& log_id,
                                                               KeyEncryption kek, Random& random,
                                                               std::unique_ptr<rocksdb::Env> env);
  // DATA_LOSS when damaged, DATA_DIRECTORY when it belongs to another log.
  enum class Access {
    kReadWrite,    // damage in the write-ahead log is refused
    kReadOnly,     // the same, changes nothing
    kPointInTime,  // the longest sound prefix; only for a copy
  };
  static absl::StatusOr<std::unique_ptr<RocksKeyStore>> Open(const std::string& path,
                                                             const Uuid& log_id, KeyEncryption kek,
                                                             Random& random, Access access);
  ~RocksKeyStore() override;

  absl::StatusOr<SealedPart> Seal(const Uuid& subject, const SealContext& context,
                                  absl::string_view plain) override;
  absl::StatusOr<std::optional<std::string>> Open(const SealedPart& part,
                                                  const SealContext& context) const override;
  Hash ClaimHash(absl::string_view kind, absl::string_view value) const override;
  absl::StatusOr<uint16_t> ClaimKind(absl::string_view kind) override;
  std::string SealToken(absl::string_view plain) override;
  absl::StatusOr<std::string> OpenToken(absl::string_view token) const override;
  absl::Status PutSecretHash(const Uuid& key_id, const Hash& hash) override;
  absl::StatusOr<std::optional<Hash>> FindSecretHash(const Uuid& key_id) const override;

  // Makes everything written so far durable. Returns the number of changes ever made if there was
  // one since the last call, else 0.
  absl::StatusOr<uint64_t> MakeDurable();
  uint64_t changes() const { return changes_.load(); }
  absl::StatusOr<KeyPresence> FindKey(const Hash& key_id) const;

 private:
  RocksKeyStore(KeyEncryption kek, Random& random, std::unique_ptr<rocksdb::Env> env);

  absl::Status OpenDb(const std::string& path, bool create, Access access);
  absl::Status Initialise(const Uuid& log_id);
  absl::Status Load(const Uuid& log_id);
  absl::Status LoadRows();
  absl::StatusOr<Hash> LoadInstallationKey(const std::string& row) const;
  absl::StatusOr<std::optional<std::string>> Get(const std::string& row) const;
  absl::StatusOr<PersonKey> KeyOf(const Uuid& subject);
  absl::StatusOr<PersonKey> MakeKey(const Uuid& subject);
  enum class Sync { kNow, kLater };
  absl::Status Change(rocksdb::WriteBatch* batch, uint64_t new_rows, Sync sync,
                      absl::string_view attempted);
  absl::StatusOr<std::optional<PersonKey>> KeyById(const Hash& key_id) const;

  const KeyEncryption kek_;
  Random& random_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  Hash claim_key_{};
  Hash token_key_{};

  // Refuses what follows a failed write. REQUIRES: mutex_ is held.
  absl::Status CheckWritable() const;

  mutable std::mutex mutex_;
  absl::Status failure_;  // the first failed write; guarded by mutex_
  mutable RecentMap<Uuid, PersonKey> by_subject_;
  mutable RecentMap<Hash, PersonKey> by_id_;
  RecentMap<std::string, uint16_t> claim_kinds_;
  uint32_t next_claim_kind_ = 1;
  uint64_t rows_ = 0;
  std::atomic<uint64_t> changes_{0};
  std::atomic<bool> dirty_{false};
};

}  // namespace daybook::eventstore
