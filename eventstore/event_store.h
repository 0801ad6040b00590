#pragma once

// The log: appends commits, reads events. Knows bytes and envelopes, no business word.
//
// Invariants: positions are contiguous from 1; revisions are contiguous from 1 within a stream; a
// commit is all there or not at all; an acknowledged commit survives kill -9 and power loss;
// recorded_at never decreases.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "domain/base/uuid.h"

namespace daybook::eventstore {

using Hash = std::array<uint8_t, 32>;
using LogPosition = uint64_t;     // 0: before the first event
using StreamRevision = uint64_t;  // 0: the stream does not exist

inline constexpr size_t kEventsPerCommitMax = 1000;
inline constexpr size_t kCommitBytesMax = 4 << 20;
inline constexpr size_t kSealedPartsMax = 16;  // per event
inline constexpr size_t kTagsMax = 16;

// "<aggregate>/<uuid>". The aggregate name is at most 100 bytes of [a-z_].
struct StreamId {
  std::string aggregate;
  Uuid id;

  std::string ToString() const;
  static absl::StatusOr<StreamId> Parse(absl::string_view text);
  friend bool operator==(const StreamId&, const StreamId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const StreamId& s) {
    return H::combine(std::move(h), s.aggregate, s.id);
  }
};

enum EventFlags : uint16_t { kBackfilled = 1, kSystem = 2 };

// A sealed part as stored: commitment in the header, bytes behind it.
struct SealedPart {
  uint8_t alg = 0;
  Hash key_id{};
  std::string blob;  // salt16 ‖ ciphertext ‖ tag16
};

// What a sealed part is bound to (the AAD of LOG.md 2.4): a part moved to another event does not
// open.
struct SealContext {
  Uuid request_id;
  uint16_t commit_index = 0;
  uint8_t part_index = 0;
  StreamId stream;
  std::string event_type;
  uint32_t schema_set = 0;
};

// An event to append, sealed already.
struct NewEvent {
  StreamId stream;
  std::string type;     // "opportunity.won", at most 200 bytes
  std::string payload;  // public part
  std::string metadata;
  std::vector<std::string> tags;
  std::vector<SealedPart> sealed;
  absl::Time effective_at;
  bool system = false;
};

// A unique value, already an HMAC (KeyStore::ClaimHash).
struct ClaimChange {
  enum class Kind { kTake, kRelease };
  Kind kind = Kind::kTake;
  uint16_t claim_kind = 0;
  Hash value{};
  StreamId stream;    // the holder
  std::string field;  // named in the refusal
};

// Streams written must be listed here to have their revision checked; streams only read may be
// listed too.
struct StreamExpectation {
  StreamId stream;
  StreamRevision revision = 0;
  // Set when the revision was decided on before its commit was accepted (Commit::accepted of that
  // commit): a revision is only a number, and another commit may have taken it. Not accepted:
  // REVISION_CONFLICT.
  std::shared_ptr<const bool> after;
  // Set when something else than the log was looked at, as of this position, to decide on the
  // stream: no commit behind it may name the stream among its expectations, written or read.
  // Otherwise: REVISION_CONFLICT {named}.
  std::optional<LogPosition> unnamed_after;
};

// The unit of appending.
struct Commit {
  Uuid request_id;
  Hash request_hash{};  // of the request's bytes: tells a repeat from a misuse
  Uuid actor;
  uint32_t schema_set = 0;
  std::vector<NewEvent>
      events;  // may be empty: an accepted command that changed nothing is remembered too
  std::vector<StreamExpectation> expectations;
  std::vector<ClaimChange> claims;
  // Backfill: take this as recorded_at. Refused after the first live event or below the head's
  // recorded_at.
  std::optional<absl::Time> backfill_at;
  absl::Time deadline = absl::InfiniteFuture();  // not begun after it; on the line of DeadlineNow()
  // An operator says that the clock is right: accepted whatever the clock says, and with it the
  // difference that there is now between the clock and the head of the log.
  bool accepts_clock = false;
  // Taken whatever the clock says, and then recorded at the time of the head: bookkeeping of the
  // server itself, without which it could not start.
  bool under_any_clock = false;
  // Set to true by the writer when it accepts this commit; null if nobody depends on it. Read and
  // written by the writer thread only.
  std::shared_ptr<bool> accepted;
};

// The answer to an append.
struct AppendResult {
  LogPosition first_position = 0;  // of the commit; for an empty commit the head
  LogPosition last_position = 0;
  absl::Time recorded_at;
  uint32_t events = 0;
  // The same request was carried out before: the positions are the stored ones, nothing was
  // written.
  bool replayed = false;
  // Revisions of the streams written, in order of first appearance.
  std::vector<std::pair<StreamId, StreamRevision>> revisions;
};

// An event as read.
struct RecordedEvent {
  LogPosition position = 0;
  uint16_t commit_index = 0;
  uint16_t commit_count = 0;
  StreamRevision revision = 0;
  absl::Time recorded_at;
  absl::Time effective_at;
  Uuid request_id;
  Uuid actor;
  StreamId stream;
  std::string type;
  uint32_t schema_set = 0;
  uint16_t flags = 0;
  std::vector<std::string> tags;
  Hash body_hash{};
  std::string payload;
  std::string metadata;
  std::vector<SealedPart> sealed;
  std::string header;  // the hashed bytes

