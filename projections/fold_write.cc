// How records and their index entries are written at the end of a commit: what differs from the
// commit before.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/custom_values.h"
#include "projections/fold_record.h"

namespace daybook::projections {
namespace {

// A revision of which Load looks whether there is anything before it.
constexpr eventstore::StreamRevision kMayExist = 2;

// Where a row of custom values stands among those of the record; the size when it is not there.
size_t PlaceOf(const std::string& row, const std::vector<std::string>& rows) {
  return static_cast<size_t>(std::find(rows.begin(), rows.end(), row) - rows.begin());
}

}  // namespace

void IndexValues(const RecordType& type, const google::protobuf::Message& record,
                 std::string* values, std::vector<size_t>* ends) {
  values->clear();
  ends->clear();
  for (const domain::Index* index : type.indexes) {
    AppendIndexValues(*index, record, values);
    ends->push_back(values->size());
  }
  for (const domain::Index* index : type.personal_indexes) {
    AppendIndexValues(*index, record, values);
    ends->push_back(values->size());
  }
  // Tokens: they differ exactly when the values do.
  for (const std::string& row : CustomIndexRows(type, record, CustomRows::kPersonal)) {
    values->append(row);
  }
}

absl::Status Fold::PrepareRecord(Record& record, eventstore::LogPosition at, Next* next) {
  if (!record.exists) return absl::OkStatus();
  const RecordType& type = *record.type;
  if (type.personal_record) PruneParts(*record.message, &record.parts);
  IndexValues(type, *record.message, &next->values, &next->ends);
  next->positions.assign(type.indexes.size(), at);
  for (size_t i = 0; i < type.indexes.size() && !record.row.empty(); ++i) {
    if (!next->IndexChanged(record, i)) next->positions[i] = record.positions[i];
  }
  next->custom = CustomIndexRows(type, *record.message, CustomRows::kPlain);
  next->covering.clear();
  if (!next->custom.empty() || !record.custom.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(next->covering, CoveringOf(type));
  }
  for (const std::string& row : next->custom) {
    const size_t then = PlaceOf(row, record.custom);
    const bool stays = then < record.custom.size() && !IsCovering(row, next->covering);
    next->positions.push_back(stays ? record.positions[type.indexes.size() + then] : at);
  }
  next->row = EncodeRecordRow(*record.message, next->positions, record.parts);
  if (options_.personal == nullptr || !type.personal_record) return absl::OkStatus();
  const auto piece = [&](const std::string& values, const std::vector<size_t>& ends) {
    const size_t plain = type.indexes.size();
    return absl::string_view(values).substr(plain == 0 ? 0 : ends[plain - 1]);
  };
  const absl::string_view before =
      record.row.empty() ? absl::string_view() : piece(record.values, record.ends);
  if (before == piece(next->values, next->ends)) return absl::OkStatus();
  return options_.personal->Set(type, record.id, *record.message, record.parts);
}

void Fold::WriteRecord(Record& record, eventstore::LogPosition at, Next& next) {
  if (!record.exists || next.row == record.row) return;
  const uint16_t type = record.type->object->id();
  const bool existed = !record.row.empty();
  const RowVersion before{record.row, record.since};
  const absl::string_view after = next.row;
  store_.Write(0, RecordKey(type, record.id), at, existed ? &before : nullptr, &after);
  const absl::string_view nothing;
  std::string key;
  for (size_t i = 0; i < record.type->indexes.size(); ++i) {
    if (existed && !next.IndexChanged(record, i)) continue;
    const std::string prefix = IndexPrefix(type, *record.type->indexes[i]);
    if (existed) {
      const absl::string_view then = Record::Piece(record.values, record.ends, i);
      key.assign(prefix).append(then.data(), then.size());
      key.append(record.id.bytes().data(), Uuid::kBytes);
      const RowVersion ended{nothing, record.positions[i]};
      store_.Write(0, key, at, &ended, nullptr);
    }
    const absl::string_view now = Record::Piece(next.values, next.ends, i);
    key.assign(prefix).append(now.data(), now.size());
    key.append(record.id.bytes().data(), Uuid::kBytes);
    store_.Write(0, key, at, nullptr, &nothing);
  }
  WriteCustom(record, at, next);
  record.since = at;
  record.row = std::move(next.row);
  record.positions = next.positions;
  record.values.assign(next.values);
  record.ends = next.ends;
  record.custom = std::move(next.custom);
}

void Fold::WriteCustom(const Record& record, eventstore::LogPosition at, const Next& next) {
  const absl::string_view nothing;
  const absl::string_view id = record.id.bytes();
  for (size_t i = 0; i < record.custom.size(); ++i) {
    const std::string& row = record.custom[i];
    const bool covering = IsCovering(row, next.covering);
    const bool stays = PlaceOf(row, next.custom) < next.custom.size();
    if (stays && !covering) continue;
    const RowVersion ended{covering ? absl::string_view(record.row) : nothing,
                           record.positions[record.type->indexes.size() + i]};
    const absl::string_view after = next.row;
    store_.Write(0, absl::StrCat(row, id), at, &ended, stays ? &after : nullptr);
  }
  for (const std::string& row : next.custom) {
    if (PlaceOf(row, record.custom) < record.custom.size()) continue;
    const absl::string_view after =
        IsCovering(row, next.covering) ? absl::string_view(next.row) : nothing;
    store_.Write(0, absl::StrCat(row, id), at, nullptr, &after);
  }
}

// A field is covering from its definition on or never, and that came before any of its values: so
// rows of before and after are told apart by the catalog of now, in a rebuild as well.
absl::StatusOr<std::vector<std::string>> Fold::CoveringOf(const RecordType& type) {
  const RecordType* catalogs = FindRecordType("field_catalog");
  const auto id = Uuid::Parse(domain::FieldCatalogId(type.object->aggregate()));
  DAYBOOK_ASSIGN_OR_RETURN(const Record* catalog, Load(*catalogs, *id, kMayExist));
  return CoveringPrefixes(
      type, catalog->exists ? static_cast<const setup::v1::FieldCatalog*>(catalog->message.get())
                            : nullptr);
}

}  // namespace daybook::projections
