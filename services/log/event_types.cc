#include "services/log/event_types.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/error.h"
#include "domain/registry.h"

namespace daybook::services {
namespace {

constexpr size_t kSuggestions = 3;
// Longer names than any of ours are not compared letter by letter.
constexpr size_t kComparedBytesMax = 200;

// Letters to insert, delete or replace (Levenshtein).
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::vector<std::string> EventTypes() {
  std::vector<std::string> types;
  for (const domain::AggregateType& aggregate : domain::AllAggregates()) {
    const auto* kinds = aggregate.event->GetDescriptor()->oneof_decl(0);
    for (int i = 0; i < kinds->field_count(); ++i) {
      types.push_back(domain::EventTypeName(aggregate.name, *kinds->field(i)));
    }
  }
  return types;
}

std::vector<std::string> AggregateNames() {
  std::vector<std::string> names;
  for (const domain::AggregateType& aggregate : domain::AllAggregates()) {
    names.push_back(aggregate.name);
  }
  return names;
}

absl::Status CheckName(absl::string_view field, absl::string_view what, absl::string_view name,
                       const std::vector<std::string>& known) {
  std::vector<std::pair<size_t, absl::string_view>> nearest;
  for (const std::string& candidate : known) {
    if (candidate == name) return absl::OkStatus();
    nearest.emplace_back(EditDistance(name.substr(0, kComparedBytesMax), candidate), candidate);
  }
  const size_t shown = std::min(kSuggestions, nearest.size());
  std::partial_sort(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(shown),
                    nearest.end());
  nearest.resize(shown);
  const auto append_name = [](std::string* out, const auto& entry) {
    absl::StrAppend(out, "'", entry.second, "'");
  };
  return InvalidField(field, absl::StrCat("there is no ", what, " '", name, "'; the nearest are ",
                                          absl::StrJoin(nearest, ", ", append_name)));
}

}  // namespace

absl::Status CheckAggregateName(absl::string_view field, absl::string_view aggregate) {
  return CheckName(field, "aggregate", aggregate, AggregateNames());
}

absl::Status CheckEventType(absl::string_view field, absl::string_view type) {
  return CheckName(field, "event type", type, EventTypes());
}

}  // namespace daybook::services
