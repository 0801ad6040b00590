#pragma once

// A bounded map of what was touched last: two generations, the older one dropped as a whole. What
// was put stays until the second Age after it, which the writer relies on for batches that are not
// on disk yet.

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace daybook::eventstore {

// Not thread-safe.
template <typename Key, typename Value>
class RecentMap {
 public:
  explicit RecentMap(size_t capacity) : capacity_(capacity) {}

  // Valid until the next call.
  Value* Find(const Key& key) {
    if (auto found = young_.find(key); found != young_.end()) return &found->second;
    auto found = old_.find(key);
    if (found == old_.end()) return nullptr;
    Value value = std::move(found->second);
    old_.erase(found);
    return &Put(key, std::move(value));
  }

  Value& Put(const Key& key, Value value) {
    Value& place = young_[key];
    place = std::move(value);
    return place;
  }

  // Drops the older generation if the younger one is full.
  void Age() {
    if (young_.size() < capacity_) return;
    old_.clear();
    std::swap(young_, old_);
  }

  size_t size() const { return young_.size() + old_.size(); }

 private:
  size_t capacity_;
  absl::flat_hash_map<Key, Value> young_;
  absl::flat_hash_map<Key, Value> old_;
};

}  // namespace daybook::eventstore
