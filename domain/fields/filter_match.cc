#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/base/money.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/fields/custom.h"
#include "domain/fields/filter.h"

namespace daybook::domain {
namespace {

absl::string_view SignOf(Comparator comparator) {
  switch (comparator) {
    case Comparator::kEqual:
      return "=";
    case Comparator::kNotEqual:
      return "!=";
    case Comparator::kLess:
      return "<";
    case Comparator::kLessEqual:
      return "<=";
    case Comparator::kGreater:
      return ">";
    case Comparator::kGreaterEqual:
      return ">=";
    case Comparator::kHas:
      return ":";
  }
  return "=";
}

std::string Quoted(absl::string_view text, TextMatch match) {
  std::string quoted = "\"";
  if (match == TextMatch::kSuffix || match == TextMatch::kContains) quoted.push_back('*');
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '*') quoted.push_back('\\');
    quoted.push_back(c);
  }
  if (match == TextMatch::kPrefix || match == TextMatch::kContains) quoted.push_back('*');
  quoted.push_back('"');
  return quoted;
}

std::string ValueText(const BoundFilter& leaf) {
  const Value& value = leaf.value;
  if (leaf.match == TextMatch::kPresent) return "*";
  switch (value.kind) {
    case FieldKind::kText:
    case FieldKind::kReference:
      return Quoted(value.text, leaf.match);
    case FieldKind::kBoolean:
      return value.number != 0 ? "TRUE" : "FALSE";
    case FieldKind::kInteger:
      return absl::StrCat(value.number);
    case FieldKind::kEnum:
      return EnumValueName(*leaf.field->steps.back()->enum_type(), static_cast<int>(value.number));
    case FieldKind::kMoney:
      return absl::StrCat(FormatMinor(value.number, value.text), " ", value.text);
    case FieldKind::kDate:
      return FormatDay(absl::CivilDay(1970, 1, 1) + value.number);
    case FieldKind::kInstant:
      return FormatInstant(absl::FromUnixMicros(value.number));
    case FieldKind::kShare:
      return FormatShare(value.number);
    case FieldKind::kStructure:
      break;
  }
  return "";
}

void AppendCanonical(const BoundFilter& filter, std::string* out) {
  out->push_back('(');
  switch (filter.kind) {
    case BoundFilter::Kind::kCompare:
      if (filter.match == TextMatch::kPresent) {
        absl::StrAppend(out, filter.field->path, ":*");
      } else {
        absl::StrAppend(out, filter.field->path, " ", SignOf(filter.comparator), " ",
                        ValueText(filter));
      }
      break;
    case BoundFilter::Kind::kNot:
      out->append("NOT ");
      AppendCanonical(filter.children[0], out);
      break;
    case BoundFilter::Kind::kAnd:
    case BoundFilter::Kind::kOr:
      for (size_t i = 0; i < filter.children.size(); ++i) {
        if (i > 0) out->append(filter.kind == BoundFilter::Kind::kAnd ? " AND " : " OR ");
        AppendCanonical(filter.children[i], out);
      }
      break;
  }
  out->push_back(')');
}

// How a text stands to the one looked for.
bool TextFits(absl::string_view text, absl::string_view wanted, TextMatch match) {
  switch (match) {
    case TextMatch::kExact:
      return text == wanted;
    case TextMatch::kPrefix:
      return absl::StartsWith(text, wanted);
    case TextMatch::kSuffix:
      return absl::EndsWith(text, wanted);
    case TextMatch::kContains:
      return absl::StrContains(text, wanted);
    case TextMatch::kPresent:
      return !text.empty();
  }
  return false;
}

bool Equals(const BoundFilter& leaf, const Value& value) {
  if (leaf.match == TextMatch::kExact) return value == leaf.value;
  return !value.absent && TextFits(value.text, leaf.value.text, leaf.match);
}

