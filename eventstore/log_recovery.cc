#include "eventstore/log_recovery.h"

#include <rocksdb/env.h>

#include <cstdio>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "eventstore/database_copy.h"
#include "eventstore/directory_files.h"

namespace daybook::eventstore {
namespace {

// RocksDB's own lock on a database that is not open.
class DatabaseLock {
 public:
  static absl::StatusOr<std::unique_ptr<DatabaseLock>> Take(const std::string& path) {
    rocksdb::FileLock* lock = nullptr;
    DAYBOOK_RETURN_IF_ERROR(FromRocks(rocksdb::Env::Default()->LockFile(path + "/LOCK", &lock),
                                      absl::StrCat("locking ", path)));
    return std::unique_ptr<DatabaseLock>(new DatabaseLock(lock));
  }
  ~DatabaseLock() { (void)rocksdb::Env::Default()->UnlockFile(lock_); }
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

 private:
  explicit DatabaseLock(rocksdb::FileLock* lock) : lock_(lock) {}
  rocksdb::FileLock* lock_;
};

// Puts a copy up to the damage in the place of `path`, if `check` of the copy passes; what it
// replaces is kept under the name returned. Otherwise the error of `check`, and nothing is changed.
// REQUIRES: the database is closed, its damage proven.
absl::StatusOr<std::string> ReplaceByCopy(
    const std::string& path, absl::FunctionRef<absl::Status(const std::string& copy)> check) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto lock, DatabaseLock::Take(path));
  DAYBOOK_RETURN_IF_ERROR(CopyDatabase(path));
  if (absl::Status sound = check(CopyPath(path)); !sound.ok()) {
    DiscardCopy(path).IgnoreError();
    return sound;
  }
  const std::string aside = NextAside(path);
  DAYBOOK_RETURN_IF_ERROR(PutAside(path, aside));
  DAYBOOK_RETURN_IF_ERROR(TakeOver(path));
  return aside;
}

absl::StatusOr<std::unique_ptr<RocksLog>> OpenLoaded(const std::string& path, OpenMode mode,
                                                     const StoreOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksLog> log,
                           RocksLog::Open(path, mode, options, nullptr));
  DAYBOOK_RETURN_IF_ERROR(log->Load());
  return log;
}

absl::Status CheckLog(const RocksLog& log, const Uuid& log_id, const WitnessRecord& witness) {
  if (log.log_id() != log_id) {
    return Reject(Reason::REASON_DATA_DIRECTORY, "the log belongs to another data directory");
  }
  return CheckWitness(log, witness);
}

absl::Status RefuseLog(const absl::Status& strict, const absl::Status& lenient,
                       const WitnessRecord& witness) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("the log is damaged and stays closed. Acknowledged up to position ",
                             witness.head, ". Opening: ", strict.message(),
                             ". Opening a copy up to the damage: ", lenient.message()),
                {{"acknowledged", absl::StrCat(witness.head)}});
}

// Every change of the keys that the log relies on must be there: an older copy of keys/ has fewer.
// Changes are one sequence, of which a torn write-ahead log has a prefix.
absl::Status CheckKeys(const RocksKeyStore& keys, uint64_t used) {
  if (keys.changes() >= used) return absl::OkStatus();
  return Reject(
      Reason::REASON_DATA_LOSS,
      absl::StrCat("the log was written after ", used, " changes of the keys, the key store has ",
                   keys.changes(), ": it is an older copy or has lost its end"),
      {{"expected", absl::StrCat(used)}, {"found", absl::StrCat(keys.changes())}});
}

absl::Status RefuseKeys(const absl::Status& strict, const absl::Status& lenient, uint64_t used) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("the key store is damaged and stays closed. The log relies on ", used,
                             " changes of it. Opening: ", strict.message(),
                             ". Opening a copy up to the damage: ", lenient.message()),
                {{"expected", absl::StrCat(used)}});
}

}  // namespace

