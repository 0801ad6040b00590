#include "services/engine/state_loader.h"

#include "absl/hash/hash.h"
#include "domain/base/status_macros.h"
#include "projections/views.h"

namespace daybook::services {

using eventstore::StreamId;

StateLoader::StateLoader(eventstore::EventStore& store, eventstore::KeyStore& keys, size_t capacity)
    : store_(store), keys_(keys), shard_capacity_(std::max<size_t>(1, capacity / kShards)) {}

StateLoader::Shard& StateLoader::ShardOf(const StreamId& stream) {
  return shards_[absl::Hash<StreamId>()(stream) % kShards];
}

std::optional<LoadedState> StateLoader::FindCached(const StreamId& stream) {
  Shard& shard = ShardOf(stream);
  std::lock_guard lock(shard.mutex);
  const auto it = shard.entries.find(stream);
  if (it == shard.entries.end()) return std::nullopt;
  shard.by_age.splice(shard.by_age.begin(), shard.by_age, it->second.age);
  return it->second.state;
}

void StateLoader::Publish(const StreamId& stream, LoadedState state) {
  Shard& shard = ShardOf(stream);
  std::lock_guard lock(shard.mutex);
  const auto it = shard.entries.find(stream);
  if (it != shard.entries.end()) {
    // Completions may arrive out of order with loads: the newer state stays.
    if (it->second.state.revision <= state.revision) it->second.state = std::move(state);
    return;
  }
  shard.by_age.push_front(stream);
  shard.entries.emplace(stream, Entry{std::move(state), shard.by_age.begin()});
  if (shard.entries.size() > shard_capacity_) {
    shard.entries.erase(shard.by_age.back());
    shard.by_age.pop_back();
  }
}

absl::StatusOr<LoadedState> StateLoader::ReadFrom(const domain::AggregateType& type,
                                                  const StreamId& stream, LoadedState from) {
  std::unique_ptr<domain::AnyState> state =
      from.state == nullptr ? type.new_state() : from.state->Clone();
  eventstore::StreamRevision revision = from.revision;
  absl::Status failure;
  DAYBOOK_RETURN_IF_ERROR(store_.ReadStream(
      stream, from.revision, SIZE_MAX, [&](const eventstore::RecordedEvent& recorded) {
        auto event = projections::DecodeOpened(recorded, keys_);
        if (!event.ok()) {
          failure = event.status();
          return false;
        }
        type.evolve(*state, **event);
        revision = recorded.revision;
        domain::ApplyMeta(state->record(), {recorded.position, recorded.revision,
                                            recorded.recorded_at, recorded.effective_at});
        return true;
      }));
  DAYBOOK_RETURN_IF_ERROR(failure);
  if (revision == from.revision && from.state != nullptr) return from;
  LoadedState loaded{std::move(state), revision};
  if (revision > 0) Publish(stream, loaded);
  return loaded;
}

absl::StatusOr<LoadedState> StateLoader::Load(const domain::AggregateType& type,
                                              const StreamId& stream, const Overlay* overlay) {
  if (overlay != nullptr) {
    if (auto pending = overlay->Find(stream); pending.has_value()) return *std::move(pending);
  }
  if (auto cached = FindCached(stream); cached.has_value()) return *std::move(cached);
  return ReadFrom(type, stream, {});
}

absl::StatusOr<LoadedState> StateLoader::Refresh(const domain::AggregateType& type,
                                                 const StreamId& stream) {
  return ReadFrom(type, stream, FindCached(stream).value_or(LoadedState{}));
}

}  // namespace daybook::services
