#include "projections/snapshot.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "projections/key.h"
#include "projections/list.h"
#include "projections/personal_values.h"
#include "projections/record_row.h"
#include "projections/record_walk.h"

namespace daybook::projections {

namespace {

using google::protobuf::Message;

// Rows of an index that are passed over rather than sought past.
constexpr size_t kPassedRows = 32;

const domain::Index& IndexOfReference(const domain::ObjectType& type, absl::string_view field) {
  const domain::Index* found = nullptr;
  for (const domain::Index& index : type.indexes()) {
    if (index.fields.size() == 1 && index.fields[0]->path == field) found = &index;
  }
  DAYBOOK_CHECK(found != nullptr && !found->personal, "a reference with an index of its own");
  return *found;
}

// What the rows of the index begin with whose field holds `id`.
std::string ReferencePrefix(const domain::ObjectType& type, const domain::Index& index,
                            absl::string_view id) {
  domain::Value value;
  value.kind = index.fields[0]->kind;
  value.absent = id.empty();
  value.text = std::string(id);
  std::string prefix = IndexPrefix(type.id(), index);
  domain::EncodeValue(value, &prefix);
  return prefix;
}

class RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(std::shared_ptr<const Published> published, eventstore::LogPosition position,
                absl::Time recorded_at, const eventstore::EventStore& log,
                eventstore::KeyStore& keys, absl::Status unavailable)
      : reader_(std::move(published), position, std::move(unavailable)),
        recorded_at_(recorded_at),
        log_(log),
        keys_(keys),
        opener_(keys) {}

  eventstore::LogPosition position() const override { return reader_.position(); }
  absl::Time recorded_at() const override { return recorded_at_; }
  bool is_past() const override { return reader_.is_past(); }

