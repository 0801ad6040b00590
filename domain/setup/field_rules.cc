#include "domain/setup/field_rules.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"

namespace daybook::domain {

namespace pb = ::daybook::setup::v1;

namespace {

const std::string& RelationText(const pb::FieldDefinition& definition) {
  return definition.has_lookup_rule() ? definition.lookup_rule().relation()
                                      : definition.rollup_rule().relation();
}

std::string RulePath(const pb::FieldDefinition& definition, absl::string_view part) {
  return absl::StrCat("definition.", definition.has_lookup_rule() ? "lookup_rule." : "rollup_rule.",
                      part);
}

// "account_id", "custom.partner", or with a record type before it: "opportunity.account_id".
absl::StatusOr<Relation> ParseRelation(const pb::FieldDefinition& definition,
                                       absl::string_view record_type, const ObjectType& own) {
  const std::string& text = RelationText(definition);
  Relation relation;
  if (const Field* field = own.Find(text); field != nullptr) {
    if (definition.has_rollup_rule()) {
      return InvalidField(RulePath(definition, "relation"),
                          absl::StrCat("a rollup needs a field of other records, like "
                                       "opportunity.account_id; ",
                                       text, " is a field of ", record_type));
    }
    relation.type = field->lookup;
    relation.field = text;
    return relation;
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(absl::string_view(text), absl::MaxSplits('.', 1));
  relation.inverse = true;
  relation.type = std::string(parts.first);
  relation.field = std::string(parts.second);
  return relation;
}

absl::StatusOr<const Field*> FindSource(const pb::FieldDefinition& definition,
                                        const ObjectType& type, absl::string_view part,
                                        absl::string_view path) {
  const Field* field = type.Find(path);
  if (field == nullptr) {
    return InvalidField(RulePath(definition, part),
                        absl::StrCat(type.aggregate(), " has no field '", path, "'"));
  }
  if (field->computed) {
    return InvalidField(RulePath(definition, part),
                        absl::StrCat(path, " is computed itself; name what it is computed from"));
  }
  if (field->repeated || field->kind == FieldKind::kStructure) {
    return InvalidField(RulePath(definition, part), absl::StrCat(path, " is not a single value"));
  }
  return field;
}

pb::CustomFieldKind KindOfSource(const Field& field) {
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kEnum:  // shown by name
      return pb::CUSTOM_FIELD_KIND_TEXT;
    case FieldKind::kBoolean:
      return pb::CUSTOM_FIELD_KIND_BOOLEAN;
    case FieldKind::kInteger:
      return pb::CUSTOM_FIELD_KIND_INTEGER;
    case FieldKind::kShare:
      return pb::CUSTOM_FIELD_KIND_DECIMAL;
    case FieldKind::kMoney:
      return pb::CUSTOM_FIELD_KIND_MONEY;
    case FieldKind::kDate:
      return pb::CUSTOM_FIELD_KIND_DATE;
    case FieldKind::kInstant:
      return pb::CUSTOM_FIELD_KIND_INSTANT;
    case FieldKind::kReference:
      return pb::CUSTOM_FIELD_KIND_REFERENCE;
    case FieldKind::kStructure:
      break;
  }
  return pb::CUSTOM_FIELD_KIND_UNSPECIFIED;
}

bool UsesPersonal(const BoundFilter& filter) {
  if (filter.field != nullptr && filter.field->security == Security::kPersonal) return true;
  for (const BoundFilter& child : filter.children) {
    if (UsesPersonal(child)) return true;
  }
  return false;
}

absl::Status BindFilter(const pb::FieldDefinition& definition, absl::string_view text,
                        absl::string_view currency, BoundRule* rule) {
  auto filter = ParseFilter(*rule->related, text, {std::string(currency)});
  if (!filter.ok()) return InvalidField(RulePath(definition, "filter"), filter.status().message());
  if (UsesPersonal(*filter)) {
    return InvalidField(RulePath(definition, "filter"),
                        "names a personal field, which has no past to filter by");
  }
  rule->filter = *std::move(filter);
  return absl::OkStatus();
}

absl::Status BindLookup(const pb::FieldDefinition& definition, absl::string_view currency,
                        BoundRule* rule) {
  const pb::LookupRule& lookup = definition.lookup_rule();
  DAYBOOK_ASSIGN_OR_RETURN(rule->source,
                           FindSource(definition, *rule->related, "field", lookup.field()));
  rule->kind = KindOfSource(*rule->source);
  if (!rule->relation.inverse) {
    if (lookup.pick() != pb::LOOKUP_PICK_UNSPECIFIED || !lookup.by().empty() ||
        !lookup.filter().empty()) {
      return InvalidField(RulePath(definition, "pick"),
                          "pick, by and filter are for relations from other records; this one "
                          "leads to one record");
    }
    return absl::OkStatus();
  }
  if (lookup.pick() == pb::LOOKUP_PICK_UNSPECIFIED) {
    return InvalidField(RulePath(definition, "pick"),
                        "several records may be related: say which one is shown");
  }
  if ((lookup.pick() == pb::LOOKUP_PICK_ONLY) != lookup.by().empty()) {
    return InvalidField(RulePath(definition, "by"), "is needed for LAST and FIRST, and only there");
  }
  if (!lookup.by().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(rule->by, FindSource(definition, *rule->related, "by", lookup.by()));
    if (rule->by->security == Security::kPersonal) {
      return InvalidField(RulePath(definition, "by"), "a personal field cannot decide");
    }
  }
  return BindFilter(definition, lookup.filter(), currency, rule);
}

bool HasSum(FieldKind kind) {
  return kind == FieldKind::kMoney || kind == FieldKind::kInteger || kind == FieldKind::kShare;
}

absl::Status CheckCurrency(const pb::FieldDefinition& definition, const Field* source) {
  const pb::RollupRule& rollup = definition.rollup_rule();
  const bool compares = rollup.operation() != pb::ROLLUP_OPERATION_COUNT &&
                        rollup.operation() != pb::ROLLUP_OPERATION_DISTINCT_COUNT;
  const bool amounts = source != nullptr && source->kind == FieldKind::kMoney && compares;
  if (amounts != (rollup.currency_mode() != pb::CURRENCY_MODE_UNSPECIFIED)) {
    return InvalidField(
        RulePath(definition, "currency_mode"),
        "is needed for amounts, which may be in several currencies, and only there");
  }
  const bool only = rollup.currency_mode() == pb::CURRENCY_MODE_ONLY;
  if (only != !rollup.currency().empty() ||
      (only && !CurrencyDecimals(rollup.currency()).has_value())) {
    return InvalidField(RulePath(definition, "currency"),
                        "an ISO 4217 code is needed for CURRENCY_MODE_ONLY, and only there");
  }
  return absl::OkStatus();
}

absl::Status BindRollup(const pb::FieldDefinition& definition, absl::string_view currency,
                        BoundRule* rule) {
  const pb::RollupRule& rollup = definition.rollup_rule();
  const pb::RollupOperation operation = rollup.operation();
  if ((operation == pb::ROLLUP_OPERATION_COUNT) != rollup.field().empty()) {
    return InvalidField(RulePath(definition, "field"),
                        "is needed for every operation but COUNT, and only there");
  }
  if (!rollup.field().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(rule->source,
                             FindSource(definition, *rule->related, "field", rollup.field()));
    if (rule->source->security == Security::kPersonal) {
      return InvalidField(RulePath(definition, "field"), "personal values are not aggregated");
    }
  }
  DAYBOOK_RETURN_IF_ERROR(CheckCurrency(definition, rule->source));
  switch (operation) {
    case pb::ROLLUP_OPERATION_COUNT:
    case pb::ROLLUP_OPERATION_DISTINCT_COUNT:
      rule->kind = pb::CUSTOM_FIELD_KIND_INTEGER;
      break;
    case pb::ROLLUP_OPERATION_MIN:
    case pb::ROLLUP_OPERATION_MAX:
      rule->kind = KindOfSource(*rule->source);
      break;
    case pb::ROLLUP_OPERATION_SUM:
    case pb::ROLLUP_OPERATION_AVERAGE:
      if (!HasSum(rule->source->kind)) {
        return InvalidField(RulePath(definition, "field"),
                            absl::StrCat(rollup.field(), " has no sum"));
      }
      rule->kind = KindOfSource(*rule->source);
      if (operation == pb::ROLLUP_OPERATION_AVERAGE &&
          rule->kind == pb::CUSTOM_FIELD_KIND_INTEGER) {
        rule->kind = pb::CUSTOM_FIELD_KIND_DECIMAL;
      }
      break;
    default:
      return InvalidField(RulePath(definition, "operation"), "is missing");
  }
  if (rollup.subtree() && rule->own->Find("parent_id") == nullptr) {
    return InvalidField(RulePath(definition, "subtree"),
                        absl::StrCat(rule->own->aggregate(), " records have no tree"));
  }
  return BindFilter(definition, rollup.filter(), currency, rule);
}

}  // namespace

std::string RelatedTypeOf(const pb::FieldDefinition& definition, const ObjectType& own) {
  const auto relation = ParseRelation(definition, own.aggregate(), own);
  return relation.ok() ? relation->type : std::string();
}

absl::StatusOr<BoundRule> BindRule(const pb::FieldDefinition& definition,
                                   absl::string_view record_type, TypeSource types,
                                   absl::string_view currency) {
  BoundRule rule;
  rule.own = types(record_type);
  if (rule.own == nullptr) {
    return InvalidField("record_type", absl::StrCat("there is no record type '", record_type, "'"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(rule.relation, ParseRelation(definition, record_type, *rule.own));
  const std::string path = RulePath(definition, "relation");
  rule.related = types(rule.relation.type);
  if (rule.related == nullptr) {
    return InvalidField(path,
                        absl::StrCat("'", RelationText(definition), "' is neither a reference of ",
                                     record_type, " nor <record type>.<reference>"));
  }
  const ObjectType& holder = rule.relation.inverse ? *rule.related : *rule.own;
  rule.reference = holder.Find(rule.relation.field);
  const bool refers = rule.reference != nullptr && rule.reference->kind == FieldKind::kReference &&
                      !rule.reference->repeated && !rule.reference->computed &&
                      (!rule.relation.inverse ||
                       (rule.reference->lookup == record_type && rule.reference->indexed));
  if (!refers) {
    return InvalidField(
        path, absl::StrCat(RelationText(definition), " is no indexed reference to ", record_type));
  }
  DAYBOOK_RETURN_IF_ERROR(definition.has_lookup_rule() ? BindLookup(definition, currency, &rule)
                                                       : BindRollup(definition, currency, &rule));
  return rule;
}

}  // namespace daybook::domain
