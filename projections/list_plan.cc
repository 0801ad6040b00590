#include "projections/list_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "projections/key.h"
#include "projections/record_row.h"
#include "projections/views.h"

namespace daybook::projections {

namespace {

using domain::BoundFilter;
using domain::Comparator;
using domain::Field;
using domain::ObjectType;
using domain::TextMatch;

// Encoded values that a field may have: one of `equals`, or within [lower, upper).
struct Bounds {
  const Field* field = nullptr;
  std::vector<std::string> equals;
  bool ranged = false;
  std::string lower;
  std::string upper;  // empty: no end
};

const char kPresent[] = "\x01";  // sorts after the absent value and before all others

std::string Encoded(const domain::Value& value) {
  std::string bytes;
  domain::EncodeValue(value, &bytes);
  return bytes;
}

void Restrict(Bounds* bounds, absl::string_view lower, absl::string_view upper) {
  bounds->ranged = true;
  if (lower > absl::string_view(bounds->lower)) bounds->lower = std::string(lower);
  if (bounds->upper.empty() || (!upper.empty() && upper < absl::string_view(bounds->upper))) {
    bounds->upper = std::string(upper);
  }
}

void AddLeaf(const BoundFilter& leaf, Bounds* bounds) {
  if (leaf.comparator == Comparator::kHas || leaf.match == TextMatch::kPresent) {
    if (leaf.comparator != Comparator::kNotEqual) Restrict(bounds, kPresent, "");
    return;
  }
  const std::string value = Encoded(leaf.value);
  switch (leaf.comparator) {
    case Comparator::kEqual:
      if (leaf.match == TextMatch::kExact && bounds->equals.empty()) {
        bounds->equals.push_back(value);
      } else if (leaf.match == TextMatch::kPrefix && leaf.field->kind == domain::FieldKind::kText &&
                 value.size() > 2) {
        const std::string prefix = value.substr(0, value.size() - 2);  // without the end of text
        Restrict(bounds, prefix, PrefixEnd(prefix));
      }
      return;
    case Comparator::kLess:
      return Restrict(bounds, kPresent, value);
    case Comparator::kLessEqual:
      return Restrict(bounds, kPresent, PrefixEnd(value));
    case Comparator::kGreater:
      return Restrict(bounds, PrefixEnd(value), "");
    case Comparator::kGreaterEqual:
      return Restrict(bounds, value, "");
    case Comparator::kNotEqual:
    case Comparator::kHas:
      return;
  }
}

Bounds* BoundsOf(const Field* field, std::vector<Bounds>* all) {
  for (Bounds& bounds : *all) {
    if (bounds.field == field) return &bounds;
  }
  all->push_back({});
  all->back().field = field;
  return &all->back();
}

bool IsExact(const BoundFilter& f) {
  return f.kind == BoundFilter::Kind::kCompare && f.comparator == Comparator::kEqual &&
         f.match == TextMatch::kExact;
}

// What every record that fits must satisfy; the rest of the filter is left to Matches.
void Collect(const BoundFilter& filter, std::vector<Bounds>* all) {
  switch (filter.kind) {
    case BoundFilter::Kind::kAnd:
      for (const BoundFilter& child : filter.children) Collect(child, all);
      return;
    case BoundFilter::Kind::kCompare:
      return AddLeaf(filter, BoundsOf(filter.field, all));
    case BoundFilter::Kind::kOr: {
      // `state = WON OR state = LOST`
      for (const BoundFilter& child : filter.children) {
        if (!IsExact(child) || child.field != filter.children[0].field) return;
      }
      if (filter.children.empty()) return;
      Bounds* bounds = BoundsOf(filter.children[0].field, all);
      if (!bounds->equals.empty()) return;
      for (const BoundFilter& child : filter.children) {
        bounds->equals.push_back(Encoded(child.value));
      }
      std::sort(bounds->equals.begin(), bounds->equals.end());
      bounds->equals.erase(std::unique(bounds->equals.begin(), bounds->equals.end()),
                           bounds->equals.end());
      return;
    }
    case BoundFilter::Kind::kNot:
      return;
  }
}

// Ids that a part of the filter names, where it names all that can fit.
bool NamesIds(const BoundFilter& filter, const Field* id, std::vector<std::string>* ids) {
  if (IsExact(filter) && filter.field == id) {
    ids->push_back(filter.value.text);
    return true;
  }
  if (filter.kind == BoundFilter::Kind::kAnd) {
    return std::any_of(filter.children.begin(), filter.children.end(),
                       [&](const BoundFilter& child) { return NamesIds(child, id, ids); });
  }
  if (filter.kind != BoundFilter::Kind::kOr || filter.children.empty()) return false;
  std::vector<std::string> named;
  for (const BoundFilter& child : filter.children) {
    if (!NamesIds(child, id, &named)) return false;
  }
  ids->insert(ids->end(), named.begin(), named.end());
  return true;
}

bool UsesPersonal(const BoundFilter& filter) {
  if (filter.kind == BoundFilter::Kind::kCompare) {
    return filter.field->security == domain::Security::kPersonal;
  }
  return std::any_of(filter.children.begin(), filter.children.end(), UsesPersonal);
}

const Bounds* Find(const std::vector<Bounds>& all, const Field* field) {
  for (const Bounds& bounds : all) {
    if (bounds.field == field) return &bounds;
  }
  return nullptr;
}

bool BoundToOne(const std::vector<Bounds>& all, const Field* field) {
  const Bounds* bounds = Find(all, field);
  return bounds != nullptr && bounds->equals.size() == 1;
}

// Kinds whose values take the same number of bytes and compare as these do.
bool IsPlainNumber(const Field& field) {
  switch (field.kind) {
    case domain::FieldKind::kInteger:
    case domain::FieldKind::kDate:
    case domain::FieldKind::kInstant:
    case domain::FieldKind::kShare:
      return true;
    case domain::FieldKind::kText:
    case domain::FieldKind::kBoolean:
    case domain::FieldKind::kEnum:
    case domain::FieldKind::kMoney:
    case domain::FieldKind::kReference:
    case domain::FieldKind::kStructure:
      return false;
  }
  return false;
}

bool IsRange(const BoundFilter& leaf) {
  switch (leaf.comparator) {
    case Comparator::kLess:
    case Comparator::kLessEqual:
    case Comparator::kGreater:
    case Comparator::kGreaterEqual:
      return true;
    case Comparator::kEqual:
    case Comparator::kNotEqual:
    case Comparator::kHas:
      return false;
  }
  return false;
}

// Whether the range of an index with `fixed` leading fields of one value holds exactly the records
// that fit. Says no where it does not know.
bool Decides(const domain::Index& index, size_t fixed, const std::vector<Bounds>& all,
             const BoundFilter& filter) {
  if (filter.kind == BoundFilter::Kind::kAnd) {
    return std::all_of(filter.children.begin(), filter.children.end(),
                       [&](const BoundFilter& child) { return Decides(index, fixed, all, child); });
  }
  if (filter.kind != BoundFilter::Kind::kCompare) return false;
  // `custom.region:*`: the index holds those that have a value and no others.
  if (filter.match == TextMatch::kPresent && filter.comparator != Comparator::kNotEqual &&
      index.id == domain::kCustomIndex && index.fields[0] == filter.field) {
    return true;
  }
  if (IsExact(filter)) {
    const auto end = index.fields.begin() + static_cast<std::ptrdiff_t>(fixed);
    return std::find(index.fields.begin(), end, filter.field) != end &&
           Find(all, filter.field)->equals[0] == Encoded(filter.value);
  }
  return IsRange(filter) && IsPlainNumber(*filter.field) && !filter.value.absent &&
         fixed < index.fields.size() && index.fields[fixed] == filter.field &&
         Find(all, filter.field)->equals.empty();
}

// Whether an index holds every record that can fit: one over a custom field holds only those that
// have a value.
bool HoldsAll(const domain::Index& index, const std::vector<Bounds>& all) {
  if (index.id != domain::kCustomIndex) return true;
  const Bounds* bounds = Find(all, index.fields[0]);
  if (bounds == nullptr) return false;
  const auto present = [](const std::string& encoded) { return encoded >= kPresent; };
  return bounds->equals.empty()
             ? bounds->ranged && present(bounds->lower)
             : std::all_of(bounds->equals.begin(), bounds->equals.end(), present);
}

// The number of leading fields of an index that the filter binds to one value.
size_t FixedFields(const domain::Index& index, const std::vector<Bounds>& all) {
  size_t fixed = 0;
  while (fixed < index.fields.size() && BoundToOne(all, index.fields[fixed])) ++fixed;
  return fixed;
}

// Binds an index as far as the filter goes. REQUIRES: fixed == FixedFields(index, all).
IndexAccess Bind(const ObjectType& type, const domain::Index& index, const std::vector<Bounds>& all,
                 size_t fixed) {
  IndexAccess access;
  access.index = &index;
  access.prefix = IndexPrefix(type.id(), index);
  for (size_t i = 0; i < fixed; ++i) access.prefix += Find(all, index.fields[i])->equals[0];
  access.bound = static_cast<int>(2 * fixed);
  const Bounds* next = fixed < index.fields.size() ? Find(all, index.fields[fixed]) : nullptr;
  if (next != nullptr && !next->equals.empty()) {
    for (const std::string& value : next->equals) {
      access.ranges.push_back({access.prefix + value, PrefixEnd(access.prefix + value)});
    }
    access.bound += 1;
  } else if (next != nullptr && next->ranged) {
    access.ranges.push_back({access.prefix + next->lower, next->upper.empty()
                                                              ? PrefixEnd(access.prefix)
                                                              : access.prefix + next->upper});
    access.bound += 1;
  } else {
    access.ranges.push_back({access.prefix, PrefixEnd(access.prefix)});
  }
  return access;
}

// Whether the rows of an index with `fixed` leading fields of one value come in the plan's order.
bool ComesInOrder(const domain::Index& index, size_t fixed, const ListPlan& plan) {
  if (index.fields.size() - fixed != plan.order.size()) return false;
  for (size_t i = 0; i < plan.order.size(); ++i) {
    if (index.fields[fixed + i] != plan.order[i].field) return false;
  }
  return true;
}

bool HasIndex(const ObjectType& type, const Field* field) {
  for (const domain::Index& index : type.indexes()) {
    if (index.fields[0] == field) return true;
  }
  return false;
}

absl::Status SetOrder(const ObjectType& type, const std::vector<domain::OrderKey>& order,
                      const std::vector<Bounds>& all, ListPlan* plan) {
  const Field* const id = type.Find("id");
  bool descending = false;
  for (const domain::OrderKey& key : order) {
    if (key.field == id) {
      plan->id_descending = key.descending;
      return absl::OkStatus();  // nothing can follow what is unique
    }
    if (key.field->computed) {
      plan->computed = plan->computed_order = true;
    } else if (!HasIndex(type, key.field)) {
      return Reject(Reason::REASON_FIELD_NOT_FILTERABLE,
                    absl::StrCat("lists of ", type.aggregate(), " cannot be ordered by ",
                                 key.field->path, ": the field has no index"),
                    {{"field", key.field->path}});
    }
    if (key.field->security == domain::Security::kPersonal) plan->personal = true;
    descending = key.descending;
    const bool repeated =
        std::any_of(plan->order.begin(), plan->order.end(),
                    [&](const domain::OrderKey& k) { return k.field == key.field; });
    if (!BoundToOne(all, key.field) && !repeated) plan->order.push_back(key);
  }
  plan->id_descending = descending;
  return absl::OkStatus();
}

void ChooseOrdered(const ObjectType& type, const BoundFilter& filter,
                   const std::vector<Bounds>& all, ListPlan* plan) {
  for (const domain::OrderKey& key : plan->order) {
    if (key.descending != plan->id_descending) return;  // no walk goes both ways
  }
  plan->backward = plan->id_descending;
  if (plan->order.empty()) {
    plan->has_ordered = true;
    plan->ordered.prefix = RecordPrefix(type.id());
    plan->ordered.ranges = {{plan->ordered.prefix, PrefixEnd(plan->ordered.prefix)}};
    plan->decided = filter.kind == BoundFilter::Kind::kAnd && filter.children.empty();
  }
  for (const domain::Index& index : type.indexes()) {
    if (index.personal && !plan->personal) continue;
    if (!HoldsAll(index, all)) continue;
    const size_t fixed = FixedFields(index, all);
    if (!ComesInOrder(index, fixed, *plan)) continue;
    IndexAccess access = Bind(type, index, all, fixed);
    if (access.ranges.size() != 1) continue;
    if (plan->has_ordered && access.bound <= plan->ordered.bound) continue;
    plan->has_ordered = true;
    plan->ordered = std::move(access);
    plan->decided = !plan->personal && Decides(index, fixed, all, filter);
  }
}

void ChooseNarrowing(const ObjectType& type, const std::vector<Bounds>& all, ListPlan* plan) {
  for (const domain::Index& index : type.indexes()) {
    if (index.personal && !plan->personal) continue;
    if (plan->has_ordered && plan->ordered.index == &index) continue;
    if (Find(all, index.fields[0]) == nullptr || !HoldsAll(index, all)) continue;
    IndexAccess access = Bind(type, index, all, FixedFields(index, all));
    if (access.bound > 0) plan->narrowing.push_back(std::move(access));
  }
  std::stable_sort(plan->narrowing.begin(), plan->narrowing.end(),
                   [](const IndexAccess& a, const IndexAccess& b) { return a.bound > b.bound; });
  if (plan->narrowing.size() > kNarrowingMax) plan->narrowing.resize(kNarrowingMax);
}

}  // namespace

absl::StatusOr<ListPlan> MakeListPlan(const ObjectType& type, const domain::BoundFilter& filter,
                                      const std::vector<domain::OrderKey>& order) {
  ListPlan plan;
  plan.personal = UsesPersonal(filter);
  plan.computed = domain::UsesComputed(filter);
  std::vector<Bounds> all;
  Collect(filter, &all);
  if (absl::Status status = SetOrder(type, order, all, &plan); !status.ok()) return status;
  plan.by_id = NamesIds(filter, type.Find("id"), &plan.ids);
  ChooseOrdered(type, filter, all, &plan);
  if (!plan.decided) ChooseNarrowing(type, all, &plan);
  return plan;
}

absl::StatusOr<bool> PlanList(ListQuery* query) {
  DAYBOOK_ASSIGN_OR_RETURN(ListPlan plan, MakeListPlan(*query->type, query->filter, query->order));
  const bool is_short = plan.decided && !plan.by_id &&
                        !RecordTypeOf(*query->type).personal_natively &&
                        query->page_size <= kShortListRows && query->page_token.empty();
  query->plan = std::make_shared<const ListPlan>(std::move(plan));
  return is_short;
}

std::string SortKey(const ListPlan& plan, const google::protobuf::Message& record,
                    absl::string_view id_bytes) {
  std::string bytes;
  const auto complement = [&](size_t from) {
    for (size_t i = from; i < bytes.size(); ++i) bytes[i] = static_cast<char>(~bytes[i]);
  };
  for (const domain::OrderKey& key : plan.order) {
    const size_t from = bytes.size();
    domain::EncodeValue(domain::GetValue(record, *key.field), &bytes);
    if (key.descending) complement(from);
  }
  const size_t from = bytes.size();
  bytes.append(id_bytes.data(), id_bytes.size());
  if (plan.id_descending) complement(from);
  return bytes;
}

std::string OrderedKey(const ListPlan& plan, absl::string_view sort_key) {
  std::string key(sort_key);
  if (plan.backward) {
    for (char& c : key) c = static_cast<char>(~c);
  }
  return key;
}

}  // namespace daybook::projections
