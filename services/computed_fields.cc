#include "services/computed_fields.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "services/engine/engine.h"

namespace daybook::services {
namespace {

using domain::BoundRule;
using domain::Field;
using domain::FieldKind;
using domain::Value;
using google::protobuf::Message;
using setup::v1::FieldDefinition;
using setup::v1::RollupRule;
using type::v1::CustomValue;

constexpr char kLimitExceeded[] = "LIMIT_EXCEEDED";
constexpr char kNotReadable[] = "NOT_READABLE";
constexpr char kOutOfRange[] = "OUT_OF_RANGE";
constexpr char kRuleInvalid[] = "RULE_INVALID";
constexpr char kSeveralCurrencies[] = "SEVERAL_CURRENCIES";
constexpr char kSeveralRecords[] = "SEVERAL_RECORDS";

// Records whose related ones are looked up, and related ones that are fetched, at once.
constexpr size_t kParentsAtOnce = 64;
constexpr size_t kFetchedAtOnce = 1024;
// Related ones that are looked up for each of several records; those with more are looked at alone.
constexpr size_t kRelatedOfSeveral = 256;

std::string IdOf(const Message& record) {
  return record.GetReflection()->GetString(record, record.GetDescriptor()->FindFieldByNumber(1));
}

// What is shown of a field: names instead of the numbers of enums.
Value Shown(const Message& record, const Field& field) {
  Value value = domain::GetValue(record, field);
  if (value.kind != FieldKind::kEnum) return value;
  Value named;
  named.kind = FieldKind::kText;
  named.absent = value.absent;
  if (!value.absent) {
    named.text =
        domain::EnumValueName(*field.steps.back()->enum_type(), static_cast<int>(value.number));
  }
  return named;
}

CustomValue Unavailable(const FieldDefinition& definition, absl::string_view why) {
  CustomValue value;
  value.set_name(definition.name());
  value.set_unavailable(std::string(why));
  return value;
}

CustomValue Available(const FieldDefinition& definition, const Value& value) {
  CustomValue custom;
  custom.set_name(definition.name());
  return value.absent ? custom : domain::CustomValueOf(definition.name(), value);
}

// Of the records of a lookup the one that is shown; null when there is none.
using Records = std::vector<std::unique_ptr<Message>>;
const Message* Pick(const setup::v1::LookupRule& lookup, const BoundRule& rule,
                    const Records& records) {
  const Message* picked = nullptr;
  Value best;
  for (const auto& record : records) {  // by id
    if (rule.by == nullptr) return record.get();
    const Value value = domain::GetValue(*record, *rule.by);
    if (value.absent) continue;
    const bool last = lookup.pick() == setup::v1::LOOKUP_PICK_LAST;
    const int order = picked == nullptr ? 0 : domain::Compare(value, best);
    // Equal ones: the highest id for the last, the lowest for the first.
    if (picked == nullptr || (last ? order >= 0 : order < 0)) {
      picked = record.get();
      best = value;
    }
  }
  return picked;
}

CustomValue Look(const FieldDefinition& definition, const BoundRule& rule, Records* records) {
  const setup::v1::LookupRule& lookup = definition.lookup_rule();
  if (lookup.pick() == setup::v1::LOOKUP_PICK_ONLY && records->size() > 1) {
    return Unavailable(definition, kSeveralRecords);
  }
  const Message* picked = Pick(lookup, rule, *records);
  const auto others = [&](const std::unique_ptr<Message>& record) {
    return record.get() != picked;
  };
  records->erase(std::remove_if(records->begin(), records->end(), others), records->end());
  return Available(definition, picked == nullptr ? Value() : Shown(*picked, *rule.source));
}

// The values that a rollup works on, and the records that have them. False: several currencies.
bool Values(const RollupRule& rollup, const BoundRule& rule, Records* records,
            std::vector<Value>* values) {
  std::set<std::string> currencies;
  const auto left_out = [&](const std::unique_ptr<Message>& record) {
    Value value = domain::GetValue(*record, *rule.source);
    const bool only = rollup.currency_mode() == setup::v1::CURRENCY_MODE_ONLY;
    if (value.absent || (only && value.text != rollup.currency())) return true;
    if (value.kind == FieldKind::kMoney) currencies.insert(value.text);
    values->push_back(std::move(value));
    return false;
  };
  records->erase(std::remove_if(records->begin(), records->end(), left_out), records->end());
  return rollup.currency_mode() == setup::v1::CURRENCY_MODE_UNSPECIFIED || currencies.size() <= 1;
}

// Sum or average: FORMULAS.md 1, rounded once, half to even. Absent when it does not fit.
std::optional<Value> Total(const RollupRule& rollup, const std::vector<Value>& values) {
  absl::int128 sum = 0;
  for (const Value& value : values) sum += value.number;
  Value total = values.front();
  if (rollup.operation() == setup::v1::ROLLUP_OPERATION_AVERAGE) {
    if (total.kind == FieldKind::kInteger) {
      total.kind = FieldKind::kShare;
      sum *= kNano;
    }
    sum = DivideHalfEven(sum, static_cast<int64_t>(values.size()));
  }
  if (sum > INT64_MAX || sum < INT64_MIN) return std::nullopt;
  total.number = static_cast<int64_t>(sum);
  return total;
}

Value Number(size_t count) {
  Value value;
  value.kind = FieldKind::kInteger;
  value.absent = false;
  value.number = static_cast<int64_t>(count);
  return value;
}

CustomValue Roll(const FieldDefinition& definition, const BoundRule& rule, Records* records) {
  const RollupRule& rollup = definition.rollup_rule();
  if (rule.source == nullptr) return Available(definition, Number(records->size()));
  std::vector<Value> values;
  if (!Values(rollup, rule, records, &values)) return Unavailable(definition, kSeveralCurrencies);
  const auto less = [](const Value& a, const Value& b) { return domain::Compare(a, b) < 0; };
  switch (rollup.operation()) {
    case setup::v1::ROLLUP_OPERATION_DISTINCT_COUNT: {
      std::set<std::string> distinct;
      for (const Value& value : values) {
        std::string encoded;
        domain::EncodeValue(value, &encoded);
        distinct.insert(std::move(encoded));
      }
      return Available(definition, Number(distinct.size()));
    }
    case setup::v1::ROLLUP_OPERATION_MIN:
    case setup::v1::ROLLUP_OPERATION_MAX: {
      if (values.empty()) return Available(definition, Value());
      const bool least = rollup.operation() == setup::v1::ROLLUP_OPERATION_MIN;
      const auto found = least ? std::min_element(values.begin(), values.end(), less)
                               : std::max_element(values.begin(), values.end(), less);
      const auto at = static_cast<size_t>(found - values.begin());
      return Available(definition, Shown(*(*records)[at], *rule.source));
    }
    case setup::v1::ROLLUP_OPERATION_SUM:
    case setup::v1::ROLLUP_OPERATION_AVERAGE: {
      if (values.empty()) return Available(definition, Value());
      const std::optional<Value> total = Total(rollup, values);
      return total.has_value() ? Available(definition, *total)
                               : Unavailable(definition, kOutOfRange);
    }
    default:
      return Unavailable(definition, kRuleInvalid);
  }
}

// What the rule makes of the related records; of these it leaves the ones that count.
CustomValue ValueFrom(const FieldDefinition& definition, const BoundRule& rule, Records* records) {
  const auto out = [&](const std::unique_ptr<Message>& source) {
    return source == nullptr || !domain::Matches(rule.filter, *source);
  };
  records->erase(std::remove_if(records->begin(), records->end(), out), records->end());
  return definition.has_lookup_rule() ? Look(definition, rule, records)
                                      : Roll(definition, rule, records);
}

}  // namespace

ComputedFields::ComputedFields(const Query& query, const ReadType& own)
    : ComputedFields(query, own, query.deps.custom_fields.limits().related_of_answer) {}

absl::StatusOr<const BoundRule*> ComputedFields::RuleOf(const FieldDefinition& definition) {
  auto known = rules_.find(definition.name());
  if (known == rules_.end()) {
    absl::Status failure;
    const auto types = [&](absl::string_view name) -> std::shared_ptr<const domain::ObjectType> {
      if (name == own_.type->aggregate()) return own_.type;
      auto read = query_.deps.custom_fields.Of(name);
      failure.Update(read.status());
      return read.ok() ? read->type : nullptr;
    };
    auto rule = domain::BindRule(definition, own_.type->aggregate(), types,
                                 query_.deps.engine.GetSettings().currency);
    if (!failure.ok()) return failure;
    known = rules_.emplace(definition.name(), std::move(rule)).first;
  }
  return known->second.ok() ? &*known->second : nullptr;
}

absl::StatusOr<ComputedFields::Ids> ComputedFields::Find(const domain::ObjectType& type,
                                                         absl::string_view field,
                                                         const std::string& id, size_t limit) {
  DAYBOOK_ASSIGN_OR_RETURN(
      auto found, query_.snapshot.FindByReference(type, field, id, std::min(limit, left() + 1)));
  spent_ += found.size();
  return found;
}

absl::StatusOr<ComputedFields::Ids> ComputedFields::Subtree(const std::string& id) {
  Ids ids = {id};
  for (size_t i = 0; i < ids.size() && ids.size() <= kSubtreeMax && !exhausted(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto children,
                             Find(*own_.type, "parent_id", ids[i], kSubtreeMax + 1 - ids.size()));
    ids.insert(ids.end(), children.begin(), children.end());
  }
  return ids;
}

absl::StatusOr<ComputedFields::Related> ComputedFields::RelatedTo(const FieldDefinition& definition,
                                                                  const BoundRule& rule,
                                                                  const Message& record) {
  const size_t related_max = query_.deps.custom_fields.limits().related;
  Related related;
  if (!rule.relation.inverse) {
    const Value value = domain::GetValue(record, *rule.reference);
    if (value.absent) return related;
    ++spent_;
    related.ids.push_back(value.text);
    related.exceeds = exhausted();
    return related;
  }
  Ids parents = {IdOf(record)};
  if (definition.rollup_rule().subtree()) {
    DAYBOOK_ASSIGN_OR_RETURN(parents, Subtree(parents.front()));
    related.exceeds = parents.size() > kSubtreeMax || exhausted();
  }
  for (size_t i = 0; i < parents.size() && !related.exceeds; ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto ids, Find(*rule.related, rule.relation.field, parents[i],
                                                  related_max + 1 - related.ids.size()));
    related.ids.insert(related.ids.end(), ids.begin(), ids.end());
    related.exceeds = related.ids.size() > related_max || exhausted();
  }
  std::sort(related.ids.begin(), related.ids.end());
  return related;
}

