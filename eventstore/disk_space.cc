#include "eventstore/disk_space.h"

#include <sys/statvfs.h>

#include <chrono>

namespace daybook::eventstore {
namespace {

// At full speed the log grows by a few MB in this time, far less than the reserve.
constexpr int64_t kCheckEveryUs = 100'000;

int64_t MonotonicMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

DiskSpace DiskSpace::Of(const std::string& path, uint64_t reserve_bytes) {
  return DiskSpace(
      [path]() -> std::optional<uint64_t> {
        struct statvfs info = {};
        if (statvfs(path.c_str(), &info) != 0) return std::nullopt;
        return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
      },
      reserve_bytes);
}

bool DiskSpace::HasRoom() {
  if (free_bytes_ == nullptr || reserve_bytes_ == 0) return true;
  const int64_t now = MonotonicMicros();
  int64_t next = next_check_us_.load(std::memory_order_relaxed);
  if (now >= next && next_check_us_.compare_exchange_strong(next, now + kCheckEveryUs)) {
    const std::optional<uint64_t> free = free_bytes_();
    has_room_.store(!free.has_value() || *free >= reserve_bytes_, std::memory_order_relaxed);
  }
  return has_room_.load(std::memory_order_relaxed);
}

}  // namespace daybook::eventstore
