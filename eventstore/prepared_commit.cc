#include "eventstore/prepared_commit.h"

#include <algorithm>
#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/hash.h"

namespace daybook::eventstore {
namespace {

absl::Status Within(absl::string_view limit, size_t value, size_t max) {
  if (value <= max) return absl::OkStatus();
  return Reject(Reason::REASON_LIMIT_EXCEEDED,
                absl::StrCat("the commit has ", value, " ", limit, ", at most ", max, " are taken"),
                {{"limit", absl::StrCat(max)}, {"value", absl::StrCat(value)}, {"what", limit}});
}

bool FitsMicros(absl::Time time) {
  return time > absl::FromUnixMicros(INT64_MIN) && time < absl::FromUnixMicros(INT64_MAX);
}

absl::Status CheckSealed(const SealedPart& part) {
  if (part.alg != kAlgAes256Gcm && part.alg != kAlgChaCha20Poly1305) {
    return InvalidField("sealed.alg", "unknown sealing algorithm");
  }
  if (part.blob.size() < kSealedBytesMin) return InvalidField("sealed.blob", "too short");
  return absl::OkStatus();
}

// Puts the tags into the order that the header has.
absl::Status CheckEvent(NewEvent* event) {
  if (!IsAggregateName(event->stream.aggregate)) {
    return InvalidField("stream", "the aggregate is named by 1 to 100 of the characters a-z and _");
  }
  if (event->type.empty()) return InvalidField("type", "an event has a type");
  DAYBOOK_RETURN_IF_ERROR(Within("bytes of event type", event->type.size(), kEventTypeBytesMax));
  DAYBOOK_RETURN_IF_ERROR(Within("tags of an event", event->tags.size(), kTagsMax));
  DAYBOOK_RETURN_IF_ERROR(Within("sealed parts", event->sealed.size(), kSealedPartsMax));
  if (!FitsMicros(event->effective_at)) return InvalidField("effective_at", "not a time");
  for (const SealedPart& part : event->sealed) DAYBOOK_RETURN_IF_ERROR(CheckSealed(part));
  std::sort(event->tags.begin(), event->tags.end());
  event->tags.erase(std::unique(event->tags.begin(), event->tags.end()), event->tags.end());
  for (const std::string& tag : event->tags) {
    if (tag.empty()) return InvalidField("tags", "an empty tag");
    DAYBOOK_RETURN_IF_ERROR(Within("bytes of a tag", tag.size(), kTagBytesMax));
  }
  return absl::OkStatus();
}

size_t BytesOf(const NewEvent& event) {
  size_t bytes = kVariableOffset + kRowBytes + event.payload.size() + event.metadata.size() +
                 event.type.size() + event.stream.aggregate.size();
  for (const SealedPart& part : event.sealed) bytes += 69 + part.blob.size();
  for (const std::string& tag : event.tags) bytes += kTagHashBytes + tag.size();
  return bytes;
}

absl::Status CheckCommit(Commit* commit, size_t* bytes) {
  DAYBOOK_RETURN_IF_ERROR(Within("events", commit->events.size(), kEventsPerCommitMax));
  DAYBOOK_RETURN_IF_ERROR(
      Within("expected revisions", commit->expectations.size(), kExpectationsMax));
  DAYBOOK_RETURN_IF_ERROR(Within("claims", commit->claims.size(), kClaimsMax));
  *bytes = kRowBytes * (1 + commit->claims.size() + commit->expectations.size());
  for (NewEvent& event : commit->events) {
    DAYBOOK_RETURN_IF_ERROR(CheckEvent(&event));
    *bytes += BytesOf(event);
  }
  for (const ClaimChange& claim : commit->claims) {
    if (!IsAggregateName(claim.stream.aggregate)) return InvalidField("claims", "not a stream");
  }
  if (commit->backfill_at.has_value() &&
      (!FitsMicros(*commit->backfill_at) || *commit->backfill_at < absl::UnixEpoch())) {
    return InvalidField("backfill_at", "not a time at or after 1970-01-01");
  }
  return Within("bytes", *bytes, kCommitBytesMax);
}

// Numbers the streams of a commit in order of first appearance. Few streams are compared one by
// one.
class StreamNumbers {
 public:
  explicit StreamNumbers(std::vector<StreamId>* streams) : streams_(*streams) {}

  size_t Of(const StreamId& stream) {
    if (streams_.size() < kCompared) {
      for (size_t i = 0; i < streams_.size(); ++i) {
        if (streams_[i] == stream) return i;
      }
    } else {
      if (numbers_.empty()) {
        for (size_t i = 0; i < streams_.size(); ++i) numbers_[streams_[i]] = i;
      }
      if (const auto found = numbers_.find(stream); found != numbers_.end()) return found->second;
      numbers_[stream] = streams_.size();
    }
    streams_.push_back(stream);
    return streams_.size() - 1;
  }

 private:
  static constexpr size_t kCompared = 8;
  std::vector<StreamId>& streams_;
  absl::flat_hash_map<StreamId, size_t> numbers_;
};

}  // namespace

TagHash HashTag(absl::string_view tag) {
  const Hash hash = Sha256(tag);
  TagHash out;
  std::memcpy(out.data(), hash.data(), out.size());
  return out;
}

absl::StatusOr<std::unique_ptr<PreparedCommit>> PrepareCommit(Commit commit, Random& random) {
  auto prepared = std::make_unique<PreparedCommit>();
  DAYBOOK_RETURN_IF_ERROR(CheckCommit(&commit, &prepared->bytes));
  prepared->request_id = commit.request_id;
  prepared->request_hash = commit.request_hash;
  prepared->expectations = std::move(commit.expectations);
  prepared->accepted = std::move(commit.accepted);
  prepared->claims = std::move(commit.claims);
  prepared->backfill_at = commit.backfill_at;
  prepared->deadline = commit.deadline;
  prepared->accepts_clock = commit.accepts_clock;
  prepared->under_any_clock = commit.under_any_clock;
  prepared->all_system = !commit.events.empty();

  CommitFields fields;
  fields.commit_count = static_cast<uint16_t>(commit.events.size());
  fields.request_id = commit.request_id;
  fields.actor = commit.actor;
  fields.schema_set = commit.schema_set;
  const std::string blinds = random.Bytes(kBlindBytes * commit.events.size());
  StreamNumbers numbers(&prepared->streams);
  prepared->events.reserve(commit.events.size());
  for (size_t i = 0; i < commit.events.size(); ++i) {
    NewEvent& event = commit.events[i];
    fields.commit_index = static_cast<uint16_t>(i);
    PreparedEvent& out = prepared->events.emplace_back();
    out.encoded =
        EncodeEvent(fields, event, absl::string_view(blinds).substr(i * kBlindBytes, kBlindBytes));
    out.stream_index = numbers.Of(event.stream);
    for (const std::string& tag : event.tags) out.tags.push_back(HashTag(tag));
    out.system = event.system;
    out.type = std::move(event.type);
    prepared->all_system = prepared->all_system && event.system;
  }
  return prepared;
}

}  // namespace daybook::eventstore
