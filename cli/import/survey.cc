#include "cli/import/survey.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/status_macros.h"
#include "domain/fields/shape.h"

namespace daybook::cli {
namespace {

constexpr size_t kLookupBytesMax = 64 << 20;
constexpr absl::string_view kInvalidRow = "INVALID_ROW";
constexpr absl::string_view kInvalidKey = "INVALID_KEY";
constexpr absl::string_view kInvalidValue = "INVALID_VALUE";

// Keys are compared by 128 bits of SHA-1, so that maps hold 16 bytes instead of the text.
Uuid HashKey(absl::string_view key) { return Uuid::MakeV5(Uuid(), key); }

// Stands for ids that are not known when a row's commands are checked. The nil UUID would be
// refused.
Uuid UnknownId() { return HashKey("unknown"); }

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPending:
      return "pending";
    case Verdict::kCreated:
      return "created";
    case Verdict::kApplied:
      return "applied";
    case Verdict::kUnchanged:
      return "unchanged";
    case Verdict::kDiffers:
      return "differs";
    case Verdict::kRejected:
      return "rejected";
    case Verdict::kSkipped:
      return "skipped";
  }
  return "";
}

uint32_t MessageTable::Intern(const std::string& text) {
  if (text.empty()) return 0;
  const auto known = index_.find(text);
  if (known != index_.end()) return known->second;
  if (bytes_ + 2 * text.size() > kMessageBytesMax) {
    if (overflow_ == 0) {
      overflow_ = static_cast<uint32_t>(texts_.size());
      texts_.emplace_back("(too many different messages to keep them all)");
    }
    return overflow_;
  }
  bytes_ += 2 * text.size();
  const auto index = static_cast<uint32_t>(texts_.size());
  texts_.push_back(text);
  index_.emplace(text, index);
  return index;
}

absl::Status Survey::Run(ImportTarget& target, const ImportTarget::Settings& settings, Clock& clock,
                         Random& random, const OnProgress& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(auto finds, ResolveFinds(target));
  builder_ = std::make_unique<RowBuilder>(plan_, settings, std::move(finds), *this);
  keys_.resize(plan_.records.size());
  lookups_.resize(plan_.lookups.size());
  for (const auto& record : plan_.records) {
    if (record.file_index != kNone) {
      bytes_total_ += files_[static_cast<size_t>(record.file_index)]->reader.size();
    }
  }
  for (size_t record = 0; record < plan_.records.size(); ++record) {
    DAYBOOK_RETURN_IF_ERROR(SurveyRecord(record, target, clock, random, progress));
  }
  std::sort(slots_.begin(), slots_.end(), [](const Slot& a, const Slot& b) {
    return std::tie(a.time_us, a.order, a.row, a.step) <
           std::tie(b.time_us, b.order, b.row, b.step);
  });
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Survey::ResolveFinds(ImportTarget& target) const {
  std::vector<std::string> ids;
  for (const auto& find : plan_.finds) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto found, target.Find(find.aggregate, find.filter));
    if (found.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(plan_.path, ": find: ", found.empty() ? "no" : "more than one", " ",
                       find.aggregate, " fits ", find.filter));
    }
    ids.push_back(found.front());
  }
  return ids;
}

absl::Status Survey::SurveyRecord(size_t record, ImportTarget& target, Clock& clock, Random& random,
                                  const OnProgress& progress) {
  const RecordPlan& plan = plan_.records[record];
  const size_t first_row = rows_.size();
  const size_t first_slot = slots_.size();
  current_ = static_cast<int>(record);
  self_references_.clear();
  if (plan.file_index == kNone) {
    SurveyRow(record, CsvRow(), {});
  } else {
    DAYBOOK_RETURN_IF_ERROR(ReadRows(record, target, clock, random, progress));
  }
  DAYBOOK_RETURN_IF_ERROR(ResolvePending(record, target, clock, random));
  current_ = kNone;
  if (plan.references_itself) DAYBOOK_RETURN_IF_ERROR(LinkTree(record, first_row, first_slot));
  const bool looked_up = std::any_of(
      plan_.lookups.begin(), plan_.lookups.end(),
      [&](const LookupPlan& lookup) { return lookup.record == static_cast<int>(record); });
  if (!plan.referenced && !looked_up) absl::flat_hash_map<Uuid, uint32_t>().swap(keys_[record]);
  return absl::OkStatus();
}

