#pragma once

// The bytes of the log: magic words, offsets, column families, keys of the meta rows.
// docs/formats/event_log.md explains them. DO NOT CHANGE: on disk.

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace daybook::eventstore {

inline constexpr uint32_t kFormatVersion = 1;

// The header (HDR): fixed part. Everything after kVariableOffset has variable length.
inline constexpr absl::string_view kHeaderMagic = "DBE1";
inline constexpr size_t kPositionOffset = 4;
inline constexpr size_t kCommitIndexOffset = 12;
inline constexpr size_t kCommitCountOffset = 14;
inline constexpr size_t kRevisionOffset = 16;
inline constexpr size_t kRecordedAtOffset = 24;
inline constexpr size_t kEffectiveAtOffset = 32;
inline constexpr size_t kRequestIdOffset = 40;
inline constexpr size_t kActorOffset = 56;
inline constexpr size_t kVariableOffset = 72;
inline constexpr size_t kHeaderBytesMax = 65535;
inline constexpr size_t kAggregateBytesMax = 100;
inline constexpr size_t kEventTypeBytesMax = 200;
inline constexpr size_t kTagBytesMax = 255;
inline constexpr uint16_t kKnownFlags = 3;

// What hashes are over.
inline constexpr absl::string_view kBodyHashPrefix = "daybook-body/1\n";
inline constexpr absl::string_view kSealedHashPrefix = "daybook-ct/1\n";
inline constexpr char kLeafPrefix = 0x00;
inline constexpr char kNodePrefix = 0x01;

// Sealing.
inline constexpr absl::string_view kAadPrefix = "daybook-aad/1\n";
inline constexpr absl::string_view kKeyIdInfo = "daybook/key-id/1";
inline constexpr absl::string_view kSealInfo = "daybook/seal/1";
inline constexpr uint8_t kAlgAes256Gcm = 1;
inline constexpr uint8_t kAlgChaCha20Poly1305 = 2;
inline constexpr size_t kBlindBytes = 16;
inline constexpr size_t kSaltBytes = 16;
inline constexpr size_t kTagBytes = 16;
inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kSealedBytesMin = kSaltBytes + kTagBytes;

// Column families of log/. The numbers are only used in memory, the names are on disk.
enum class Family : uint8_t {
  kEvents,    // u64 position -> value
  kStreams,   // u16 aggregate, uuid, u64 revision -> u64 position
  kTags,      // first 16 bytes of SHA-256(tag), u64 position -> nothing
  kTypes,     // u32 type, u64 position -> nothing
  kRequests,  // uuid -> u64 first position, u32 events, request hash
  kClaims,    // u16 kind, HMAC -> u16 aggregate, uuid
  kTiles,     // u8 level, u64 index -> 256 hashes
  kMeta,      // see the kMeta… keys
};
inline constexpr size_t kFamilies = 8;
inline constexpr std::array<absl::string_view, kFamilies> kFamilyNames = {
    "events", "streams", "tags", "types", "requests", "claims", "tiles", "meta"};

inline constexpr size_t kPositionKeyBytes = 8;
inline constexpr size_t kStreamPrefixBytes = 18;
inline constexpr size_t kStreamKeyBytes = 26;
inline constexpr size_t kTagHashBytes = 16;
inline constexpr size_t kTypeKeyBytes = 12;
inline constexpr size_t kRequestRowBytes = 44;
inline constexpr size_t kClaimKeyBytes = 34;

// Keys of `meta`.
inline constexpr absl::string_view kMetaFormat = "format";  // u32 version, log id
inline constexpr absl::string_view kMetaState = "state";    // head, counts, compact range
inline constexpr absl::string_view kMetaKeys =
    "keys";  // u64: changes of keys/ that the log relies on
inline constexpr absl::string_view kMetaIncarnation = "incarnation";  // u64; absent: 1
// u64, u64: recorded_at of the head and clock, in microseconds, when an operator last accepted them
inline constexpr absl::string_view kMetaClock = "clock";
inline constexpr absl::string_view kMetaAggregate = "a/";  // + name -> u16
inline constexpr absl::string_view kMetaType = "t/";       // + aggregate, 0x00, type -> u32

// The tree.
inline constexpr size_t kTileHashes = 256;
inline constexpr size_t kTileBytes = kTileHashes * 32;

// The witness: two slots.
inline constexpr absl::string_view kWitnessMagic = "DBW1";
inline constexpr size_t kWitnessSlotBytes = 512;

}  // namespace daybook::eventstore
