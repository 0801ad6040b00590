#pragma once

// A data directory: log/ keys/ views/ blobs/ witness identity, held by one process at a time.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"

namespace daybook::eventstore {

class DirectoryLock;  // directory_lock.h

// An open directory. Thread-safe; closing waits for the writer and releases the lock.
struct DataDirectory {
  std::string path;
  // Held as long as the directory is open; declared first, so released last.
  std::shared_ptr<DirectoryLock> lock;
  // Declared before the store: the store uses the keys until it is closed.
  std::unique_ptr<KeyStore> keys;
  std::unique_ptr<EventStore> store;

  std::string views_path() const { return path + "/views"; }
};

// Makes the directory, which nobody but its owner may read or enter (it must not exist, or be
// empty) with a fresh identity and an empty log. Errors: DATA_DIRECTORY (not empty, cannot be
// written).
absl::Status CreateDataDirectory(const std::string& path, Clock& clock, Random& random);

// Opens it after the checks of LOG.md 3.3. Errors: DATA_DIRECTORY (missing, other format, in use,
// no right to it, and whatever else says nothing about its content); DATA_LOSS (damaged, or shorter
// than the witness: both numbers are named). docs/operations/start-refusals.md lists them. While it
// is open, somebody looks every second whether it still is the same directory
// (EventStore::Writable).
absl::StatusOr<DataDirectory> OpenDataDirectory(const std::string& path,
                                                const StoreOptions& options, Clock& clock,
                                                Random& random);

// Time since the machine began, sleep included: for StoreOptions::monotonic of a server.
absl::Duration BootTime();

// What `daybook log verify` found.
struct VerifyReport {
  LogPosition events = 0;
  Hash root{};
  uint64_t commits = 0;
  uint64_t streams = 0;
  uint64_t sealed_parts = 0;
  uint64_t incarnation = 1;
  // Folders that hold copies of persons' keys which erasing a person does not reach.
  std::vector<std::string> keys_aside;
};
// Reads the whole log and recomputes everything: hashes, tree, contiguity of positions and
// revisions, complete commits, monotone time, indexes, requests, witness. `progress(position,
// head)` is called now and then. Changes nothing, so that read-only media will do. DATA_DIRECTORY
// when a server has the directory open; DATA_LOSS names the first position that is wrong.
absl::StatusOr<VerifyReport> VerifyLog(
    const std::string& path, const std::function<void(LogPosition, LogPosition)>& progress);

// Says that the directory is an older copy that was put back: raises the log's incarnation and
// returns it. Errors: those of OpenDataDirectory.
absl::StatusOr<uint64_t> MarkRestored(const std::string& path, Random& random);

// For tests and tools without a disk.
std::unique_ptr<EventStore> NewMemoryEventStore(Clock& clock, Random& random,
                                                const StoreOptions& options = {});
std::unique_ptr<KeyStore> NewMemoryKeyStore(Random& random);

}  // namespace daybook::eventstore
