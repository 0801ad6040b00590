// The values of fields: one table of the plan each.

#include "absl/strings/str_cat.h"
#include "cli/import/plan_internal.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

using google::protobuf::FieldDescriptor;

constexpr int64_t kMultiplyMax = 1'000'000'000;

// Splits "{a} - {b}" into literals and columns; "{{" stands for "{".
absl::Status SplitTemplate(const PlanTable& table, const std::string& text, Source* source) {
  std::string literal;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      literal.push_back(text[i]);
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '{') {
      literal.push_back(text[++i]);
      continue;
    }
    const size_t close = text.find('}', i);
    if (close == std::string::npos) return table.Error("template: a { is never closed");
    source->literals.push_back(literal);
    source->template_columns.push_back(text.substr(i + 1, close - i - 1));
    literal.clear();
    i = close;
  }
  source->literals.push_back(literal);
  return absl::OkStatus();
}

absl::Status ReadFind(PlanTable& table, Plan* plan, Source* source) {
  const toml::node* node = table.Get("find");
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_table()) return table.Error("find must be a table {type = ..., filter = ...}");
  PlanTable inner(*node->as_table(), table.path());
  FindPlan find;
  DAYBOOK_RETURN_IF_ERROR(inner.Text("type", &find.aggregate));
  DAYBOOK_RETURN_IF_ERROR(inner.Text("filter", &find.filter));
  DAYBOOK_RETURN_IF_ERROR(inner.Finish());
  if (find.aggregate.empty() || find.filter.empty())
    return inner.Error("find needs type and filter");
  source->kind = Source::Kind::kFind;
  source->find = static_cast<int>(plan->finds.size());
  plan->finds.push_back(std::move(find));
  return absl::OkStatus();
}

// Exactly one word says where the text comes from; a reference alone points at a record that stands
// in the plan.
absl::Status ReadOrigin(PlanTable& table, Plan* plan, Source* source) {
  const int origins = static_cast<int>(table.Has("column")) + table.Has("value") +
                      table.Has("template") + table.Has("find");
  if (origins > 1 || (origins == 0 && !table.Has("reference"))) {
    return table.Error(
        "a value needs exactly one of column, value, template, find (or reference "
        "alone, to a record without a file)");
  }
  if (origins == 0) source->kind = Source::Kind::kReference;
  if (table.Has("column")) source->kind = Source::Kind::kColumn;
  DAYBOOK_RETURN_IF_ERROR(table.Text("column", &source->column));
  if (const toml::node* value = table.Get("value"); value != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(source->constant, ScalarText(*value, table.path()));
  }
  std::string text;
  DAYBOOK_RETURN_IF_ERROR(table.Text("template", &text));
  if (table.Has("template")) {
    source->kind = Source::Kind::kTemplate;
    DAYBOOK_RETURN_IF_ERROR(SplitTemplate(table, text, source));
  }
  return ReadFind(table, plan, source);
}

absl::Status ReadAssumption(PlanTable& table, absl::string_view word, Plan* plan, int* index) {
  std::string text;
  DAYBOOK_RETURN_IF_ERROR(table.Text(word, &text));
  if (text.empty()) return absl::OkStatus();
  *index = static_cast<int>(plan->assumptions.size());
  plan->assumptions.push_back(text);
  if (plan->assumptions.size() <= kPlanAssumptionsMax) return absl::OkStatus();
  return table.Error(absl::StrCat("more than ", kPlanAssumptionsMax, " assumptions"));
}

absl::Status ReadBlank(PlanTable& table, Plan* plan, Source* source) {
  DAYBOOK_RETURN_IF_ERROR(table.Flag("trim", &source->trim));
  DAYBOOK_RETURN_IF_ERROR(table.Text("after", &source->after));
  DAYBOOK_RETURN_IF_ERROR(table.Text("above", &source->above));
  DAYBOOK_RETURN_IF_ERROR(table.Texts("blank", &source->blank));
  DAYBOOK_RETURN_IF_ERROR(table.Flag("required", &source->required));
  if (const toml::node* value = table.Get("default"); value != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(source->default_text, ScalarText(*value, table.path()));
  }
  DAYBOOK_RETURN_IF_ERROR(table.Flag("map_only", &source->map_only));
  DAYBOOK_RETURN_IF_ERROR(ReadAssumption(table, "assume", plan, &source->assumption));
  DAYBOOK_RETURN_IF_ERROR(ReadAssumption(table, "assume_mapped", plan, &source->mapped_assumption));
  const toml::node* map = table.Get("map");
  return map == nullptr ? absl::OkStatus() : ReadTextMap(*map, table.path(), &source->map);
}

