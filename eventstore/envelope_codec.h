#pragma once

// Events to bytes and back: the header (HDR) that the tree commits to, and the stored value around
// it. The bytes are those of docs/formats/event_log.md. Decoding is strict and bounded: whatever it
// accepts encodes to the same bytes. Functions are thread-safe.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/event_store.h"

namespace daybook::eventstore {

// What a header says of a sealed part.
struct SealedCommitment {
  uint8_t alg = 0;
  Hash key_id{};
  uint32_t bytes = 0;  // of salt, ciphertext and tag
  Hash hash{};

  friend bool operator==(const SealedCommitment&, const SealedCommitment&) = default;
};

// A header, field by field. Times are microseconds since 1970.
struct EventHeader {
  LogPosition position = 0;
  uint16_t commit_index = 0;
  uint16_t commit_count = 0;
  StreamRevision revision = 0;
  uint64_t recorded_at_us = 0;
  int64_t effective_at_us = 0;
  Uuid request_id;
  Uuid actor;
  StreamId stream;
  std::string type;
  uint32_t schema_set = 0;
  uint16_t flags = 0;
  std::vector<std::string> tags;
  Hash body_hash{};
  std::vector<SealedCommitment> sealed;

  friend bool operator==(const EventHeader&, const EventHeader&) = default;
};

std::string EncodeHeader(const EventHeader& header);
// DATA_LOSS for anything that EncodeHeader does not make.
absl::StatusOr<EventHeader> DecodeHeader(absl::string_view bytes);

// An event as it will be stored, but for what only the writer knows (see Stamp).
struct EncodedEvent {
  std::string value;
  uint32_t header_bytes = 0;
  uint32_t flags_offset = 0;  // within value

  absl::string_view header() const { return absl::string_view(value).substr(2, header_bytes); }
};

// What an event's commit says of it.
struct CommitFields {
  uint16_t commit_index = 0;
  uint16_t commit_count = 0;
  Uuid request_id;
  Uuid actor;
  uint32_t schema_set = 0;
};

// Encodes with position, revision and time 0. `blind` is 16 fresh random bytes.
// REQUIRES: the event is within the limits of event_store.h, its tags sorted and unique.
EncodedEvent EncodeEvent(const CommitFields& commit, const NewEvent& event,
                         absl::string_view blind);

struct Stamp {
  LogPosition position = 0;
  StreamRevision revision = 0;
  uint64_t recorded_at_us = 0;
  uint16_t flags = 0;
};
void StampEvent(const Stamp& stamp, EncodedEvent* event);

// Hashes are checked for what comes from disk, not for what this process has just written.
enum class HashCheck { kCheck, kSkip };

// DATA_LOSS for a value that is not exactly one event, or whose hashes do not match.
absl::StatusOr<RecordedEvent> DecodeEvent(absl::string_view value, HashCheck check);

// The header inside a value; empty if the value is too short.
absl::string_view HeaderOf(absl::string_view value);

Hash LeafHash(absl::string_view header);

// Whether the name fits: 1 to 100 bytes of [a-z_].
bool IsAggregateName(absl::string_view name);

}  // namespace daybook::eventstore
