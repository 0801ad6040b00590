#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "domain/fields/filter.h"
#include "projections/views.h"
#include "services/computed_fields.h"
#include "services/custom_fields.h"
#include "services/rpc.h"

namespace daybook::services {

// What is asked by computed fields, which decides about those that show personal ones.
enum class ListedBy { kListOfNow, kListOfThePast, kFigure };

// The lookups and rollups that a list or a figure filters and sorts by: what projections ask for
// the values that no row holds. Lives for one answer; not thread-safe.
class ListedFields final : public projections::ComputedValues {
 public:
  // Null when neither filter nor order names a computed field. REQUIRES: `query` outlives it.
  // Errors: FIELD_NOT_FILTERABLE for a rule whose fields were retired, for an order by texts
  // without an index, and for a figure by values that show personal fields; AS_OF_NOT_AVAILABLE for
  // a list of the past by such values; ACCESS_DENIED where the caller may not read the related
  // records.
  static absl::StatusOr<std::unique_ptr<ListedFields>> Make(
      const Query& query, const ReadType& own, const domain::BoundFilter& filter,
      const std::vector<domain::OrderKey>& order, ListedBy by);

  absl::Status Compute(const projections::Snapshot& at,
                       absl::Span<google::protobuf::Message* const> records) override;
  std::string Fingerprint() const override;
  bool personal() const override { return personal_; }
  // The fields, as paths: records of the list hold their values.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  ListedFields(const Query& query, const ReadType& own) : query_(query), own_(own) {}
  absl::Status Add(const domain::Field& field, bool sorts, ListedBy by, ComputedFields* rules);

  const Query& query_;
  const ReadType own_;
  std::vector<const setup::v1::FieldDefinition*> definitions_;  // of own_
  std::vector<std::string> paths_;
  // Where values are computed: at the position of the list.
  std::optional<Query> at_;
  std::optional<ComputedFields> computed_;
  size_t values_ = 0;
  bool personal_ = false;
};

}  // namespace daybook::services
