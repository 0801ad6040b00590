// Records that refer to records of their own kind: parents before children.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/import/survey.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

constexpr uint32_t kDepthMax = 0xFFFF;  // the low half of Slot::order
constexpr uint32_t kUnknown = UINT32_MAX;
constexpr uint32_t kInCircle = UINT32_MAX - 1;
constexpr uint32_t kOnPath = UINT32_MAX - 2;

// Depth of every row: 0 without a parent. Rows in a circle, and rows below one, get kInCircle.
std::vector<uint32_t> Depths(const std::vector<uint32_t>& parents) {
  std::vector<uint32_t> depths(parents.size(), kUnknown);
  std::vector<uint32_t> path;
  for (uint32_t start = 0; start < parents.size(); ++start) {
    uint32_t row = start;
    for (; row != kUnknown && depths[row] == kUnknown; row = parents[row]) {
      depths[row] = kOnPath;
      path.push_back(row);
    }
    // The row that the path ends at: none, one whose depth is known, or one of the path itself.
    uint32_t depth = 0;
    if (row != kUnknown) {
      const bool circle = depths[row] == kOnPath || depths[row] == kInCircle;
      depth = circle ? kInCircle : depths[row] + 1;
    }
    for (; !path.empty(); path.pop_back()) {
      depths[path.back()] = depth;
      if (depth != kInCircle) depth = std::min(depth + 1, kDepthMax);
    }
  }
  return depths;
}

}  // namespace

absl::Status Survey::RefuseMissingParent(size_t record, RowEntry* entry) {
  const RecordPlan& plan = plan_.records[record];
  DAYBOOK_ASSIGN_OR_RETURN(const Fields fields, ReadRow(*entry));
  RowNotes notes;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if ((entry->steps & (1U << i)) == 0) continue;
    const auto built =
        builder_->Build(plan, plan.steps[i], fields, entry->id, "", std::nullopt, &notes);
    if (built.ok()) continue;
    Reject(entry, "INVALID_VALUE", built.status().message());
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Survey::LinkTree(size_t record, size_t first_row, size_t first_slot) {
  const size_t count = rows_.size() - first_row;
  std::vector<uint32_t> parents(count, kUnknown);
  for (const auto& reference : self_references_) {
    RowEntry& entry = rows_[reference.row];
    if (entry.verdict == Verdict::kRejected) continue;
    const auto parent = keys_[record].find(reference.parent);
    if (parent == keys_[record].end()) {
      DAYBOOK_RETURN_IF_ERROR(RefuseMissingParent(record, &entry));
    } else {
      parents[reference.row - first_row] = parent->second - static_cast<uint32_t>(first_row);
    }
  }
  const std::vector<uint32_t> depths = Depths(parents);
  std::vector<uint32_t> by_depth;
  for (uint32_t i = 0; i < count; ++i) {
    if (depths[i] == kInCircle) {
      Reject(&rows_[first_row + i], "CYCLE",
             "the row refers to itself, directly or through others");
    } else {
      by_depth.push_back(i);
    }
  }
  std::sort(by_depth.begin(), by_depth.end(),
            [&](uint32_t a, uint32_t b) { return depths[a] < depths[b]; });
  for (const uint32_t i : by_depth) {
    RowEntry& entry = rows_[first_row + i];
    if (parents[i] == kUnknown || entry.verdict == Verdict::kRejected) continue;
    const RowEntry& parent = rows_[first_row + parents[i]];
    if (parent.verdict != Verdict::kRejected) continue;
    Reject(&entry, "INVALID_VALUE",
           absl::StrCat("refers to row ", parent.number, ", which was rejected"));
  }
  for (size_t i = first_slot; i < slots_.size(); ++i) {
    slots_[i].order |= std::min(depths[slots_[i].row - first_row], kDepthMax);
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