absl::Status Survey::ReadRows(size_t record, ImportTarget& target, Clock& clock, Random& random,
                              const OnProgress& progress) {
  const auto file = static_cast<size_t>(plan_.records[record].file_index);
  const FilePlan& file_plan = plan_.files[file];
  DAYBOOK_ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(files_[file]->path, file_plan.format));
  CsvRow row;
  std::string error;
  bool header = file_plan.header;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto outcome, reader.Next(&row, &error));
    if (outcome == CsvReader::Outcome::kEnd) break;
    if (header) {
      header = false;
      continue;
    }
    if (outcome == CsvReader::Outcome::kBadRow) {
      Reject(&AddRow(record, row), kInvalidRow, error);
      continue;
    }
    const auto fields = DecodeRow(file, row);
    if (!fields.ok()) {
      Reject(&AddRow(record, row), kInvalidRow, fields.status().message());
      continue;
    }
    SurveyRow(record, row, *fields);
    if (pending_.size() == kResolveKeysMax) {
      DAYBOOK_RETURN_IF_ERROR(ResolvePending(record, target, clock, random));
      if (progress) progress(bytes_done_ + reader.offset(), bytes_total_);
    }
  }
  bytes_done_ += reader.size();
  return absl::OkStatus();
}

RowEntry& Survey::AddRow(size_t record, const CsvRow& row) {
  RowEntry& entry = rows_.emplace_back();
  entry.record = static_cast<uint16_t>(record);
  entry.offset = row.offset;
  entry.length = row.length;
  entry.number = static_cast<uint32_t>(row.number);
  return entry;
}

void Survey::Reject(RowEntry* entry, absl::string_view reason, absl::string_view message) {
  entry->verdict = Verdict::kRejected;
  entry->reason = messages_.Intern(std::string(reason));
  entry->message = messages_.Intern(std::string(message));
}

namespace {

// The fields of a row that has too many, these joined to the column that they are of. Without
// quotes the text of a row is its fields and the delimiters between them.
std::vector<absl::string_view> JoinSurplus(const FilePlan& file, const CsvRow& row) {
  const auto named = std::find(file.columns.begin(), file.columns.end(), file.surplus);
  const auto at = named - file.columns.begin();
  const auto surplus = static_cast<std::ptrdiff_t>(row.fields.size() - file.columns.size());
  std::vector<absl::string_view> fields = row.fields;
  const absl::string_view last = fields[static_cast<size_t>(at + surplus)];
  const char* begin = fields[static_cast<size_t>(at)].data();
  fields[static_cast<size_t>(at)] =
      absl::string_view(begin, static_cast<size_t>(last.data() + last.size() - begin));
  fields.erase(fields.begin() + at + 1, fields.begin() + at + 1 + surplus);
  return fields;
}

}  // namespace

absl::StatusOr<Fields> Survey::DecodeRow(size_t file, const CsvRow& row) {
  const auto& columns = plan_.files[file].columns;
  const bool joined = !plan_.files[file].surplus.empty() && row.fields.size() > columns.size();
  if (joined) joined_ = JoinSurplus(plan_.files[file], row);
  const std::vector<absl::string_view>& raw = joined ? joined_ : row.fields;
  if (raw.size() != columns.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the row has ", raw.size(), " fields, the header ", columns.size()));
  }
  if (IsAscii(row.text)) return Fields(raw);
  fields_.clear();
  decoded_.resize(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    const auto decoded = files_[file]->decoder.Decode(raw[i]);
    if (!decoded.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("column ", columns[i], ": ", decoded.status().message()));
    }
    decoded_[i].assign(decoded->data(), decoded->size());
    fields_.emplace_back(decoded_[i]);
  }
  return Fields(fields_);
}

