#pragma once

// The local disk as the place of batches: keys first, then the batch, then the witness. After that
// a batch may be acknowledged. Private to eventstore/.

#include <chrono>
#include <memory>

#include "eventstore/commit_sink.h"
#include "eventstore/rocks_key_store.h"
#include "eventstore/rocks_log.h"
#include "eventstore/witness.h"

namespace daybook::eventstore {

class LocalSink final : public CommitSink {
 public:
  // REQUIRES: log and keys outlive this object.
  LocalSink(RocksLog* log, RocksKeyStore* keys, std::unique_ptr<Witness> witness,
            Witness::Durability durability);
  // What was witnessed last outlives a power failure after an orderly end.
  ~LocalSink() override;

  absl::Status Write(const CommitBatch& batch) override;
  absl::Status Settle() override { return witness_->Sync(); }

  const Witness& witness() const { return *witness_; }

 private:
  RocksLog& log_;
  RocksKeyStore& keys_;
  const std::unique_ptr<Witness> witness_;
  const Witness::Durability durability_;
  std::chrono::steady_clock::time_point synced_at_;
};

}  // namespace daybook::eventstore
