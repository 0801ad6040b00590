// From TOML to Plan.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/import/plan_internal.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/registry.h"
#include "domain/registry.h"

namespace daybook::cli {
namespace {

constexpr size_t kNameBytesMax = 100;

using google::protobuf::Descriptor;

absl::StatusOr<const Descriptor*> FindRequest(const toml::node& node, const std::string& command,
                                              const std::string& aggregate, const Plan& plan) {
  const domain::AggregateType* type = domain::FindAggregate(aggregate);
  std::vector<std::string> names;
  for (const auto& known : type->commands) {
    const std::string& name = known.request->GetDescriptor()->name();
    if (name == absl::StrCat(command, "Request")) return known.request->GetDescriptor();
    names.push_back(name.substr(0, name.size() - absl::string_view("Request").size()));
  }
  return PlanError(plan.path, node,
                   absl::StrCat("there is no command ", command, " for records of type ", aggregate,
                                "; there are ", absl::StrJoin(names, ", ")));
}

absl::Status ReadFile(const toml::node& node, Plan* plan) {
  if (!node.is_table()) return PlanError(plan->path, node, "[[file]] must be a table");
  PlanTable table(*node.as_table(), plan->path);
  FilePlan file;
  DAYBOOK_RETURN_IF_ERROR(table.Text("name", &file.name));
  DAYBOOK_RETURN_IF_ERROR(table.Text("encoding", &file.encoding));
  DAYBOOK_RETURN_IF_ERROR(table.Character("delimiter", &file.format.delimiter));
  DAYBOOK_RETURN_IF_ERROR(table.Character("quote", &file.format.quote));
  DAYBOOK_RETURN_IF_ERROR(table.Flag("header", &file.header));
  DAYBOOK_RETURN_IF_ERROR(table.Texts("columns", &file.columns));
  DAYBOOK_RETURN_IF_ERROR(table.Texts("blank", &file.blank));
  DAYBOOK_RETURN_IF_ERROR(table.Text("surplus", &file.surplus));
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  if (!file.surplus.empty() && file.format.quote != '\0') {
    return table.Error("surplus is for files without quotes; set quote = \"\"");
  }
  if (file.name.empty() || file.name.find('/') != std::string::npos || file.name == "..") {
    return table.Error("a file needs a name, without a folder: the folder is given by --from");
  }
  if (file.format.delimiter == '\0') return table.Error("delimiter must be one character");
  if (!file.header && file.columns.empty()) return table.Error("without header, give columns");
  if (file.header && !file.columns.empty())
    return table.Error("columns are given by the header row");
  for (const auto& other : plan->files) {
    if (other.name == file.name)
      return table.Error(absl::StrCat("file ", file.name, " stands twice"));
  }
  plan->files.push_back(std::move(file));
  if (plan->files.size() > kPlanFilesMax) {
    return table.Error(absl::StrCat("more than ", kPlanFilesMax, " files"));
  }
  return absl::OkStatus();
}

absl::Status ReadStep(const toml::node& node, Plan* plan, RecordPlan* record) {
  if (!node.is_table()) return PlanError(plan->path, node, "[[record.step]] must be a table");
  PlanTable table(*node.as_table(), plan->path);
  StepPlan step;
  std::string command;
  DAYBOOK_RETURN_IF_ERROR(table.Text("command", &command));
  if (command.empty()) return table.Error("a step needs a command");
  DAYBOOK_ASSIGN_OR_RETURN(step.request, FindRequest(node, command, record->aggregate, *plan));
  if (record->steps.empty() && step.request->FindFieldByName("external_key") == nullptr) {
    return table.Error(absl::StrCat(command, " does not make a record; the first step must"));
  }
  step.name = command;
  DAYBOOK_RETURN_IF_ERROR(table.Text("name", &step.name));
  DAYBOOK_RETURN_IF_ERROR(table.Text("reason", &step.reason));
  const std::string where = absl::StrCat("record ", record->name, ", step ", step.name);
  if (const toml::node* at = table.Get("at"); at != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(step.at, ReadSource(*at, absl::StrCat(where, ", at"), plan));
    const bool plain =
        step.at->kind == Source::Kind::kColumn || step.at->kind == Source::Kind::kConstant;
    if (!plain || !step.at->reference.empty() || !step.at->lookup_record.empty()) {
      return PlanError(plan->path, *at, "at must be a column or a value");
    }
  }
  DAYBOOK_ASSIGN_OR_RETURN(step.when, ReadConditions(table.Get("when"), plan));
  if (const toml::node* fields = table.Get("fields"); fields != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(step.fields, ReadFields(*fields, step.request, where, plan));
  }
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  for (const auto& other : record->steps) {
    if (other.name == step.name) {
      return table.Error(
          absl::StrCat("two steps are named ", step.name, "; give one another name"));
    }
  }
  if (record->steps.empty() && !step.when.empty()) {
    return table.Error("the first step makes the record and takes no `when`; put it at the record");
  }
  record->steps.push_back(std::move(step));
  return absl::OkStatus();
}

absl::Status ReadRecord(const toml::node& node, Plan* plan) {
  if (!node.is_table()) return PlanError(plan->path, node, "[[record]] must be a table");
  PlanTable table(*node.as_table(), plan->path);
  RecordPlan record;
  DAYBOOK_RETURN_IF_ERROR(table.Text("name", &record.name));
  DAYBOOK_RETURN_IF_ERROR(table.Text("type", &record.aggregate));
  DAYBOOK_RETURN_IF_ERROR(table.Text("file", &record.file));
  DAYBOOK_RETURN_IF_ERROR(table.Texts("key", &record.key_columns));
  DAYBOOK_RETURN_IF_ERROR(table.Text("key_prefix", &record.key_prefix));
  DAYBOOK_RETURN_IF_ERROR(table.Flag("distinct", &record.distinct));
  if (const toml::node* map = table.Get("key_map"); map != nullptr) {
    DAYBOOK_RETURN_IF_ERROR(ReadTextMap(*map, plan->path, &record.key_map));
  }
  DAYBOOK_ASSIGN_OR_RETURN(record.when, ReadConditions(table.Get("when"), plan));
  const toml::node* steps = table.Get("step");
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  if (record.name.empty()) return table.Error("a record needs a name");
  if (domain::FindAggregate(record.aggregate) == nullptr) {
    std::vector<std::string> names;
    for (const auto& type : domain::AllAggregates()) names.push_back(type.name);
    return table.Error(absl::StrCat("there is no type of record \"", record.aggregate,
                                    "\"; there are ", absl::StrJoin(names, ", ")));
  }
  if (record.key_columns.empty() || record.key_columns.size() > kPlanKeyColumnsMax) {
    return table.Error(
        absl::StrCat("a record needs a key of 1 to ", kPlanKeyColumnsMax, " columns"));
  }
  if (record.file.empty() && !record.when.empty()) return table.Error("when needs a file");
  if (steps == nullptr || !steps->is_array()) return table.Error("a record needs [[record.step]]");
  for (const toml::node& step : *steps->as_array()) {
    DAYBOOK_RETURN_IF_ERROR(ReadStep(step, plan, &record));
  }
  if (record.steps.empty() || record.steps.size() > kPlanStepsMax) {
    return table.Error(absl::StrCat("a record needs 1 to ", kPlanStepsMax, " steps"));
  }
  plan->records.push_back(std::move(record));
  return absl::OkStatus();
}

absl::Status ReadHead(PlanTable& table, Plan* plan) {
  DAYBOOK_RETURN_IF_ERROR(table.Text("name", &plan->name));
  DAYBOOK_RETURN_IF_ERROR(table.Text("source", &plan->source));
  DAYBOOK_RETURN_IF_ERROR(table.Text("description", &plan->description));
  DAYBOOK_RETURN_IF_ERROR(table.Text("currency", &plan->currency));
  DAYBOOK_RETURN_IF_ERROR(table.Texts("blank", &plan->blank));
  const auto bad = [](const std::string& text) {
    return text.empty() || text.size() > kNameBytesMax;
  };
  if (bad(plan->name) || bad(plan->source)) {
    return table.Error(absl::StrCat("a plan needs name and source, at most ", kNameBytesMax,
                                    " bytes each; source begins the external keys"));
  }
  if (plan->source.find(':') != std::string::npos)
    return table.Error("source must not hold a colon");
  if (!plan->currency.empty() && !CurrencyDecimals(plan->currency).has_value()) {
    return table.Error(absl::StrCat("there is no currency ", plan->currency));
  }
  return absl::OkStatus();
}

template <class Read>
absl::Status ReadEach(PlanTable& table, absl::string_view key, const Read& read) {
  const toml::node* node = table.Get(key);
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_array()) return table.Error(absl::StrCat(key, " must be written as [[", key, "]]"));
  for (const toml::node& element : *node->as_array()) DAYBOOK_RETURN_IF_ERROR(read(element));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Plan> ParsePlan(absl::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(ToStd(text), path);
  if (!parsed) {
    return absl::InvalidArgumentError(absl::StrCat(path, ", line ",
                                                   parsed.error().source().begin.line, ": ",
                                                   ToAbsl(parsed.error().description())));
  }
  Plan plan;
  plan.path = path;
  PlanTable table(parsed.table(), path);
  DAYBOOK_RETURN_IF_ERROR(ReadHead(table, &plan));
  DAYBOOK_RETURN_IF_ERROR(
      ReadEach(table, "file", [&](const toml::node& node) { return ReadFile(node, &plan); }));
  DAYBOOK_RETURN_IF_ERROR(
      ReadEach(table, "record", [&](const toml::node& node) { return ReadRecord(node, &plan); }));
  DAYBOOK_RETURN_IF_ERROR(table.Finish());
  if (plan.records.empty() || plan.records.size() > kPlanRecordsMax) {
    return table.Error(absl::StrCat("a plan needs 1 to ", kPlanRecordsMax, " [[record]]"));
  }
  DAYBOOK_RETURN_IF_ERROR(LinkPlan(&plan));
  return plan;
}

}  // namespace daybook::cli
