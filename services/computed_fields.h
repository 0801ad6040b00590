#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "daybook/type/v1/custom_value.pb.h"
#include "domain/setup/field_rules.h"
#include "services/custom_fields.h"
#include "services/rpc.h"

namespace daybook::services {

// Related records that the value of one field may be made of, and records of a subtree it may
// reach over. Beyond that the value is not available: LIMIT_EXCEEDED.
inline constexpr size_t kRelatedMax = 10'000;
inline constexpr size_t kSubtreeMax = 1000;
// Related records that one answer reads, all its records and fields together.
inline constexpr size_t kRelatedOfAnswerMax = 100'000;

// Lookup and rollup fields, computed from the snapshot of one answer: right as of any position, and
// no event ever rewrites another record's rows. Lives for one answer; not thread-safe.
class ComputedFields {
 public:
  // `own`: of the records that are read.
  ComputedFields(const Query& query, const ReadType& own) : query_(query), own_(own) {}

  // A value and what it is made of. A value without a member is absent.
  struct Result {
    type::v1::CustomValue value;
    // The records that count, by id.
    std::shared_ptr<const domain::ObjectType> source_type;
    std::vector<std::unique_ptr<google::protobuf::Message>> sources;
    const domain::Field* source_field =
        nullptr;  // null: they are counted; lives as the object does
  };
  // Errors are of the views only; what is wrong with a rule is the value's `unavailable`.
  absl::StatusOr<Result> Compute(const setup::v1::FieldDefinition& definition,
                                 const google::protobuf::Message& record);

  // Whether an answer with this mask holds computed fields.
  bool Wanted(const std::vector<std::string>& mask) const;
  // Puts the values of those that `mask` names, or of all, among the record's custom values.
  absl::Status Fill(const std::vector<std::string>& mask, google::protobuf::Message* record);

 private:
  using Records = std::vector<std::unique_ptr<google::protobuf::Message>>;

  // Null for a rule that does not bind any more; errors are of the views.
  absl::StatusOr<const domain::BoundRule*> RuleOf(const setup::v1::FieldDefinition& definition);
  // The records under the parent, itself included; nothing when there are too many.
  absl::StatusOr<std::vector<std::string>> Subtree(const std::string& id);
  absl::StatusOr<std::vector<std::string>> RelatedIds(const setup::v1::FieldDefinition& definition,
                                                      const domain::BoundRule& rule,
                                                      const google::protobuf::Message& record);

  const Query& query_;
  const ReadType own_;
  std::map<std::string, absl::StatusOr<domain::BoundRule>> rules_;
  size_t spent_ = 0;  // of kRelatedOfAnswerMax
};

}  // namespace daybook::services
