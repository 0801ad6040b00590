#include <grpcpp/support/server_callback.h>

#include <atomic>

#include "absl/strings/str_cat.h"
#include "daybook/log/v1/log_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "services/engine/event_message.h"
#include "services/grpc_status.h"
#include "services/head_watcher.h"
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
      selection.stream = *stream;
      return selection;
    }
    case pb::ReadEventsRequest::kAggregate:
      if (domain::FindAggregate(request.aggregate()) == nullptr) {
        return InvalidField("aggregate",
                            absl::StrCat("there is no aggregate '", request.aggregate(), "'"));
      }
      selection.aggregate = request.aggregate();
      return selection;
    case pb::ReadEventsRequest::kType:
      selection.type = request.type();
      return selection;
    case pb::ReadEventsRequest::SELECTION_NOT_SET:
      return selection;
  }
  return selection;
}

// One feed. A batch is read on the worker pool, written, and when it is on its way the next is
// read; at the end of the log a follower waits for the head without holding a thread. The reactor
// deletes itself in OnDone.
class Feed final : public grpc::ServerWriteReactor<pb::ReadEventsResponse> {
 public:
  Feed(grpc::CallbackServerContext* rpc, const Deps& deps, const pb::ReadEventsRequest& request)
      : rpc_(rpc), deps_(deps), request_(request), position_(request.after_position()) {
    const absl::Status status = Begin(*rpc);
    if (status.ok()) {
      Next();
    } else {
      End(status);
    }
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the caller went away"));
    Next();
  }

  void OnCancel() override {
    // Whoever takes the feed out of kWaiting goes on with it; a reading feed ends itself at its
    // next step.
    if (state_->exchange(kCancelled) != kWaiting) return;
    deps_.head.Cancel(ticket_);
    End(absl::CancelledError("cancelled"));
  }

  void OnDone() override { delete this; }

 private:
  absl::Status Begin(const grpc::CallbackServerContext& rpc) {
    DAYBOOK_ASSIGN_OR_RETURN(const Principal principal, AuthenticateCall(rpc, deps_));
    DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckRead(principal, "log"));
    DAYBOOK_ASSIGN_OR_RETURN(selection_, SelectionOf(request_));
    const eventstore::LogPosition head = deps_.store.GetHead().position;
    if (position_ > head) {
      return Reject(
          rpc::v1::REASON_AS_OF_IN_FUTURE,
          absl::StrCat("after_position ", position_, " lies beyond the head of the log, ", head),
          {{"head", absl::StrCat(head)}});
    }
    return absl::OkStatus();
  }

  void Next() {
    if (!deps_.pool.Continue([this] { ReadBatch(); })) {
      End(Reject(rpc::v1::REASON_SHUTTING_DOWN, "the server is going down"));
    }
  }

  bool Cancelled() const { return state_->load() == kCancelled; }

  void ReadBatch() {
    if (Cancelled()) return End(absl::CancelledError("cancelled"));
    // A key that was revoked meanwhile ends the feed.
    const absl::Status known = AuthenticateCall(*rpc_, deps_).status();
    if (!known.ok()) return End(known);
    response_.Clear();
    // Taken before the read: a selection that ends below it has no more events up to there.
    const eventstore::LogPosition head = deps_.store.GetHead().position;
    size_t bytes = 0;
    size_t limit = kEventsPerMessage;
    if (request_.limit() > 0) limit = std::min<size_t>(limit, request_.limit() - sent_);
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
    if (!status.ok() || !failure.ok()) return End(status.ok() ? failure : status);
    const int count = response_.events_size();
    sent_ += static_cast<uint64_t>(count);
    const bool more =
        count > 0 && (static_cast<size_t>(count) == limit || bytes >= kBytesPerMessage);
    position_ = more ? response_.events(count - 1).position() : std::max(position_, head);
    response_.set_position(position_);
    if (count > 0) {
      last_ = (request_.limit() > 0 && sent_ >= request_.limit()) || (!more && !request_.follow());
      if (last_) return StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
      return StartWrite(&response_);
    }
    if (!request_.follow()) return End(absl::OkStatus());
    WaitForMore();
  }

  absl::Status Read(size_t limit, eventstore::EventStore::Visitor visit) {
    const bool all =
        !selection_.stream.has_value() && selection_.aggregate.empty() && selection_.type.empty();
    return all ? deps_.store.ReadAll(position_, limit, visit)
               : deps_.store.ReadSelected(selection_, position_, limit, visit);
  }

  void WaitForMore() {
    int expected = kReading;
    if (!state_->compare_exchange_strong(expected, kWaiting)) {
      return End(absl::CancelledError("cancelled"));
    }
    // The state is shared, so that a call that comes too late finds it even when the feed is gone.
    const auto go_on = [this, state = state_] {
      int waiting = kWaiting;
      if (state->compare_exchange_strong(waiting, kReading)) Next();
    };
    if (deps_.head.Wait(position_, go_on, &ticket_) == 0) go_on();
  }

  void End(const absl::Status& status) { Finish(ToGrpc(status)); }

  grpc::CallbackServerContext* rpc_;
  const Deps& deps_;
  const pb::ReadEventsRequest request_;
  eventstore::Selection selection_;
  eventstore::LogPosition position_;
  uint64_t sent_ = 0;
  bool last_ = false;
  pb::ReadEventsResponse response_;

  enum State { kReading, kWaiting, kCancelled };
  std::atomic<uint64_t> ticket_{0};
  const std::shared_ptr<std::atomic<int>> state_ = std::make_shared<std::atomic<int>>(kReading);
};

class Service final : public pb::LogService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  grpc::ServerWriteReactor<pb::ReadEventsResponse>* ReadEvents(
      Rpc* rpc, const pb::ReadEventsRequest* request) override {
    return new Feed(rpc, deps_, *request);
  }

  Reactor* GetHead(Rpc* rpc, const pb::GetHeadRequest* request,
                   pb::GetHeadResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [this, request, response](const Query& query) -> absl::Status {
                        response->set_log_id(deps_.store.log_id().ToString());
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