absl::Status ReadLookup(PlanTable& table, Source* source) {
  const toml::node* node = table.Get("lookup");
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_table()) return table.Error("lookup must be a table {record = ..., column = ...}");
  PlanTable inner(*node->as_table(), table.path());
  DAYBOOK_RETURN_IF_ERROR(inner.Text("record", &source->lookup_record));
  DAYBOOK_RETURN_IF_ERROR(inner.Text("column", &source->lookup_column));
  DAYBOOK_RETURN_IF_ERROR(inner.Finish());
  if (source->lookup_record.empty() || source->lookup_column.empty()) {
    return inner.Error("lookup needs record and column");
  }
  return absl::OkStatus();
}

absl::Status ReadShapes(PlanTable& table, Source* source) {
  DAYBOOK_RETURN_IF_ERROR(table.Texts("date", &source->date.patterns));
  DAYBOOK_RETURN_IF_ERROR(table.Character("decimal", &source->number.decimal));
  DAYBOOK_RETURN_IF_ERROR(table.Character("group", &source->number.group));
  DAYBOOK_RETURN_IF_ERROR(table.Text("strip", &source->number.strip));
  DAYBOOK_RETURN_IF_ERROR(table.Number("multiply", &source->number.multiply));
  DAYBOOK_RETURN_IF_ERROR(table.Number("add_days", &source->date.add_days));
  if (source->number.multiply < 1 || source->number.multiply > kMultiplyMax) {
    return table.Error(absl::StrCat("multiply must be from 1 to ", kMultiplyMax));
  }
  DAYBOOK_RETURN_IF_ERROR(table.Text("currency", &source->currency));
  DAYBOOK_RETURN_IF_ERROR(table.Text("currency_column", &source->currency_column));
  if (!source->currency.empty() && !CurrencyDecimals(source->currency).has_value()) {
    return table.Error(absl::StrCat("there is no currency ", source->currency));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadTextMap(const toml::node& node, const std::string& path,
                         std::map<std::string, std::string>* map) {
  if (!node.is_table()) return PlanError(path, node, "a map must be a table {\"from\" = \"to\"}");
  for (const auto& [from, to] : *node.as_table()) {
    DAYBOOK_ASSIGN_OR_RETURN((*map)[std::string(from.str())], ScalarText(to, path));
  }
  return absl::OkStatus();
}

absl::StatusOr<Source> ReadSource(const toml::node& node, const std::string& where, Plan* plan) {
  Source source;
  source.where = where;
  if (!node.is_table()) {
    DAYBOOK_ASSIGN_OR_RETURN(source.constant, ScalarText(node, plan->path));
    return source;
  }
  PlanTable table(*node.as_table(), plan->path);
  DAYBOOK_RETURN_IF_ERROR(ReadOrigin(table, plan, &source));
  DAYBOOK_RETURN_IF_ERROR(ReadBlank(table, plan, &source));
  DAYBOOK_RETURN_IF_ERROR(ReadLookup(table, &source));
  DAYBOOK_RETURN_IF_ERROR(table.Text("reference", &source.reference));
  DAYBOOK_RETURN_IF_ERROR(ReadShapes(table, &source));
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  return source;
}

absl::StatusOr<Condition> ReadCondition(const toml::node& node, Plan* plan) {
  if (!node.is_table()) {
    return PlanError(plan->path, node, "when must be a table {column = ..., equals = ...}");
  }
  PlanTable table(*node.as_table(), plan->path);
  Condition condition;
  DAYBOOK_RETURN_IF_ERROR(table.Text("column", &condition.column));
  if (condition.column.empty()) return table.Error("when needs a column");
  const int tests = static_cast<int>(table.Has("equals")) + table.Has("in") + table.Has("not") +
                    table.Has("not_in") + table.Has("blank");
  if (tests != 1) return table.Error("when needs exactly one of equals, in, not, not_in, blank");
  bool blank = false;
  if (table.Has("blank")) {
    DAYBOOK_RETURN_IF_ERROR(table.Flag("blank", &blank));
    condition.kind = blank ? Condition::Kind::kBlank : Condition::Kind::kPresent;
  }
  if (table.Has("not") || table.Has("not_in")) condition.kind = Condition::Kind::kNotIn;
  for (const absl::string_view word : {"equals", "in", "not", "not_in"}) {
    DAYBOOK_RETURN_IF_ERROR(table.Texts(word, &condition.values));
  }
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  return condition;
}

absl::StatusOr<std::vector<Condition>> ReadConditions(const toml::node* node, Plan* plan) {
  std::vector<Condition> conditions;
  if (node == nullptr) return conditions;
  if (!node->is_array()) {
    DAYBOOK_ASSIGN_OR_RETURN(conditions.emplace_back(), ReadCondition(*node, plan));
    return conditions;
  }
  for (const toml::node& element : *node->as_array()) {
    DAYBOOK_ASSIGN_OR_RETURN(conditions.emplace_back(), ReadCondition(element, plan));
  }
  return conditions;
}

}  // namespace daybook::cli
