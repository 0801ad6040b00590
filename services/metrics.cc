#include "services/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <shared_mutex>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "services/connections.h"
#include "services/deps.h"

namespace daybook::services {
namespace {

// Connections that say nothing hold a thread each until the time-out.
constexpr int kMetricsThreads = 8;
constexpr int kMetricsTimeoutMs = 2000;

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032,
    0.064,   0.128,  0.256, 0.512, 1,     2,     4,     8};

std::string MethodOf(const google::protobuf::Descriptor* request) {
  std::string name = request->name();
  constexpr size_t kSuffix = sizeof("Request") - 1;
  if (name.size() > kSuffix && name.ends_with("Request")) name.resize(name.size() - kSuffix);
  return name;
}

}  // namespace

struct Metrics::Impl {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>& calls = prometheus::BuildCounter()
                                                       .Name("daybook_rpc_calls_total")
                                                       .Help("Calls by method and code")
                                                       .Register(*registry);
  prometheus::Family<prometheus::Histogram>& seconds = prometheus::BuildHistogram()
                                                           .Name("daybook_rpc_seconds")
                                                           .Help("Server time of calls by method")
                                                           .Register(*registry);
  prometheus::Family<prometheus::Gauge>& gauges =
      prometheus::BuildGauge()
          .Name("daybook_position")
          .Help("Positions in the log: head, applied by view")
          .Register(*registry);
  prometheus::Family<prometheus::Gauge>& lag = prometheus::BuildGauge()
                                                   .Name("daybook_view_lag_events")
                                                   .Help("Head minus position of a view")
                                                   .Register(*registry);
  prometheus::Family<prometheus::Gauge>& stalled =
      prometheus::BuildGauge()
          .Name("daybook_views_stalled_seconds")
          .Help("Time behind the head without progress")
          .Register(*registry);
  prometheus::Family<prometheus::Gauge>& write_error =
      prometheus::BuildGauge()
          .Name("daybook_views_write_error")
          .Help("1 while nothing can be written to the views, otherwise 0")
          .Register(*registry);
  prometheus::Family<prometheus::Gauge>& live =
      prometheus::BuildGauge()
          .Name("daybook_view_live")
          .Help("1 while a view serves and follows the log, otherwise 0")
          .Register(*registry);
  prometheus::Family<prometheus::Gauge>& queue = prometheus::BuildGauge()
                                                     .Name("daybook_worker_queue")
                                                     .Help("Calls waiting for a worker")
                                                     .Register(*registry);

  prometheus::Family<prometheus::Gauge>& connections =
      prometheus::BuildGauge()
          .Name("daybook_connections")
          .Help("Open connections: authenticated (a call with a valid key arrived), or not")
          .Register(*registry);
  prometheus::Family<prometheus::Gauge>& connection_limits =
      prometheus::BuildGauge()
          .Name("daybook_connections_limit")
          .Help("How many connections there may be: total, per_peer, unauthenticated")
          .Register(*registry);
  prometheus::Family<prometheus::Counter>& connections_ended =
      prometheus::BuildCounter()
          .Name("daybook_connections_ended_total")
          .Help("Connections refused or closed at a limit")
          .Register(*registry);
  std::array<uint64_t, kConnectionEnds> ended_before{};
  prometheus::Family<prometheus::Gauge>& listener_silent =
      prometheus::BuildGauge()
          .Name("daybook_listener_silent_seconds")
          .Help("Time since something showed that connections are accepted")
          .Register(*registry);

  struct Method {
    prometheus::Histogram* seconds = nullptr;
    absl::flat_hash_map<int, prometheus::Counter*> by_code;
  };
  std::mutex mutex;
  absl::flat_hash_map<const google::protobuf::Descriptor*, Method> methods;
  std::unique_ptr<prometheus::Exposer> exposer;
  CallObserver observer;
};

Metrics::Metrics(CallObserver observer) : impl_(std::make_unique<Impl>()) {
  impl_->observer = std::move(observer);
}
Metrics::~Metrics() = default;

void Metrics::RecordCall(const google::protobuf::Descriptor* request, int code,
                         absl::Duration time) {
  prometheus::Histogram* seconds = nullptr;
  prometheus::Counter* counter = nullptr;
  {
    std::lock_guard lock(impl_->mutex);
    Impl::Method& method = impl_->methods[request];
    if (method.seconds == nullptr) {
      method.seconds = &impl_->seconds.Add({{"method", MethodOf(request)}}, kSeconds);
    }
    prometheus::Counter*& by_code = method.by_code[code];
    if (by_code == nullptr) {
      by_code = &impl_->calls.Add({{"method", MethodOf(request)}, {"code", absl::StrCat(code)}});
    }
    seconds = method.seconds;
    counter = by_code;
  }
  if (impl_->observer) impl_->observer(request, time);
  counter->Increment();
  seconds->Observe(absl::ToDoubleSeconds(time));
}

void Metrics::Update(const Deps& deps) {
  const auto head = static_cast<double>(deps.store.GetHead().position);
  impl_->gauges.Add({{"of", "head"}}).Set(head);
  for (const projections::ViewStatus& view : deps.views.Status()) {
    const auto position = static_cast<double>(view.position);
    impl_->gauges.Add({{"of", view.name}}).Set(position);
    impl_->lag.Add({{"view", view.name}}).Set(head - position);
    impl_->live.Add({{"view", view.name}}).Set(view.state == projections::ViewState::kLive ? 1 : 0);
  }
  impl_->stalled.Add({}).Set(absl::ToDoubleSeconds(deps.views.StalledFor()));
  impl_->write_error.Add({}).Set(deps.views.WriteError().ok() ? 0 : 1);
  impl_->queue.Add({}).Set(static_cast<double>(deps.pool.queued()));
  UpdateConnections(deps.connections);
}

void Metrics::UpdateConnections(Connections& connections) {
  const Connections::Counts counts = connections.GetCounts();
  const auto set = [](prometheus::Family<prometheus::Gauge>& family, const char* of, size_t value) {
    family.Add({{"of", of}}).Set(static_cast<double>(value));
  };
  set(impl_->connections, "authenticated", counts.authenticated);
  set(impl_->connections, "unauthenticated", counts.unauthenticated);
  const ConnectionLimits& limits = connections.limits();
  set(impl_->connection_limits, "total", limits.total);
  set(impl_->connection_limits, "per_peer", limits.per_peer);
  set(impl_->connection_limits, "unauthenticated", limits.unauthenticated);
  for (size_t i = 0; i < kConnectionEnds; ++i) {
    const std::string limit(NameOf(static_cast<ConnectionEnd>(i)));
    impl_->connections_ended.Add({{"limit", limit}})
        .Increment(static_cast<double>(counts.ended[i] - impl_->ended_before[i]));
  }
  impl_->ended_before = counts.ended;
}

void Metrics::SetListenerSilent(absl::Duration silent) {
  impl_->listener_silent.Add({}).Set(absl::ToDoubleSeconds(silent));
}

absl::StatusOr<int> Metrics::Listen(const std::string& address) {
  // civetweb reports a taken port by an exception, the only one that reaches our code.
  try {
    impl_->exposer = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
        "listening_ports", address, "num_threads", absl::StrCat(kMetricsThreads),
        "request_timeout_ms", absl::StrCat(kMetricsTimeoutMs)});
  } catch (const std::exception&) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, " for metrics"));
  }
  impl_->exposer->RegisterCollectable(impl_->registry);
  return impl_->exposer->GetListeningPorts().front();
}

}  // namespace daybook::services