absl::StatusOr<std::vector<ComputedFields::Related>> ComputedFields::RelatedToAll(
    const FieldDefinition& definition, const BoundRule& rule, absl::Span<Message* const> records) {
  std::vector<Related> all;
  std::vector<Ids> found;
  size_t limit = 0;
  if (rule.relation.inverse && !definition.rollup_rule().subtree()) {
    Ids parents;
    for (const Message* record : records) parents.push_back(IdOf(*record));
    limit = std::min({kRelatedOfSeveral, query_.deps.custom_fields.limits().related, left()}) + 1;
    DAYBOOK_ASSIGN_OR_RETURN(found, query_.snapshot.FindByReferences(
                                        *rule.related, rule.relation.field, parents, limit));
  }
  for (size_t i = 0; i < records.size() && !exhausted(); ++i) {
    if (i >= found.size() || found[i].size() == limit) {
      DAYBOOK_ASSIGN_OR_RETURN(all.emplace_back(), RelatedTo(definition, rule, *records[i]));
      continue;
    }
    spent_ += found[i].size();
    all.push_back({std::move(found[i]), exhausted()});
  }
  return all;
}

absl::StatusOr<const char*> ComputedFields::Obstacle(const FieldDefinition& definition) {
  DAYBOOK_ASSIGN_OR_RETURN(const BoundRule* rule, RuleOf(definition));
  if (rule == nullptr) return kRuleInvalid;
  const bool readable =
      query_.deps.access.CheckRead(query_.principal, rule->related->aggregate()).ok();
  return readable ? nullptr : kNotReadable;
}

