#pragma once

// Whether there is room for another commit. The file system is asked now and then, not for every
// commit.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace daybook::eventstore {

// Thread-safe after it is in place.
class DiskSpace {
 public:
  // Free bytes of the file system, nullopt if it cannot say.
  using FreeBytes = std::function<std::optional<uint64_t>()>;

  DiskSpace(FreeBytes free_bytes, uint64_t reserve_bytes)
      : free_bytes_(std::move(free_bytes)), reserve_bytes_(reserve_bytes) {}
  DiskSpace(DiskSpace&& other) noexcept
      : free_bytes_(std::move(other.free_bytes_)), reserve_bytes_(other.reserve_bytes_) {}
  // For stores without a disk.
  static DiskSpace Unlimited() { return DiskSpace(nullptr, 0); }
  // Of the file system that holds `path`.
  static DiskSpace Of(const std::string& path, uint64_t reserve_bytes);

  bool HasRoom();

 private:
  FreeBytes free_bytes_;
  uint64_t reserve_bytes_;
  std::atomic<int64_t> next_check_us_{0};
  std::atomic<bool> has_room_{true};
};

}  // namespace daybook::eventstore
