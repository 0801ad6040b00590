#pragma once

// An import plan: which files, which rows become which records, which columns become which
// commands, in which order of time. Written in TOML (docs/howto/write-an-import-plan.md), checked
// against the descriptors of the commands.
//
// A plan is parsed (names of commands, fields and records), then bound to the files (names of
// columns). Everything that is wrong with it is found by these two steps, before a single command
// is sent.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/import/csv_reader.h"
#include "cli/import/shapes.h"
#include "google/protobuf/descriptor.h"

namespace daybook::cli {

inline constexpr size_t kPlanBytesMax = 1 << 20;
inline constexpr size_t kPlanFilesMax = 100;
inline constexpr size_t kPlanRecordsMax = 100;
inline constexpr size_t kPlanStepsMax = 16;        // of one record
inline constexpr size_t kPlanAssumptionsMax = 64;  // in the whole plan
inline constexpr size_t kPlanKeyColumnsMax = 8;

inline constexpr int kNone = -1;

// A file of rows.
struct FilePlan {
  std::string name;
  std::string encoding = "utf-8";
  CsvFormat format;
  bool header = true;
  std::vector<std::string> columns;  // from the plan without header, else from the file
  std::vector<std::string> blank;    // beside the empty text
  // The column whose texts may hold the delimiter, of a file without quotes; empty: none. What a
  // row has too many fields is of that column.
  std::string surplus;
};

// A test of one column, on trimmed text.
struct Condition {
  std::string column;
  int column_index = kNone;
  enum class Kind { kIn, kNotIn, kBlank, kPresent } kind = Kind::kIn;
  std::vector<std::string> values;
};

// A record that is already on the server, found by a filter that fits exactly one.
struct FindPlan {
  std::string aggregate;
  std::string filter;
};

// Where the value of one field comes from and what is done to it, in this order: text, part, blank,
// map, lookup, reference or shape.
struct Source {
  enum class Kind { kColumn, kConstant, kTemplate, kReference, kFind } kind = Kind::kConstant;
  std::string where;  // "record deal, step create, field value": for messages
  // kColumn
  std::string column;
  int column_index = kNone;
  // kConstant
  std::string constant;
  // kTemplate: literal, column, literal, column, ..., literal
  std::vector<std::string> literals;
  std::vector<std::string> template_columns;
  std::vector<int> template_indexes;
  // kFind: index in Plan::finds
  int find = kNone;

  bool trim = true;
  std::string after;  // only what stands behind the last of these; all when there is none
  std::string above;  // of a path with this separator, the path above: "/1/2/" becomes "/1/"
  std::vector<std::string> blank;
  bool required = false;
  std::optional<std::string> default_text;
  int assumption = kNone;  // index in Plan::assumptions: noted when the value is not in the row
  std::map<std::string, std::string> map;
  int mapped_assumption = kNone;  // noted when the map changed the text
  bool map_only = false;          // a text that is not in the map refuses the row
  // The text is the key of a record of this plan, and another column of that record's row is taken.
  std::string lookup_record;
  int lookup_record_index = kNone;
  std::string lookup_column;
  int lookup_index = kNone;  // index in Plan::lookups
  // The text is the key of a record of this plan, whose id is taken.
  std::string reference;
  int reference_index = kNone;

  DateShape date;
  NumberShape number;
  std::string currency;         // empty: of the plan
  std::string currency_column;  // a column that names it
  int currency_index = kNone;
};

// A column of another record's rows that is kept in memory, by key.
struct LookupPlan {
  int record = kNone;
  std::string column;
  int column_index = kNone;
};

// A field of a request: a value, a message of fields, or a list.
struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  enum class Kind { kValue, kMessage, kList } kind = Kind::kValue;
  Source source;  // kValue
  std::vector<FieldPlan>
      children;  // kMessage: its fields; kList: its elements, each with the same `field`
};

// One command.
struct StepPlan {
  std::string name;  // unique in the record; part of the request id
  const google::protobuf::Descriptor* request = nullptr;
  std::optional<Source> at;
  std::vector<Condition> when;  // all must hold
  std::vector<FieldPlan> fields;
  std::string reason;
};

// What rows of a file become; without a file, one record that stands in the plan.
struct RecordPlan {
  std::string name;
  std::string aggregate;
  std::string file;
  int file_index = kNone;
  std::vector<std::string> key_columns;  // without a file: the key itself
  std::vector<int> key_indexes;
  std::string key_prefix;  // between source and key
  // What stands in external keys instead of the key, where that must not be written in clear.
  std::map<std::string, std::string> key_map;
  bool distinct = false;  // rows that repeat a key are the same record
  std::vector<Condition> when;
  std::vector<StepPlan> steps;
  bool referenced = false;  // other records refer to it
  bool references_itself = false;
  uint16_t rank = 0;  // records that it refers to have lower ranks
};

struct Plan {
  std::string path;
  std::string name;
  std::string source;
  std::string description;
  std::string currency;  // empty: the organisation's
  std::vector<std::string> blank;
  std::vector<FilePlan> files;
  std::vector<RecordPlan> records;  // in order of rank
  std::vector<FindPlan> finds;
  std::vector<LookupPlan> lookups;
  std::vector<std::string> assumptions;
};

// Reads a plan. INVALID_ARGUMENT with file and line for TOML that cannot be read, unknown words,
// unknown types of record, commands, fields, and references that do not fit.
absl::StatusOr<Plan> ParsePlan(absl::string_view text, const std::string& path);

// Finds the columns. `columns` of each file must be known. INVALID_ARGUMENT names the missing
// column, who wants it, and the columns that are there.
absl::Status BindColumns(Plan* plan);

// "crm:Acme": the external key of a record.
std::string ExternalKey(const Plan& plan, const RecordPlan& record, absl::string_view key);

}  // namespace daybook::cli