  absl::StatusOr<std::unique_ptr<Message>> GetRecord(const domain::ObjectType& type,
                                                     absl::string_view id) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> row, ReadRow(type, id));
    if (!row.has_value()) return std::unique_ptr<Message>();
    return Decode(RecordTypeOf(type), *row);
  }

  absl::StatusOr<std::optional<std::string>> GetSerialized(const domain::ObjectType& type,
                                                           absl::string_view id) const override {
    DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> row, ReadRow(type, id));
    if (!row.has_value()) return std::optional<std::string>();
    DAYBOOK_ASSIGN_OR_RETURN(const RecordRow split, SplitRecordRow(*row));
    if (split.parts.empty()) {
      const size_t head = static_cast<size_t>(split.resource.data() - row->data());
      row->erase(head + split.resource.size()).erase(0, head);
      return row;
    }
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, Decode(RecordTypeOf(type), *row));
    return std::optional<std::string>(record->SerializeAsString());
  }

  absl::StatusOr<std::vector<std::unique_ptr<Message>>> GetRecords(
      const domain::ObjectType& type, const std::vector<std::string>& ids) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const Published::View* view, reader_.FindView(kRecordsView));
    std::vector<std::string> keys;
    std::vector<size_t> places;
    for (size_t i = 0; i < ids.size(); ++i) {
      const absl::StatusOr<Uuid> uuid = Uuid::Parse(ids[i]);
      if (!uuid.ok()) continue;
      keys.push_back(RecordKey(type.id(), *uuid));
      places.push_back(i);
    }
    const std::vector<absl::string_view> views(keys.begin(), keys.end());
    std::vector<std::unique_ptr<Message>> records(ids.size());
    DAYBOOK_RETURN_IF_ERROR(reader_.MultiGet(
        *view, views,
        [&](size_t i, const absl::string_view* row) -> absl::Status {
          if (row == nullptr) return absl::OkStatus();
          DAYBOOK_ASSIGN_OR_RETURN(records[places[i]], Decode(RecordTypeOf(type), *row));
          return absl::OkStatus();
        },
        ids.size() <= size_t{kPageSizeMax} ? Remember::kYes : Remember::kNo));
    return records;
  }

  absl::StatusOr<ListPage> List(const ListQuery& query) const override {
    return RunList(reader_, query, log_, keys_);
  }

  absl::StatusOr<std::vector<std::string>> FindByReference(const domain::ObjectType& type,
                                                           absl::string_view field,
                                                           absl::string_view id,
                                                           size_t limit) const override {
    DAYBOOK_ASSIGN_OR_RETURN(auto found, FindByReferences(type, field, {std::string(id)}, limit));
    return std::move(found.front());
  }

  absl::StatusOr<std::vector<std::vector<std::string>>> FindByReferences(
      const domain::ObjectType& type, absl::string_view field, const std::vector<std::string>& ids,
      size_t limit) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const Published::View* view, reader_.FindView(kRecordsView));
    const domain::Index& index = IndexOfReference(type, field);
    std::vector<std::pair<std::string, size_t>> wanted;  // what the rows of each id begin with
    for (size_t i = 0; i < ids.size(); ++i)
      wanted.emplace_back(ReferencePrefix(type, index, ids[i]), i);
    std::sort(wanted.begin(), wanted.end());
    std::vector<std::vector<std::string>> found(ids.size());
    std::unique_ptr<RowCursor> cursor;
    for (size_t n = 0; n < wanted.size(); ++n) {
      const auto& [prefix, i] = wanted[n];
      if (n > 0 && wanted[n - 1].first == prefix) {
        found[i] = found[wanted[n - 1].second];
        continue;
      }
      // Rows between one id and the next are passed over while they are few: cheaper than a seek.
      for (size_t passed = 0; cursor != nullptr && cursor->Valid() && cursor->key() < prefix;
           ++passed) {
        passed < kPassedRows ? cursor->Next() : cursor.reset();
      }
      if (cursor == nullptr) {
        cursor = reader_.Scan(*view, prefix, PrefixEnd(wanted.back().first));
      }
      for (; cursor->Valid() && found[i].size() < limit; cursor->Next()) {
        const absl::string_view key = cursor->key();
        if (!absl::StartsWith(key, prefix)) break;
        found[i].push_back(Uuid::FromBytes(key.substr(key.size() - Uuid::kBytes)).ToString());
      }
      DAYBOOK_RETURN_IF_ERROR(cursor->status());
    }
    return found;
  }

  absl::Status VisitRecords(const domain::ObjectType& type, const domain::BoundFilter& filter,
                            ComputedValues* computed, RecordVisitor visit) const override {
    return WalkRecords({reader_, *this, computed}, type, filter, visit);
  }

  absl::StatusOr<std::optional<std::string>> GetRow(absl::string_view view,
                                                    absl::string_view key) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const Published::View* found, reader_.FindView(view));
    return reader_.Get(*found, key);
  }

  absl::Status ScanRows(absl::string_view view, absl::string_view first, absl::string_view last,
                        RowVisitor visit) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const Published::View* found, reader_.FindView(view));
    const auto cursor = reader_.Scan(*found, first, last);
    for (; cursor->Valid(); cursor->Next()) {
      if (!visit(cursor->key(), cursor->value())) return absl::OkStatus();
    }
    return cursor->status();
  }

 private:
  absl::StatusOr<std::optional<std::string>> ReadRow(const domain::ObjectType& type,
                                                     absl::string_view id) const {
    DAYBOOK_ASSIGN_OR_RETURN(const Published::View* view, reader_.FindView(kRecordsView));
    const absl::StatusOr<Uuid> uuid = Uuid::Parse(id);
    if (!uuid.ok()) return std::optional<std::string>();
    return reader_.Get(*view, RecordKey(type.id(), *uuid));
  }

  absl::StatusOr<std::unique_ptr<Message>> Decode(const RecordType& type,
                                                  absl::string_view row) const {
    std::unique_ptr<Message> record(type.aggregate->record->New());
    std::vector<StoredPart> parts;
    DAYBOOK_RETURN_IF_ERROR(
        DecodeRecordRow(row, record.get(), type.personal_record ? &parts : nullptr));
    if (!parts.empty()) DAYBOOK_RETURN_IF_ERROR(opener_.Open(parts, record.get()));
    return record;
  }

  const RowReader reader_;
  const absl::Time recorded_at_;
  const eventstore::EventStore& log_;
  eventstore::KeyStore& keys_;
  mutable PersonalOpener opener_;
};

}  // namespace

std::unique_ptr<Snapshot> NewSnapshot(std::shared_ptr<const Published> published,
                                      eventstore::LogPosition position, absl::Time recorded_at,
                                      const eventstore::EventStore& log, eventstore::KeyStore& keys,
                                      absl::Status unavailable) {
  return std::make_unique<RocksSnapshot>(std::move(published), position, recorded_at, log, keys,
                                         std::move(unavailable));
}

}  // namespace daybook::projections
