#pragma once

// A commit on its way to the writer: checked against every limit, encoded and hashed on the
// caller's thread, so that the single writer thread has little left to do. A value that one thread
// owns at a time.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/base/clock.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/event_store.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {

// Limits of a commit beside those of event_store.h.
inline constexpr size_t kExpectationsMax = 2000;
inline constexpr size_t kClaimsMax = 2000;
// What a row costs beside the event itself (index keys and bookkeeping); so that bytes bound the
// number of rows too.
inline constexpr size_t kRowBytes = 100;

using TagHash = std::array<char, kTagHashBytes>;

struct PreparedEvent {
  EncodedEvent encoded;
  size_t stream_index = 0;  // in PreparedCommit::streams
  std::string type;
  std::vector<TagHash> tags;
  bool system = false;
};

struct PreparedCommit {
  Uuid request_id;
  Hash request_hash{};
  std::vector<StreamId> streams;  // written, in order of first appearance
  std::vector<PreparedEvent> events;
  std::vector<StreamExpectation> expectations;
  std::shared_ptr<bool> accepted;  // as Commit::accepted
  std::vector<ClaimChange> claims;
  std::optional<absl::Time> backfill_at;
  absl::Time deadline = absl::InfiniteFuture();
  bool accepts_clock = false;  // as in Commit, both
  bool under_any_clock = false;
  bool all_system = false;
  size_t bytes = 0;  // about what it takes in the log
  EventStore::AppendDone done;

  // Set by the writer: the answer, or the earlier commit that it repeats.
  absl::StatusOr<AppendResult> result = absl::UnknownError("not decided");
  std::optional<RequestRecord> repeats;
  // Of a commit that is not accepted: the batch that holds what its answer tells of (0: all of that
  // is on disk). Nobody hears of what may still be lost.
  uint64_t rests_on_batch = 0;
};

// Errors: LIMIT_EXCEEDED {limit, value}; INVALID_FIELD for names, tags and times that the format
// cannot hold. `done` is not taken from here: the caller sets it.
absl::StatusOr<std::unique_ptr<PreparedCommit>> PrepareCommit(Commit commit, Random& random);

TagHash HashTag(absl::string_view tag);

}  // namespace daybook::eventstore