  // Last position of the event's commit.
  LogPosition commit_end() const { return position - commit_index + commit_count - 1; }
  SealContext seal_context(uint8_t part_index) const {
    return {request_id, commit_index, part_index, stream, type, schema_set};
  }
};

// What is remembered of a command.
struct RequestRecord {
  LogPosition first_position = 0;
  uint32_t events = 0;
  Hash request_hash{};
};

// Which events of the log.
struct Selection {
  std::optional<StreamId> stream;
  std::string aggregate;  // all streams of one aggregate
  std::string type;       // one event type
};

// The head of the log; all of one moment.
struct Head {
  LogPosition position = 0;
  absl::Time recorded_at = absl::UnixEpoch();
  Hash root{};  // RFC 6962 root over all headers
};

// Thread-safe. Made by OpenRocksEventStore or NewMemoryEventStore; both pass one contract suite.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // Queues a commit for the writer; `done` is called exactly once, on a thread of the store, and
  // must not block. Errors: REVISION_CONFLICT {stream, expected, actual} or {named}, DUPLICATE_KEY
  // {field, holder}, IDEMPOTENCY_MISMATCH, OVERLOADED (queue full), DEADLINE_EXCEEDED,
  // BACKFILL_CLOSED, LIMIT_EXCEEDED, DISK_FULL, CLOCK_OUT_OF_BOUNDS, DATA_DIRECTORY (see Writable),
  // SHUTTING_DOWN.
  using AppendDone = std::function<void(absl::StatusOr<AppendResult>)>;
  virtual void Append(Commit commit, AppendDone done) = 0;
  // The same, waiting.
  absl::StatusOr<AppendResult> AppendAndWait(Commit commit);

  virtual Head GetHead() const = 0;

  // Calls `visit` with events after `after`, in order, until it returns false, `limit` events are
  // seen or the log ends. DATA_LOSS when an event does not match its hashes or a position is
  // missing.
  using Visitor = absl::FunctionRef<bool(const RecordedEvent&)>;
  virtual absl::Status ReadAll(LogPosition after, size_t limit, Visitor visit) const = 0;
  // As ReadAll for a part of the log, through an index.
  virtual absl::Status ReadSelected(const Selection& selection, LogPosition after, size_t limit,
                                    Visitor visit) const = 0;
  // Events of one stream with revision > after, in order.
  virtual absl::Status ReadStream(const StreamId& stream, StreamRevision after, size_t limit,
                                  Visitor visit) const = 0;
  // NOT_FOUND beyond the head.
  virtual absl::StatusOr<RecordedEvent> ReadEvent(LogPosition position) const = 0;
  virtual absl::StatusOr<StreamRevision> StreamHead(const StreamId& stream) const = 0;

  // The request with this id, if it was accepted.
  virtual absl::StatusOr<std::optional<RequestRecord>> FindRequest(
      const Uuid& request_id) const = 0;
  // The holder of a claim, if any.
  virtual absl::StatusOr<std::optional<StreamId>> FindClaim(uint16_t claim_kind,
                                                            const Hash& value) const = 0;

  // The last position recorded at or before `time` (0: none). Always the end of a commit.
  virtual absl::StatusOr<LogPosition> PositionAt(absl::Time time) const = 0;
  // The end of the last commit that ends at or before `position`.
  virtual absl::StatusOr<LogPosition> LowerToCommitEnd(LogPosition position) const = 0;

  // Waits until the head is beyond `position`, or the deadline; returns the head. How long is fixed
  // when the wait begins, whoever sets the clock meanwhile.
  virtual LogPosition WaitForHead(LogPosition position, absl::Time deadline) const = 0;

  // Whether backfill is still possible (no live event yet).
  virtual bool BackfillOpen() const = 0;

  // OK, or why every append is refused at present: DATA_DIRECTORY (the directory was moved,
  // replaced or locked by another process), DISK_FULL, CLOCK_OUT_OF_BOUNDS. For health checks;
  // cheap.
  virtual absl::Status Writable() const = 0;

  // The log's id, made when the directory was created.
  virtual Uuid log_id() const = 0;
  // From 1; raised by `daybook restore mark` when an older copy of the directory has been put back:
  // positions behind the head of that copy may have been given before, to other events. Does not
  // change while the store is open.
  virtual uint64_t incarnation() const = 0;

  // Root of the tree over the first `size` events; OUT_OF_RANGE beyond the head.
  virtual absl::StatusOr<Hash> RootAt(LogPosition size) const = 0;
};

// Limits and switches of the store. Every limit has a test.
struct StoreOptions {
  size_t queue_commits = 4096;  // waiting for the writer
  size_t group_commits = 512;   // per synced batch
  size_t group_bytes = 1 << 20;
  bool sync_witness = false;  // fdatasync the witness with every group
  size_t block_cache_bytes = 32 << 20;
  size_t write_buffer_bytes = 48 << 20;    // all column families together
  uint64_t reserve_free_bytes = 64 << 20;  // appends are refused (DISK_FULL) when less is free
  // Appends are refused (CLOCK_OUT_OF_BOUNDS) when the clock is further than this
  absl::Duration clock_behind_max = absl::Hours(1);       // behind recorded_at of the head;
  absl::Duration clock_idle_max = absl::Hours(24 * 366);  // ahead of the log, at the start;
  absl::Duration clock_jump_max = absl::Hours(24);        // ahead of where `monotonic` puts it.
  // Time since some fixed moment, which nobody sets (BootTime). Null: jumps are not looked for.
  std::function<absl::Duration()> monotonic;
};

}  // namespace daybook::eventstore
