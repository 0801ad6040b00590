#include "eventstore/local_sink.h"

#include "domain/base/status_macros.h"

namespace daybook::eventstore {
namespace {

constexpr std::chrono::seconds kWitnessSyncInterval{1};

}  // namespace

LocalSink::LocalSink(RocksLog* log, RocksKeyStore* keys, std::unique_ptr<Witness> witness,
                     Witness::Durability durability)
    : log_(*log), keys_(*keys), witness_(std::move(witness)), durability_(durability) {}

LocalSink::~LocalSink() { witness_->Sync().IgnoreError(); }

absl::Status LocalSink::Write(const CommitBatch& batch) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t keys, keys_.MakeDurable());
  DAYBOOK_RETURN_IF_ERROR(log_.Write(batch, keys));
  // At least once a second, and by Settle after the last batch, so that a power failure takes
  // little from the witness; every time costs half of the append rate.
  auto durability = durability_;
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_at_ >= kWitnessSyncInterval) durability = Witness::Durability::kPower;
  if (durability == Witness::Durability::kPower) synced_at_ = now;
  return witness_->Write(batch.head.position, batch.commits, batch.head.root, durability);
}

}  // namespace daybook::eventstore
