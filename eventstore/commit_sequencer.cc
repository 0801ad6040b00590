#include "eventstore/commit_sequencer.h"

#include <algorithm>
#include <bit>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "domain/base/deadline.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "eventstore/hash.h"

namespace daybook::eventstore {
namespace {

constexpr size_t kStateFixedBytes = 25;

void AppendBytes(std::string* out, absl::string_view bytes) {
  out->append(bytes.data(), bytes.size());
}

absl::Status RevisionConflict(const StreamExpectation& expected, StreamRevision actual) {
  const std::string stream = expected.stream.ToString();
  return Reject(Reason::REASON_REVISION_CONFLICT,
                absl::StrCat(stream, " is at revision ", actual, ", not at ", expected.revision,
                             ": read it again and decide again"),
                {{"stream", stream},
                 {"expected", absl::StrCat(expected.revision)},
                 {"actual", absl::StrCat(actual)}});
}

absl::Status NamedMeanwhile(const StreamId& stream) {
  return Reject(Reason::REASON_REVISION_CONFLICT,
                absl::StrCat("other commits have looked at ", stream.ToString(),
                             " meanwhile: look again at what depends on it"),
                {{"named", stream.ToString()}});
}

absl::Status DuplicateKey(const ClaimChange& claim, const StreamId& holder) {
  return Reject(Reason::REASON_DUPLICATE_KEY,
                absl::StrCat("the value of ", claim.field, " is in use by ", holder.ToString()),
                {{"field", claim.field}, {"holder", holder.ToString()}});
}

absl::Status Mismatch(const Uuid& request_id) {
  return Reject(Reason::REASON_IDEMPOTENCY_MISMATCH,
                absl::StrCat("request id ", request_id.ToString(),
                             " was used for another request: take a new one"),
                {{"request_id", request_id.ToString()}});
}

}  // namespace

std::string EncodeLogState(const LogState& state) {
  std::string row;
  AppendU64(&row, state.range.size());
  AppendU64(&row, state.commits);
  AppendU64(&row, state.recorded_at_us);
  row.push_back(state.live ? 1 : 0);
  for (const Hash& node : state.range.nodes()) AppendBytes(&row, Bytes(node));
  return row;
}

absl::StatusOr<LogState> DecodeLogState(absl::string_view row) {
  LogState state;
  if (row.size() >= kStateFixedBytes) {
    const uint64_t size = LoadU64(row.data());
    const auto nodes = static_cast<size_t>(std::popcount(size));
    if (row.size() == kStateFixedBytes + 32 * nodes) {
      state.commits = LoadU64(row.data() + 8);
      state.recorded_at_us = LoadU64(row.data() + 16);
      state.live = row[24] != 0;
      std::vector<Hash> range;
      for (size_t i = 0; i < nodes; ++i) {
        range.push_back(HashFromBytes(row.substr(kStateFixedBytes + 32 * i, 32)));
      }
      state.range = CompactRange(size, std::move(range));
      return state;
    }
  }
  return Reject(Reason::REASON_DATA_LOSS, "the state row of the log is damaged");
}

CommitSequencer::CommitSequencer(LogState state, TileBuilder tiles, const LogIndex* index,
                                 NameRegistry* names, Clock* clock, ClockGuard* guard,
                                 size_t remembered)
    : state_(std::move(state)),
      tiles_(std::move(tiles)),
      index_(*index),
      names_(*names),
      clock_(*clock),
      guard_(*guard),
      revisions_(remembered),
      requests_(remembered),
      claims_(remembered),
      names_of_commits_(state_.range.size()) {}

void CommitSequencer::Place(PreparedCommit* commit, CommitBatch* batch,
                            std::vector<StoredValue>* values) {
  if (absl::Status status = Check(commit); !status.ok()) {
    commit->result = status;
    return;
  }
  if (commit->repeats.has_value()) return;
  const absl::StatusOr<Time> time = TimeOf(*commit);
  if (!time.ok()) {
    // Over where the log stands.
    if (commit->backfill_at.has_value()) commit->rests_on_batch = accepted_batch_;
    commit->result = time.status();
    return;
  }
  Accept(commit, *time, batch, values);
}

// In the order in which a caller wants to hear: a repeat is answered whatever has happened since.
absl::Status CommitSequencer::Check(PreparedCommit* commit) {
  if (commit->deadline != absl::InfiniteFuture() && DeadlineNow() > commit->deadline) {
    return Reject(Reason::REASON_DEADLINE_EXCEEDED,
                  "the deadline passed before the commit was begun; nothing was written");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckRepeat(commit));
  if (commit->repeats.has_value()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(CheckExpectations(commit));
  DAYBOOK_RETURN_IF_ERROR(CheckClaims(commit));
  heads_.clear();
  for (const StreamId& stream : commit->streams) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto head, RevisionOf(stream, std::nullopt));
    heads_.push_back(head.value);
  }
  if (!names_.HasRoom(commit->streams.size() + commit->claims.size(), commit->events.size())) {
    return Reject(Reason::REASON_LIMIT_EXCEEDED, "the log has too many aggregates or event types",
                  {{"limit", absl::StrCat(kEventTypesMax)}});
  }
  return absl::OkStatus();
}

