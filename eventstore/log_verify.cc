// The whole check of a log: nothing that it stores twice is taken on trust.

#include <bit>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/data_directory.h"
#include "eventstore/database_copy.h"
#include "eventstore/directory_files.h"
#include "eventstore/directory_lock.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/hash.h"
#include "eventstore/log_recovery.h"
#include "eventstore/prepared_commit.h"
#include "eventstore/rocks_key_store.h"
#include "eventstore/rocks_log.h"
#include "eventstore/witness.h"

namespace daybook::eventstore {
namespace {

constexpr LogPosition kProgressEvery = 10'000;
constexpr size_t kKeysRememberedMax = 1 << 20;

absl::Status Wrong(LogPosition position, absl::string_view what) {
  return Reject(Reason::REASON_DATA_LOSS, absl::StrCat("position ", position, ": ", what),
                {{"position", absl::StrCat(position)}});
}

class LogVerifier {
 public:
  using Progress = std::function<void(LogPosition, LogPosition)>;

  LogVerifier(const RocksLog& log, const RocksKeyStore& keys, const WitnessRecord& witness,
              const Progress& progress)
      : log_(log), keys_(keys), witness_(witness), progress_(progress) {}

  absl::StatusOr<VerifyReport> Run() {
    const LogPosition head = log_.state().range.size();
    const auto rows = log_.NewIterator(Family::kEvents, RocksLog::Scan::kSequential);
    LogPosition position = 0;
    DAYBOOK_RETURN_IF_ERROR(CheckWitnessAt(0));
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      ++position;
      if (rows->key().size() != kPositionKeyBytes || LoadU64(rows->key().data()) != position) {
        return Wrong(position, "the event is missing");
      }
      absl::StatusOr<RecordedEvent> event =
          DecodeEvent(FromSlice(rows->value()), HashCheck::kCheck);
      if (!event.ok()) return Wrong(position, event.status().message());
      if (event->position != position) return Wrong(position, "another event stands there");
      DAYBOOK_RETURN_IF_ERROR(CheckEvent(*event));
      if (position % kProgressEvery == 0 && progress_) progress_(position, head);
    }
    DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), absl::StrCat("after ", position)));
    report_.events = position;
    DAYBOOK_RETURN_IF_ERROR(CheckEnd());
    if (progress_) progress_(position, head);
    return report_;
  }

 private:
  absl::Status CheckEvent(const RecordedEvent& event) {
    DAYBOOK_RETURN_IF_ERROR(CheckOrder(event));
    DAYBOOK_RETURN_IF_ERROR(CheckTree(event));
    DAYBOOK_RETURN_IF_ERROR(CheckIndexes(event));
    for (const SealedPart& part : event.sealed) {
      ++report_.sealed_parts;
      DAYBOOK_RETURN_IF_ERROR(CheckKey(event.position, part.key_id));
    }
    if (event.flags == 0) live_ = true;
    return absl::OkStatus();
  }

  absl::Status CheckOrder(const RecordedEvent& event) {
    if (event.recorded_at < recorded_at_)
      return Wrong(event.position, "its time is before the last");
    if (event.commit_index == 0) {
      if (left_in_commit_ != 0)
        return Wrong(event.position, "the commit before it is not complete");
      left_in_commit_ = event.commit_count;
      request_id_ = event.request_id;
      recorded_at_ = event.recorded_at;
      DAYBOOK_RETURN_IF_ERROR(CheckRequest(event));
    } else if (left_in_commit_ + event.commit_index != event.commit_count || left_in_commit_ == 0 ||
               event.request_id != request_id_ || event.recorded_at != recorded_at_) {
      return Wrong(event.position, "it does not continue its commit");
    }
    --left_in_commit_;
    StreamRevision& revision = revisions_[event.stream];
    if (event.revision != ++revision) {
      return Wrong(event.position, absl::StrCat("its stream goes from revision ", revision - 1,
                                                " to ", event.revision));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRequest(const RecordedEvent& event) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<RequestRecord> request,
                             log_.StoredRequest(event.request_id));
    if (!request.has_value() || request->first_position != event.position ||
        request->events != event.commit_count) {
      return Wrong(event.position, "its request is not remembered as it was");
    }
    ++commits_with_events_;
    return absl::OkStatus();
  }

  absl::Status CheckTree(const RecordedEvent& event) {
    const Hash leaf = LeafHash(event.header);
    range_.Append(leaf);
    absl::Status status;
    tiles_.Append(leaf, [&](uint8_t level, uint64_t index, absl::string_view hashes) {
      ++tile_count_;
      rocksdb::PinnableSlice row;
      const auto found = log_.Get(Family::kTiles, TileKey(level, index), &row);
      if (!found.ok()) {
        status = found.status();
      } else if (!*found || FromSlice(row) != hashes) {
        status = Wrong(event.position, absl::StrCat("tile ", level, "/", index, " is wrong"));
      }
    });
    DAYBOOK_RETURN_IF_ERROR(status);
    return CheckWitnessAt(event.position);
  }

  absl::Status CheckWitnessAt(LogPosition position) const {
    if (witness_.head == position && range_.Root() != witness_.root) {
      return Wrong(position, "the tree is not the one that was acknowledged");
    }
    return absl::OkStatus();
  }

  absl::Status CheckIndexes(const RecordedEvent& event) {
    const auto aggregate = log_.names().FindAggregate(event.stream.aggregate);
    const auto type = log_.names().FindType(event.stream.aggregate, event.type);
    if (!aggregate.has_value() || !type.has_value()) return Wrong(event.position, "unnamed type");
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<LogPosition> at,
                             log_.PositionOf(*aggregate, event.stream.id, event.revision));
    if (at != event.position) return Wrong(event.position, "its stream does not lead to it");
    std::string key;
    AppendU32(&key, *type);
    AppendU64(&key, event.position);
    DAYBOOK_RETURN_IF_ERROR(CheckListed(event.position, Family::kTypes, key));
    for (const std::string& tag : event.tags) {
      const TagHash hash = HashTag(tag);
      key.assign(hash.data(), hash.size());
      AppendU64(&key, event.position);
      ++tag_count_;
      DAYBOOK_RETURN_IF_ERROR(CheckListed(event.position, Family::kTags, key));
    }
    return absl::OkStatus();
  }

  absl::Status CheckListed(LogPosition position, Family family, absl::string_view key) const {
    rocksdb::PinnableSlice row;
    DAYBOOK_ASSIGN_OR_RETURN(const bool found, log_.Get(family, key, &row));
    if (found) return absl::OkStatus();
    return Wrong(position,
                 absl::StrCat("it is missing in ", kFamilyNames[static_cast<size_t>(family)]));
  }

  absl::Status CheckKey(LogPosition position, const Hash& key_id) {
    if (known_keys_.contains(key_id)) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(const KeyPresence presence, keys_.FindKey(key_id));
    if (presence == KeyPresence::kMissing) {
      return Wrong(position, "the key of a sealed part is missing and was never destroyed");
    }
    if (known_keys_.size() >= kKeysRememberedMax) known_keys_.clear();
    known_keys_.insert(key_id);
    return absl::OkStatus();
  }

  absl::Status CheckEnd() {
    const LogState& state = log_.state();
    if (left_in_commit_ != 0) return Wrong(report_.events, "the last commit is not complete");
    if (range_.size() != state.range.size() || range_.nodes() != state.range.nodes()) {
      return Wrong(report_.events, "the stored tree is not the one over the events");
    }
    if (live_ != state.live) return Wrong(report_.events, "the state of backfill is wrong");
    DAYBOOK_RETURN_IF_ERROR(CheckWitness(log_, witness_));
    DAYBOOK_RETURN_IF_ERROR(CheckRequests());
    DAYBOOK_RETURN_IF_ERROR(CheckRows(Family::kStreams, report_.events));
    DAYBOOK_RETURN_IF_ERROR(CheckRows(Family::kTypes, report_.events));
    DAYBOOK_RETURN_IF_ERROR(CheckRows(Family::kTags, tag_count_));
    DAYBOOK_RETURN_IF_ERROR(CheckRows(Family::kTiles, tile_count_));
    report_.root = range_.Root();
    report_.commits = state.commits;
    report_.streams = revisions_.size();
    return absl::OkStatus();
  }

  // Every event is listed once, so an index with more rows has one that no event stands behind.
  absl::Status CheckRows(Family family, uint64_t expected) const {
    uint64_t count = 0;
    const auto rows = log_.NewIterator(family, RocksLog::Scan::kSequential);
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) ++count;
    const absl::string_view name = kFamilyNames[static_cast<size_t>(family)];
    DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), name));
    if (count == expected) return absl::OkStatus();
    return Wrong(report_.events, absl::StrCat(name, " has ", count, " rows, not ", expected));
  }

  absl::Status CheckRequests() const {
    uint64_t with_events = 0;
    uint64_t all = 0;
    const auto rows = log_.NewIterator(Family::kRequests, RocksLog::Scan::kSequential);
    for (rows->SeekToFirst(); rows->Valid(); rows->Next(), ++all) {
      if (rows->value().size() != kRequestRowBytes) return Wrong(0, "a request row is damaged");
      if (LoadU64(rows->value().data()) > report_.events)
        return Wrong(0, "a request beyond the log");
      if (LoadU32(rows->value().data() + 8) > 0) ++with_events;
    }
    DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "requests"));
    if (with_events == commits_with_events_ && all == log_.state().commits) return absl::OkStatus();
    return Wrong(report_.events, absl::StrCat("there are ", all, " requests of ",
                                              log_.state().commits, " commits"));
  }

  const RocksLog& log_;
  const RocksKeyStore& keys_;
  const WitnessRecord& witness_;
  const Progress& progress_;

  VerifyReport report_;
  CompactRange range_;
  TileBuilder tiles_;
  absl::flat_hash_map<StreamId, StreamRevision> revisions_;
  absl::flat_hash_set<Hash> known_keys_;
  absl::Time recorded_at_ = absl::UnixEpoch();
  Uuid request_id_;
  uint32_t left_in_commit_ = 0;
  uint64_t commits_with_events_ = 0;
  uint64_t tag_count_ = 0;
  uint64_t tile_count_ = 0;
  bool live_ = false;
};

}  // namespace

