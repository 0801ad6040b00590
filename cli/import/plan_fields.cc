// The fields of commands, checked against their descriptors.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/import/plan_internal.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "daybook/type/v1/money.pb.h"
#include "domain/base/status_macros.h"
#include "google/protobuf/timestamp.pb.h"

namespace daybook::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// Messages that are written as one value.
bool IsValueMessage(const FieldDescriptor* field) {
  const Descriptor* type = field->message_type();
  return type == type::v1::Money::descriptor() || type == type::v1::Date::descriptor() ||
         type == google::protobuf::Timestamp::descriptor();
}

std::string FieldNames(const Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) {
    const std::string& name = type->field(i)->name();
    if (name != "header" && name != "id" && name != "external_key") names.push_back(name);
  }
  return absl::StrJoin(names, ", ");
}

absl::StatusOr<FieldPlan> ReadElement(const toml::node& node, const FieldDescriptor* field,
                                      const std::string& where, Plan* plan) {
  FieldPlan out;
  out.field = field;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsValueMessage(field)) {
    out.kind = FieldPlan::Kind::kMessage;
    DAYBOOK_ASSIGN_OR_RETURN(out.children, ReadFields(node, field->message_type(), where, plan));
    return out;
  }
  DAYBOOK_ASSIGN_OR_RETURN(out.source, ReadSource(node, where, plan));
  const auto& options = field->options().GetExtension(options::v1::field);
  if (options.required()) out.source.required = true;
  const bool refers = !out.source.reference.empty() || out.source.kind == Source::Kind::kFind;
  if (refers && options.lookup().empty()) {
    return PlanError(plan->path, node,
                     absl::StrCat(where, ": this field does not refer to another record"));
  }
  return out;
}

absl::StatusOr<FieldPlan> ReadField(const toml::node& node, const FieldDescriptor* field,
                                    const std::string& where, Plan* plan) {
  if (!field->is_repeated()) return ReadElement(node, field, where, plan);
  FieldPlan out;
  out.field = field;
  out.kind = FieldPlan::Kind::kList;
  if (!node.is_array())
    return PlanError(plan->path, node, absl::StrCat(where, ": a list is expected"));
  for (const toml::node& element : *node.as_array()) {
    const std::string element_where = absl::StrCat(where, "[", out.children.size(), "]");
    DAYBOOK_ASSIGN_OR_RETURN(out.children.emplace_back(),
                             ReadElement(element, field, element_where, plan));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::vector<FieldPlan>> ReadFields(const toml::node& node, const Descriptor* type,
                                                  const std::string& where, Plan* plan) {
  if (!node.is_table()) {
    return PlanError(plan->path, node, absl::StrCat(where, ": a table of fields is expected"));
  }
  std::vector<FieldPlan> fields;
  for (const auto& [key, value] : *node.as_table()) {
    const std::string name(key.str());
    const FieldDescriptor* field = type->FindFieldByName(name);
    const bool ours = name == "header" || name == "external_key" ||
                      (name == "id" && type->FindFieldByName("header") != nullptr);
    if (field == nullptr || ours) {
      return PlanError(
          plan->path, value,
          absl::StrCat(where, ": ", type->name(),
                       ours ? absl::StrCat(" gets its ", name, " from the import itself; set ")
                            : absl::StrCat(" has no field \"", name, "\"; it has "),
                       FieldNames(type)));
    }
    DAYBOOK_ASSIGN_OR_RETURN(fields.emplace_back(),
                             ReadField(value, field, absl::StrCat(where, ", field ", name), plan));
  }
  return fields;
}

}  // namespace daybook::cli
