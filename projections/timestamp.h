#pragma once

// The timestamp of a row of history: the position of its commit's end, as the comparator wants it.
// Only for sources that include RocksDB.

#include <rocksdb/slice.h>

#include "eventstore/event_store.h"

namespace daybook::projections {

class Timestamp {
 public:
  explicit Timestamp(eventstore::LogPosition position) {
    for (size_t i = 0; i < sizeof(bytes_); ++i) {
      bytes_[i] = static_cast<char>(position >> (8 * i));  // little-endian
    }
  }
  // Valid as long as this object.
  rocksdb::Slice slice() const { return {bytes_, sizeof(bytes_)}; }

 private:
  char bytes_[8];
};

}  // namespace daybook::projections
