#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "daybook/type/v1/custom_value.pb.h"
#include "domain/setup/field_rules.h"
#include "services/custom_fields.h"
#include "services/rpc.h"

namespace daybook::services {

// Lookup and rollup fields, computed from the snapshot of one answer: right as of any position, and
// no event ever rewrites another record's rows. Lives for one answer; not thread-safe.
class ComputedFields {
 public:
  // `own`: of the records that are read. `related_max`: how many related records all values
  // together may be made of.
  ComputedFields(const Query& query, const ReadType& own, size_t related_max)
      : query_(query), own_(own), related_max_(related_max) {}
  ComputedFields(const Query& query, const ReadType& own);

  // A value and what it is made of. A value without a member is absent.
  struct Result {
    type::v1::CustomValue value;
    // The records that count, by id.
    std::shared_ptr<const domain::ObjectType> source_type;
    std::vector<std::unique_ptr<google::protobuf::Message>> sources;
    const domain::Field* source_field =
        nullptr;  // null: they are counted; lives as the object does
  };
  // Errors are of the views only; what is wrong with a rule is the value's `unavailable`, and so is
  // LIMIT_EXCEEDED.
  absl::StatusOr<Result> Compute(const setup::v1::FieldDefinition& definition,
                                 const google::protobuf::Message& record);

  // Puts the values of one field among the records' custom values.
  absl::Status Put(const setup::v1::FieldDefinition& definition,
                   absl::Span<google::protobuf::Message* const> records);

  // Whether an answer with this mask holds computed fields.
  bool Wanted(const std::vector<std::string>& mask) const;
  // Puts the values of those that `mask` names, or of all, among the records' custom values, but
  // for those that they hold `already`.
  absl::Status Fill(const std::vector<std::string>& mask, const std::vector<std::string>& already,
                    absl::Span<google::protobuf::Message* const> records);

  // Null for a rule that does not bind any more; errors are of the views.
  absl::StatusOr<const domain::BoundRule*> RuleOf(const setup::v1::FieldDefinition& definition);
  // What was looked up so far: related records, also those of values that are not available, and
  // the records of subtrees on the way to them.
  size_t spent() const { return spent_; }

 private:
  using Records = std::vector<std::unique_ptr<google::protobuf::Message>>;
  using Ids = std::vector<std::string>;
  // What a value is made of.
  struct Related {
    Ids ids;
    bool exceeds = false;  // too many for one value, or for all together
  };

  // Nothing to compute with: why. Null where the rule is sound and may be read.
  absl::StatusOr<const char*> Obstacle(const setup::v1::FieldDefinition& definition);
  absl::StatusOr<std::vector<type::v1::CustomValue>> ComputeAll(
      const setup::v1::FieldDefinition& definition,
      absl::Span<google::protobuf::Message* const> records);
  absl::Status ComputeSome(const setup::v1::FieldDefinition& definition,
                           const domain::BoundRule& rule,
                           absl::Span<google::protobuf::Message* const> records,
                           std::vector<type::v1::CustomValue>* values);
  bool exhausted() const { return spent_ > related_max_; }
  size_t left() const { return exhausted() ? 0 : related_max_ - spent_; }
  // As Snapshot::FindByReference, but no more than one beyond what is left; spends what it finds.
  absl::StatusOr<Ids> Find(const domain::ObjectType& type, absl::string_view field,
                           const std::string& id, size_t limit);
  // The records under the parent, itself included; more than kSubtreeMax when there are too many.
  absl::StatusOr<Ids> Subtree(const std::string& id);
  absl::StatusOr<Related> RelatedTo(const setup::v1::FieldDefinition& definition,
                                    const domain::BoundRule& rule,
                                    const google::protobuf::Message& record);
  // In order of `records`; of fewer when exhausted.
  absl::StatusOr<std::vector<Related>> RelatedToAll(
      const setup::v1::FieldDefinition& definition, const domain::BoundRule& rule,
      absl::Span<google::protobuf::Message* const> records);

  const Query& query_;
  const ReadType own_;
  std::map<std::string, absl::StatusOr<domain::BoundRule>> rules_;
  const size_t related_max_;
  size_t spent_ = 0;
};

}  // namespace daybook::services
