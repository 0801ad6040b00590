// Stores without a disk: the same code over an in-memory file system.

#include <rocksdb/env.h>

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "eventstore/data_directory.h"
#include "eventstore/rocks_event_store.h"
#include "eventstore/rocks_key_store.h"

namespace daybook::eventstore {
namespace {

constexpr char kMemoryPath[] = "/memory";
constexpr size_t kMemoryBufferBytes = 4 << 20;

class MemorySink final : public CommitSink {
 public:
  explicit MemorySink(RocksLog* log) : log_(*log) {}
  absl::Status Write(const CommitBatch& batch) override { return log_.Write(batch, 0); }

 private:
  RocksLog& log_;
};

std::unique_ptr<rocksdb::Env> MemoryEnv() {
  return std::unique_ptr<rocksdb::Env>(rocksdb::NewMemEnv(rocksdb::Env::Default()));
}

}  // namespace

std::unique_ptr<EventStore> NewMemoryEventStore(Clock& clock, Random& random,
                                                const StoreOptions& options) {
  StoreOptions small = options;
  small.write_buffer_bytes = kMemoryBufferBytes;
  auto log = RocksLog::Open(kMemoryPath, OpenMode::kCreate, small, MemoryEnv());
  DAYBOOK_CHECK(log.ok(), absl::StrCat("memory: ", log.status().ToString()));
  absl::Status status = (*log)->Initialise(random.NewUuid(clock.Now()));
  if (status.ok()) status = (*log)->Load();
  DAYBOOK_CHECK(status.ok(), absl::StrCat("memory: ", status.ToString()));
  auto store = RocksEventStore::Make(
      *std::move(log), [](RocksLog* rocks) { return std::make_unique<MemorySink>(rocks); },
      DiskSpace::Unlimited(), clock, random, options);
  DAYBOOK_CHECK(store.ok(), absl::StrCat("memory: ", store.status().ToString()));
  return *std::move(store);
}

std::unique_ptr<KeyStore> NewMemoryKeyStore(Random& random) {
  auto keys = RocksKeyStore::Create(kMemoryPath, Uuid(), KeyEncryption::Generate(random), random,
                                    MemoryEnv());
  DAYBOOK_CHECK(keys.ok(), absl::StrCat("memory: ", keys.status().ToString()));
  return *std::move(keys);
}

}  // namespace daybook::eventstore
