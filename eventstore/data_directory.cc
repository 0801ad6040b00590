#include "eventstore/data_directory.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/directory_files.h"
#include "eventstore/directory_lock.h"
#include "eventstore/disk_space.h"
#include "eventstore/files.h"
#include "eventstore/local_sink.h"
#include "eventstore/log_recovery.h"
#include "eventstore/rocks_event_store.h"
#include "eventstore/rocks_key_store.h"
#include "eventstore/witness.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kLockInterval = absl::Seconds(1);
constexpr uint64_t kOpenFreeBytes = 16 << 20;

absl::Status MakeEmptyFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return Reject(Reason::REASON_DATA_DIRECTORY,
                  absl::StrCat("cannot make ", path, ": ", ToAbsl(error.message())));
  }
  if (!fs::is_empty(path, error) || error) {
    return Reject(Reason::REASON_DATA_DIRECTORY,
                  absl::StrCat(path, " is not empty: name a new or empty directory"));
  }
  for (const char* part : {"/views", "/blobs"}) {
    fs::create_directory(path + part, error);
    if (error) {
      return Reject(Reason::REASON_DATA_DIRECTORY,
                    absl::StrCat("cannot write to ", path, ": ", ToAbsl(error.message())));
    }
  }
  return absl::OkStatus();
}

// Opening a database writes a little, and the packaged RocksDB ends the process when it cannot.
absl::Status RequireRoom(const std::string& path) {
  if (DiskSpace::Of(path, kOpenFreeBytes).HasRoom()) return absl::OkStatus();
  return Reject(Reason::REASON_DISK_FULL,
                absl::StrCat("no room to open ", path, ": its file system has less than ",
                             kOpenFreeBytes >> 20, " MiB free; free space, and start again"),
                {{"path", path}});
}

// What lies beyond the witness may have been acknowledged too, and repeats will be answered from
// it. Opening the log has made it durable.
absl::Status CatchUp(const RocksLog& log, Witness* witness) {
  const Head head = log.state().head();
  const WitnessRecord& known = witness->record();
  if (known.head == head.position && known.commits == log.state().commits) return absl::OkStatus();
  return witness->Write(head.position, log.state().commits, head.root, Witness::Durability::kPower);
}

}  // namespace

absl::Status CreateDataDirectory(const std::string& path, Clock& clock, Random& random) {
  DAYBOOK_RETURN_IF_ERROR(MakeEmptyFolder(path));
  const Uuid log_id = random.NewUuid(clock.Now());
  const KeyEncryption kek = KeyEncryption::Generate(random);
  DAYBOOK_RETURN_IF_ERROR(kek.WriteNew(KekPath(path)));
  DAYBOOK_RETURN_IF_ERROR(
      RocksKeyStore::Create(KeysPath(path), log_id, kek, random, nullptr).status());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksLog> log,
                           RocksLog::Open(LogPath(path), OpenMode::kCreate, {}, nullptr));
  DAYBOOK_RETURN_IF_ERROR(log->Initialise(log_id));
  DAYBOOK_RETURN_IF_ERROR(Witness::Create(WitnessPath(path)));
  RestrictModes(path, DirectoryAge::kNew);
  // Last: a directory without identity is not one.
  return WriteNewFile(IdentityPath(path), EncodeIdentity(log_id), 0600);
}

absl::StatusOr<DataDirectory> OpenDataDirectory(const std::string& path,
                                                const StoreOptions& options, Clock& clock,
                                                Random& random) {
  DataDirectory directory;
  directory.path = path;
  DAYBOOK_ASSIGN_OR_RETURN(const Uuid log_id, ReadIdentity(path));
  DAYBOOK_ASSIGN_OR_RETURN(directory.lock, DirectoryLock::Take(path, DirectoryLock::Use::kWrite));
  DAYBOOK_RETURN_IF_ERROR(RequireRoom(path));
  DAYBOOK_ASSIGN_OR_RETURN(const KeyEncryption kek, KeyEncryption::Read(KekPath(path)));
  RestrictModes(path, DirectoryAge::kExisting);
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Witness> witness, Witness::Open(WitnessPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksLog> log,
                           OpenCheckedLog(path, log_id, witness->record(), options));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksKeyStore> keys,
                           OpenCheckedKeys(path, log_id, log->keys(), kek, random));
  DAYBOOK_RETURN_IF_ERROR(CatchUp(*log, witness.get()));
  RocksKeyStore* key_store = keys.get();
  const auto durability =
      options.sync_witness ? Witness::Durability::kPower : Witness::Durability::kProcess;
  const auto make_sink = [&](RocksLog* rocks) {
    return std::make_unique<LocalSink>(rocks, key_store, std::move(witness), durability);
  };
  directory.keys = std::move(keys);
  directory.lock->Watch(kLockInterval);
  DAYBOOK_ASSIGN_OR_RETURN(
      directory.store,
      RocksEventStore::Make(std::move(log), make_sink,
                            DiskSpace::Of(path, options.reserve_free_bytes), clock, random, options,
                            [lock = directory.lock] { return lock->Held(); }));
  return directory;
}

absl::StatusOr<uint64_t> MarkRestored(const std::string& path, Random& random) {
  DAYBOOK_ASSIGN_OR_RETURN(const Uuid log_id, ReadIdentity(path));
  DAYBOOK_ASSIGN_OR_RETURN(const auto lock, DirectoryLock::Take(path, DirectoryLock::Use::kWrite));
  DAYBOOK_RETURN_IF_ERROR(RequireRoom(path));
  DAYBOOK_ASSIGN_OR_RETURN(const KeyEncryption kek, KeyEncryption::Read(KekPath(path)));
  RestrictModes(path, DirectoryAge::kExisting);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Witness> witness,
                           Witness::Open(WitnessPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksLog> log,
                           OpenCheckedLog(path, log_id, witness->record(), {}));
  // What the server would refuse to open is not marked either.
  DAYBOOK_RETURN_IF_ERROR(OpenCheckedKeys(path, log_id, log->keys(), kek, random).status());
  DAYBOOK_RETURN_IF_ERROR(log->RaiseIncarnation());
  return log->incarnation() + 1;
}

}  // namespace daybook::eventstore