absl::Status CommitSequencer::CheckRepeat(PreparedCommit* commit) {
  std::optional<RequestRecord> record;
  if (const auto* known = requests_.Find(commit->request_id); known != nullptr) {
    record = known->value;
    commit->rests_on_batch = known->batch;
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(record, index_.StoredRequest(commit->request_id));
  }
  if (!record.has_value()) return absl::OkStatus();
  if (record->request_hash != commit->request_hash) return Mismatch(commit->request_id);
  commit->repeats = record;
  return absl::OkStatus();
}

absl::StatusOr<CommitSequencer::Known<StreamRevision>> CommitSequencer::RevisionOf(
    const StreamId& stream, std::optional<StreamRevision> expected) {
  const std::optional<uint16_t> aggregate = names_.FindAggregate(stream.aggregate);
  if (!aggregate.has_value()) return Known<StreamRevision>{};
  const StreamKey key{*aggregate, stream.id};
  if (const auto* known = revisions_.Find(key); known != nullptr) return *known;
  DAYBOOK_ASSIGN_OR_RETURN(const StreamRevision stored,
                           index_.StoredRevision(*aggregate, stream.id, expected));
  return revisions_.Put(key, {stored});
}

absl::Status CommitSequencer::CheckExpectations(PreparedCommit* commit) {
  for (const StreamExpectation& expected : commit->expectations) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto actual, RevisionOf(expected.stream, expected.revision));
    const bool happened = expected.after == nullptr || *expected.after;
    if (actual.value != expected.revision || !happened) {
      commit->rests_on_batch = actual.batch;
      return RevisionConflict(expected, actual.value);
    }
    if (expected.unnamed_after.has_value() &&
        !names_of_commits_.NoneBehind(expected.stream, *expected.unnamed_after)) {
      commit->rests_on_batch = accepted_batch_;
      return NamedMeanwhile(expected.stream);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CommitSequencer::Known<std::optional<StreamId>>> CommitSequencer::HolderOf(
    const ClaimKey& key) {
  if (const auto* known = claims_.Find(key); known != nullptr) return *known;
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<StreamId> stored,
                           index_.StoredClaim(key.first, key.second));
  return claims_.Put(key, {std::move(stored)});
}

