#include "projections/record_row.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/match.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "projections/key.h"

namespace daybook::projections {

namespace {

constexpr char kRowFormat = 2;

void AppendBytes(std::string* out, absl::string_view bytes) {
  AppendU32(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes.data(), bytes.size());
}

void AppendPart(std::string* out, const StoredPart& part) {
  AppendU64(out, part.position);
  out->push_back(static_cast<char>(part.part));
  out->push_back(static_cast<char>(part.sealed.alg));
  out->append(reinterpret_cast<const char*>(part.sealed.key_id.data()), part.sealed.key_id.size());
  AppendBytes(out, part.sealed.blob);
  out->append(part.context.request_id.bytes().data(), Uuid::kBytes);
  AppendU16(out, part.context.commit_index);
  AppendBytes(out, part.context.stream.aggregate);
  out->append(part.context.stream.id.bytes().data(), Uuid::kBytes);
  AppendBytes(out, part.context.event_type);
  AppendU32(out, part.context.schema_set);
}

// u8 indexes ‖ u8 groups ‖ groups, each u64 position ‖ a bit for each index, lowest first.
void AppendPositions(std::string* out, const IndexPositions& positions) {
  IndexPositions groups(positions);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  out->push_back(static_cast<char>(positions.size()));
  out->push_back(static_cast<char>(groups.size()));
  for (const eventstore::LogPosition group : groups) {
    AppendU64(out, group);
    for (size_t from = 0; from < positions.size(); from += 8) {
      uint8_t bits = 0;
      for (size_t i = from; i < std::min(from + 8, positions.size()); ++i) {
        if (positions[i] == group) bits = static_cast<uint8_t>(bits | (1u << (i - from)));
      }
      out->push_back(static_cast<char>(bits));
    }
  }
}

// Reads what the functions above wrote; false as soon as bytes are missing.
class RowReader {
 public:
  explicit RowReader(absl::string_view bytes) : rest_(bytes) {}

  bool Take(size_t n, absl::string_view* piece) {
    if (rest_.size() < n) return false;
    *piece = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return true;
  }
  bool Bytes(absl::string_view* piece) {
    absl::string_view size;
    return Take(4, &size) && Take(LoadU32(size.data()), piece);
  }
  bool Part(StoredPart* part) {
    absl::string_view fixed, blob, context, aggregate, stream, type, schema;
    if (!Take(42, &fixed) || !Bytes(&blob) || !Take(18, &context) || !Bytes(&aggregate) ||
        !Take(16, &stream) || !Bytes(&type) || !Take(4, &schema)) {
      return false;
    }
    part->position = LoadU64(fixed.data());
    part->part = static_cast<uint8_t>(fixed[8]);
    part->sealed.alg = static_cast<uint8_t>(fixed[9]);
    std::copy_n(fixed.data() + 10, 32, reinterpret_cast<char*>(part->sealed.key_id.data()));
    part->sealed.blob = std::string(blob);
    part->context.request_id = Uuid::FromBytes(context.substr(0, 16));
    part->context.commit_index = LoadU16(context.data() + 16);
    part->context.part_index = part->part;
    part->context.stream = {std::string(aggregate), Uuid::FromBytes(stream)};
    part->context.event_type = std::string(type);
    part->context.schema_set = LoadU32(schema.data());
    return true;
  }
  // `positions` may be null.
  bool Positions(IndexPositions* positions) {
    absl::string_view sizes, group;
    if (!Take(2, &sizes)) return false;
    const auto indexes = static_cast<uint8_t>(sizes[0]);
    const auto groups = static_cast<uint8_t>(sizes[1]);
    if (positions != nullptr) positions->assign(indexes, 0);
    for (int n = 0; n < groups; ++n) {
      if (!Take(8 + (indexes + 7u) / 8, &group)) return false;
      if (positions == nullptr) continue;
      for (size_t i = 0; i < indexes; ++i) {
        if ((group[8 + i / 8] >> (i % 8)) & 1) (*positions)[i] = LoadU64(group.data());
      }
    }
    return true;
  }
  bool done() const { return rest_.empty(); }
  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

absl::Status Damaged() { return Reject(Reason::REASON_DATA_LOSS, "a record row cannot be read"); }

}  // namespace

std::string RecordPrefix(uint16_t type) { return Key().U8(1).U16(type).Take(); }

std::string RecordKey(uint16_t type, const Uuid& id) {
  return Key().U8(1).U16(type).IdBytes(id.bytes()).Take();
}

bool ParseRecordKey(absl::string_view key, uint16_t* type, Uuid* id) {
  if (key.size() != 3 + Uuid::kBytes || !IsRecordKey(key)) return false;
  *type = LoadU16(key.data() + 1);
  *id = Uuid::FromBytes(key.substr(3));
  return true;
}

namespace {

std::string IndexPrefix(uint16_t type, uint16_t index) {
  return Key().U8(2).U16(type).U16(index).Take();
}

std::string CustomPrefix(uint16_t type, const std::string& name) {
  std::string prefix = IndexPrefix(type, domain::kCustomIndex);
  prefix.append(name).push_back('\0');
  return prefix;
}

}  // namespace

std::string IndexPrefix(uint16_t type, const domain::Index& index) {
  return index.id == domain::kCustomIndex ? CustomPrefix(type, index.fields[0]->custom)
                                          : IndexPrefix(type, index.id);
}

std::vector<std::string> CustomIndexRows(const RecordType& type,
                                         const google::protobuf::Message& record,
                                         CustomRows which) {
  std::vector<std::string> rows;
  if (!type.object->takes_custom()) return rows;
  for (const auto& value : domain::CustomValuesIn(record)) {
    const bool personal = value.value_case() == type::v1::CustomValue::kPersonalText;
    if (!domain::IsIndexed(value) || personal != (which == CustomRows::kPersonal)) continue;
    domain::EncodeValue(domain::ValueOf(value),
                        &rows.emplace_back(CustomPrefix(type.object->id(), value.name())));
  }
  return rows;
}

std::vector<std::string> CoveringPrefixes(const RecordType& type,
                                          const setup::v1::FieldCatalog* catalog) {
  std::vector<std::string> prefixes;
  if (catalog == nullptr) return prefixes;
  for (const setup::v1::FieldDefinition& field : catalog->fields()) {
    if (field.covering()) prefixes.push_back(CustomPrefix(type.object->id(), field.name()));
  }
  return prefixes;
}

bool IsCovering(absl::string_view row, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return absl::StartsWith(row, prefix); });
}

