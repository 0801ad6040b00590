#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
    return it->second.back();
  }
  // Without `after` nothing is going to confirm the state: it replaces those before it.
  void Put(const eventstore::StreamId& stream, LoadedState state) {
    const domain::AggregateType* type = domain::FindAggregate(stream.aggregate);
    std::lock_guard lock(mutex_);
    std::vector<LoadedState>& states = states_[stream];
    if (state.after == nullptr) states.clear();
    states.push_back(std::move(state));
    if (type != nullptr && type->system) set_up_[stream.aggregate].insert(stream.id.ToString());
  }
  // Ids of records of a set-up aggregate that commands of the stream have touched. Some may not
  // have come into being after all.
  std::set<std::string> Ids(absl::string_view aggregate) const {
    std::lock_guard lock(mutex_);
    const auto it = set_up_.find(std::string(aggregate));
    return it == set_up_.end() ? std::set<std::string>() : it->second;
  }
  // The log has the state of this commit: it is forgotten here, with those before it.
  void Confirm(const eventstore::StreamId& stream, const std::shared_ptr<const bool>& after) {
    std::lock_guard lock(mutex_);
    const auto it = states_.find(stream);
    if (it == states_.end()) return;
    const auto state = Of(&it->second, after);
    if (state == it->second.end()) return;
    it->second.erase(it->second.begin(), std::next(state));
    if (it->second.empty()) states_.erase(it);
  }
  // The log has refused the commit: its state is forgotten with all that was decided on it. Those
  // before it may still come.
  void TakeBack(const eventstore::StreamId& stream, const std::shared_ptr<const bool>& after) {
    std::lock_guard lock(mutex_);
    const auto it = states_.find(stream);
    if (it == states_.end()) return;
    it->second.erase(Of(&it->second, after), it->second.end());
    if (it->second.empty()) states_.erase(it);
  }

  // Dry runs: what a request was answered with, for the same request again.
  struct Answered {
    eventstore::Hash request_hash{};
    CommandAnswer answer;
  };
  std::optional<Answered> FindAnswer(const Uuid& request_id) const {
    std::lock_guard lock(mutex_);
    const auto it = answers_.find(request_id);
    if (it == answers_.end()) return std::nullopt;
    return it->second;
  }
  void PutAnswer(const Uuid& request_id, Answered answered) {
    std::lock_guard lock(mutex_);
    answers_.emplace(request_id, std::move(answered));
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
  static std::vector<LoadedState>::iterator Of(std::vector<LoadedState>* states,
                                               const std::shared_ptr<const bool>& after) {
    return std::find_if(states->begin(), states->end(),
                        [&](const LoadedState& state) { return state.after == after; });
  }

  mutable std::mutex mutex_;
  // In the order in which they were decided, each on the one before; never empty.
  absl::flat_hash_map<eventstore::StreamId, std::vector<LoadedState>> states_;
  absl::flat_hash_map<Uuid, Answered> answers_;
  std::map<std::string, std::set<std::string>> set_up_;  // few, so they are kept
  absl::flat_hash_map<std::string, std::optional<eventstore::StreamId>> claims_;
  absl::Time last_stamp_ = absl::InfinitePast();
};

}  // namespace daybook::services
