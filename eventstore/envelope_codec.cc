#include "eventstore/envelope_codec.h"

#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"

namespace daybook::eventstore {
namespace {

absl::Status Damaged(absl::string_view what) {
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat("a stored event is damaged: ", what));
}

void AppendShort(std::string* out, absl::string_view text) {
  out->push_back(static_cast<char>(text.size()));
  out->append(text.data(), text.size());
}

void Append(std::string* out, absl::string_view bytes) { out->append(bytes.data(), bytes.size()); }

void StoreU16(char* out, uint16_t v) {
  out[0] = static_cast<char>(v >> 8);
  out[1] = static_cast<char>(v);
}

void StoreU64(char* out, uint64_t v) {
  for (int i = 7; i >= 0; --i, v >>= 8) out[i] = static_cast<char>(v);
}

// Takes bytes from the front; remembers that there were too few instead of failing at each step.
class Reader {
 public:
  explicit Reader(absl::string_view rest) : rest_(rest) {}

  absl::string_view Take(size_t size) {
    if (size > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const absl::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  uint8_t U8() { return short_ || rest_.empty() ? Fail() : static_cast<uint8_t>(Take(1)[0]); }
  uint16_t U16() { return rest_.size() < 2 ? Fail() : LoadU16(Take(2).data()); }
  uint32_t U32() { return rest_.size() < 4 ? Fail() : LoadU32(Take(4).data()); }
  uint64_t U64() { return rest_.size() < 8 ? Fail() : LoadU64(Take(8).data()); }
  Uuid Id() {
    const absl::string_view bytes = Take(Uuid::kBytes);
    return short_ ? Uuid() : Uuid::FromBytes(bytes);
  }
  Hash Digest() {
    const absl::string_view bytes = Take(32);
    return short_ ? Hash{} : HashFromBytes(bytes);
  }
  std::string Short() { return std::string(Take(U8())); }

  bool ok() const { return !short_; }
  absl::string_view rest() const { return rest_; }

 private:
  uint8_t Fail() {
    short_ = true;
    rest_ = {};
    return 0;
  }

  absl::string_view rest_;
  bool short_ = false;
};

struct TailParts {
  const std::vector<std::string>* tags;
  const Hash* body_hash;
  uint16_t flags;
};

// From the stream to the sealed parts' count; returns the offset of the flags in `out`.
size_t AppendVariable(const StreamId& stream, absl::string_view type, uint32_t schema_set,
                      const TailParts& tail, std::string* out) {
  AppendShort(out, stream.aggregate);
  Append(out, stream.id.bytes());
  AppendShort(out, type);
  AppendU32(out, schema_set);
  const size_t flags_offset = out->size();
  AppendU16(out, tail.flags);
  out->push_back(static_cast<char>(tail.tags->size()));
  for (const std::string& tag : *tail.tags) AppendShort(out, tag);
  Append(out, Bytes(*tail.body_hash));
  return flags_offset;
}

void AppendCommitment(const SealedCommitment& sealed, std::string* out) {
  out->push_back(static_cast<char>(sealed.alg));
  Append(out, Bytes(sealed.key_id));
  AppendU32(out, sealed.bytes);
  Append(out, Bytes(sealed.hash));
}

Hash SealedHash(absl::string_view blob) { return Sha256Of({kSealedHashPrefix, blob}); }

absl::Status ReadTags(Reader* in, std::vector<std::string>* tags) {
  const size_t count = in->U8();
  if (count > kTagsMax) return Damaged("too many tags");
  tags->reserve(count);
  for (size_t i = 0; i < count && in->ok(); ++i) {
    tags->push_back(in->Short());
    if (i > 0 && (*tags)[i - 1] >= tags->back()) return Damaged("tags are not in order");
    if (tags->back().empty()) return Damaged("empty tag");
  }
  return absl::OkStatus();
}

absl::Status ReadCommitments(Reader* in, std::vector<SealedCommitment>* sealed) {
  const size_t count = in->U8();
  if (count > kSealedPartsMax) return Damaged("too many sealed parts");
  sealed->reserve(count);
  for (size_t i = 0; i < count && in->ok(); ++i) {
    SealedCommitment part;
    part.alg = in->U8();
    part.key_id = in->Digest();
    part.bytes = in->U32();
    part.hash = in->Digest();
    if (part.alg != kAlgAes256Gcm && part.alg != kAlgChaCha20Poly1305) {
      return Damaged("unknown sealing algorithm");
    }
    if (part.bytes < kSealedBytesMin) return Damaged("sealed part too short");
    sealed->push_back(part);
  }
  return absl::OkStatus();
}

absl::Status CheckHeader(const EventHeader& h) {
  if (h.commit_index >= h.commit_count) return Damaged("index beyond its commit");
  if (h.commit_count > kEventsPerCommitMax) return Damaged("commit too long");
  if (h.position <= h.commit_index) return Damaged("position before its commit");
  if (h.revision == 0) return Damaged("revision 0");
  if (h.recorded_at_us > static_cast<uint64_t>(INT64_MAX)) return Damaged("recorded_at");
  if (!IsAggregateName(h.stream.aggregate)) return Damaged("aggregate name");
  if (h.type.empty() || h.type.size() > kEventTypeBytesMax) return Damaged("event type");
  if ((h.flags & ~kKnownFlags) != 0) return Damaged("unknown flags");
  return absl::OkStatus();
}

// Splits what follows the header. `body` is what the body hash is over.
absl::Status ReadBody(absl::string_view bytes, const EventHeader& header, HashCheck check,
                      RecordedEvent* event) {
  Reader in(bytes);
  in.Take(kBlindBytes);
  event->payload = std::string(in.Take(in.U32()));
  event->metadata = std::string(in.Take(in.U32()));
  if (!in.ok()) return Damaged("value too short");
  const absl::string_view body = bytes.substr(0, bytes.size() - in.rest().size());
  if (check == HashCheck::kCheck && Sha256Of({kBodyHashPrefix, body}) != header.body_hash) {
    return Damaged("payload does not match its hash");
  }
  event->sealed.reserve(header.sealed.size());
  for (const SealedCommitment& part : header.sealed) {
    const absl::string_view blob = in.Take(part.bytes);
    if (!in.ok()) return Damaged("value too short");
    if (check == HashCheck::kCheck && SealedHash(blob) != part.hash) {
      return Damaged("sealed part does not match its hash");
    }
    event->sealed.push_back({part.alg, part.key_id, std::string(blob)});
  }
  return in.rest().empty() ? absl::OkStatus() : Damaged("value too long");
}

}  // namespace

bool IsAggregateName(absl::string_view name) {
  if (name.empty() || name.size() > kAggregateBytesMax) return false;
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || c == '_')) return false;
  }
  return true;
}