void Survey::SurveyRow(size_t record, const CsvRow& row, Fields fields) {
  const RecordPlan& plan = plan_.records[record];
  if (!builder_->Fits(plan, plan.when, fields)) {
    AddRow(record, row).verdict = Verdict::kSkipped;
    return;
  }
  const auto key = builder_->Key(plan, fields);
  if (!key.ok()) {
    Reject(&AddRow(record, row), kInvalidKey, key.status().message());
    return;
  }
  const Uuid hash = HashKey(*key);
  const auto [known, added] = keys_[record].emplace(hash, static_cast<uint32_t>(rows_.size()));
  if (!added && plan.distinct) {
    ++repeats_;
    return;
  }
  RowEntry& entry = AddRow(record, row);
  if (!added) {
    Reject(
        &entry, kInvalidKey,
        absl::StrCat("the key \"", *key, "\" stands in row ", rows_[known->second].number, " too"));
    return;
  }
  const absl::Status checked = CheckRow(record, fields, *key, &entry);
  if (!checked.ok()) {
    Reject(&entry, kInvalidValue, checked.message());
    return;
  }
  KeepLookups(record, fields, hash);
  pending_.emplace_back(static_cast<uint32_t>(rows_.size() - 1), ExternalKey(plan_, plan, *key));
}

absl::Status Survey::CheckRow(size_t record, Fields fields, absl::string_view key,
                              RowEntry* entry) {
  const RecordPlan& plan = plan_.records[record];
  RowNotes notes;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (builder_->Fits(plan, plan.steps[i].when, fields)) {
      entry->steps = static_cast<uint16_t>(entry->steps | (1U << i));
    }
  }
  const auto row = static_cast<uint32_t>(entry - rows_.data());
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if ((entry->steps & (1U << i)) == 0) continue;
    self_parent_.reset();
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto* request,
        builder_->Build(plan, plan.steps[i], fields, UnknownId(), key, std::nullopt, &notes));
    if (self_parent_.has_value()) self_references_.push_back({row, *self_parent_});
    const absl::Status shape = domain::CheckShape(*request);
    if (!shape.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("step ", plan.steps[i].name, ", field ", shape.message()));
    }
  }
  DAYBOOK_RETURN_IF_ERROR(PlaceSteps(record, fields, entry, &notes));
  entry->assumptions = notes.assumptions;
  return absl::OkStatus();
}

absl::Status Survey::PlaceSteps(size_t record, Fields fields, RowEntry* entry, RowNotes* notes) {
  const RecordPlan& plan = plan_.records[record];
  std::vector<std::pair<size_t, std::optional<int64_t>>> times;
  bool dated = false;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if ((entry->steps & (1U << i)) == 0) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const auto time, builder_->TimeOf(plan, plan.steps[i], fields, notes));
    std::optional<int64_t> time_us;
    if (time.has_value()) time_us = absl::ToUnixMicros(*time);
    dated = dated || time_us.has_value();
    times.emplace_back(i, time_us);
  }
  // A step that should have a time and has none happened by the time of the next one that has.
  for (size_t i = times.size(); i-- > 1;) {
    if (!times[i - 1].second.has_value() &&
        (i == 1 || plan.steps[times[i - 1].first].at.has_value())) {
      times[i - 1].second = times[i].second;
    }
  }
  const bool first = !dated && (plan.referenced || plan.file_index == kNone);
  std::optional<int64_t> before;
  for (auto& [step, time_us] : times) {
    // A step without `at` goes with the step before it.
    if (!time_us.has_value() && !plan.steps[step].at.has_value()) time_us = before;
    if (!time_us.has_value()) time_us = first ? Slot::kFirst : Slot::kLast;
    if (before.has_value() && *time_us < *before) {
      return absl::InvalidArgumentError(
          absl::StrCat("step ", plan.steps[step].name, " lies before the step that it follows"));
    }
    before = time_us;
  }
  const auto row = static_cast<uint32_t>(entry - rows_.data());
  for (const auto& [step, time_us] : times) {
    slots_.push_back({*time_us, uint32_t{plan.rank} << 16, row, static_cast<uint8_t>(step)});
  }
  return absl::OkStatus();
}