absl::StatusOr<ComputedFields::Result> ComputedFields::Compute(const FieldDefinition& definition,
                                                               const Message& record) {
  Result result;
  DAYBOOK_ASSIGN_OR_RETURN(const char* obstacle, Obstacle(definition));
  if (obstacle != nullptr) {
    result.value = Unavailable(definition, obstacle);
    return result;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const BoundRule* rule, RuleOf(definition));
  result.source_type = rule->related;
  result.source_field = rule->source;
  DAYBOOK_ASSIGN_OR_RETURN(const Related related, RelatedTo(definition, *rule, record));
  if (related.exceeds) {
    result.value = Unavailable(definition, kLimitExceeded);
    return result;
  }
  DAYBOOK_ASSIGN_OR_RETURN(result.sources, query_.snapshot.GetRecords(*rule->related, related.ids));
  result.value = ValueFrom(definition, *rule, &result.sources);
  return result;
}

absl::StatusOr<std::vector<CustomValue>> ComputedFields::ComputeAll(
    const FieldDefinition& definition, absl::Span<Message* const> records) {
  DAYBOOK_ASSIGN_OR_RETURN(const char* obstacle, Obstacle(definition));
  if (obstacle != nullptr) {
    return std::vector<CustomValue>(records.size(), Unavailable(definition, obstacle));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const BoundRule* rule, RuleOf(definition));
  std::vector<CustomValue> values;
  for (size_t from = 0; from < records.size() && !exhausted(); from += kParentsAtOnce) {
    DAYBOOK_RETURN_IF_ERROR(
        ComputeSome(definition, *rule, records.subspan(from, kParentsAtOnce), &values));
  }
  values.resize(records.size(), Unavailable(definition, kLimitExceeded));
  return values;
}

