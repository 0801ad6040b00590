// Names between records, ranks, and the columns of the files.

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/import/plan_internal.h"
#include "daybook/options/v1/field_options.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

using google::protobuf::FieldDescriptor;

absl::Status Wrong(const Plan& plan, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(plan.path, ": ", message));
}

int FindRecord(const Plan& plan, absl::string_view name) {
  for (size_t i = 0; i < plan.records.size(); ++i) {
    if (plan.records[i].name == name) return static_cast<int>(i);
  }
  return kNone;
}

absl::Status CheckReference(const Plan& plan, const Source& source, const FieldDescriptor* field,
                            const RecordPlan& target) {
  const std::string& lookup = field->options().GetExtension(options::v1::field).lookup();
  if (target.aggregate != lookup) {
    return Wrong(plan, absl::StrCat(source.where, ": refers to records of type ", lookup, ", but ",
                                    source.reference, " makes records of type ", target.aggregate));
  }
  if (source.kind == Source::Kind::kReference && !target.file.empty()) {
    return Wrong(plan, absl::StrCat(source.where, ": reference to ", target.name,
                                    " needs a column (or value) that holds the key"));
  }
  return absl::OkStatus();
}

absl::Status LinkSource(Plan* plan, size_t record, Source* source, const FieldDescriptor* field,
                        std::set<int>* needs) {
  if (!source->reference.empty()) {
    source->reference_index = FindRecord(*plan, source->reference);
    if (source->reference_index == kNone) {
      return Wrong(*plan,
                   absl::StrCat(source->where, ": there is no record named ", source->reference));
    }
    auto& target = plan->records[static_cast<size_t>(source->reference_index)];
    DAYBOOK_RETURN_IF_ERROR(CheckReference(*plan, *source, field, target));
    target.referenced = true;
    if (source->reference_index == static_cast<int>(record)) {
      target.references_itself = true;
    } else {
      needs->insert(source->reference_index);
    }
  }
  if (source->lookup_record.empty()) return absl::OkStatus();
  source->lookup_record_index = FindRecord(*plan, source->lookup_record);
  if (source->lookup_record_index == kNone ||
      source->lookup_record_index == static_cast<int>(record)) {
    return Wrong(*plan, absl::StrCat(source->where,
                                     ": lookup names no other record: ", source->lookup_record));
  }
  needs->insert(source->lookup_record_index);
  return absl::OkStatus();
}

// Depth first; `state` 1: being visited, 2: done.
absl::Status Visit(const Plan& plan, const std::vector<std::set<int>>& needs, int record,
                   std::vector<int>* state, std::vector<int>* order) {
  auto& mine = (*state)[static_cast<size_t>(record)];
  if (mine == 2) return absl::OkStatus();
  if (mine == 1) {
    return Wrong(plan, absl::StrCat("records refer to each other in a circle through ",
                                    plan.records[static_cast<size_t>(record)].name));
  }
  mine = 1;
  for (const int need : needs[static_cast<size_t>(record)]) {
    DAYBOOK_RETURN_IF_ERROR(Visit(plan, needs, need, state, order));
  }
  mine = 2;
  order->push_back(record);
  return absl::OkStatus();
}

