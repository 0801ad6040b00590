#pragma once

// Opening log and keys that may have been torn by a crash: strictly first; if that is refused, a
// copy up to the damage, which takes the place of the original only if it still covers everything
// that was acknowledged. Only bytes that are proven wrong begin a recovery; what the copy replaces
// is kept beside it. Private to eventstore/. docs/adr/0068.

#include <memory>
#include <string>

#include "eventstore/rocks_key_store.h"
#include "eventstore/rocks_log.h"
#include "eventstore/witness.h"

namespace daybook::eventstore {

// Returns the loaded log. DATA_LOSS when it is damaged or does not reach the witness; both numbers
// are named. A damaged log that was replaced is kept as log.damaged-N.
absl::StatusOr<std::unique_ptr<RocksLog>> OpenCheckedLog(const std::string& directory,
                                                         const Uuid& log_id,
                                                         const WitnessRecord& witness,
                                                         const StoreOptions& options);

// Returns the key store, which has all changes that the log relies on, `used` of them. DATA_LOSS
// otherwise, with both numbers. Damaged keys that were replaced are kept as keys.damaged-N, and
// standard error is told at every start: erasing a person does not reach them.
absl::StatusOr<std::unique_ptr<RocksKeyStore>> OpenCheckedKeys(const std::string& directory,
                                                               const Uuid& log_id, uint64_t used,
                                                               const KeyEncryption& kek,
                                                               Random& random);

// Whether the log reaches the witness and has the same tree there.
absl::Status CheckWitness(const RocksLog& log, const WitnessRecord& witness);

}  // namespace daybook::eventstore
