#pragma once

// What a row becomes: tests, keys, times and requests. Everything that can be known from the plan
// is worked out once; for a row only its own texts are read.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cli/import/plan.h"
#include "cli/import/target.h"
#include "domain/base/uuid.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

using Fields = absl::Span<const absl::string_view>;

// Where ids and values of other rows come from.
class RowIndex {
 public:
  virtual ~RowIndex() = default;
  // The id of the record with this key; the message of the error says why there is none.
  virtual absl::StatusOr<std::string> IdOf(int record, absl::string_view key) const = 0;
  virtual absl::StatusOr<absl::string_view> Lookup(int lookup, absl::string_view key) const = 0;
};

// What is noted while a row is read.
struct RowNotes {
  uint64_t assumptions = 0;  // bits: indexes in Plan::assumptions
};

// Not thread-safe.
class RowBuilder {
 public:
  // `finds`: an id for each of Plan::finds. All must outlive the builder.
  RowBuilder(const Plan& plan, const ImportTarget::Settings& settings,
             std::vector<std::string> finds, const RowIndex& index);

  // Whether all conditions hold.
  bool Fits(const RecordPlan& record, absl::Span<const Condition> conditions, Fields fields) const;
  // The key, blanks around its parts cut; several columns are joined by "/".
  absl::StatusOr<std::string> Key(const RecordPlan& record, Fields fields) const;
  // When the step happened; nullopt when the row does not say.
  absl::StatusOr<std::optional<absl::Time>> TimeOf(const RecordPlan& record, const StepPlan& step,
                                                   Fields fields, RowNotes* notes) const;
  // The request of a step, valid until the next call for that step.
  absl::StatusOr<google::protobuf::Message*> Build(const RecordPlan& record, const StepPlan& step,
                                                   Fields fields, const Uuid& id,
                                                   absl::string_view key,
                                                   std::optional<absl::Time> effective_at,
                                                   RowNotes* notes);
  // Text after blanks and map; nullopt: blank.
  absl::StatusOr<std::optional<std::string>> TextOf(const RecordPlan& record, const Source& source,
                                                    Fields fields, RowNotes* notes) const;

 private:
  bool IsBlank(const RecordPlan& record, const std::vector<std::string>* own,
               absl::string_view text) const;
  absl::Status SetFields(const RecordPlan& record, const std::vector<FieldPlan>& plans,
                         Fields fields, google::protobuf::Message* message, RowNotes* notes);
  absl::Status SetValue(const RecordPlan& record, const FieldPlan& plan, Fields fields,
                        google::protobuf::Message* message, RowNotes* notes);
  absl::StatusOr<std::string> CurrencyOf(const Source& source, Fields fields) const;
  absl::Status SetText(const Source& source, const FieldPlan& plan, const std::string& text,
                       Fields fields, google::protobuf::Message* message) const;

  const Plan& plan_;
  const ImportTarget::Settings& settings_;
  std::vector<std::string> finds_;
  const RowIndex& index_;
  // By step; addresses in the plan do not change.
  std::vector<std::pair<const StepPlan*, std::unique_ptr<google::protobuf::Message>>> requests_;
};

// The request id of a step: the same for every run of plans with this source.
Uuid RequestId(const Uuid& record_id, absl::string_view source, absl::string_view step);

}  // namespace daybook::cli
