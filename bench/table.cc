#include "bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace daybook::bench {
namespace {

// Three digits that say something, thousands apart.
std::string Number(double value) {
  const double size = std::abs(value);
  if (size < 10) return fmt::format("{:.2f}", value);
  if (size < 100) return fmt::format("{:.1f}", value);
  std::string digits = fmt::format("{:.0f}", value);
  for (int at = static_cast<int>(digits.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string TargetText(const Row& row) {
  switch (row.target.kind) {
    case Target::Kind::kNone:
      return "";
    case Target::Kind::kAtLeast:
      return fmt::format(">= {:g}", row.target.ratio);
    case Target::Kind::kAtMost:
      return fmt::format("<= {:g}", row.target.ratio);
  }
  return "";
}

}  // namespace

bool Row::met() const {
  switch (target.kind) {
    case Target::Kind::kNone:
      return true;
    case Target::Kind::kAtLeast:
      return ratio >= target.ratio;
    case Target::Kind::kAtMost:
      return ratio <= target.ratio;
  }
  return true;
}

void Table::Add(std::string measure, double value, std::string unit) {
  Row row;
  row.measure = std::move(measure);
  row.value = value;
  row.unit = std::move(unit);
  rows_.push_back(std::move(row));
}

void Table::AddRatio(std::string measure, double value, std::string unit, std::string against,
                     double against_value, Target target) {
  AddRatio({std::move(measure), value, std::move(unit), std::move(against), against_value,
            value / against_value, target});
}

void Table::AddRatio(Row row) { rows_.push_back(std::move(row)); }

std::string Table::ToText() const {
  std::string text = fmt::format("{:<46} {:>16}  {:<28} {:>16} {:>7} {:>8}\n", "measure", "value",
                                 "against", "", "ratio", "target");
  for (const Row& row : rows_) {
    text += fmt::format("{:<46} {:>16}", row.measure, Number(row.value) + " " + row.unit);
    if (row.has_ratio()) {
      text += fmt::format("  {:<28} {:>16} {:>7.2f} {:>8}", row.against,
                          Number(row.against_value) + " " + row.unit, row.ratio, TargetText(row));
      if (row.target.kind != Target::Kind::kNone) text += row.met() ? "  met" : "  missed";
    }
    text += "\n";
  }
  return text;
}

std::string Table::ToJson() const {
  std::string json = "[\n";
  for (const Row& row : rows_) {
    json += fmt::format(R"(  {{"measure": "{}", "value": {:.6g}, "unit": "{}")", row.measure,
                        row.value, row.unit);
    if (row.has_ratio()) {
      json += fmt::format(R"(, "against": "{}", "against_value": {:.6g}, "ratio": {:.4g})",
                          row.against, row.against_value, row.ratio);
    }
    if (row.target.kind != Target::Kind::kNone) {
      json += fmt::format(R"(, "target": "{}", "met": {})", TargetText(row), row.met());
    }
    json += &row == &rows_.back() ? "}\n" : "},\n";
  }
  return json + "]\n";
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace daybook::bench
