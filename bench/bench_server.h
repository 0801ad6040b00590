#pragma once

// A daybookd inside the benchmark, with the echo service on the same port.

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "domain/base/clock.h"
#include "services/server.h"

namespace daybook::bench {

// Server times of finished calls of one method.
class CallTimes {
 public:
  void Watch(const google::protobuf::Descriptor* request);
  void Record(const google::protobuf::Descriptor* request, absl::Duration time);
  // The median and the 99th percentile since Watch.
  absl::Duration Median() const { return Percentile(50); }
  absl::Duration P99() const { return Percentile(99); }

 private:
  absl::Duration Percentile(size_t percent) const;

  mutable std::mutex mutex_;
  const google::protobuf::Descriptor* watched_ = nullptr;
  std::vector<absl::Duration> times_;
};

// Makes a data directory and serves it on a free port of loopback, through one channel. Ends the
// process when that fails.
class BenchServer {
 public:
  explicit BenchServer(std::string data_dir, const projections::ViewsOptions& views = {});
  ~BenchServer();

  // Stop, and start again on the same directory; the time is from the start to a first answer of
  // the sales board.
  void Stop();
  absl::Duration Start();

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // The value of the `authorization` header.
  const std::string& bearer() const { return bearer_; }
  const std::string& data_dir() const { return data_dir_; }
  CallTimes& call_times() { return call_times_; }

  std::string NewId() { return random_.NewUuid(clock_.Now()).ToString(); }
  // A context for a synchronous call.
  std::unique_ptr<grpc::ClientContext> Context() const;
  // Position of the log as the sales board sees it, once it has reached at least `position`.
  uint64_t WaitForViews(uint64_t position);

 private:
  SystemClock clock_;
  SystemRandom random_;
  CallTimes call_times_;
  std::unique_ptr<grpc::Service> echo_;
  std::string data_dir_;
  projections::ViewsOptions views_;
  std::string bearer_;
  std::unique_ptr<services::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace daybook::bench
