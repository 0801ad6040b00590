#include "eventstore/rocks_event_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/prepared_commit.h"

namespace daybook::eventstore {
namespace {

// Stream heads, requests and claims that the writer remembers, each.
constexpr size_t kRemembered = 1 << 15;

// A time that was reached already: that of the last live event, or else that in the log's id (UUID
// version 7), which was made with the log. What was backfilled says nothing of the clock.
std::optional<absl::Time> KnownTime(const RocksLog& log) {
  const LogState& state = log.state();
  if (state.live) return state.head().recorded_at;
  const absl::string_view id = log.log_id().bytes();
  if (static_cast<uint8_t>(id[6]) >> 4 != 7) return std::nullopt;
  return absl::FromUnixMillis(static_cast<int64_t>(LoadU64(id.data()) >> 16));
}

}  // namespace

RocksEventStore::RocksEventStore(std::unique_ptr<RocksLog> log, DiskSpace space, Clock& clock,
                                 Random& random, const StoreOptions& options, Held held)
    : log_(std::move(log)),
      recent_(log_->state().range.size()),
      reader_(log_.get(), &recent_),
      space_(std::move(space)),
      random_(random),
      held_(std::move(held)),
      guard_(options, &clock, log_->accepted_clock(), KnownTime(*log_)) {}

absl::StatusOr<std::unique_ptr<EventStore>> RocksEventStore::Make(
    std::unique_ptr<RocksLog> log, const MakeSink& make_sink, DiskSpace space, Clock& clock,
    Random& random, const StoreOptions& options, Held held) {
  DAYBOOK_ASSIGN_OR_RETURN(TileBuilder tiles, log->LoadTiles());
  std::unique_ptr<RocksEventStore> store(new RocksEventStore(
      std::move(log), std::move(space), clock, random, options, std::move(held)));
  RocksLog* rocks = store->log_.get();
  store->sink_ = make_sink(rocks);
  auto sequencer =
      std::make_unique<CommitSequencer>(rocks->state(), std::move(tiles), rocks, &rocks->names(),
                                        &clock, &store->guard_, kRemembered);
  RocksEventStore* self = store.get();
  store->writer_ = std::make_unique<LogWriter>(
      std::move(sequencer), store->sink_.get(), &store->recent_, rocks->state().head(),
      [self](const RequestRecord& record) { return self->ReplayOf(record); }, options);
  return std::unique_ptr<EventStore>(std::move(store));
}

absl::Status RocksEventStore::MayAppend() const {
  if (held_ != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(held_());
  }
  if (space_.HasRoom()) return absl::OkStatus();
  return Reject(Reason::REASON_DISK_FULL,
                "the disk has no room for another commit; reading goes on");
}

absl::Status RocksEventStore::Writable() const {
  DAYBOOK_RETURN_IF_ERROR(MayAppend());
  return guard_.CheckNow(GetHead().recorded_at);
}

void RocksEventStore::Append(Commit commit, AppendDone done) {
  if (absl::Status status = MayAppend(); !status.ok()) {
    writer_->Refuse(std::move(status), std::move(done));
    return;
  }
  absl::StatusOr<std::unique_ptr<PreparedCommit>> prepared =
      PrepareCommit(std::move(commit), random_);
  if (!prepared.ok()) {
    writer_->Refuse(prepared.status(), std::move(done));
    return;
  }
  (*prepared)->done = std::move(done);
  writer_->Append(*std::move(prepared));
}

absl::StatusOr<AppendResult> RocksEventStore::ReplayOf(const RequestRecord& record) const {
  AppendResult result;
  result.replayed = true;
  result.first_position = record.first_position;
  result.events = record.events;
  result.recorded_at = absl::UnixEpoch();
  if (record.events == 0) {
    result.last_position = record.first_position;
    if (record.first_position > 0) {
      DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent at, reader_.One(record.first_position));
      result.recorded_at = at.recorded_at;
    }
    return result;
  }
  result.last_position = record.first_position + record.events - 1;
  DAYBOOK_RETURN_IF_ERROR(reader_.All(
      result.last_position, record.first_position - 1, record.events,
      [&](const RecordedEvent& event) {
        result.recorded_at = event.recorded_at;
        const auto same = [&](const auto& known) { return known.first == event.stream; };
        const auto found = std::find_if(result.revisions.begin(), result.revisions.end(), same);
        if (found == result.revisions.end()) {
          result.revisions.emplace_back(event.stream, event.revision);
        } else {
          found->second = event.revision;
        }
        return true;
      }));
  return result;
}

