#pragma once

// Decides commits one after the other: repeats, expected revisions, claims, time; gives the
// accepted ones their positions and revisions and writes their rows into a batch. Decisions assume
// that earlier batches reach the disk, also those that are still on their way: if one does not, the
// process ends. Used by the writer thread alone.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/base/clock.h"
#include "eventstore/clock_guard.h"
#include "eventstore/commit_sink.h"
#include "eventstore/merkle.h"
#include "eventstore/name_registry.h"
#include "eventstore/prepared_commit.h"
#include "eventstore/recent_map.h"
#include "eventstore/recent_names.h"

namespace daybook::eventstore {

// Point reads of what is on disk. Thread-safe.
class LogIndex {
 public:
  virtual ~LogIndex() = default;
  virtual absl::StatusOr<std::optional<RequestRecord>> StoredRequest(const Uuid& id) const = 0;
  // The last revision. `expected` is where it probably stands: asking for that is cheaper.
  virtual absl::StatusOr<StreamRevision> StoredRevision(
      uint16_t aggregate, const Uuid& id, std::optional<StreamRevision> expected) const = 0;
  virtual absl::StatusOr<std::optional<StreamId>> StoredClaim(uint16_t claim_kind,
                                                              const Hash& value) const = 0;
};

// The end of the log, as kept in `meta`.
struct LogState {
  CompactRange range;
  uint64_t commits = 0;
  uint64_t recorded_at_us = 0;
  bool live = false;  // a live event exists: no backfill any more

  Head head() const {
    return {range.size(), absl::FromUnixMicros(static_cast<int64_t>(recorded_at_us)), range.Root()};
  }
};
std::string EncodeLogState(const LogState& state);
absl::StatusOr<LogState> DecodeLogState(absl::string_view row);

using StoredValue = std::shared_ptr<const std::string>;

class CommitSequencer {
 public:
  // `tiles` holds the hashes of the tiles that are not full. REQUIRES: the pointers outlive this
  // object.
  CommitSequencer(LogState state, TileBuilder tiles, const LogIndex* index, NameRegistry* names,
                  Clock* clock, ClockGuard* guard, size_t remembered);

  // Sets `result` or `repeats` of the commit. For an accepted one, rows are added to `batch` and
  // the stored events to `values`; for any other nothing is, and `rests_on_batch` is set.
  void Place(PreparedCommit* commit, CommitBatch* batch, std::vector<StoredValue>* values);
  // Completes a batch with the state row and the head; returns its number, from 1. REQUIRES: called
  // once after the batch's last Place.
  uint64_t Close(CommitBatch* batch);

  bool live() const { return state_.live; }
  // The number of the batch that is being built.
  uint64_t batch() const { return batch_; }

 private:
  struct StreamKey {
    uint16_t aggregate = 0;
    Uuid id;
    friend bool operator==(const StreamKey&, const StreamKey&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const StreamKey& k) {
      return H::combine(std::move(h), k.aggregate, k.id);
    }
  };
  // What was read from the disk (batch 0) or decided for a batch.
  template <typename Value>
  struct Known {
    Value value;
    uint64_t batch = 0;
  };
  using ClaimKey = std::pair<uint16_t, Hash>;
  using ClaimOverlay = std::vector<std::pair<ClaimKey, std::optional<StreamId>>>;
  struct Time {
    uint64_t recorded_at_us = 0;
    uint16_t flags = 0;
  };

  absl::Status Check(PreparedCommit* commit);
  absl::Status CheckRepeat(PreparedCommit* commit);
  absl::StatusOr<Known<StreamRevision>> RevisionOf(const StreamId& stream,
                                                   std::optional<StreamRevision> expected);
  absl::Status CheckExpectations(PreparedCommit* commit);
  absl::Status CheckClaims(PreparedCommit* commit);
  absl::StatusOr<Known<std::optional<StreamId>>> HolderOf(const ClaimKey& key);
  absl::StatusOr<Time> TimeOf(const PreparedCommit& commit);
  absl::StatusOr<Time> BackfillTime(absl::Time at, absl::Time now) const;
  absl::Time head_time() const {
    return absl::FromUnixMicros(static_cast<int64_t>(state_.recorded_at_us));
  }

  void Accept(PreparedCommit* commit, const Time& time, CommitBatch* batch,
              std::vector<StoredValue>* values);
  void AddEvent(PreparedEvent* event, const StreamId& stream, const StreamKey& key,
                const Stamp& stamp, CommitBatch* batch);
  void AddClaims(CommitBatch* batch);
  void AddAcceptedClock(absl::Time head, CommitBatch* batch);
  void AddRequest(const PreparedCommit& commit, const RequestRecord& record, CommitBatch* batch);

  LogState state_;
  TileBuilder tiles_;
  const LogIndex& index_;
  NameRegistry& names_;
  Clock& clock_;
  ClockGuard& guard_;
  RecentMap<StreamKey, Known<StreamRevision>> revisions_;
  RecentMap<Uuid, Known<RequestRecord>> requests_;
  RecentMap<ClaimKey, Known<std::optional<StreamId>>> claims_;
  RecentNames names_of_commits_;
  uint64_t batch_ = 1;           // being built
  uint64_t accepted_batch_ = 0;  // the last one that holds a commit

  // Of the commit at hand; kept to reuse their memory.
  std::vector<StreamRevision> heads_;
  ClaimOverlay overlay_;
  std::string key_;
  std::string row_;
};

}  // namespace daybook::eventstore
