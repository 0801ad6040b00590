#include "eventstore/data_directory.h"

#include <chrono>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/directory_files.h"
#include "eventstore/files.h"
#include "eventstore/log_recovery.h"
#include "eventstore/rocks_event_store.h"
#include "eventstore/rocks_key_store.h"
#include "eventstore/witness.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kWitnessSyncInterval{1};

// The local disk: keys first, then the batch, then the witness. After that it may be acknowledged.
class LocalSink final : public CommitSink {
 public:
  LocalSink(RocksLog* log, RocksKeyStore* keys, std::unique_ptr<Witness> witness,
            Witness::Durability durability)
      : log_(*log), keys_(*keys), witness_(std::move(witness)), durability_(durability) {}

  // What was witnessed last outlives a power failure after an orderly end.
  ~LocalSink() override {
    const WitnessRecord& last = witness_->record();
    (void)witness_->Write(last.head, last.commits, last.root, Witness::Durability::kPower);
  }

  absl::Status Write(const CommitBatch& batch) override {
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t keys, keys_.MakeDurable());
    DAYBOOK_RETURN_IF_ERROR(log_.Write(batch, keys));
    // At least once a second, so that a power failure takes little from the witness (LOG 3.3);
    // every time costs half of the append rate.
    auto durability = durability_;
    const auto now = std::chrono::steady_clock::now();
    if (now - synced_at_ >= kWitnessSyncInterval) durability = Witness::Durability::kPower;
    if (durability == Witness::Durability::kPower) synced_at_ = now;
    return witness_->Write(batch.head.position, batch.commits, batch.head.root, durability);
  }

 private:
  RocksLog& log_;
  RocksKeyStore& keys_;
  std::unique_ptr<Witness> witness_;
  const Witness::Durability durability_;
  std::chrono::steady_clock::time_point synced_at_;
};

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

// Every change of the keys that the log relies on must be there: an older copy of keys/ has fewer.
absl::Status CheckKeys(const RocksLog& log, const RocksKeyStore& keys) {
  if (keys.changes() >= log.keys()) return absl::OkStatus();
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("the log was written after ", log.keys(),
                             " changes of the keys, the key store has ", keys.changes(),
                             ": it is an older copy or has lost its end"),
                {{"expected", absl::StrCat(log.keys())}, {"found", absl::StrCat(keys.changes())}});
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
  // Last: a directory without identity is not one.
  return WriteNewFile(IdentityPath(path), EncodeIdentity(log_id), 0644);
}

absl::StatusOr<DataDirectory> OpenDataDirectory(const std::string& path,
                                                const StoreOptions& options, Clock& clock,
                                                Random& random) {
  DataDirectory directory;
  directory.path = path;
  DAYBOOK_ASSIGN_OR_RETURN(const Uuid log_id, ReadIdentity(path));
  DAYBOOK_ASSIGN_OR_RETURN(directory.lock, LockDirectory(path));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(KeysPath(path)));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(LogPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(KeyEncryption kek, KeyEncryption::Read(KekPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksKeyStore> keys,
                           RocksKeyStore::Open(KeysPath(path), log_id, std::move(kek), random,
                                               RocksKeyStore::Access::kReadWrite));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Witness> witness, Witness::Open(WitnessPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<RocksLog> log,
                           OpenCheckedLog(path, log_id, witness->record(), options));
  DAYBOOK_RETURN_IF_ERROR(CheckKeys(*log, *keys));
  RocksKeyStore* key_store = keys.get();
  const auto durability =
      options.sync_witness ? Witness::Durability::kPower : Witness::Durability::kProcess;
  const auto make_sink = [&](RocksLog* rocks) {
    return std::make_unique<LocalSink>(rocks, key_store, std::move(witness), durability);
  };
  directory.keys = std::move(keys);
  DAYBOOK_ASSIGN_OR_RETURN(
      directory.store, RocksEventStore::Make(std::move(log), make_sink,
                                             DiskSpace::Of(path, options.reserve_free_bytes), clock,
                                             random, options));
  return directory;
}

}  // namespace daybook::eventstore
