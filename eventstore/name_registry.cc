#include "eventstore/name_registry.h"

#include <algorithm>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "domain/base/strings.h"

namespace daybook::eventstore {

std::string NameRegistry::TypeKey(absl::string_view aggregate, absl::string_view type) {
  return absl::StrCat(aggregate, absl::string_view("\0", 1), type);
}

void NameRegistry::LoadAggregate(absl::string_view name, uint16_t number) {
  std::unique_lock lock(mutex_);
  aggregates_[std::string(name)] = number;
  aggregate_names_[number] = std::string(name);
  next_aggregate_ = std::max<uint16_t>(next_aggregate_, static_cast<uint16_t>(number + 1));
}

void NameRegistry::LoadType(absl::string_view key, uint32_t number) {
  std::unique_lock lock(mutex_);
  types_[std::string(key)] = number;
  next_type_ = std::max(next_type_, number + 1);
}

std::optional<uint16_t> NameRegistry::FindAggregate(absl::string_view name) const {
  std::shared_lock lock(mutex_);
  const auto found = aggregates_.find(name);
  if (found == aggregates_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> NameRegistry::AggregateName(uint16_t number) const {
  std::shared_lock lock(mutex_);
  const auto found = aggregate_names_.find(number);
  if (found == aggregate_names_.end()) return std::nullopt;
  return found->second;
}

std::optional<uint32_t> NameRegistry::FindType(absl::string_view aggregate,
                                               absl::string_view type) const {
  std::shared_lock lock(mutex_);
  const auto found = types_.find(TypeKey(aggregate, type));
  if (found == types_.end()) return std::nullopt;
  return found->second;
}

std::vector<uint32_t> NameRegistry::FindTypes(absl::string_view aggregate,
                                              absl::string_view type) const {
  std::shared_lock lock(mutex_);
  std::vector<uint32_t> numbers;
  for (const auto& [key, number] : types_) {
    const size_t split = key.find('\0');
    const absl::string_view of = absl::string_view(key).substr(0, split);
    const absl::string_view name = absl::string_view(key).substr(split + 1);
    if (!aggregate.empty() && of != aggregate) continue;
    if (!type.empty() && name != type) continue;
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

bool NameRegistry::HasRoom(size_t aggregates, size_t types) const {
  std::shared_lock lock(mutex_);
  return next_aggregate_ + aggregates <= kAggregatesMax + 1 &&
         next_type_ + types <= kEventTypesMax + 1;
}

// The writer is the only one who changes the maps, so it may look without the lock.
uint16_t NameRegistry::AggregateFor(absl::string_view name, CommitBatch* batch) {
  if (const auto found = aggregates_.find(name); found != aggregates_.end()) return found->second;
  const uint16_t number = next_aggregate_;
  LoadAggregate(name, number);
  std::string row;
  AppendU16(&row, number);
  batch->Put(Family::kMeta, absl::StrCat(kMetaAggregate, name), row);
  return number;
}

uint32_t NameRegistry::TypeFor(absl::string_view aggregate, absl::string_view type,
                               CommitBatch* batch) {
  scratch_.assign(aggregate.data(), aggregate.size());
  scratch_.push_back('\0');
  scratch_.append(type.data(), type.size());
  if (const auto found = types_.find(scratch_); found != types_.end()) return found->second;
  const uint32_t number = next_type_;
  LoadType(scratch_, number);
  std::string row;
  AppendU32(&row, number);
  batch->Put(Family::kMeta, absl::StrCat(kMetaType, scratch_), row);
  return number;
}

}  // namespace daybook::eventstore