// Releases come first, so that a value can move from one stream to another within a commit.
absl::Status CommitSequencer::CheckClaims(PreparedCommit* commit) {
  overlay_.clear();
  if (commit->claims.empty()) return absl::OkStatus();
  absl::flat_hash_map<ClaimKey, size_t> places;
  const auto change = [&](const ClaimKey& key, std::optional<StreamId> holder) {
    const auto [place, inserted] = places.try_emplace(key, overlay_.size());
    if (inserted) {
      overlay_.emplace_back(key, std::move(holder));
    } else {
      overlay_[place->second].second = std::move(holder);
    }
  };
  for (const ClaimChange& claim : commit->claims) {
    if (claim.kind != ClaimChange::Kind::kRelease) continue;
    const ClaimKey key(claim.claim_kind, claim.value);
    DAYBOOK_ASSIGN_OR_RETURN(const auto holder, HolderOf(key));
    if (holder.value == claim.stream) change(key, std::nullopt);
  }
  for (const ClaimChange& claim : commit->claims) {
    if (claim.kind != ClaimChange::Kind::kTake) continue;
    const ClaimKey key(claim.claim_kind, claim.value);
    Known<std::optional<StreamId>> holder;
    if (const auto place = places.find(key); place != places.end()) {
      holder.value = overlay_[place->second].second;
    } else {
      DAYBOOK_ASSIGN_OR_RETURN(holder, HolderOf(key));
    }
    if (holder.value.has_value() && *holder.value != claim.stream) {
      commit->rests_on_batch = holder.batch;
      return DuplicateKey(claim, *holder.value);
    }
    change(key, claim.stream);
  }
  return absl::OkStatus();
}

absl::StatusOr<CommitSequencer::Time> CommitSequencer::BackfillTime(absl::Time at,
                                                                    absl::Time now) const {
  if (state_.live) {
    return Reject(Reason::REASON_BACKFILL_CLOSED,
                  "the log has live events: nothing can be recorded in the past any more");
  }
  if (at < head_time()) {
    const std::string head = FormatInstant(head_time());
    return Reject(Reason::REASON_BACKFILL_CLOSED,
                  absl::StrCat("the log has already reached ", head,
                               ": bring older data first, in order of time"),
                  {{"head", head}});
  }
  if (at > now) {
    return Reject(Reason::REASON_OUT_OF_RANGE, "a backfill lies in the past, not in the future");
  }
  DAYBOOK_RETURN_IF_ERROR(guard_.Check(now, head_time()));
  return Time{static_cast<uint64_t>(absl::ToUnixMicros(at)), kBackfilled};
}

// What takes no time from the clock is accepted whatever the clock says.
absl::StatusOr<CommitSequencer::Time> CommitSequencer::TimeOf(const PreparedCommit& commit) {
  const absl::Time now = clock_.Now();
  if (commit.backfill_at.has_value()) return BackfillTime(*commit.backfill_at, now);
  if (commit.events.empty()) return Time{state_.recorded_at_us, 0};
  if (commit.all_system && !state_.live) return Time{state_.recorded_at_us, kBackfilled};
  if (!commit.accepts_clock) {
    const absl::Status status = guard_.Check(now, head_time());
    if (!status.ok() && commit.under_any_clock) return Time{state_.recorded_at_us, 0};
    DAYBOOK_RETURN_IF_ERROR(status);
    guard_.NoteRecorded(now);
  }
  const auto now_us = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMicros(now)));
  return Time{std::max(now_us, state_.recorded_at_us), 0};
}

void CommitSequencer::Accept(PreparedCommit* commit, const Time& time, CommitBatch* batch,
                             std::vector<StoredValue>* values) {
  if (commit->accepted != nullptr) *commit->accepted = true;
  if (commit->accepts_clock) AddAcceptedClock(head_time(), batch);
  accepted_batch_ = batch_;
  AppendResult result;
  const auto count = static_cast<uint32_t>(commit->events.size());
  const LogPosition before = state_.range.size();
  result.first_position = count > 0 ? before + 1 : before;
  result.last_position = before + count;
  result.events = count;
  std::vector<StreamKey> keys;
  keys.reserve(commit->streams.size());
  for (const StreamId& stream : commit->streams) {
    keys.push_back({names_.AggregateFor(stream.aggregate, batch), stream.id});
  }
  if (count > 0) state_.recorded_at_us = time.recorded_at_us;
  result.recorded_at = absl::FromUnixMicros(static_cast<int64_t>(state_.recorded_at_us));
  for (PreparedEvent& event : commit->events) {
    const size_t stream = event.stream_index;
    Stamp stamp;
    stamp.position = state_.range.size() + 1;
    stamp.revision = ++heads_[stream];
    stamp.recorded_at_us = time.recorded_at_us;
    stamp.flags = static_cast<uint16_t>(time.flags | (event.system ? kSystem : 0));
    if (stamp.flags == 0) state_.live = true;
    AddEvent(&event, commit->streams[stream], keys[stream], stamp, batch);
    values->push_back(std::make_shared<const std::string>(std::move(event.encoded.value)));
  }
  for (size_t i = 0; i < keys.size(); ++i) revisions_.Put(keys[i], {heads_[i], batch_});
  if (count > 0) {
    for (const StreamExpectation& expected : commit->expectations) {
      names_of_commits_.Note(expected.stream, result.last_position);
    }
  }
  AddClaims(batch);
  AddRequest(*commit, {result.first_position, count, commit->request_hash}, batch);
  ++state_.commits;
  result.revisions.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    result.revisions.emplace_back(std::move(commit->streams[i]), heads_[i]);
  }
  commit->result = std::move(result);
}

