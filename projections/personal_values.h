#pragma once

// Opening of sealed personal values: the last step of every read.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "eventstore/key_store.h"
#include "projections/record_row.h"

namespace daybook::projections {

// The values of one part; nullopt when the person is erased.
using OpenedPart = std::optional<std::vector<std::string>>;

// DATA_LOSS when key and part do not fit, or the plain text is not a list of values.
absl::StatusOr<OpenedPart> OpenPart(const eventstore::SealedPart& sealed,
                                    const eventstore::SealContext& context,
                                    const eventstore::KeyStore& keys);

// Opens records and remembers opened parts. Not thread-safe; lives for one answer, so that an
// erasure is seen at once.
class PersonalOpener {
 public:
  explicit PersonalOpener(const eventstore::KeyStore& keys) : keys_(keys) {}

  // Replaces the tokens of `record` by the values in `parts`; erased ones become empty.
  absl::Status Open(const std::vector<StoredPart>& parts, google::protobuf::Message* record);

 private:
  const eventstore::KeyStore& keys_;
  absl::flat_hash_map<std::pair<eventstore::LogPosition, uint32_t>, OpenedPart> opened_;
};

}  // namespace daybook::projections