std::string EncodeHeader(const EventHeader& h) {
  std::string out;
  Append(&out, kHeaderMagic);
  AppendU64(&out, h.position);
  AppendU16(&out, h.commit_index);
  AppendU16(&out, h.commit_count);
  AppendU64(&out, h.revision);
  AppendU64(&out, h.recorded_at_us);
  AppendU64(&out, static_cast<uint64_t>(h.effective_at_us));
  Append(&out, h.request_id.bytes());
  Append(&out, h.actor.bytes());
  AppendVariable(h.stream, h.type, h.schema_set, {&h.tags, &h.body_hash, h.flags}, &out);
  out.push_back(static_cast<char>(h.sealed.size()));
  for (const SealedCommitment& part : h.sealed) AppendCommitment(part, &out);
  return out;
}

absl::StatusOr<EventHeader> DecodeHeader(absl::string_view bytes) {
  if (bytes.size() > kHeaderBytesMax) return Damaged("header too long");
  Reader in(bytes);
  if (in.Take(kHeaderMagic.size()) != kHeaderMagic) return Damaged("not a DBE1 header");
  EventHeader h;
  h.position = in.U64();
  h.commit_index = in.U16();
  h.commit_count = in.U16();
  h.revision = in.U64();
  h.recorded_at_us = in.U64();
  h.effective_at_us = static_cast<int64_t>(in.U64());
  h.request_id = in.Id();
  h.actor = in.Id();
  h.stream.aggregate = in.Short();
  h.stream.id = in.Id();
  h.type = in.Short();
  h.schema_set = in.U32();
  h.flags = in.U16();
  if (absl::Status status = ReadTags(&in, &h.tags); !status.ok()) return status;
  h.body_hash = in.Digest();
  if (absl::Status status = ReadCommitments(&in, &h.sealed); !status.ok()) return status;
  if (!in.ok()) return Damaged("header too short");
  if (!in.rest().empty()) return Damaged("header too long");
  if (absl::Status status = CheckHeader(h); !status.ok()) return status;
  return h;
}

