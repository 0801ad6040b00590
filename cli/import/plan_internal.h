#pragma once

// What the parts of the plan reader share; nobody else includes it.

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/import/plan.h"
#include "cli/import/plan_node.h"

namespace daybook::cli {

// The value of a field: a scalar stands for itself, a table is a Source.
absl::StatusOr<Source> ReadSource(const toml::node& node, const std::string& where, Plan* plan);
// A table of texts.
absl::Status ReadTextMap(const toml::node& node, const std::string& path,
                         std::map<std::string, std::string>* map);
absl::StatusOr<Condition> ReadCondition(const toml::node& node, Plan* plan);
// A table or a list of tables; null: none.
absl::StatusOr<std::vector<Condition>> ReadConditions(const toml::node* node, Plan* plan);

// The fields of a request or of a message inside it.
absl::StatusOr<std::vector<FieldPlan>> ReadFields(const toml::node& node,
                                                  const google::protobuf::Descriptor* type,
                                                  const std::string& where, Plan* plan);

// Resolves names between records, checks that references fit, and puts the records in order of
// rank.
absl::Status LinkPlan(Plan* plan);

// Calls `visit(Source&)` for every source of the record; stops at the first error.
template <class Visit>
absl::Status VisitFields(std::vector<FieldPlan>& fields, const Visit& visit) {
  for (auto& field : fields) {
    absl::Status status = field.kind == FieldPlan::Kind::kValue
                              ? visit(field.source, field.field)
                              : VisitFields(field.children, visit);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}
template <class Visit>
absl::Status VisitSources(RecordPlan& record, const Visit& visit) {
  for (auto& step : record.steps) {
    if (step.at.has_value()) {
      if (absl::Status status = visit(*step.at, nullptr); !status.ok()) return status;
    }
    if (absl::Status status = VisitFields(step.fields, visit); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
