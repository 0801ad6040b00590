#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "domain/decider.h"
#include "domain/registry.h"
#include "eventstore/event_store.h"
#include "services/engine/engine.h"

namespace daybook::services {

// A state with the revision it stands at.
struct LoadedState {
  std::shared_ptr<const domain::AnyState> state;
  eventstore::StreamRevision revision = 0;
  // Of a state in an overlay: whether the log has accepted the commit that leads to it.
  std::shared_ptr<const bool> after;
};

// The states that the commands of one stream have decided and the log has not confirmed yet. A
// later command decides on them; if an earlier one fails after all, the writer refuses the later
// one by its expected revision and it is decided again. In a dry run nothing is ever confirmed, so
// the overlay is the whole difference to the log. Thread-safe.
class Overlay {
 public:
  std::optional<LoadedState> Find(const eventstore::StreamId& stream) const {
    std::lock_guard lock(mutex_);
    const auto it = states_.find(stream);
    if (it == states_.end()) return std::nullopt;
    return it->second;
  }
  void Put(const eventstore::StreamId& stream, LoadedState state) {
    const domain::AggregateType* type = domain::FindAggregate(stream.aggregate);
    std::lock_guard lock(mutex_);
    states_[stream] = std::move(state);
    if (type != nullptr && type->system) set_up_[stream.aggregate].insert(stream.id.ToString());
  }
  // Ids of records of a set-up aggregate that commands of the stream have touched. Some may not
  // have come into being after all.
  std::set<std::string> Ids(absl::string_view aggregate) const {
    std::lock_guard lock(mutex_);
    const auto it = set_up_.find(std::string(aggregate));
    return it == set_up_.end() ? std::set<std::string>() : it->second;
  }
  // Forgets a stream if it still stands at this revision: the log has it, or has refused it.
  void Drop(const eventstore::StreamId& stream, eventstore::StreamRevision revision) {
    std::lock_guard lock(mutex_);
    const auto it = states_.find(stream);
    if (it != states_.end() && it->second.revision == revision) states_.erase(it);
  }
  // Forgets a stream and all that was decided on it.
  void DropAll(const eventstore::StreamId& stream) {
    std::lock_guard lock(mutex_);
    states_.erase(stream);
  }

  // Who holds a claim: in dry runs all that were changed, otherwise suppressions on their way to
  // the log. The outer optional: known here; the inner: taken by whom.
  std::optional<std::optional<eventstore::StreamId>> FindClaim(const std::string& key) const {
    std::lock_guard lock(mutex_);
    const auto it = claims_.find(key);
    if (it == claims_.end()) return std::nullopt;
    return it->second;
  }
  void PutClaim(const std::string& key, std::optional<eventstore::StreamId> holder) {
    std::lock_guard lock(mutex_);
    claims_[key] = std::move(holder);
  }
  // Forgets a claim: the log has it, or has refused it.
  void DropClaim(const std::string& key) {
    std::lock_guard lock(mutex_);
    claims_.erase(key);
  }

  // Backfill: the stamp of the latest commit sent to the log.
  absl::Time last_stamp() const {
    std::lock_guard lock(mutex_);
    return last_stamp_;
  }
  void set_last_stamp(absl::Time stamp) {
    std::lock_guard lock(mutex_);
    last_stamp_ = std::max(last_stamp_, stamp);
  }

 private:
  mutable std::mutex mutex_;
  absl::flat_hash_map<eventstore::StreamId, LoadedState> states_;
  std::map<std::string, std::set<std::string>> set_up_;  // few, so they are kept
  absl::flat_hash_map<std::string, std::optional<eventstore::StreamId>> claims_;
  absl::Time last_stamp_ = absl::InfinitePast();
};

}  // namespace daybook::services
