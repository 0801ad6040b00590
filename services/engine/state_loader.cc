#include "services/engine/state_loader.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "daybook/type/v1/record_meta.pb.h"
#include "domain/base/status_macros.h"
#include "projections/views.h"

namespace daybook::services {

using eventstore::StreamId;
using eventstore::StreamRevision;

namespace {

constexpr StreamRevision kToTheEnd = UINT64_MAX;

}  // namespace

StateLoader::StateLoader(eventstore::EventStore& store, eventstore::KeyStore& keys, size_t capacity,
                         uint64_t folded_events)
    : store_(store),
      keys_(keys),
      shard_capacity_(std::max<size_t>(1, capacity / kShards)),
      folded_events_(folded_events) {}

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

absl::StatusOr<LoadedState> StateLoader::Fold(const domain::AggregateType& type,
                                              const StreamId& stream, LoadedState from,
                                              StreamRevision last) {
  if (from.revision >= last) return from;
  std::unique_ptr<domain::AnyState> state =
      from.state == nullptr ? type.new_state() : from.state->Clone();
  StreamRevision revision = from.revision;
  absl::Status failure;
  DAYBOOK_RETURN_IF_ERROR(store_.ReadStream(
      stream, from.revision, last - from.revision, [&](const eventstore::RecordedEvent& recorded) {
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
  return LoadedState{std::move(state), revision};
}

absl::StatusOr<LoadedState> StateLoader::ReadFrom(const domain::AggregateType& type,
                                                  const StreamId& stream, LoadedState from) {
  DAYBOOK_ASSIGN_OR_RETURN(LoadedState loaded, Fold(type, stream, std::move(from), kToTheEnd));
  if (loaded.revision > 0) Publish(stream, loaded);
  return loaded;
}

eventstore::LogPosition StateLoader::PositionOf(const StreamId& stream, StreamRevision revision) {
  eventstore::LogPosition position = 0;
  const absl::Status status =
      store_.ReadStream(stream, revision - 1, 1, [&](const eventstore::RecordedEvent& event) {
        position = event.position;
        return false;
      });
  return status.ok() ? position : 0;
}

LoadedState StateLoader::FindSnapshot(const domain::AggregateType& type, const StreamId& stream,
                                      std::optional<StreamRevision> at) {
  const projections::Views* views = views_;
  const domain::ObjectType* object = domain::Registry::Get().Find(type.name);
  if (views == nullptr || object == nullptr) return {};
  std::unique_ptr<projections::Snapshot> snapshot;
  if (at.has_value()) {
    auto past = views->AsOf(PositionOf(stream, *at));
    if (!past.ok()) return {};
    snapshot = *std::move(past);
  } else {
    snapshot = views->Now();
  }
  // Views that are being built, or are damaged, have no say: the log holds everything.
  auto record = snapshot->GetRecord(*object, stream.id.ToString());
  if (!record.ok() || *record == nullptr) return {};
  // Field 2 of every resource.
  const auto& meta =
      static_cast<const type::v1::RecordMeta&>((*record)->GetReflection()->GetMessage(
          **record, (*record)->GetDescriptor()->FindFieldByNumber(2)));
  // Views of another log, or of one that was put back to an earlier copy, are not believed.
  if (meta.revision() == 0 || PositionOf(stream, meta.revision()) != meta.position()) return {};
  if (at.has_value() && meta.revision() > *at) return {};
  std::unique_ptr<domain::AnyState> state = type.new_state();
  state->record().CopyFrom(**record);
  return {std::move(state), meta.revision()};
}

absl::StatusOr<LoadedState> StateLoader::Load(const domain::AggregateType& type,
                                              const StreamId& stream, const Overlay* overlay) {
  if (overlay != nullptr) {
    if (auto pending = overlay->Find(stream); pending.has_value()) return *std::move(pending);
  }
  if (auto cached = FindCached(stream); cached.has_value()) return *std::move(cached);
  LoadedState from;
  if (views_ != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(const StreamRevision head, store_.StreamHead(stream));
    if (head > folded_events_) from = FindSnapshot(type, stream, std::nullopt);
  }
  return ReadFrom(type, stream, std::move(from));
}

absl::StatusOr<LoadedState> StateLoader::LoadAt(const domain::AggregateType& type,
                                                const StreamId& stream, StreamRevision revision) {
  LoadedState from;
  if (revision > folded_events_) from = FindSnapshot(type, stream, revision);
  return Fold(type, stream, std::move(from), revision);
}

absl::StatusOr<LoadedState> StateLoader::Refresh(const domain::AggregateType& type,
                                                 const StreamId& stream) {
  auto cached = FindCached(stream);
  if (!cached.has_value()) return Load(type, stream, nullptr);
  return ReadFrom(type, stream, *std::move(cached));
}

}  // namespace daybook::services