// Puts records in the order of `order` and renumbers what points at them.
absl::Status Reorder(Plan* plan, const std::vector<int>& order) {
  std::vector<int> place(order.size());
  std::vector<RecordPlan> sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    place[static_cast<size_t>(order[i])] = static_cast<int>(i);
    sorted.push_back(std::move(plan->records[static_cast<size_t>(order[i])]));
    sorted.back().rank = static_cast<uint16_t>(i);
  }
  plan->records = std::move(sorted);
  for (auto& record : plan->records) {
    DAYBOOK_RETURN_IF_ERROR(VisitSources(record, [&](Source& source, const FieldDescriptor*) {
      if (source.reference_index != kNone) {
        source.reference_index = place[static_cast<size_t>(source.reference_index)];
      }
      if (source.lookup_record_index == kNone) return absl::OkStatus();
      source.lookup_record_index = place[static_cast<size_t>(source.lookup_record_index)];
      source.lookup_index = static_cast<int>(plan->lookups.size());
      plan->lookups.push_back({source.lookup_record_index, source.lookup_column, kNone});
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status LinkFiles(Plan* plan) {
  std::set<std::string> names;
  std::set<std::string> keys;
  for (auto& record : plan->records) {
    if (!names.insert(record.name).second) {
      return Wrong(*plan, absl::StrCat("two records are named ", record.name));
    }
    if (!keys.insert(absl::StrCat(record.aggregate, "\n", record.key_prefix)).second) {
      return Wrong(*plan,
                   absl::StrCat("record ", record.name, ": another record makes ", record.aggregate,
                                " too; give each a key_prefix of its own"));
    }
    if (record.file.empty()) continue;
    for (size_t i = 0; i < plan->files.size(); ++i) {
      if (plan->files[i].name == record.file) record.file_index = static_cast<int>(i);
    }
    if (record.file_index == kNone) {
      return Wrong(*plan, absl::StrCat("record ", record.name, ": there is no [[file]] named ",
                                       record.file));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> FindColumn(const Plan& plan, const RecordPlan& record,
                               const std::string& column, absl::string_view where) {
  if (record.file_index == kNone) {
    return Wrong(plan, absl::StrCat(where, ": column ", column, " needs a file, and record ",
                                    record.name, " has none"));
  }
  const auto& file = plan.files[static_cast<size_t>(record.file_index)];
  const auto found = std::find(file.columns.begin(), file.columns.end(), column);
  if (found == file.columns.end()) {
    return Wrong(plan, absl::StrCat(where, ": ", file.name, " has no column \"", column,
                                    "\"; it has ", absl::StrJoin(file.columns, ", ")));
  }
  if (std::find(found + 1, file.columns.end(), column) != file.columns.end()) {
    return Wrong(plan, absl::StrCat(where, ": ", file.name, " has two columns \"", column, "\""));
  }
  return static_cast<int>(found - file.columns.begin());
}

absl::Status BindSource(const Plan& plan, const RecordPlan& record, Source* source) {
  if (source->kind == Source::Kind::kColumn) {
    DAYBOOK_ASSIGN_OR_RETURN(source->column_index,
                             FindColumn(plan, record, source->column, source->where));
  }
  source->template_indexes.clear();
  for (const auto& column : source->template_columns) {
    DAYBOOK_ASSIGN_OR_RETURN(source->template_indexes.emplace_back(),
                             FindColumn(plan, record, column, source->where));
  }
  if (!source->currency_column.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(source->currency_index,
                             FindColumn(plan, record, source->currency_column, source->where));
  }
  return absl::OkStatus();
}

absl::Status BindConditions(const Plan& plan, const RecordPlan& record, absl::string_view where,
                            std::vector<Condition>* conditions) {
  for (auto& condition : *conditions) {
    DAYBOOK_ASSIGN_OR_RETURN(condition.column_index, FindColumn(plan, record, condition.column,
                                                                absl::StrCat(where, ", when")));
  }
  return absl::OkStatus();
}

absl::Status BindRecord(const Plan& plan, RecordPlan* record) {
  const std::string where = absl::StrCat("record ", record->name);
  if (record->file_index != kNone) {
    record->key_indexes.clear();
    for (const auto& column : record->key_columns) {
      DAYBOOK_ASSIGN_OR_RETURN(record->key_indexes.emplace_back(),
                               FindColumn(plan, *record, column, absl::StrCat(where, ", key")));
    }
  }
  DAYBOOK_RETURN_IF_ERROR(BindConditions(plan, *record, where, &record->when));
  for (auto& step : record->steps) {
    DAYBOOK_RETURN_IF_ERROR(
        BindConditions(plan, *record, absl::StrCat(where, ", step ", step.name), &step.when));
  }
  return VisitSources(*record, [&](Source& source, const FieldDescriptor*) {
    return BindSource(plan, *record, &source);
  });
}

}  // namespace

absl::Status LinkPlan(Plan* plan) {
  DAYBOOK_RETURN_IF_ERROR(LinkFiles(plan));
  std::vector<std::set<int>> needs(plan->records.size());
  for (size_t i = 0; i < plan->records.size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(
        VisitSources(plan->records[i], [&](Source& source, const FieldDescriptor* field) {
          return LinkSource(plan, i, &source, field, &needs[i]);
        }));
  }
  std::vector<int> state(plan->records.size(), 0);
  std::vector<int> order;
  for (size_t i = 0; i < plan->records.size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(Visit(*plan, needs, static_cast<int>(i), &state, &order));
  }
  return Reorder(plan, order);
}

absl::Status BindColumns(Plan* plan) {
  for (const FilePlan& file : plan->files) {
    const auto& columns = file.columns;
    if (file.surplus.empty() ||
        std::find(columns.begin(), columns.end(), file.surplus) != columns.end()) {
      continue;
    }
    return Wrong(*plan, absl::StrCat("surplus: ", file.name, " has no column \"", file.surplus,
                                     "\"; it has ", absl::StrJoin(columns, ", ")));
  }
  for (auto& record : plan->records) DAYBOOK_RETURN_IF_ERROR(BindRecord(*plan, &record));
  for (auto& lookup : plan->lookups) {
    const auto& record = plan->records[static_cast<size_t>(lookup.record)];
    DAYBOOK_ASSIGN_OR_RETURN(
        lookup.column_index,
        FindColumn(*plan, record, lookup.column, absl::StrCat("lookup in record ", record.name)));
  }
  return absl::OkStatus();
}

std::string ExternalKey(const Plan& plan, const RecordPlan& record, absl::string_view key) {
  const auto mapped = record.key_map.find(std::string(key));
  return absl::StrCat(plan.source, ":", record.key_prefix,
                      mapped == record.key_map.end() ? key : absl::string_view(mapped->second));
}

}  // namespace daybook::cli
