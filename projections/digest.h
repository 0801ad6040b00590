#pragma once

// Fingerprints of rows. The digest of a view is the sum, modulo 2^256, of one SHA-256 for each
// version of a row with the position since when it stands, so it is kept up to date by difference
// and does not depend on the order of writing. A row of history counts with the odd weight 2 × the
// position of its end + 1, so that the same version with another end is another digest.

#include <cstdint>

#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"
#include "projections/row_version.h"

namespace daybook::projections {

// SHA-256 of a row, as a number.
struct RowHash {
  uint64_t limbs[4] = {};  // least significant first
};

// Hash of (view, key, since, value).
RowHash HashRow(absl::string_view view, absl::string_view key, const RowVersion& version);

// A sum of row hashes.
class RowSum {
 public:
  void Add(const RowHash& hash);
  void Subtract(const RowHash& hash);
  void AddWeighted(const RowHash& hash, uint64_t position);

  eventstore::Hash bytes() const;
  static RowSum FromBytes(const eventstore::Hash& bytes);

  friend bool operator==(const RowSum&, const RowSum&) = default;

 private:
  uint64_t limbs_[4] = {};
};

// What is known of all rows of a view at one position.
struct ViewDigest {
  RowSum current;
  RowSum history;
  uint64_t current_rows = 0;
  uint64_t history_rows = 0;

  // Both sums in one.
  eventstore::Hash bytes() const;
  friend bool operator==(const ViewDigest&, const ViewDigest&) = default;
};

}  // namespace daybook::projections
