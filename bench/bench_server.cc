#include "bench/bench_server.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/echo.h"
#include "bench/process.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "services/engine/bootstrap.h"

namespace daybook::bench {
namespace {

constexpr absl::Duration kCallDeadline = absl::Minutes(10);

}  // namespace

void CallTimes::Watch(const google::protobuf::Descriptor* request) {
  std::lock_guard lock(mutex_);
  watched_ = request;
  times_.clear();
}

void CallTimes::Record(const google::protobuf::Descriptor* request, absl::Duration time) {
  std::lock_guard lock(mutex_);
  if (request == watched_) times_.push_back(time);
}

absl::Duration CallTimes::Percentile(size_t percent) const {
  std::lock_guard lock(mutex_);
  if (times_.empty()) Die("no call was seen");
  std::vector<absl::Duration> sorted = times_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() * percent / 100];
}

BenchServer::BenchServer(std::string data_dir, const projections::ViewsOptions& views)
    : echo_(NewEchoService()), data_dir_(std::move(data_dir)), views_(views) {
  services::BootstrapOptions bootstrap;
  bootstrap.data_dir = data_dir_;
  bootstrap.organisation = "Benchmark";
  bootstrap.currency = "USD";
  bootstrap.zone = "UTC";
  const auto key = services::Bootstrap(bootstrap, clock_, random_);
  if (!key.ok()) Die(key.status().ToString());
  bearer_ = absl::StrCat("Bearer ", *key);
  Start();
}

BenchServer::~BenchServer() { Stop(); }

void BenchServer::Stop() {
  channel_.reset();
  if (server_ == nullptr) return;
  server_->Stop(absl::Seconds(5));
  server_.reset();
}

absl::Duration BenchServer::Start() {
  const absl::Time began = absl::Now();
  services::ServerOptions options;
  options.data_dir = data_dir_;
  options.listen = "127.0.0.1:0";
  options.views = views_;
  options.extra_services = {echo_.get()};
  options.observe_call = [this](const google::protobuf::Descriptor* request, absl::Duration time) {
    call_times_.Record(request, time);
  };
  auto server = services::Server::Start(options, clock_, random_);
  if (!server.ok()) Die(server.status().ToString());
  server_ = *std::move(server);
  grpc::ChannelArguments arguments;
  // A connection of its own for each server of the process.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                       grpc::InsecureChannelCredentials(), arguments);
  WaitForViews(0);
  return absl::Now() - began;
}

std::unique_ptr<grpc::ClientContext> BenchServer::Context() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", bearer_);
  context->set_deadline(absl::ToChronoTime(absl::Now() + kCallDeadline));
  return context;
}

uint64_t BenchServer::WaitForViews(uint64_t position) {
  const auto stub = sales::v1::SalesBoardService::NewStub(channel_);
  sales::v1::GetSalesBoardRequest request;
  request.mutable_header()->set_min_position(position);
  sales::v1::GetSalesBoardResponse response;
  const absl::Time deadline = absl::Now() + kCallDeadline;
  while (true) {
    const auto context = Context();
    const grpc::Status status = stub->GetSalesBoard(context.get(), request, &response);
    if (status.ok()) return response.read().position();
    // A view that is being built says so.
    if (status.error_code() != grpc::StatusCode::UNAVAILABLE || absl::Now() > deadline) {
      Die("the sales board: " + status.error_message());
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
}

}  // namespace daybook::bench