absl::Status ComputedFields::ComputeSome(const FieldDefinition& definition, const BoundRule& rule,
                                         absl::Span<Message* const> records,
                                         std::vector<CustomValue>* values) {
  DAYBOOK_ASSIGN_OR_RETURN(auto related, RelatedToAll(definition, rule, records));
  for (size_t next = 0; next < related.size();) {
    // Several records whose related ones are fetched at once.
    const size_t first = next;
    Ids together;
    for (; next < related.size() && together.size() < kFetchedAtOnce; ++next) {
      const Related& one = related[next];
      values->push_back(one.exceeds ? Unavailable(definition, kLimitExceeded) : CustomValue());
      if (!one.exceeds) together.insert(together.end(), one.ids.begin(), one.ids.end());
    }
    DAYBOOK_ASSIGN_OR_RETURN(Records fetched, query_.snapshot.GetRecords(*rule.related, together));
    auto at = std::make_move_iterator(fetched.begin());
    for (size_t i = first; i < next; ++i) {
      if (related[i].exceeds) continue;
      const auto count = static_cast<std::ptrdiff_t>(related[i].ids.size());
      CustomValue& value = (*values)[values->size() - (next - i)];
      Records own(at, at + count);
      at += count;
      value = ValueFrom(definition, rule, &own);
    }
  }
  return absl::OkStatus();
}

bool ComputedFields::Wanted(const std::vector<std::string>& mask) const {
  if (!own_.computes) return false;
  return mask.empty() || std::any_of(mask.begin(), mask.end(), [](const std::string& path) {
           return path == "custom" || !domain::CustomName(path).empty();
         });
}

absl::Status ComputedFields::Fill(const std::vector<std::string>& mask,
                                  const std::vector<std::string>& already,
                                  absl::Span<Message* const> records) {
  const auto names = [](const std::vector<std::string>& paths, const std::string& path) {
    return std::find(paths.begin(), paths.end(), path) != paths.end();
  };
  const bool all = mask.empty() || names(mask, "custom");
  for (const FieldDefinition& definition : own_.catalog->fields()) {
    if (definition.retired() || definition.computed_case() == FieldDefinition::COMPUTED_NOT_SET) {
      continue;
    }
    const std::string path = domain::CustomPath(definition.name());
    if ((!all && !names(mask, path)) || names(already, path)) continue;
    DAYBOOK_RETURN_IF_ERROR(Put(definition, records));
  }
  return absl::OkStatus();
}

absl::Status ComputedFields::Put(const FieldDefinition& definition,
                                 absl::Span<Message* const> records) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto values, ComputeAll(definition, records));
  for (size_t i = 0; i < records.size(); ++i) {
    if (values[i].value_case() == CustomValue::VALUE_NOT_SET) continue;
    domain::PutCustomValue(values[i], domain::MutableCustomValues(records[i]));
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
