#include "services/listed_fields.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"
#include "services/engine/engine.h"

namespace daybook::services {
namespace {

using domain::Field;
using google::protobuf::Message;
using setup::v1::FieldDefinition;

const FieldDefinition* FindDefinition(const setup::v1::FieldCatalog& catalog,
                                      const std::string& name) {
  for (const FieldDefinition& definition : catalog.fields()) {
    if (definition.name() == name) return &definition;
  }
  return nullptr;
}

absl::Status NotFilterable(const Field& field, absl::string_view why) {
  return Reject(rpc::v1::REASON_FIELD_NOT_FILTERABLE, absl::StrCat(field.path, " ", why),
                {{"field", field.path}});
}

absl::Status TooMany(const std::string& fields, size_t limit, absl::string_view what) {
  return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                absl::StrCat("filtering and sorting by ", fields, " takes more than ", limit, " ",
                             what, "; narrow the filter by stored fields"),
                {{"limit", absl::StrCat(limit)}});
}

// As for native personal fields.
absl::Status CheckPersonal(const Field& field, ListedBy by) {
  switch (by) {
    case ListedBy::kListOfNow:
      return absl::OkStatus();
    case ListedBy::kListOfThePast:
      return Reject(rpc::v1::REASON_AS_OF_NOT_AVAILABLE,
                    absl::StrCat(field.path,
                                 " shows a personal field: a list that filters or "
                                 "sorts by it is answered for the present only"),
                    {{"field", field.path}});
    case ListedBy::kFigure:
      return NotFilterable(field, "shows a personal field, whose past cannot be read");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ListedFields>> ListedFields::Make(
    const Query& query, const ReadType& own, const domain::BoundFilter& filter,
    const std::vector<domain::OrderKey>& order, ListedBy by) {
  std::vector<const Field*> used;
  domain::CollectComputed(filter, &used);
  const size_t filtered = used.size();
  for (const domain::OrderKey& key : order) {
    if (key.field->computed) used.push_back(key.field);
  }
  std::unique_ptr<ListedFields> listed;
  if (used.empty()) return listed;
  listed.reset(new ListedFields(query, own));
  ComputedFields rules(query, own);
  for (size_t i = 0; i < used.size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(listed->Add(*used[i], i >= filtered, by, &rules));
  }
  return listed;
}

absl::Status ListedFields::Add(const Field& field, bool sorts, ListedBy by, ComputedFields* rules) {
  const FieldDefinition* definition = FindDefinition(*own_.catalog, field.custom);
  const domain::BoundRule* rule = nullptr;
  if (definition != nullptr && !definition->retired()) {
    DAYBOOK_ASSIGN_OR_RETURN(rule, rules->RuleOf(*definition));
  }
  if (rule == nullptr) {
    return NotFilterable(field, "cannot be computed: it, or what its rule reads, was retired");
  }
  DAYBOOK_RETURN_IF_ERROR(
      query_.deps.access.CheckRead(query_.principal, rule->related->aggregate()));
  const Field* source = rule->source;
  if (source != nullptr && source->security == domain::Security::kPersonal) {
    DAYBOOK_RETURN_IF_ERROR(CheckPersonal(field, by));
    personal_ = true;
  }
  // As for native fields; long texts are nothing to sort by.
  if (sorts && field.kind == domain::FieldKind::kText && source != nullptr && !source->indexed) {
    return NotFilterable(field, absl::StrCat("cannot be sorted by: it shows ", source->path,
                                             ", which has no index"));
  }
  if (std::find(definitions_.begin(), definitions_.end(), definition) != definitions_.end()) {
    return absl::OkStatus();
  }
  definitions_.push_back(definition);
  paths_.push_back(field.path);
  return absl::OkStatus();
}

absl::Status ListedFields::Compute(const projections::Snapshot& at,
                                   absl::Span<Message* const> records) {
  const ComputedLimits& limits = query_.deps.custom_fields.limits();
  if (!at_.has_value()) {
    at_.emplace(Query{at, query_.principal, query_.deps, query_.stands_at});
    computed_.emplace(*at_, own_, limits.related_of_list);
  }
  values_ += definitions_.size() * records.size();
  const std::string fields = absl::StrJoin(paths_, ", ");
  if (values_ > limits.listed_values) return TooMany(fields, limits.listed_values, "values");
  for (const FieldDefinition* definition : definitions_) {
    DAYBOOK_RETURN_IF_ERROR(computed_->Put(*definition, records));
    if (computed_->spent() > limits.related_of_list) {
      return TooMany(fields, limits.related_of_list, "related records");
    }
  }
  return absl::OkStatus();
}

std::string ListedFields::Fingerprint() const {
  std::string text = query_.deps.engine.GetSettings().currency;
  for (const FieldDefinition* definition : definitions_) {
    absl::StrAppend(&text, "\n", definition->name(), " ", definition->version());
  }
  return text;
}

}  // namespace daybook::services
