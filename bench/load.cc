#include "bench/load.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "absl/time/clock.h"
#include "bench/process.h"

namespace daybook::bench {
namespace {

class Loop {
 public:
  Loop(size_t count, const StartCall& start) : start_(start), times_(count) {}

  LoadResult Run(size_t in_flight) {
    const double cpu_began = ProcessorSeconds();
    const int64_t began = absl::GetCurrentTimeNanos();
    const size_t first = std::min(in_flight, times_.size());
    next_ = first;
    for (size_t i = 0; i < first; ++i) Start(i);
    std::unique_lock lock(mutex_);
    all_done_.wait(lock, [&] { return done_ == times_.size(); });
    const absl::Duration took = absl::Nanoseconds(absl::GetCurrentTimeNanos() - began);
    if (!failure_.empty()) Die("a call failed: " + failure_);
    std::sort(times_.begin(), times_.end());
    LoadResult result;
    result.per_second = static_cast<double>(times_.size()) / absl::ToDoubleSeconds(took);
    result.median = absl::Nanoseconds(times_[times_.size() / 2]);
    result.p99 = absl::Nanoseconds(times_[times_.size() * 99 / 100]);
    result.cpu_us = (ProcessorSeconds() - cpu_began) * 1e6 / static_cast<double>(times_.size());
    return result;
  }

 private:
  void Start(size_t i) {
    const int64_t began = absl::GetCurrentTimeNanos();
    start_(i, [this, i, began](const grpc::Status& status) {
      times_[i] = absl::GetCurrentTimeNanos() - began;
      Finished(status);
    });
  }

  void Finished(const grpc::Status& status) {
    size_t next = 0;
    bool more = false;
    {
      std::lock_guard lock(mutex_);
      if (!status.ok() && failure_.empty()) failure_ = status.error_message();
      more = next_ < times_.size();
      if (more) next = next_++;
      // The waiting thread may end the loop at once: nothing may be touched after this.
      if (++done_ == times_.size()) all_done_.notify_one();
    }
    if (more) Start(next);
  }

  const StartCall& start_;
  std::vector<int64_t> times_;
  std::mutex mutex_;
  std::condition_variable all_done_;
  size_t next_ = 0;
  size_t done_ = 0;
  std::string failure_;
};

}  // namespace

LoadResult RunLoad(size_t in_flight, size_t count, const StartCall& start) {
  return Loop(count, start).Run(in_flight);
}

}  // namespace daybook::bench
