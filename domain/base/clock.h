#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "absl/time/time.h"
#include "domain/base/uuid.h"

namespace daybook {

// The only source of "now". Thread-safe. Injected everywhere, so that tests own time.
class Clock {
 public:
  virtual ~Clock() = default;
  // Microsecond resolution.
  virtual absl::Time Now() = 0;
};

// The only source of randomness. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  // Fills `size` bytes. Cryptographically strong in production.
  virtual void Fill(void* data, size_t size) = 0;

  std::string Bytes(size_t size);
  Uuid NewUuid(absl::Time now);  // version 7
};

// The wall clock, cut to microseconds.
class SystemClock final : public Clock {
 public:
  absl::Time Now() override;
};

// The kernel's generator; never fails once the machine has booted.
class SystemRandom final : public Random {
 public:
  void Fill(void* data, size_t size) override;
};

// For tests: stands still until told otherwise.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}
  absl::Time Now() override;
  void Set(absl::Time now);
  void Advance(absl::Duration by);

 private:
  std::mutex mutex_;
  absl::Time now_;
};

// For tests: a seeded sequence (SplitMix64).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void Fill(void* data, size_t size) override;

 private:
  std::mutex mutex_;
  uint64_t state_;
};

}  // namespace daybook
