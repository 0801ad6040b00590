#pragma once

// The table that the benchmark prints: figures, and ratios with their targets.

#include <string>
#include <vector>

namespace daybook::bench {

// What a ratio must come to (DESIGN.md 9).
struct Target {
  enum class Kind { kNone, kAtLeast, kAtMost };
  Kind kind = Kind::kNone;
  double ratio = 0;

  static Target AtLeast(double ratio) { return {Kind::kAtLeast, ratio}; }
  static Target AtMost(double ratio) { return {Kind::kAtMost, ratio}; }
};

// One figure, alone or against another of the same run.
struct Row {
  std::string measure;
  double value = 0;
  std::string unit;
  std::string against;  // empty: stands alone
  double against_value = 0;
  double ratio = 0;  // median over the rounds
  Target target;

  bool has_ratio() const { return !against.empty(); }
  // True without a target.
  bool met() const;
};

class Table {
 public:
  void Add(std::string measure, double value, std::string unit);
  // The ratio is value / against_value.
  void AddRatio(std::string measure, double value, std::string unit, std::string against,
                double against_value, Target target);
  // The ratio was taken round by round.
  void AddRatio(Row row);

  // For people, and for machines.
  std::string ToText() const;
  std::string ToJson() const;

 private:
  std::vector<Row> rows_;
};

// REQUIRES: not empty.
double Median(std::vector<double> values);

}  // namespace daybook::bench