absl::Status Survey::ResolvePending(size_t record, ImportTarget& target, Clock& clock,
                                    Random& random) {
  if (pending_.empty()) return absl::OkStatus();
  std::vector<std::string> keys;
  for (const auto& [row, key] : pending_) keys.push_back(key);
  DAYBOOK_ASSIGN_OR_RETURN(const auto ids,
                           target.ResolveExternalKeys(plan_.records[record].aggregate, keys));
  if (ids.size() != keys.size()) {
    return absl::DataLossError("the server resolved another number of keys than it was asked for");
  }
  for (size_t i = 0; i < pending_.size(); ++i) {
    RowEntry& entry = rows_[pending_[i].first];
    entry.existed = !ids[i].empty();
    if (entry.existed) {
      DAYBOOK_ASSIGN_OR_RETURN(entry.id, Uuid::Parse(ids[i]));
    } else {
      entry.id = random.NewUuid(clock.Now());
    }
  }
  pending_.clear();
  return absl::OkStatus();
}

void Survey::KeepLookups(size_t record, Fields fields, const Uuid& key_hash) {
  for (size_t i = 0; i < plan_.lookups.size(); ++i) {
    if (plan_.lookups[i].record != static_cast<int>(record)) continue;
    const absl::string_view text = fields[static_cast<size_t>(plan_.lookups[i].column_index)];
    lookup_bytes_ += text.size() + sizeof(Uuid) + sizeof(std::string);
    if (lookup_bytes_ <= kLookupBytesMax) lookups_[i].emplace(key_hash, std::string(text));
  }
}

absl::StatusOr<std::string> Survey::IdOf(int record, absl::string_view key) const {
  const RecordPlan& plan = plan_.records[static_cast<size_t>(record)];
  const Uuid hash = HashKey(key);
  if (record == current_) {
    // The row may stand further down; LinkTree looks again.
    self_parent_ = hash;
    return UnknownId().ToString();
  }
  const auto& keys = keys_[static_cast<size_t>(record)];
  const auto found = keys.find(hash);
  const std::string where = plan.file.empty() ? plan_.path : plan.file;
  if (found == keys.end()) {
    return absl::NotFoundError(
        absl::StrCat("there is no ", plan.name, " \"", key, "\" in ", where));
  }
  const RowEntry& entry = rows_[found->second];
  if (entry.verdict == Verdict::kRejected) {
    return absl::NotFoundError(absl::StrCat(plan.name, " \"", key, "\" (", where, ", row ",
                                            entry.number, ") was rejected"));
  }
  return entry.id.ToString();
}

absl::StatusOr<absl::string_view> Survey::Lookup(int lookup, absl::string_view key) const {
  if (lookup_bytes_ > kLookupBytesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("lookups hold more than ", kLookupBytesMax, " bytes"));
  }
  const LookupPlan& plan = plan_.lookups[static_cast<size_t>(lookup)];
  const auto& texts = lookups_[static_cast<size_t>(lookup)];
  const auto found = texts.find(HashKey(key));
  if (found == texts.end()) {
    const RecordPlan& record = plan_.records[static_cast<size_t>(plan.record)];
    return absl::NotFoundError(absl::StrCat("there is no ", record.name, " \"", key, "\" in ",
                                            record.file, " to take ", plan.column, " from"));
  }
  return absl::string_view(found->second);
}

absl::StatusOr<Fields> Survey::ReadRow(const RowEntry& row) {
  const int file = plan_.records[row.record].file_index;
  if (file == kNone) return Fields();
  const auto& open = *files_[static_cast<size_t>(file)];
  DAYBOOK_RETURN_IF_ERROR(open.reader.ReadAt(row.offset, row.length, &reread_));
  return DecodeRow(static_cast<size_t>(file), reread_);
}

std::optional<absl::Time> Survey::TimeOf(const Slot& slot) const {
  if (!slot.timed()) return std::nullopt;
  return absl::FromUnixMicros(slot.time_us);
}

}  // namespace daybook::cli
