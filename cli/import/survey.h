#pragma once

// The first pass of an import: reads every row once, checks all that can be checked without the
// server's rules, gives rows their ids, and puts the commands in order of time. What stays in
// memory is about 150 bytes a row.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/import/csv_reader.h"
#include "cli/import/plan.h"
#include "cli/import/row_builder.h"
#include "cli/import/target.h"
#include "cli/import/text_encoding.h"
#include "domain/base/clock.h"
#include "domain/base/uuid.h"

namespace daybook::cli {

// What became of a row.
enum class Verdict : uint8_t {
  kPending,    // nothing was answered yet
  kCreated,    // a new record
  kApplied,    // the record was there; something was added to it
  kUnchanged,  // everything had been imported before
  kDiffers,    // imported before from other content; not changed
  kRejected,
  kSkipped,  // the plan leaves it out
};
const char* VerdictName(Verdict verdict);

// Distinct texts, each kept once, together at most kMessageBytesMax.
class MessageTable {
 public:
  static constexpr size_t kMessageBytesMax = 32 << 20;
  MessageTable() { texts_.emplace_back(); }
  // 0 is the empty text. When the table is full, one text says so for all others.
  uint32_t Intern(const std::string& text);
  const std::string& Text(uint32_t index) const { return texts_[index]; }

 private:
  std::vector<std::string> texts_;
  absl::flat_hash_map<std::string, uint32_t> index_;
  size_t bytes_ = 0;
  uint32_t overflow_ = 0;
};

// One row as one record of the plan.
struct RowEntry {
  uint64_t offset = 0;
  Uuid id;
  uint64_t assumptions = 0;
  uint32_t length = 0;
  uint32_t number = 0;  // as CsvRow::number
  uint32_t reason = 0;  // in the message table
  uint32_t message = 0;
  uint16_t record = 0;
  uint16_t steps = 0;  // bits: steps that apply
  Verdict verdict = Verdict::kPending;
  bool existed = false;  // the id came from the server
};

// One command to come.
struct Slot {
  static constexpr int64_t kFirst = INT64_MIN;
  static constexpr int64_t kLast = INT64_MAX;
  int64_t time_us = kLast;
  uint32_t order = 0;  // rank of the record, then depth in its own tree
  uint32_t row = 0;
  uint8_t step = 0;
  bool timed() const { return time_us != kFirst && time_us != kLast; }
};

// The plan with its files and rows. Not thread-safe.
class Survey final : public RowIndex {
 public:
  using OnProgress = std::function<void(uint64_t bytes_done, uint64_t bytes_total)>;

  // Opens the files and reads their header rows into the plan, then binds it. INVALID_ARGUMENT:
  // files or columns are missing, a header cannot be read.
  static absl::StatusOr<std::unique_ptr<Survey>> Open(Plan plan, const std::string& folder);

  // Reads all rows. Errors are those of the disk and of the target; wrong rows get their verdict.
  absl::Status Run(ImportTarget& target, const ImportTarget::Settings& settings, Clock& clock,
                   Random& random, const OnProgress& progress);

  const Plan& plan() const { return plan_; }
  std::vector<RowEntry>& rows() { return rows_; }
  // In the order in which commands are to be sent.
  const std::vector<Slot>& slots() const { return slots_; }
  uint64_t repeats() const { return repeats_; }
  MessageTable& messages() { return messages_; }
  RowBuilder& builder() { return *builder_; }
  // SHA-256 of the plan's text and of all files in order of name.
  absl::StatusOr<std::string> Hash(absl::string_view plan_text) const;
  // INVALID_ARGUMENT when a file was written to since it was opened.
  absl::Status CheckUnchanged() const;

  // Reads a row again; the fields live until the next call.
  absl::StatusOr<Fields> ReadRow(const RowEntry& row);
  std::optional<absl::Time> TimeOf(const Slot& slot) const;

  absl::StatusOr<std::string> IdOf(int record, absl::string_view key) const override;
  absl::StatusOr<absl::string_view> Lookup(int lookup, absl::string_view key) const override;

 private:
  // A file and what it is decoded with.
  struct OpenFile {
    std::string path;
    CsvReader reader;  // for the header, later for ReadAt
    Decoder decoder;
  };
  struct SelfReference {
    uint32_t row;
    Uuid parent;
  };

  explicit Survey(Plan plan) : plan_(std::move(plan)) {}
  absl::Status OpenFiles(const std::string& folder);
  absl::Status ReadHeader(size_t file);
  absl::StatusOr<std::vector<std::string>> ResolveFinds(ImportTarget& target) const;

  absl::Status SurveyRecord(size_t record, ImportTarget& target, Clock& clock, Random& random,
                            const OnProgress& progress);
  absl::Status ReadRows(size_t record, ImportTarget& target, Clock& clock, Random& random,
                        const OnProgress& progress);
  void SurveyRow(size_t record, const CsvRow& row, Fields fields);
  RowEntry& AddRow(size_t record, const CsvRow& row);
  // Decodes the fields of `row` and compares their number with the header.
  absl::StatusOr<Fields> DecodeRow(size_t file, const CsvRow& row);
  // Builds every request of the row once, so that a row that is wrong is refused as a whole.
  absl::Status CheckRow(size_t record, Fields fields, absl::string_view key, RowEntry* entry);
  // Times of the steps that apply, and the slots for them.
  absl::Status PlaceSteps(size_t record, Fields fields, RowEntry* entry, RowNotes* notes);
  void Reject(RowEntry* entry, absl::string_view reason, absl::string_view message);
  absl::Status ResolvePending(size_t record, ImportTarget& target, Clock& clock, Random& random);
  void KeepLookups(size_t record, Fields fields, const Uuid& key_hash);
  // Depths in the tree of a record that refers to itself; refuses circles and what hangs on refused
  // rows.
  absl::Status LinkTree(size_t record, size_t first_row, size_t first_slot);
  absl::Status RefuseMissingParent(size_t record, RowEntry* entry);

  Plan plan_;
  std::vector<std::unique_ptr<OpenFile>> files_;
  std::unique_ptr<RowBuilder> builder_;
  std::vector<RowEntry> rows_;
  std::vector<Slot> slots_;
  MessageTable messages_;
  // By record: hash of the key to the row.
  std::vector<absl::flat_hash_map<Uuid, uint32_t>> keys_;
  // By lookup: hash of the key to the text of the column.
  std::vector<absl::flat_hash_map<Uuid, std::string>> lookups_;
  size_t lookup_bytes_ = 0;
  uint64_t repeats_ = 0;
  uint64_t bytes_done_ = 0;
  uint64_t bytes_total_ = 0;

  // While a record is read.
  int current_ = kNone;
  std::vector<std::pair<uint32_t, std::string>>
      pending_;  // rows whose external keys are to be resolved
  std::vector<SelfReference> self_references_;
  mutable std::optional<Uuid>
      self_parent_;  // set by IdOf for a reference of a row to its own record
  std::vector<std::string> decoded_;
  std::vector<absl::string_view> fields_;
  std::vector<absl::string_view> joined_;
  CsvRow reread_;
};

}  // namespace daybook::cli
