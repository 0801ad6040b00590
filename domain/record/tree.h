#pragma once

// What every tree shares (accounts, units, categories): no cycle at any depth, depth at most
// kTreeDepthMax.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kTreeDepthMax = 64;

// For Gather: loads `parent_id` and all its ancestors (field "parent_id" of the aggregate's
// record), at most kTreeDepthMax + 1 of them. All are listed with their revisions, so concurrent
// moves cannot close a cycle.
absl::Status LoadAncestors(absl::string_view aggregate, absl::string_view parent_id,
                           FactLoader& loader);

// For Decide: refuses `parent_id` as the parent of `id` when it does not exist
// (REFERENCE_NOT_FOUND), is `id` itself or lies below it (CYCLE), or when the path would exceed the
// limit (DEPTH_LIMIT). `subtree_height` is the number of levels below `id` when known, else 0: the
// depth of moved subtrees is then checked on read.
absl::Status CheckParent(absl::string_view aggregate, absl::string_view id,
                         absl::string_view parent_id, const Facts& facts, int subtree_height = 0);

}  // namespace daybook::domain