absl::StatusOr<VerifyReport> VerifyLog(
    const std::string& path, const std::function<void(LogPosition, LogPosition)>& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(const Uuid log_id, ReadIdentity(path));
  DAYBOOK_ASSIGN_OR_RETURN(const auto lock, DirectoryLock::Take(path, DirectoryLock::Use::kRead));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(KeysPath(path)));
  DAYBOOK_RETURN_IF_ERROR(RequireFolder(LogPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(KeyEncryption kek, KeyEncryption::Read(KekPath(path)));
  SystemRandom random;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksKeyStore> keys,
                           RocksKeyStore::Open(KeysPath(path), log_id, std::move(kek), random,
                                               RocksKeyStore::Access::kReadOnly));
  DAYBOOK_ASSIGN_OR_RETURN(const WitnessRecord witness, Witness::Read(WitnessPath(path)));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RocksLog> log,
                           RocksLog::Open(LogPath(path), OpenMode::kReadOnly, {}, nullptr));
  DAYBOOK_RETURN_IF_ERROR(log->Load());
  if (log->log_id() != log_id) {
    return Reject(Reason::REASON_DATA_DIRECTORY, "the log belongs to another data directory");
  }
  DAYBOOK_ASSIGN_OR_RETURN(VerifyReport report, LogVerifier(*log, *keys, witness, progress).Run());
  report.incarnation = log->incarnation();
  report.keys_aside = SetAside(KeysPath(path));
  return report;
}

}  // namespace daybook::eventstore
