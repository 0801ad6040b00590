#pragma once

// Opening a log that may have been torn by a crash: strictly first; if that is refused, a copy of
// it up to the damage, which takes the log's place only if it still covers everything that was
// acknowledged. Private to eventstore/.

#include <memory>
#include <string>

#include "eventstore/rocks_log.h"
#include "eventstore/witness.h"

namespace daybook::eventstore {

// Returns the loaded log. DATA_LOSS when it is damaged or does not reach the witness; both numbers
// are named.
absl::StatusOr<std::unique_ptr<RocksLog>> OpenCheckedLog(const std::string& directory,
                                                         const Uuid& log_id,
                                                         const WitnessRecord& witness,
                                                         const StoreOptions& options);

// Whether the log reaches the witness and has the same tree there.
absl::Status CheckWitness(const RocksLog& log, const WitnessRecord& witness);

}  // namespace daybook::eventstore
