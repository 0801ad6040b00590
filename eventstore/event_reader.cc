#include "eventstore/event_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/envelope_codec.h"

namespace daybook::eventstore {
namespace {

// Events taken from memory under one lock.
constexpr size_t kRecentChunk = 256;

absl::Status WrongEvent(LogPosition wanted, absl::string_view what) {
  return Reject(Reason::REASON_DATA_LOSS,
                absl::StrCat("the log is damaged at position ", wanted, ": ", what),
                {{"position", absl::StrCat(wanted)}});
}

absl::StatusOr<RecordedEvent> Decode(absl::string_view value, HashCheck check, LogPosition wanted) {
  absl::StatusOr<RecordedEvent> event = DecodeEvent(value, check);
  if (!event.ok()) return WrongEvent(wanted, event.status().message());
  if (event->position != wanted) return WrongEvent(wanted, "another event stands there");
  return event;
}

// One index that lists positions in order.
struct TypeCursor {
  std::unique_ptr<rocksdb::Iterator> rows;
  std::string prefix;
  LogPosition position = 0;

  // False at the end of the type.
  bool Read() {
    if (!rows->Valid() || rows->key().size() != kTypeKeyBytes || !rows->key().starts_with(prefix)) {
      return false;
    }
    position = LoadU64(rows->key().data() + 4);
    return true;
  }
};

bool Later(const TypeCursor& a, const TypeCursor& b) { return a.position > b.position; }

}  // namespace

absl::Status EventReader::All(LogPosition head, LogPosition after, size_t limit,
                              EventStore::Visitor visit) const {
  std::vector<StoredValue> recent;
  while (limit > 0 && after < head) {
    recent.clear();
    recent_.Read(after, std::min({limit, kRecentChunk, static_cast<size_t>(head - after)}),
                 &recent);
    if (recent.empty()) {
      DAYBOOK_RETURN_IF_ERROR(FromDisk(head, &after, &limit, visit));
      return absl::OkStatus();
    }
    for (const StoredValue& value : recent) {
      DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event,
                               Decode(*value, HashCheck::kSkip, after + 1));
      ++after;
      --limit;
      if (!visit(event)) return absl::OkStatus();
    }
  }
  return absl::OkStatus();
}

absl::Status EventReader::FromDisk(LogPosition head, LogPosition* after, size_t* limit,
                                   EventStore::Visitor visit) const {
  const auto rows =
      log_.NewIterator(Family::kEvents, *limit > kRecentChunk ? RocksLog::Scan::kSequential
                                                              : RocksLog::Scan::kPoint);
  for (rows->Seek(PositionKey(*after + 1)); *limit > 0 && *after < head; rows->Next()) {
    DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "reading the log"));
    if (!rows->Valid()) return WrongEvent(*after + 1, "the event is missing");
    DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event,
                             Decode(FromSlice(rows->value()), HashCheck::kCheck, *after + 1));
    ++*after;
    --*limit;
    if (!visit(event)) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<RecordedEvent> EventReader::One(LogPosition position) const {
  std::vector<StoredValue> recent;
  recent_.Read(position - 1, 1, &recent);
  if (!recent.empty()) return Decode(*recent[0], HashCheck::kSkip, position);
  DAYBOOK_ASSIGN_OR_RETURN(const std::string value, log_.StoredEvent(position));
  return Decode(value, HashCheck::kCheck, position);
}

absl::Status EventReader::OfTypes(const std::vector<uint32_t>& types, LogPosition head,
                                  LogPosition after, size_t limit,
                                  EventStore::Visitor visit) const {
  std::vector<TypeCursor> cursors;
  for (const uint32_t type : types) {
    TypeCursor cursor{log_.NewIterator(Family::kTypes, RocksLog::Scan::kPoint), {}, 0};
    AppendU32(&cursor.prefix, type);
    cursor.rows->Seek(absl::StrCat(cursor.prefix, PositionKey(after + 1)));
    if (cursor.Read()) {
      cursors.push_back(std::move(cursor));
    } else {
      DAYBOOK_RETURN_IF_ERROR(FromRocks(cursor.rows->status(), "reading the types"));
    }
  }
  std::make_heap(cursors.begin(), cursors.end(), Later);
  while (limit > 0 && !cursors.empty()) {
    std::pop_heap(cursors.begin(), cursors.end(), Later);
    TypeCursor& cursor = cursors.back();
    if (cursor.position > head) break;
    DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event, One(cursor.position));
    --limit;
    if (!visit(event)) break;
    cursor.rows->Next();
    if (cursor.Read()) {
      std::push_heap(cursors.begin(), cursors.end(), Later);
    } else {
      DAYBOOK_RETURN_IF_ERROR(FromRocks(cursor.rows->status(), "reading the types"));
      cursors.pop_back();
    }
  }
  return absl::OkStatus();
}

absl::Status EventReader::OfStream(const StreamRange& range, LogPosition head, size_t limit,
                                   EventStore::Visitor visit) const {
  const std::optional<uint16_t> aggregate = log_.names().FindAggregate(range.stream.aggregate);
  if (!aggregate.has_value()) return absl::OkStatus();
  if (range.after == 0) {
    // Most streams that are read from their beginning do not exist yet; a point read behind a bloom
    // filter tells that for a fraction of the cost of an iterator.
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<LogPosition> first,
                             log_.PositionOf(*aggregate, range.stream.id, 1));
    if (!first.has_value()) return absl::OkStatus();
  }
  const std::string prefix = StreamKeyPrefix(*aggregate, range.stream.id);
  const auto rows = log_.NewIterator(Family::kStreams, RocksLog::Scan::kPoint);
  StreamRevision revision = range.after;
  for (rows->Seek(StreamRowKey(*aggregate, range.stream.id, range.after + 1));
       limit > 0 && rows->Valid() && rows->key().starts_with(prefix); rows->Next()) {
    if (rows->value().size() != kPositionKeyBytes) return WrongEvent(0, "a stream row");
    const LogPosition position = LoadU64(rows->value().data());
    if (position > head) break;
    ++revision;
    if (LoadU64(rows->key().data() + kStreamPrefixBytes) != revision) {
      return WrongEvent(position, "a revision of its stream is missing");
    }
    if (position <= range.after_position) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const RecordedEvent event, One(position));
    if (event.revision != revision || event.stream != range.stream) {
      return WrongEvent(position, "it is not the event that its stream names");
    }
    if (!range.type.empty() && event.type != range.type) continue;
    --limit;
    if (!visit(event)) break;
  }
  return FromRocks(rows->status(), "reading a stream");
}

absl::StatusOr<StreamRevision> EventReader::LastRevision(const StreamId& stream,
                                                         LogPosition head) const {
  const std::optional<uint16_t> aggregate = log_.names().FindAggregate(stream.aggregate);
  if (!aggregate.has_value()) return StreamRevision{0};
  const std::string prefix = StreamKeyPrefix(*aggregate, stream.id);
  const auto rows = log_.NewIterator(Family::kStreams, RocksLog::Scan::kPoint);
  for (rows->SeekForPrev(StreamRowKey(*aggregate, stream.id, UINT64_MAX));
       rows->Valid() && rows->key().starts_with(prefix); rows->Prev()) {
    if (rows->value().size() != kPositionKeyBytes) return WrongEvent(0, "a stream row");
    if (LoadU64(rows->value().data()) <= head) {
      return LoadU64(rows->key().data() + kStreamPrefixBytes);
    }
  }
  DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "reading a stream"));
  return StreamRevision{0};
}

}  // namespace daybook::eventstore