EncodedEvent EncodeEvent(const CommitFields& commit, const NewEvent& event,
                         absl::string_view blind) {
  DAYBOOK_CHECK(blind.size() == kBlindBytes, "the blind has 16 bytes");
  std::string body;
  body.reserve(kBlindBytes + 8 + event.payload.size() + event.metadata.size());
  Append(&body, blind);
  AppendU32(&body, static_cast<uint32_t>(event.payload.size()));
  Append(&body, event.payload);
  AppendU32(&body, static_cast<uint32_t>(event.metadata.size()));
  Append(&body, event.metadata);
  const Hash body_hash = Sha256Of({kBodyHashPrefix, body});

  EncodedEvent encoded;
  std::string& out = encoded.value;
  size_t sealed_bytes = 0;
  for (const SealedPart& part : event.sealed) sealed_bytes += 69 + part.blob.size();
  out.reserve(256 + body.size() + sealed_bytes);
  AppendU16(&out, 0);  // the header's length, known at the end
  Append(&out, kHeaderMagic);
  AppendU64(&out, 0);
  AppendU16(&out, commit.commit_index);
  AppendU16(&out, commit.commit_count);
  AppendU64(&out, 0);
  AppendU64(&out, 0);
  AppendU64(&out, static_cast<uint64_t>(absl::ToUnixMicros(event.effective_at)));
  Append(&out, commit.request_id.bytes());
  Append(&out, commit.actor.bytes());
  encoded.flags_offset = static_cast<uint32_t>(AppendVariable(
      event.stream, event.type, commit.schema_set, {&event.tags, &body_hash, 0}, &out));
  out.push_back(static_cast<char>(event.sealed.size()));
  for (const SealedPart& part : event.sealed) {
    AppendCommitment(
        {part.alg, part.key_id, static_cast<uint32_t>(part.blob.size()), SealedHash(part.blob)},
        &out);
  }
  encoded.header_bytes = static_cast<uint32_t>(out.size() - 2);
  DAYBOOK_CHECK(encoded.header_bytes <= kHeaderBytesMax, "header beyond its limit");
  StoreU16(out.data(), static_cast<uint16_t>(encoded.header_bytes));
  Append(&out, body);
  for (const SealedPart& part : event.sealed) Append(&out, part.blob);
  return encoded;
}

void StampEvent(const Stamp& stamp, EncodedEvent* event) {
  char* header = event->value.data() + 2;
  StoreU64(header + kPositionOffset, stamp.position);
  StoreU64(header + kRevisionOffset, stamp.revision);
  StoreU64(header + kRecordedAtOffset, stamp.recorded_at_us);
  StoreU16(event->value.data() + event->flags_offset, stamp.flags);
}

absl::string_view HeaderOf(absl::string_view value) {
  if (value.size() < 2) return {};
  const size_t size = LoadU16(value.data());
  if (value.size() - 2 < size) return {};
  return value.substr(2, size);
}

Hash LeafHash(absl::string_view header) {
  return Sha256Of({absl::string_view(&kLeafPrefix, 1), header});
}

absl::StatusOr<RecordedEvent> DecodeEvent(absl::string_view value, HashCheck check) {
  const absl::string_view header_bytes = HeaderOf(value);
  if (header_bytes.empty()) return Damaged("value too short");
  absl::StatusOr<EventHeader> header = DecodeHeader(header_bytes);
  if (!header.ok()) return header.status();
  RecordedEvent event;
  if (absl::Status status = ReadBody(value.substr(2 + header_bytes.size()), *header, check, &event);
      !status.ok()) {
    return status;
  }
  event.position = header->position;
  event.commit_index = header->commit_index;
  event.commit_count = header->commit_count;
  event.revision = header->revision;
  event.recorded_at = absl::FromUnixMicros(static_cast<int64_t>(header->recorded_at_us));
  event.effective_at = absl::FromUnixMicros(header->effective_at_us);
  event.request_id = header->request_id;
  event.actor = header->actor;
  event.stream = std::move(header->stream);
  event.type = std::move(header->type);
  event.schema_set = header->schema_set;
  event.flags = header->flags;
  event.tags = std::move(header->tags);
  event.body_hash = header->body_hash;
  event.header = std::string(header_bytes);
  return event;
}

}  // namespace daybook::eventstore
