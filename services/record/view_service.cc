#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <list>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/record/v1/view_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "services/grpc_status.h"
#include "services/logging.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::record::v1;

pb::ViewState ToMessage(projections::ViewState state) {
  switch (state) {
    case projections::ViewState::kLive:
      return pb::VIEW_STATE_LIVE;
    case projections::ViewState::kDetached:
      return pb::VIEW_STATE_DETACHED;
    case projections::ViewState::kBuilding:
      return pb::VIEW_STATE_BUILDING;
    case projections::ViewState::kRecovering:
      return pb::VIEW_STATE_RECOVERING;
  }
  return pb::VIEW_STATE_UNSPECIFIED;
}

absl::Status DescribeViews(const Query& query, pb::ListViewsResponse* response) {
  for (const projections::ViewStatus& status : query.deps.views.Status()) {
    pb::View* view = response->add_views();
    view->set_name(status.name);
    view->set_version(status.version);
    view->set_state(ToMessage(status.state));
    view->set_position(status.position);
    view->set_current_rows(status.current_rows);
    view->set_history_rows(status.history_rows);
    view->set_digest(status.digest.data(), status.digest.size());
    view->set_error(status.error);
  }
  return absl::OkStatus();
}

absl::Status Diff(const Query& query, const pb::DiffViewRequest& request,
                  pb::DiffViewResponse* response) {
  constexpr int kDefault = 100;
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckOperate(query.principal, "DiffView"));
  if (request.limit() < 0 || request.limit() > projections::kPageSizeMax) {
    return InvalidField("limit", absl::StrCat("must be from 0 to ", projections::kPageSizeMax));
  }
  const auto limit = static_cast<size_t>(request.limit() == 0 ? kDefault : request.limit());
  DAYBOOK_ASSIGN_OR_RETURN(const auto report, query.deps.views.Diff(request.view(), limit));
  response->set_rows_compared(report.rows_compared);
  response->set_rows_different(report.rows_different);
  for (const projections::RowDifference& difference : report.differences) {
    auto* row = response->add_differences();
    row->set_key(difference.key);
    row->set_history(difference.history);
    row->set_live(difference.live);
    row->set_rebuilt(difference.rebuilt);
  }
  return absl::OkStatus();
}

pb::RebuildViewResponse ToMessage(const projections::RebuildProgress& progress, absl::Time now) {
  pb::RebuildViewResponse message;
  message.set_position(progress.position);
  message.set_target_position(progress.target);
  message.set_events_per_second(progress.events_per_second);
  if (progress.remaining != absl::InfiniteDuration()) {
    *message.mutable_estimated_end() = daybook::ToProto(now + progress.remaining);
  }
  message.set_done(progress.done);
  message.set_digests_equal(progress.digests_equal);
  message.set_digest(progress.digest.data(), progress.digest.size());
  return message;
}

// What a rebuild and the stream that watches it share: the rebuild goes on when the caller has
// gone.
struct Watched {
  std::mutex mutex;
  std::optional<pb::RebuildViewResponse> latest;
  std::optional<absl::Status> ended;
  std::function<void()> changed;  // null once the caller has gone
};

class RebuildWatcher final : public grpc::ServerWriteReactor<pb::RebuildViewResponse> {
 public:
  explicit RebuildWatcher(std::shared_ptr<Watched> watched) : watched_(std::move(watched)) {}

  // Called after construction, so that a rebuild that ends at once finds the stream ready.
  void Begin() {
    const auto watched = watched_;  // keeps the mutex when the stream ends under it
    std::lock_guard lock(watched->mutex);
    watched_->changed = [this] { Advance(); };
    Advance();
  }
  void OnWriteDone(bool ok) override {
    const auto watched = watched_;  // keeps the mutex when the stream ends under it
    std::lock_guard lock(watched->mutex);
    writing_ = false;
    if (!ok) gone_ = true;
    Advance();
  }
  void OnCancel() override {
    const auto watched = watched_;  // keeps the mutex when the stream ends under it
    std::lock_guard lock(watched->mutex);
    gone_ = true;
    Advance();
  }
  void OnDone() override { delete this; }

 private:
  // REQUIRES: the mutex of what is watched is held.
  void Advance() {
    if (writing_ || finished_) return;
    if (gone_) return End(absl::CancelledError("the caller went away; the rebuild goes on"));
    if (watched_->latest.has_value()) {
      message_ = *std::exchange(watched_->latest, std::nullopt);
      writing_ = true;
      return StartWrite(&message_);
    }
    if (watched_->ended.has_value()) End(*watched_->ended);
  }
  void End(const absl::Status& status) {
    finished_ = true;
    watched_->changed = nullptr;
    Finish(ToGrpc(status));
  }

  std::shared_ptr<Watched> watched_;
  pb::RebuildViewResponse message_;
  bool writing_ = false;
  bool finished_ = false;
  bool gone_ = false;
};

class Service final : public pb::ViewService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}
  ~Service() override {
    for (Running& rebuild : rebuilds_) rebuild.thread.join();
  }

  Reactor* ListViews(Rpc* rpc, const pb::ListViewsRequest* request,
                     pb::ListViewsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [response](const Query& query) { return DescribeViews(query, response); });
  }
  Reactor* DiffView(Rpc* rpc, const pb::DiffViewRequest* request,
                    pb::DiffViewResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return Diff(query, *request, response); });
  }
  grpc::ServerWriteReactor<pb::RebuildViewResponse>* RebuildView(
      Rpc* rpc, const pb::RebuildViewRequest* request) override {
    auto watched = std::make_shared<Watched>();
    auto* watcher = new RebuildWatcher(watched);
    absl::Status status = Allowed(*rpc);
    if (!status.ok()) {
      watched->ended = std::move(status);
    } else {
      Start(request->view(), watched);
    }
    watcher->Begin();
    return watcher;
  }

 private:
  absl::Status Allowed(const Rpc& rpc) {
    DAYBOOK_ASSIGN_OR_RETURN(const Principal principal, AuthenticateCall(rpc, deps_));
    return deps_.access.CheckOperate(principal, "RebuildView");
  }

  // A thread of its own: a rebuild may take hours, and the workers are for short work.
  // Views::Rebuild allows one at a time, so there are never many.
  void Start(const std::string& view, std::shared_ptr<Watched> watched) {
    std::lock_guard lock(mutex_);
    for (auto it = rebuilds_.begin(); it != rebuilds_.end();) {
      if (!it->done->load()) {
        ++it;
        continue;
      }
      it->thread.join();
      it = rebuilds_.erase(it);
    }
    auto done = std::make_shared<std::atomic<bool>>(false);
    auto run = [this, view, watched, done] {
      const auto tell = [&](const projections::RebuildProgress& progress) {
        std::lock_guard inner(watched->mutex);
        watched->latest = ToMessage(progress, deps_.clock.Now());
        if (watched->changed) watched->changed();
      };
      absl::Status status = deps_.views.Rebuild(view, tell);
      LogInfo("view rebuilt", {{"view", view}, {"status", std::string(status.message())}});
      {
        std::lock_guard inner(watched->mutex);
        watched->ended = std::move(status);
        if (watched->changed) watched->changed();
      }
      done->store(true);
    };
    rebuilds_.push_back({std::thread(std::move(run)), done});
  }

  struct Running {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };

  const Deps& deps_;
  std::mutex mutex_;
  std::list<Running> rebuilds_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewViewService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
