#include "domain/base/clock.h"

#include <sys/random.h>

#include <cerrno>

#include "absl/time/clock.h"
#include "domain/base/check.h"

namespace daybook {

std::string Random::Bytes(size_t size) {
  std::string bytes(size, '\0');
  Fill(bytes.data(), size);
  return bytes;
}

Uuid Random::NewUuid(absl::Time now) {
  std::array<uint8_t, 8> random{};
  Fill(random.data(), random.size());
  return Uuid::MakeV7(now, random);
}

absl::Time SystemClock::Now() { return absl::FromUnixMicros(absl::ToUnixMicros(absl::Now())); }

void SystemRandom::Fill(void* data, size_t size) {
  auto* out = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = getrandom(out, size, 0);
    if (got < 0 && errno == EINTR) continue;
    DAYBOOK_CHECK(got > 0, "the kernel gives no random bytes");
    out += got;
    size -= static_cast<size_t>(got);
  }
}

absl::Time ManualClock::Now() {
  std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::Set(absl::Time now) {
  std::lock_guard lock(mutex_);
  now_ = now;
}

void ManualClock::Advance(absl::Duration by) {
  std::lock_guard lock(mutex_);
  now_ += by;
}

void SeededRandom::Fill(void* data, size_t size) {
  std::lock_guard lock(mutex_);
  auto* out = static_cast<uint8_t*>(data);
  uint64_t word = 0;
  for (size_t i = 0; i < size; ++i) {
    if (i % 8 == 0) {
      state_ += 0x9e3779b97f4a7c15;
      word = state_;
      word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
      word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
      word ^= word >> 31;
    }
    out[i] = static_cast<uint8_t>(word >> (8 * (i % 8)));
  }
}

}  // namespace daybook
