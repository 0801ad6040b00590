#pragma once

// The short numbers of aggregate names and event types in index keys. Numbers are given by the
// writer, in the batch that first uses them, and never change. Thread-safe.

#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "eventstore/commit_sink.h"

namespace daybook::eventstore {

inline constexpr size_t kAggregatesMax = 10'000;
inline constexpr size_t kEventTypesMax = 100'000;

class NameRegistry {
 public:
  // While the log is opened.
  void LoadAggregate(absl::string_view name, uint16_t number);
  // `key` as made by TypeKey.
  void LoadType(absl::string_view key, uint32_t number);

  std::optional<uint16_t> FindAggregate(absl::string_view name) const;
  std::optional<std::string> AggregateName(uint16_t number) const;
  // The numbers of the types that a selection asks for; empty strings match everything.
  std::vector<uint32_t> FindTypes(absl::string_view aggregate, absl::string_view type) const;
  std::optional<uint32_t> FindType(absl::string_view aggregate, absl::string_view type) const;

  // Whether so many new names still fit. Only the writer calls these.
  bool HasRoom(size_t aggregates, size_t types) const;
  uint16_t AggregateFor(absl::string_view name, CommitBatch* batch);
  uint32_t TypeFor(absl::string_view aggregate, absl::string_view type, CommitBatch* batch);

 private:
  static std::string TypeKey(absl::string_view aggregate, absl::string_view type);

  mutable std::shared_mutex mutex_;
  absl::flat_hash_map<std::string, uint16_t> aggregates_;
  absl::flat_hash_map<uint16_t, std::string> aggregate_names_;
  absl::flat_hash_map<std::string, uint32_t> types_;
  uint16_t next_aggregate_ = 1;
  uint32_t next_type_ = 1;
  std::string scratch_;  // of the writer
};

}  // namespace daybook::eventstore
