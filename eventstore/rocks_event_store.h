#pragma once

// The event store over a RocksDB, on disk or in memory. Private to eventstore/.

#include <functional>
#include <memory>

#include "eventstore/disk_space.h"
#include "eventstore/event_reader.h"
#include "eventstore/log_writer.h"
#include "eventstore/recent_events.h"
#include "eventstore/rocks_log.h"

namespace daybook::eventstore {

class RocksEventStore final : public EventStore {
 public:
  // OK, or why nothing may be written into the directory any more. Thread-safe.
  using Held = std::function<absl::Status()>;
  // `log` is loaded. `make_sink` gets the log, which outlives the sink.
  using MakeSink = std::function<std::unique_ptr<CommitSink>(RocksLog*)>;
  static absl::StatusOr<std::unique_ptr<EventStore>> Make(
      std::unique_ptr<RocksLog> log, const MakeSink& make_sink, DiskSpace space, Clock& clock,
      Random& random, const StoreOptions& options, Held held = nullptr);

  void Append(Commit commit, AppendDone done) override;
  Head GetHead() const override { return writer_->head(); }
  absl::Status ReadAll(LogPosition after, size_t limit, Visitor visit) const override;
  absl::Status ReadSelected(const Selection& selection, LogPosition after, size_t limit,
                            Visitor visit) const override;
  absl::Status ReadStream(const StreamId& stream, StreamRevision after, size_t limit,
                          Visitor visit) const override;
  absl::StatusOr<RecordedEvent> ReadEvent(LogPosition position) const override;
  absl::StatusOr<StreamRevision> StreamHead(const StreamId& stream) const override;
  absl::StatusOr<std::optional<RequestRecord>> FindRequest(const Uuid& request_id) const override;
  absl::StatusOr<std::optional<StreamId>> FindClaim(uint16_t claim_kind,
                                                    const Hash& value) const override;
  absl::StatusOr<LogPosition> PositionAt(absl::Time time) const override;
  absl::StatusOr<LogPosition> LowerToCommitEnd(LogPosition position) const override;
  LogPosition WaitForHead(LogPosition position, absl::Time deadline) const override {
    return writer_->WaitForHead(position, deadline);
  }
  bool BackfillOpen() const override { return writer_->backfill_open(); }
  absl::Status Writable() const override;
  Uuid log_id() const override { return log_->log_id(); }
  uint64_t incarnation() const override { return log_->incarnation(); }
  absl::StatusOr<Hash> RootAt(LogPosition size) const override;

 private:
  RocksEventStore(std::unique_ptr<RocksLog> log, DiskSpace space, Clock& clock, Random& random,
                  const StoreOptions& options, Held held);

  // What Append refuses by before a commit is queued.
  absl::Status MayAppend() const;
  absl::StatusOr<AppendResult> ReplayOf(const RequestRecord& record) const;

  std::unique_ptr<RocksLog> log_;
  RecentEvents recent_;
  EventReader reader_;
  mutable DiskSpace space_;
  Random& random_;
  const Held held_;
  ClockGuard guard_;
  std::unique_ptr<CommitSink> sink_;
  std::unique_ptr<LogWriter> writer_;  // last: its threads use all of the above
};

}  // namespace daybook::eventstore
