#include "eventstore/log_recovery.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/database_copy.h"
#include "eventstore/directory_files.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

absl::Status RemoveFolder(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return absl::OkStatus();
  return Reject(Reason::REASON_DATA_DIRECTORY,
                absl::StrCat("cannot remove ", path, ": ", ToAbsl(error.message())));
}

std::string DamagedLogPath(const std::string& directory, int n) {
  return absl::StrCat(LogPath(directory), ".damaged-", n);
}

// The number that the next damaged log gets.
int NextDamagedLog(const std::string& directory) {
  int n = 1;
  while (Exists(DamagedLogPath(directory, n))) ++n;
  return n;
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
  const int damaged = NextDamagedLog(directory);
  DAYBOOK_RETURN_IF_ERROR(UndoInterrupted(path, DamagedLogPath(directory, damaged - 1)));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(path));
  absl::StatusOr<std::unique_ptr<RocksLog>> strict = OpenLoaded(path, OpenMode::kStrict, options);
  if (strict.ok()) {
    DAYBOOK_RETURN_IF_ERROR(CheckLog(**strict, log_id, witness));
    return strict;
  }
  if (ReasonOf(strict.status()) != Reason::REASON_DATA_LOSS) return strict.status();
  DAYBOOK_RETURN_IF_ERROR(CopyDatabase(path));
  absl::Status lenient;
  {
    const auto recovered = OpenLoaded(CopyPath(path), OpenMode::kPointInTime, options);
    lenient = recovered.ok() ? CheckLog(**recovered, log_id, witness) : recovered.status();
  }
  if (!lenient.ok()) {
    DiscardCopy(path).IgnoreError();
    return RefuseLog(strict.status(), lenient, witness);
  }
  // Kept beside, never deleted.
  const std::string aside = DamagedLogPath(directory, NextDamagedLog(directory));
  DAYBOOK_RETURN_IF_ERROR(PutAside(path, aside));
  DAYBOOK_RETURN_IF_ERROR(TakeOver(path));
  std::fprintf(stderr,
               "daybook: the end of the log was torn; nothing acknowledged was lost. The log up to "
               "the damage was taken over, the damaged one is kept in %s\n",
               aside.c_str());
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksLog> log,
                           OpenLoaded(path, OpenMode::kStrict, options));
  DAYBOOK_RETURN_IF_ERROR(CheckLog(*log, log_id, witness));
  return log;
}

absl::StatusOr<std::unique_ptr<RocksKeyStore>> OpenCheckedKeys(const std::string& directory,
                                                               const Uuid& log_id, uint64_t used,
                                                               const KeyEncryption& kek,
                                                               Random& random) {
  using Access = RocksKeyStore::Access;
  const std::string path = KeysPath(directory);
  const std::string aside = path + ".damaged";
  DAYBOOK_RETURN_IF_ERROR(UndoInterrupted(path, aside));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(path));
  DAYBOOK_RETURN_IF_ERROR(RemoveFolder(aside));
  auto strict = RocksKeyStore::Open(path, log_id, kek, random, Access::kReadWrite);
  if (strict.ok()) {
    DAYBOOK_RETURN_IF_ERROR(CheckKeys(**strict, used));
    return strict;
  }
  if (ReasonOf(strict.status()) != Reason::REASON_DATA_LOSS) return strict.status();
  DAYBOOK_RETURN_IF_ERROR(CopyDatabase(path));
  absl::Status lenient;
  {
    const auto recovered =
        RocksKeyStore::Open(CopyPath(path), log_id, kek, random, Access::kPointInTime);
    lenient = recovered.ok() ? CheckKeys(**recovered, used) : recovered.status();
  }
  if (!lenient.ok()) {
    DiscardCopy(path).IgnoreError();
    return RefuseKeys(strict.status(), lenient, used);
  }
  DAYBOOK_RETURN_IF_ERROR(PutAside(path, aside));
  DAYBOOK_RETURN_IF_ERROR(TakeOver(path));
  std::fprintf(stderr,
               "daybook: the end of the key store was torn; no key that the log uses was lost\n");
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksKeyStore> keys,
                           RocksKeyStore::Open(path, log_id, kek, random, Access::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(CheckKeys(*keys, used));
  DAYBOOK_RETURN_IF_ERROR(RemoveFolder(aside));
  return keys;
}

}  // namespace daybook::eventstore