absl::Status CheckWitness(const RocksLog& log, const WitnessRecord& witness) {
  const LogPosition head = log.state().range.size();
  if (head < witness.head || log.state().commits < witness.commits) {
    return Reject(Reason::REASON_DATA_LOSS,
                  absl::StrCat("the log ends at position ", head, " after ", log.state().commits,
                               " commits, but position ", witness.head, " and ", witness.commits,
                               " commits were acknowledged: restore the missing end from a backup"),
                  {{"head", absl::StrCat(head)}, {"acknowledged", absl::StrCat(witness.head)}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const CompactRange range, log.RangeAt(witness.head, head));
  if (range.Root() != witness.root) {
    return Reject(Reason::REASON_DATA_LOSS,
                  absl::StrCat("the log up to position ", witness.head,
                               " is not the one that was acknowledged"),
                  {{"acknowledged", absl::StrCat(witness.head)}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RocksLog>> OpenCheckedLog(const std::string& directory,
                                                         const Uuid& log_id,
                                                         const WitnessRecord& witness,
                                                         const StoreOptions& options) {
  const std::string path = LogPath(directory);
  DAYBOOK_RETURN_IF_ERROR(UndoInterrupted(path));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(path));
  const auto open_strictly = [&]() -> absl::StatusOr<std::unique_ptr<RocksLog>> {
    DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksLog> log,
                             OpenLoaded(path, OpenMode::kStrict, options));
    DAYBOOK_RETURN_IF_ERROR(CheckLog(*log, log_id, witness));
    return log;
  };
  absl::StatusOr<std::unique_ptr<RocksLog>> strict = open_strictly();
  if (strict.ok() || !IsProvenCorruption(strict.status())) return strict;
  const auto aside = ReplaceByCopy(path, [&](const std::string& copy) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const auto log, OpenLoaded(copy, OpenMode::kPointInTime, options));
    return CheckLog(*log, log_id, witness);
  });
  if (!aside.ok()) {
    if (ReasonOf(aside.status()) != Reason::REASON_DATA_LOSS) return aside.status();
    return RefuseLog(strict.status(), aside.status(), witness);
  }
  std::fprintf(stderr,
               "daybook: the end of the log was torn; nothing acknowledged was lost. The log up to "
               "the damage was taken over, the damaged one is kept in %s\n",
               aside->c_str());
  return open_strictly();
}

absl::StatusOr<std::unique_ptr<RocksKeyStore>> OpenCheckedKeys(const std::string& directory,
                                                               const Uuid& log_id, uint64_t used,
                                                               const KeyEncryption& kek,
                                                               Random& random) {
  using Access = RocksKeyStore::Access;
  const std::string path = KeysPath(directory);
  DAYBOOK_RETURN_IF_ERROR(UndoInterrupted(path));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(path));
  const auto open_checked = [&](const std::string& from,
                                Access access) -> absl::StatusOr<std::unique_ptr<RocksKeyStore>> {
    DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksKeyStore> keys,
                             RocksKeyStore::Open(from, log_id, kek, random, access));
    DAYBOOK_RETURN_IF_ERROR(CheckKeys(*keys, used));
    return keys;
  };
  absl::StatusOr<std::unique_ptr<RocksKeyStore>> strict = open_checked(path, Access::kReadWrite);
  if (!strict.ok() && IsProvenCorruption(strict.status())) {
    const auto aside = ReplaceByCopy(path, [&](const std::string& copy) {
      return open_checked(copy, Access::kPointInTime).status();
    });
    if (!aside.ok()) {
      if (ReasonOf(aside.status()) != Reason::REASON_DATA_LOSS) return aside.status();
      return RefuseKeys(strict.status(), aside.status(), used);
    }
    std::fprintf(stderr,
                 "daybook: the end of the key store was torn; no key that the log uses was lost. "
                 "The damaged one is kept in %s\n",
                 aside->c_str());
    strict = open_checked(path, Access::kReadWrite);
  }
  if (!strict.ok()) return strict;
  for (const std::string& aside : SetAside(path)) {
    std::fprintf(stderr,
                 "daybook: %s holds keys of persons, which erasing a person does not reach: remove "
                 "it once daybook log verify has passed\n",
                 aside.c_str());
  }
  return strict;
}

}  // namespace daybook::eventstore
