#pragma once

// The syntax of a filter before its names and values mean anything. Private to filter_*.cc.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/fields/filter.h"

namespace daybook::domain::filter_internal {

// A value as written: escapes resolved, the wildcards at its ends taken off.
struct Literal {
  std::string text;
  bool quoted = false;
  bool star_before = false;
  bool star_after = false;
  size_t position = 0;
};

struct Node {
  BoundFilter::Kind kind = BoundFilter::Kind::kAnd;
  size_t position = 0;  // of its first byte in the text
  std::vector<Node> children;
  // kCompare only.
  std::string path;
  Comparator comparator = Comparator::kEqual;
  Literal literal;
};

// INVALID_FILTER with the position. Messages never repeat values: they may be personal.
absl::Status FilterError(size_t position, absl::string_view message);

// REQUIRES: the text is not blank.
absl::StatusOr<Node> ParseSyntax(absl::string_view text);

}  // namespace daybook::domain::filter_internal
