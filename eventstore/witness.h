#pragma once

// The witness: a small file beside the database that says how far the log was when it last
// acknowledged. A database that lost its tail cannot know it; the witness can. Two slots are
// written in turn, so that a torn write leaves the other one. Private to eventstore/.

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

struct WitnessRecord {
  uint64_t generation = 0;
  LogPosition head = 0;
  uint64_t commits = 0;  // those without events included
  Hash root{};

  friend bool operator==(const WitnessRecord&, const WitnessRecord&) = default;
};

// One slot. Damaged slots decode to nullopt.
std::string EncodeWitnessSlot(const WitnessRecord& record);
std::optional<WitnessRecord> DecodeWitnessSlot(absl::string_view slot);

// Used by one thread at a time.
class Witness {
 public:
  // Writes and syncs a new file that says that the log is empty.
  static absl::Status Create(const std::string& path);
  // DATA_LOSS when the file is missing or no slot is sound; DATA_DIRECTORY when it cannot be
  // opened.
  static absl::StatusOr<std::unique_ptr<Witness>> Open(const std::string& path);
  // What it says, for those who only look.
  static absl::StatusOr<WitnessRecord> Read(const std::string& path);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  const WitnessRecord& record() const { return record_; }
  // Survives the death of the process at once, a power failure after the next sync.
  enum class Durability { kProcess, kPower };
  absl::Status Write(LogPosition head, uint64_t commits, const Hash& root, Durability durability);
  // Makes what was written survive a power failure.
  absl::Status Sync();
  // The generation that does, as far as this object knows. Thread-safe.
  uint64_t synced_generation() const { return synced_generation_.load(); }

 private:
  Witness(int fd, const WitnessRecord& record) : fd_(fd), record_(record) {}

  int fd_;
  WitnessRecord record_;
  std::atomic<uint64_t> synced_generation_{0};
};

}  // namespace daybook::eventstore
