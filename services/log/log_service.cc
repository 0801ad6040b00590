#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/fields/shape.h"
#include "services/engine/event_message.h"
#include "services/grpc_status.h"
#include "services/head_watcher.h"
#include "services/log/event_types.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::log::v1;

constexpr size_t kEventsPerMessage = 256;
constexpr size_t kBytesPerMessage = 256 << 10;

absl::StatusOr<eventstore::Selection> SelectionOf(const pb::ReadEventsRequest& request) {
  eventstore::Selection selection;
  switch (request.selection_case()) {
    case pb::ReadEventsRequest::kStream: {
      const auto stream = eventstore::StreamId::Parse(request.stream());
      if (!stream.ok()) return InvalidField("stream", stream.status().message());
      DAYBOOK_RETURN_IF_ERROR(CheckAggregateName("stream", stream->aggregate));
      selection.stream = *stream;
      return selection;
    }
    case pb::ReadEventsRequest::kAggregate:
      DAYBOOK_RETURN_IF_ERROR(CheckAggregateName("aggregate", request.aggregate()));
      selection.aggregate = request.aggregate();
      return selection;
    case pb::ReadEventsRequest::kType:
      DAYBOOK_RETURN_IF_ERROR(CheckEventType("type", request.type()));
      selection.type = request.type();
      return selection;
    case pb::ReadEventsRequest::SELECTION_NOT_SET:
      return selection;
  }
  return selection;
}

// Whether what the consumer saved belongs to this log as it is now.
absl::Status CheckResumable(const pb::ReadEventsRequest& request,
                            const eventstore::EventStore& store) {
  const uint64_t incarnation = store.incarnation();
  if (request.incarnation() != 0 && request.incarnation() != incarnation) {
    return Reject(
        rpc::v1::REASON_INCARNATION_CHANGED,
        absl::StrCat("the log is in incarnation ", incarnation, ", not ", request.incarnation(),
                     ": a copy of it was restored, and positions may have been given to "
                     "other events; read again from position 0"),
        {{"expected", absl::StrCat(request.incarnation())}, {"actual", absl::StrCat(incarnation)}});
  }
  const eventstore::LogPosition head = store.GetHead().position;
  if (request.after_position() <= head) return absl::OkStatus();
  return Reject(
      rpc::v1::REASON_POSITION_BEYOND_HEAD,
      absl::StrCat("after_position ", request.after_position(),
                   " lies beyond the head of the log, ", head,
                   ": the position is of another log, or of this one before an older "
                   "copy was restored"),
      {{"position", absl::StrCat(request.after_position())}, {"head", absl::StrCat(head)}});
}

// One feed. A batch is read on the worker pool, written, and when it is on its way the next is
// read; at the end of the log a follower waits for the head without holding a thread.
//
//   kReading -> kWriting -> kReading     a batch with events
//   kReading -> kWaiting -> kReading     none, and the caller follows
//   any      -> kFinished
//
// Whoever moves the state on goes on with the feed; a cancellation ends it while it waits, and is
// otherwise seen at the next step. Owned by gRPC until OnDone and by every step on its way, so that
// none of them finds it gone.
class Feed final : public grpc::ServerWriteReactor<pb::ReadEventsResponse> {
 public:
  static Feed* Start(grpc::CallbackServerContext* rpc, const Deps& deps,
                     const pb::ReadEventsRequest& request) {
    const std::shared_ptr<Feed> feed(new Feed(rpc, deps, request));
    feed->self_ = feed;
    const absl::Status status = feed->Begin();
    if (status.ok()) {
      feed->Next(feed);
    } else {
      feed->End(status);
    }
    return feed.get();
  }

  void OnWriteDone(bool ok) override {
    const std::shared_ptr<Feed> self = self_;
    if (!ok) return End(absl::CancelledError("the caller went away"));
    if (MoveOn(kWriting, kReading)) Next(self);
  }

  void OnCancel() override {
    const std::shared_ptr<Feed> self = self_;
    uint64_t ticket = 0;
    {
      std::lock_guard lock(mutex_);
      cancelled_ = true;
      if (state_ != kWaiting) return;
      state_ = kFinished;
      ticket = ticket_;
    }
    deps_.head.Cancel(ticket);
    Finish(ToGrpc(absl::CancelledError("cancelled")));
  }

  void OnDone() override {
    // The last reference may be this one.
    const std::shared_ptr<Feed> self = std::move(self_);
  }

 private:
  using Self = std::shared_ptr<Feed>;
  enum State { kReading, kWriting, kWaiting, kFinished };

  Feed(grpc::CallbackServerContext* rpc, const Deps& deps, const pb::ReadEventsRequest& request)
      : rpc_(rpc), deps_(deps), request_(request), position_(request.after_position()) {}