std::string BackKey(uint16_t type, const Uuid& id) {
  return Key().U8(3).U16(type).IdBytes(id.bytes()).Take();
}

void AppendIndexValues(const domain::Index& index, const google::protobuf::Message& record,
                       std::string* out) {
  for (const domain::Field* field : index.fields) {
    domain::EncodeValue(domain::GetValue(record, *field), out);
  }
}

void PruneParts(const google::protobuf::Message& record, std::vector<StoredPart>* parts) {
  if (parts->empty()) return;
  const std::vector<domain::Token> tokens = domain::CollectTokens(record);
  const auto unused = [&](const StoredPart& part) {
    return std::none_of(tokens.begin(), tokens.end(), [&](const domain::Token& token) {
      return token.position == part.position && token.part == part.part;
    });
  };
  parts->erase(std::remove_if(parts->begin(), parts->end(), unused), parts->end());
  std::sort(parts->begin(), parts->end(), [](const StoredPart& a, const StoredPart& b) {
    return std::tie(a.position, a.part) < std::tie(b.position, b.part);
  });
}

std::string EncodeRecordRow(const google::protobuf::Message& record,
                            const IndexPositions& positions, const std::vector<StoredPart>& parts) {
  std::string row;
  const size_t size = record.ByteSizeLong();
  row.reserve(size + 64 + parts.size() * 256);
  row.push_back(kRowFormat);
  AppendU32(&row, static_cast<uint32_t>(size));
  {
    google::protobuf::io::StringOutputStream stream(&row);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    record.SerializeWithCachedSizes(&coded);
  }
  AppendPositions(&row, positions);
  for (const StoredPart& part : parts) AppendPart(&row, part);
  return row;
}

absl::StatusOr<RecordRow> SplitRecordRow(absl::string_view row) {
  RowReader reader(row);
  RecordRow split;
  absl::string_view format;
  if (!reader.Take(1, &format) || format[0] != kRowFormat || !reader.Bytes(&split.resource)) {
    return Damaged();
  }
  split.positions = reader.rest();
  if (!reader.Positions(nullptr)) return Damaged();
  split.parts = reader.rest();
  return split;
}

absl::Status DecodeRecordRow(absl::string_view row, google::protobuf::Message* record,
                             IndexPositions* positions, std::vector<StoredPart>* parts) {
  DAYBOOK_ASSIGN_OR_RETURN(const RecordRow split, SplitRecordRow(row));
  if (!record->ParseFromArray(split.resource.data(), static_cast<int>(split.resource.size()))) {
    return Damaged();
  }
  if (positions != nullptr) RowReader(split.positions).Positions(positions);
  if (parts == nullptr) return absl::OkStatus();
  parts->clear();
  RowReader reader(split.parts);
  while (!reader.done()) {
    if (!reader.Part(&parts->emplace_back())) return Damaged();
  }
  return absl::OkStatus();
}

}  // namespace daybook::projections