absl::Status RocksEventStore::ReadAll(LogPosition after, size_t limit, Visitor visit) const {
  return reader_.All(GetHead().position, after, limit, visit);
}

absl::Status RocksEventStore::ReadSelected(const Selection& selection, LogPosition after,
                                           size_t limit, Visitor visit) const {
  const LogPosition head = GetHead().position;
  if (selection.stream.has_value()) {
    const StreamId& stream = *selection.stream;
    if (!selection.aggregate.empty() && selection.aggregate != stream.aggregate) {
      return absl::OkStatus();
    }
    return reader_.OfStream({stream, 0, after, selection.type}, head, limit, visit);
  }
  if (selection.aggregate.empty() && selection.type.empty()) {
    return reader_.All(head, after, limit, visit);
  }
  return reader_.OfTypes(log_->names().FindTypes(selection.aggregate, selection.type), head, after,
                         limit, visit);
}

absl::Status RocksEventStore::ReadStream(const StreamId& stream, StreamRevision after, size_t limit,
                                         Visitor visit) const {
  return reader_.OfStream({stream, after, 0, {}}, GetHead().position, limit, visit);
}

absl::StatusOr<RecordedEvent> RocksEventStore::ReadEvent(LogPosition position) const {
  if (position == 0 || position > GetHead().position) {
    return Reject(Reason::REASON_NOT_FOUND, absl::StrCat("the log has no position ", position));
  }
  return reader_.One(position);
}

absl::StatusOr<StreamRevision> RocksEventStore::StreamHead(const StreamId& stream) const {
  return reader_.LastRevision(stream, GetHead().position);
}

absl::StatusOr<std::optional<RequestRecord>> RocksEventStore::FindRequest(
    const Uuid& request_id) const {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<RequestRecord> record, log_->StoredRequest(request_id));
  // Between the write and the publishing of the head a row is there before its answer is out.
  if (record.has_value() && record->first_position > GetHead().position) record.reset();
  return record;
}

absl::StatusOr<std::optional<StreamId>> RocksEventStore::FindClaim(uint16_t claim_kind,
                                                                   const Hash& value) const {
  return log_->StoredClaim(claim_kind, value);
}

// Times never decrease along the log, so the last position at or before a time is found by halving.
absl::StatusOr<LogPosition> RocksEventStore::PositionAt(absl::Time time) const {
  const Head head = GetHead();
  if (head.position == 0) return LogPosition{0};
  if (time >= head.recorded_at) return head.position;
  LogPosition low = 0;  // recorded at or before `time`
  LogPosition high = head.position;
  while (high - low > 1) {
    const LogPosition middle = low + (high - low) / 2;
    DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event, reader_.One(middle));
    (event.recorded_at <= time ? low : high) = middle;
  }
  return low;
}

absl::StatusOr<LogPosition> RocksEventStore::LowerToCommitEnd(LogPosition position) const {
  const LogPosition head = GetHead().position;
  if (position >= head) return head;
  if (position == 0) return LogPosition{0};
  DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event, reader_.One(position));
  return event.commit_end() == position ? position : position - event.commit_index - 1;
}

absl::StatusOr<Hash> RocksEventStore::RootAt(LogPosition size) const {
  const LogPosition head = GetHead().position;
  if (size > head) {
    return Reject(Reason::REASON_OUT_OF_RANGE,
                  absl::StrCat("the log ends at ", head, ", there is no root at ", size));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const CompactRange range, log_->RangeAt(size, head));
  return range.Root();
}

}  // namespace daybook::eventstore