  absl::Status Begin() {
    DAYBOOK_ASSIGN_OR_RETURN(const Principal principal, AuthenticateCall(*rpc_, deps_));
    DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckRead(principal, "log"));
    DAYBOOK_RETURN_IF_ERROR(domain::CheckShape(request_));
    DAYBOOK_ASSIGN_OR_RETURN(selection_, SelectionOf(request_));
    return CheckResumable(request_, deps_.store);
  }

  // False, and nothing is to be done, when the feed is elsewhere.
  bool MoveOn(State from, State to) {
    std::lock_guard lock(mutex_);
    if (state_ != from) return false;
    state_ = to;
    return true;
  }

  bool Cancelled() {
    std::lock_guard lock(mutex_);
    return cancelled_;
  }

  void Next(const Self& self) {
    if (!deps_.pool.Continue([self] { self->ReadBatch(self); })) {
      End(Reject(rpc::v1::REASON_SHUTTING_DOWN, "the server is going down"));
    }
  }

  void ReadBatch(const Self& self) {
    if (Cancelled()) return End(absl::CancelledError("cancelled"));
    // A key that was revoked meanwhile ends the feed.
    const absl::Status known = AuthenticateCall(*rpc_, deps_).status();
    if (!known.ok()) return End(known);
    response_.Clear();
    response_.set_incarnation(deps_.store.incarnation());
    // Taken before the read: a selection that ends below it has no more events up to there.
    const eventstore::LogPosition head = deps_.store.GetHead().position;
    size_t limit = kEventsPerMessage;
    if (request_.limit() > 0) limit = std::min<size_t>(limit, request_.limit() - sent_);
    const absl::StatusOr<bool> full = Fill(limit);
    if (!full.ok()) return End(full.status());
    const int count = response_.events_size();
    sent_ += static_cast<uint64_t>(count);
    position_ = *full ? response_.events(count - 1).position() : std::max(position_, head);
    response_.set_position(position_);
    if (count > 0) return Write(*full);
    if (!request_.follow()) return End(absl::OkStatus());
    WaitForMore(self);
  }

  // Reads at most `limit` events into the response. True when there may be more.
  absl::StatusOr<bool> Fill(size_t limit) {
    size_t bytes = 0;
    absl::Status failure;
    const absl::Status status = Read(limit, [&](const eventstore::RecordedEvent& recorded) {
      auto event = ToEventMessage(recorded, deps_.keys);
      if (!event.ok()) {
        failure = event.status();
        return false;
      }
      bytes += event->payload().size() + 200;
      *response_.add_events() = *std::move(event);
      return bytes < kBytesPerMessage;
    });
    DAYBOOK_RETURN_IF_ERROR(status);
    DAYBOOK_RETURN_IF_ERROR(failure);
    const auto count = static_cast<size_t>(response_.events_size());
    return count > 0 && (count == limit || bytes >= kBytesPerMessage);
  }

  absl::Status Read(size_t limit, eventstore::EventStore::Visitor visit) {
    const bool all =
        !selection_.stream.has_value() && selection_.aggregate.empty() && selection_.type.empty();
    return all ? deps_.store.ReadAll(position_, limit, visit)
               : deps_.store.ReadSelected(selection_, position_, limit, visit);
  }

  void Write(bool more) {
    const bool last =
        (request_.limit() > 0 && sent_ >= request_.limit()) || (!more && !request_.follow());
    if (!MoveOn(kReading, last ? kFinished : kWriting)) return;
    if (last) return StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
    StartWrite(&response_);
  }

  void WaitForMore(const Self& self) {
    // From here on OnCancel may end the feed at any moment.
    {
      std::unique_lock lock(mutex_);
      if (!cancelled_) {
        state_ = kWaiting;
      } else {
        lock.unlock();
        return End(absl::CancelledError("cancelled"));
      }
    }
    const auto go_on = [self] {
      if (self->MoveOn(kWaiting, kReading)) self->Next(self);
    };
    const uint64_t ticket = deps_.head.Wait(position_, go_on);
    if (ticket == 0) return go_on();
    bool cancelled = false;
    {
      std::lock_guard lock(mutex_);
      ticket_ = std::max(ticket_, ticket);
      cancelled = state_ == kFinished;
    }
    // OnCancel did not know the ticket. A ticket that was used meanwhile is nobody's.
    if (cancelled) deps_.head.Cancel(ticket);
  }

  void End(const absl::Status& status) {
    {
      std::lock_guard lock(mutex_);
      if (state_ == kFinished) return;
      state_ = kFinished;
    }
    Finish(ToGrpc(status));
  }

  grpc::CallbackServerContext* rpc_;
  const Deps& deps_;
  const pb::ReadEventsRequest request_;
  // Of whoever moves the feed on.
  eventstore::Selection selection_;
  eventstore::LogPosition position_;
  uint64_t sent_ = 0;
  pb::ReadEventsResponse response_;

  std::mutex mutex_;
  State state_ = kReading;
  bool cancelled_ = false;
  uint64_t ticket_ = 0;         // of the wait; 0: not known yet
  std::shared_ptr<Feed> self_;  // until OnDone
};

class Service final : public pb::LogService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  grpc::ServerWriteReactor<pb::ReadEventsResponse>* ReadEvents(
      Rpc* rpc, const pb::ReadEventsRequest* request) override {
    return Feed::Start(rpc, deps_, *request);
  }

  Reactor* GetHead(Rpc* rpc, const pb::GetHeadRequest* request,
                   pb::GetHeadResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [this, request, response](const Query& query) -> absl::Status {
                        response->set_log_id(deps_.store.log_id().ToString());
                        response->set_incarnation(deps_.store.incarnation());
                        response->set_write_refusal(std::string(deps_.store.Writable().message()));
                        // The log itself is the answer, not how far the views are.
                        eventstore::Head head = deps_.store.GetHead();
                        if (query.snapshot.is_past()) {
                          head.position = query.snapshot.position();
                          head.recorded_at = query.snapshot.recorded_at();
                          DAYBOOK_ASSIGN_OR_RETURN(head.root, deps_.store.RootAt(head.position));
                        }
                        query.stands_at = {head.position, head.recorded_at};
                        response->set_root_hash(head.root.data(), head.root.size());
                        return absl::OkStatus();
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLogService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