// An absent value is before and after nothing, and so is an amount in another currency.
bool IsOrdered(const BoundFilter& leaf, const Value& value) {
  if (value.absent || leaf.value.absent) return false;
  return value.kind != FieldKind::kMoney || value.text == leaf.value.text;
}

bool HasElement(const BoundFilter& leaf, const google::protobuf::Message& record) {
  const google::protobuf::FieldDescriptor* field = leaf.field->steps.back();
  const auto* reflection = record.GetReflection();
  for (int i = 0; i < reflection->FieldSize(record, field); ++i) {
    if (reflection->GetRepeatedString(record, field, i) == leaf.value.text) return true;
  }
  return false;
}

bool MatchesLeaf(const BoundFilter& leaf, const google::protobuf::Message& record) {
  if (leaf.field->repeated) return HasElement(leaf, record);
  const Value value = GetValue(record, *leaf.field);
  switch (leaf.comparator) {
    case Comparator::kHas:
      return !value.absent;
    case Comparator::kEqual:
      return Equals(leaf, value);
    case Comparator::kNotEqual:
      return !Equals(leaf, value);
    case Comparator::kLess:
      return IsOrdered(leaf, value) && Compare(value, leaf.value) < 0;
    case Comparator::kLessEqual:
      return IsOrdered(leaf, value) && Compare(value, leaf.value) <= 0;
    case Comparator::kGreater:
      return IsOrdered(leaf, value) && Compare(value, leaf.value) > 0;
    case Comparator::kGreaterEqual:
      return IsOrdered(leaf, value) && Compare(value, leaf.value) >= 0;
  }
  return false;
}

bool IsUnavailable(const Field& field, const google::protobuf::Message& record) {
  const auto* value = FindCustomValue(CustomValuesIn(record), field.custom);
  return value != nullptr && value->has_unavailable();
}

// Whether it is sure that the filter comes out as `wanted`. `known`: the record holds its computed
// values; what is unknown is sure neither way.
bool Decided(const BoundFilter& filter, const google::protobuf::Message& record, bool wanted,
             bool known) {
  const auto decided = [&](const BoundFilter& child) {
    return Decided(child, record, wanted, known);
  };
  const auto all = [&] {
    return std::all_of(filter.children.begin(), filter.children.end(), decided);
  };
  const auto any = [&] {
    return std::any_of(filter.children.begin(), filter.children.end(), decided);
  };
  switch (filter.kind) {
    case BoundFilter::Kind::kCompare:
      if (filter.field->computed && (!known || IsUnavailable(*filter.field, record))) return false;
      return MatchesLeaf(filter, record) == wanted;
    case BoundFilter::Kind::kNot:
      return Decided(filter.children[0], record, !wanted, known);
    case BoundFilter::Kind::kAnd:
      return wanted ? all() : any();
    case BoundFilter::Kind::kOr:
      return wanted ? any() : all();
  }
  return false;
}

}  // namespace

std::string CanonicalText(const BoundFilter& filter) {
  std::string text;
  if (filter.kind == BoundFilter::Kind::kAnd && filter.children.empty()) return text;
  AppendCanonical(filter, &text);
  return text;
}

bool Matches(const BoundFilter& filter, const google::protobuf::Message& record) {
  return Decided(filter, record, true, true);
}

bool MayMatch(const BoundFilter& filter, const google::protobuf::Message& record) {
  return !Decided(filter, record, false, false);
}

void CollectComputed(const BoundFilter& filter, std::vector<const Field*>* fields) {
  if (filter.field != nullptr && filter.field->computed &&
      std::find(fields->begin(), fields->end(), filter.field) == fields->end()) {
    fields->push_back(filter.field);
  }
  for (const BoundFilter& child : filter.children) CollectComputed(child, fields);
}

bool UsesComputed(const BoundFilter& filter) {
  if (filter.field != nullptr && filter.field->computed) return true;
  return std::any_of(filter.children.begin(), filter.children.end(), UsesComputed);
}

}  // namespace daybook::domain
