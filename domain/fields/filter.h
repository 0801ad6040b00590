#pragma once

// AIP-160 filters and order_by: text -> syntax tree -> bound to the fields of one type of record.
// OR binds tighter than AND; `-` and NOT are the same; `:` is "has" (equality for scalars); `*`
// only at the ends of a text; `tags:hot` asks a repeated text field for one element; comparison
// operators = != < <= > >= :. Literals: text (quoted or bare), numbers, TRUE/FALSE, enum names with
// or without prefix, days (2017-03-01), instants (RFC 3339), money (`1000 USD` or `"1000 USD"`; a
// bare number means the organisation's currency). `field:*` tests for presence.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/fields/registry.h"

namespace daybook::domain {

inline constexpr size_t kFilterBytesMax = 2048;
inline constexpr int kFilterDepthMax = 16;
inline constexpr int kFilterTermsMax = 50;
inline constexpr int kOrderFieldsMax = 4;

enum class Comparator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kHas };
enum class TextMatch { kExact, kPrefix, kSuffix, kContains, kPresent };

// A bound filter: a tree whose leaves compare one field with one value. Immutable; shared between
// threads.
struct BoundFilter {
  enum class Kind { kAnd, kOr, kNot, kCompare };
  Kind kind = Kind::kAnd;  // an empty kAnd fits every record
  std::vector<BoundFilter> children;
  const Field* field = nullptr;
  Comparator comparator = Comparator::kEqual;
  TextMatch match = TextMatch::kExact;
  Value value;
};

struct BindOptions {
  std::string currency;   // for bare numbers compared with money
  bool computed = false;  // whether lookups and rollups can be named
};

// Parses and binds. INVALID_FILTER with {"position": byte offset} for syntax, FIELD_NOT_FILTERABLE
// for structures, repeated fields (but `:` on repeated texts) and computed ones where the options
// do not allow them, INVALID_FILTER (position) for unknown fields and values of the wrong type.
// Empty text fits all.
absl::StatusOr<BoundFilter> ParseFilter(const ObjectType& type, absl::string_view text,
                                        const BindOptions& options);

// The filter as canonical text with every pair of brackets written out: `((state = OPEN) AND (value
// >= 10.00 USD))`. Equal filters give equal text; it is what page tokens hash.
std::string CanonicalText(const BoundFilter& filter);

// Whether a record fits. An absent value equals only "" (texts, references) or UNSPECIFIED (enums)
// and is neither before nor after anything; amounts in different currencies are unequal and
// unordered. Texts are compared byte by byte. A condition on a computed value that is not available
// is neither true nor false, and neither is its opposite: the record fits where the rest of the
// filter decides it. REQUIRES: the record is of the type the filter is bound to and holds the
// computed values that the filter names.
bool Matches(const BoundFilter& filter, const google::protobuf::Message& record);

// Whether a record may fit whose computed values are not known yet.
bool MayMatch(const BoundFilter& filter, const google::protobuf::Message& record);

// One key of a sort order.
struct OrderKey {
  const Field* field = nullptr;
  bool descending = false;
};

// "expected_close_date desc, id". Unknown field: INVALID_FILTER with position. Empty text: no keys.
absl::StatusOr<std::vector<OrderKey>> ParseOrder(const ObjectType& type, absl::string_view text,
                                                 const BindOptions& options = {});

// The computed fields that a filter names, each once, and whether it names any.
void CollectComputed(const BoundFilter& filter, std::vector<const Field*>* fields);
bool UsesComputed(const BoundFilter& filter);

}  // namespace daybook::domain
