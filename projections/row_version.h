#pragma once

// How rows are stored with the time in which they stood. DO NOT CHANGE: on disk in views (another
// shape needs another format of the checkpoint).
//
//   current   key                      -> u64 since ‖ value
//   history   key, timestamp = since   -> u64 until ‖ value
//
// Positions are those of the ends of commits. A row that still stands has no history row: a version
// moves there when it is replaced or goes, so it stood at position P if since <= P < until.

#include <string>

#include "absl/strings/string_view.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"
#include "eventstore/event_store.h"

namespace daybook::projections {

// A value with the end of the commit that it came with.
struct RowVersion {
  absl::string_view value;
  eventstore::LogPosition since = 0;
};

inline constexpr size_t kRowPositionBytes = 8;

inline std::string EncodeRow(eventstore::LogPosition position, absl::string_view value) {
  std::string row;
  row.reserve(kRowPositionBytes + value.size());
  AppendU64(&row, position);
  row.append(value.data(), value.size());
  return row;
}

// The position of a stored row. REQUIRES: written by EncodeRow.
inline eventstore::LogPosition RowPosition(absl::string_view row) {
  DAYBOOK_CHECK(row.size() >= kRowPositionBytes, "a row begins with a position");
  return LoadU64(row.data());
}

inline absl::string_view RowValue(absl::string_view row) { return row.substr(kRowPositionBytes); }

}  // namespace daybook::projections
