#pragma once

// From a filter and an order to ranges of indexes. A plan only narrows: every record is still held
// against the filter.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/fields/filter.h"
#include "projections/record_types.h"

namespace daybook::projections {

// Contiguous rows of one index; [first, last), `last` empty: to the end of the table.
struct IndexRange {
  std::string first;
  std::string last;
};

// An index, or the records themselves (index null), restricted by the filter.
struct IndexAccess {
  const domain::Index* index = nullptr;
  std::vector<IndexRange> ranges;  // disjoint; several for `a = 1 OR a = 2`
  int bound = 0;                   // twice the fields bound to one value, plus one for a range
  std::string prefix;              // of the only range, up to where the order's fields begin
};

// How the pages of a list are found.
struct ListPlan {
  // The order without fields that the filter binds to one value; ties go by id.
  std::vector<domain::OrderKey> order;
  bool id_descending = false;
  bool personal = false;  // the filter or the order uses a personal field
  bool computed = false;  // the filter or the order uses a computed field
  bool computed_order = false;
  // A walk that meets the records in order, if there is one.
  bool has_ordered = false;
  bool backward = false;
  IndexAccess ordered;
  bool decided = false;  // every record of that walk fits the filter, and no other does
  // The filter names the records: `id = "…"`, or several of them with OR.
  bool by_id = false;
  std::vector<std::string> ids;
  // Other indexes that narrow, the most promising first.
  std::vector<IndexAccess> narrowing;
};

inline constexpr size_t kNarrowingMax = 4;

// FIELD_NOT_FILTERABLE for an order by a field that has no index.
absl::StatusOr<ListPlan> MakeListPlan(const domain::ObjectType& type,
                                      const domain::BoundFilter& filter,
                                      const std::vector<domain::OrderKey>& order);

// The bytes by which records of a plan sort, ties included: unsigned comparison gives the order of
// the list.
std::string SortKey(const ListPlan& plan, const google::protobuf::Message& record,
                    absl::string_view id_bytes);
// From these bytes to how they stand in the index of plan.ordered after its prefix, and back.
// REQUIRES: has_ordered.
std::string OrderedKey(const ListPlan& plan, absl::string_view sort_key);

}  // namespace daybook::projections