void CommitSequencer::AddEvent(PreparedEvent* event, const StreamId& stream, const StreamKey& key,
                               const Stamp& stamp, CommitBatch* batch) {
  StampEvent(stamp, &event->encoded);
  const Hash leaf = LeafHash(event->encoded.header());
  state_.range.Append(leaf);
  tiles_.Append(leaf, [&](uint8_t level, uint64_t index, absl::string_view hashes) {
    std::string tile_key(1, static_cast<char>(level));
    AppendU64(&tile_key, index);
    batch->Put(Family::kTiles, tile_key, hashes);
  });

  std::string position;
  AppendU64(&position, stamp.position);
  batch->Put(Family::kEvents, position, event->encoded.value);
  key_.clear();
  AppendU16(&key_, key.aggregate);
  AppendBytes(&key_, key.id.bytes());
  AppendU64(&key_, stamp.revision);
  batch->Put(Family::kStreams, key_, position);
  key_.clear();
  AppendU32(&key_, names_.TypeFor(stream.aggregate, event->type, batch));
  AppendBytes(&key_, position);
  batch->Put(Family::kTypes, key_, {});
  for (const TagHash& tag : event->tags) {
    key_.assign(tag.data(), tag.size());
    AppendBytes(&key_, position);
    batch->Put(Family::kTags, key_, {});
  }
}

void CommitSequencer::AddClaims(CommitBatch* batch) {
  for (auto& [key, holder] : overlay_) {
    key_.clear();
    AppendU16(&key_, key.first);
    AppendBytes(&key_, Bytes(key.second));
    if (holder.has_value()) {
      row_.clear();
      AppendU16(&row_, names_.AggregateFor(holder->aggregate, batch));
      AppendBytes(&row_, holder->id.bytes());
      batch->Put(Family::kClaims, key_, row_);
    } else {
      batch->Delete(Family::kClaims, key_);
    }
    claims_.Put(key, {std::move(holder), batch_});
  }
}

void CommitSequencer::AddAcceptedClock(absl::Time head, CommitBatch* batch) {
  const AcceptedClock accepted = guard_.Accept(clock_.Now(), head);
  row_.clear();
  AppendU64(&row_, accepted.recorded_at_us);
  AppendU64(&row_, accepted.clock_us);
  batch->Put(Family::kMeta, kMetaClock, row_);
}

void CommitSequencer::AddRequest(const PreparedCommit& commit, const RequestRecord& record,
                                 CommitBatch* batch) {
  row_.clear();
  AppendU64(&row_, record.first_position);
  AppendU32(&row_, record.events);
  AppendBytes(&row_, Bytes(record.request_hash));
  batch->Put(Family::kRequests, commit.request_id.bytes(), row_);
  requests_.Put(commit.request_id, {record, batch_});
}

uint64_t CommitSequencer::Close(CommitBatch* batch) {
  batch->head = state_.head();
  batch->commits = state_.commits;
  if (!batch->empty()) batch->Put(Family::kMeta, kMetaState, EncodeLogState(state_));
  // The batch before this one is on disk by now, so what drops out here can be read there.
  revisions_.Age();
  requests_.Age();
  claims_.Age();
  return batch_++;
}

}  // namespace daybook::eventstore
