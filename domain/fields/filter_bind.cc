#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"
#include "domain/fields/filter_ast.h"
#include "google/protobuf/descriptor.h"

namespace daybook::domain {
namespace {

using filter_internal::FilterError;
using filter_internal::Literal;
using filter_internal::Node;

bool IsEquality(Comparator comparator) {
  return comparator == Comparator::kEqual || comparator == Comparator::kNotEqual ||
         comparator == Comparator::kHas;
}

absl::Status NotFilterable(const Field& field, size_t position) {
  return Reject(Reason::REASON_FIELD_NOT_FILTERABLE,
                absl::StrCat("byte ", position, ": ", field.path,
                             " holds several values: texts are asked for by `", field.path,
                             ":VALUE`; nothing else of it can be filtered or sorted by"),
                {{"field", field.path}, {"position", absl::StrCat(position)}});
}

absl::StatusOr<const Field*> BindField(const ObjectType& type, absl::string_view path,
                                       size_t position, const BindOptions& options) {
  const Field* field = type.Find(path);
  if (field == nullptr) {
    return FilterError(position, absl::StrCat(type.aggregate(), " has no field '", path, "'"));
  }
  if (field->repeated || field->kind == FieldKind::kStructure) {
    return NotFilterable(*field, position);
  }
  if (field->computed && !options.computed) {
    return Reject(Reason::REASON_FIELD_NOT_FILTERABLE,
                  absl::StrCat("byte ", position, ": ", field->path,
                               " is computed when a record is read, which this filter is not held "
                               "against; filter by what it is computed from"),
                  {{"field", field->path}, {"position", absl::StrCat(position)}});
  }
  return field;
}

absl::Status ReadBoolean(const Literal& literal, Value* value) {
  const std::string name = absl::AsciiStrToUpper(literal.text);
  if (name != "TRUE" && name != "FALSE") {
    return FilterError(literal.position, "TRUE or FALSE is expected here");
  }
  value->number = name == "TRUE" ? 1 : 0;
  return absl::OkStatus();
}

absl::Status ReadInteger(const Literal& literal, Value* value) {
  if (absl::SimpleAtoi(literal.text, &value->number)) return absl::OkStatus();
  return FilterError(literal.position, "a whole number is expected here, like 42");
}

// "0.6" or "60%", exactly.
absl::Status ReadShare(const Literal& literal, Value* value) {
  constexpr size_t kWholeDigitsMax = 10;
  absl::string_view text = literal.text;
  const size_t decimals_max = absl::ConsumeSuffix(&text, "%") ? 7 : 9;
  const bool negative = absl::ConsumePrefix(&text, "-");
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('.', 1));
  std::string decimals = parts.size() == 2 ? std::string(parts[1]) : "";
  const std::string digits = absl::StrCat(parts[0], decimals);
  const bool only_digits = std::all_of(digits.begin(), digits.end(),
                                       [](unsigned char c) { return absl::ascii_isdigit(c); });
  while (!decimals.empty() && decimals.back() == '0') decimals.pop_back();
  if (!only_digits || parts[0].empty() || parts[0].size() > kWholeDigitsMax ||
      decimals.size() > decimals_max) {
    return FilterError(literal.position,
                       "a number is expected here, like 0.6 or 60%, with at most 9 decimals");
  }
  decimals.resize(decimals_max, '0');
  int64_t number = 0;
  if (!absl::SimpleAtoi(absl::StrCat(parts[0], decimals), &number)) {
    return FilterError(literal.position, "the number is too large");
  }
  value->number = negative ? -number : number;
  return absl::OkStatus();
}

absl::Status ReadEnum(const Field& field, const Literal& literal, Value* value) {
  const google::protobuf::EnumDescriptor& type = *field.steps.back()->enum_type();
  const std::string name = absl::AsciiStrToUpper(literal.text);
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string short_name = EnumValueName(type, type.value(i)->number());
    if (name == short_name || name == type.value(i)->name()) {
      value->number = type.value(i)->number();
      value->absent = value->number == 0;
      return absl::OkStatus();
    }
    if (type.value(i)->number() != 0) names.push_back(short_name);
  }
  return FilterError(literal.position,
                     absl::StrCat(field.path, " is one of ", absl::StrJoin(names, ", ")));
}

absl::Status ReadMoney(const Literal& literal, const BindOptions& options, Value* value) {
  const absl::string_view text = absl::StripAsciiWhitespace(literal.text);
  const size_t blank = text.find_last_of(" \t\r\n");
  const bool bare = blank == absl::string_view::npos;
  const absl::string_view currency =
      bare ? absl::string_view(options.currency) : text.substr(blank + 1);
  if (bare && currency.empty()) {
    return FilterError(literal.position, "the currency is missing, as in 1000 USD");
  }
  const auto minor = ParseMinor(text.substr(0, blank), currency);
  if (!minor.ok()) {
    return FilterError(literal.position, absl::StrCat("an amount is expected here, like 1000 USD: ",
                                                      minor.status().message()));
  }
  value->text = std::string(currency);
  value->number = *minor;
  return absl::OkStatus();
}

absl::Status ReadDate(const Literal& literal, Value* value) {
  const auto day = ParseDay(literal.text);
  if (!day.ok()) {
    return FilterError(literal.position,
                       "a day from 1900-01-01 to 2200-12-31 is expected here, like 2017-03-01");
  }
  value->number = *day - absl::CivilDay(1970, 1, 1);
  return absl::OkStatus();
}

absl::Status ReadInstant(const Field& field, const Literal& literal, Value* value) {
  if (ParseDay(literal.text).ok()) {
    return FilterError(literal.position,
                       absl::StrCat(field.path, " is an instant, not a day: write ", literal.text,
                                    "T00:00:00Z, or with the offset you mean"));
  }
  const bool begins_with_digit =
      !literal.text.empty() && absl::ascii_isdigit(static_cast<unsigned char>(literal.text[0]));
  auto time = ParseInstant(literal.text);
  if (time.ok()) time = FromProto(ToProto(*time));
  if (!begins_with_digit || !time.ok()) {
    return FilterError(literal.position, "an instant is expected here, like 2017-03-01T12:00:00Z");
  }
  value->number = absl::ToUnixMicros(*time);
  return absl::OkStatus();
}

// Filters are typed by people: an id in capitals is the same id. Fields of requests take one
// spelling.
bool IsId(absl::string_view text) { return Uuid::Parse(absl::AsciiStrToLower(text)).ok(); }

void ReadText(const Field& field, const Literal& literal, Value* value) {
  value->absent = literal.text.empty();
  value->text = literal.text;
  // Ids and hashes have one way to be written.
  const bool bytes = field.steps.back()->type() == google::protobuf::FieldDescriptor::TYPE_BYTES;
  const bool id = field.kind == FieldKind::kReference && IsId(literal.text);
  if (bytes || id) absl::AsciiStrToLower(&value->text);
}

absl::Status ReadValue(const Field& field, const Literal& literal, const BindOptions& options,
                       Value* value) {
  value->kind = field.kind;
  value->absent = false;
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kReference:
      ReadText(field, literal, value);
      return absl::OkStatus();
    case FieldKind::kBoolean:
      return ReadBoolean(literal, value);
    case FieldKind::kInteger:
      return ReadInteger(literal, value);
    case FieldKind::kEnum:
      return ReadEnum(field, literal, value);
    case FieldKind::kMoney:
      return ReadMoney(literal, options, value);
    case FieldKind::kDate:
      return ReadDate(literal, value);
    case FieldKind::kInstant:
      return ReadInstant(field, literal, value);
    case FieldKind::kShare:
      return ReadShare(literal, value);
    case FieldKind::kStructure:
      return NotFilterable(field, literal.position);
  }
  return absl::OkStatus();
}

BoundFilter Negate(BoundFilter filter) {
  if (filter.kind == BoundFilter::Kind::kNot) {
    BoundFilter inside = std::move(filter.children[0]);
    return inside;
  }
  BoundFilter negation;
  negation.kind = BoundFilter::Kind::kNot;
  negation.children.push_back(std::move(filter));
  return negation;
}

// `field:*`, `field = *` and, negated, `field != *`.
absl::StatusOr<BoundFilter> BindPresence(const Field& field, const Node& node) {
  if (!IsEquality(node.comparator)) {
    return FilterError(node.literal.position, "* goes with = != and : only");
  }
  BoundFilter leaf;
  leaf.kind = BoundFilter::Kind::kCompare;
  leaf.field = &field;
  leaf.comparator = Comparator::kHas;
  leaf.match = TextMatch::kPresent;
  leaf.value.kind = field.kind;
  return node.comparator == Comparator::kNotEqual ? Negate(std::move(leaf)) : leaf;
}

// `tags:hot`: one of several texts is this one.
BoundFilter BindElement(const Field& field, const Literal& literal) {
  BoundFilter leaf;
  leaf.kind = BoundFilter::Kind::kCompare;
  leaf.field = &field;
  leaf.comparator = Comparator::kHas;
  leaf.value.kind = FieldKind::kText;
  leaf.value.absent = literal.text.empty();
  leaf.value.text = literal.text;
  if (!field.lookup.empty() && IsId(literal.text)) {
    absl::AsciiStrToLower(&leaf.value.text);
  }
  return leaf;
}

bool IsElement(const Field* field, const Node& node) {
  return field != nullptr && field->repeated && field->security != Security::kPersonal &&
         field->steps.back()->type() == google::protobuf::FieldDescriptor::TYPE_STRING &&
         node.comparator == Comparator::kHas && !node.literal.star_before &&
         !node.literal.star_after;
}

absl::StatusOr<BoundFilter> BindComparison(const ObjectType& type, const Node& node,
                                           const BindOptions& options) {
  if (const Field* several = type.Find(node.path); IsElement(several, node)) {
    return BindElement(*several, node.literal);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Field* field, BindField(type, node.path, node.position, options));
  const Literal& literal = node.literal;
  const bool wildcard = literal.star_before || literal.star_after;
  if (wildcard && literal.text.empty()) return BindPresence(*field, node);
  if (wildcard && (field->kind != FieldKind::kText || !IsEquality(node.comparator))) {
    return FilterError(literal.position, "* goes with texts and with = != and : only");
  }
  const bool ordered = field->kind != FieldKind::kBoolean && field->kind != FieldKind::kEnum &&
                       field->kind != FieldKind::kReference;
  if (!ordered && !IsEquality(node.comparator)) {
    return FilterError(node.position,
                       absl::StrCat(field->path, " has no order; compare it with = or !="));
  }
  BoundFilter leaf;
  leaf.kind = BoundFilter::Kind::kCompare;
  leaf.field = field;
  leaf.comparator = node.comparator == Comparator::kHas ? Comparator::kEqual : node.comparator;
  if (wildcard) {
    leaf.match = literal.star_before && literal.star_after ? TextMatch::kContains
                 : literal.star_before                     ? TextMatch::kSuffix
                                                           : TextMatch::kPrefix;
  }
  DAYBOOK_RETURN_IF_ERROR(ReadValue(*field, literal, options, &leaf.value));
  if (leaf.value.absent && !IsEquality(leaf.comparator)) {
    return FilterError(literal.position, "nothing is before or after an empty text");
  }
  return leaf;
}

absl::StatusOr<BoundFilter> BindNode(const ObjectType& type, const Node& node,
                                     const BindOptions& options) {
  if (node.kind == BoundFilter::Kind::kCompare) return BindComparison(type, node, options);
  BoundFilter bound;
  bound.kind = node.kind;
  for (const Node& child : node.children) {
    DAYBOOK_ASSIGN_OR_RETURN(BoundFilter part, BindNode(type, child, options));
    if (node.kind == BoundFilter::Kind::kNot) return Negate(std::move(part));
    if (part.kind != node.kind) {
      bound.children.push_back(std::move(part));
      continue;
    }
    // Brackets around a part of the same list mean nothing.
    for (BoundFilter& inner : part.children) bound.children.push_back(std::move(inner));
  }
  return bound;
}

int HeightOf(const BoundFilter& filter) {
  int height = 0;
  for (const BoundFilter& child : filter.children) height = std::max(height, HeightOf(child));
  return height + 1;
}

absl::StatusOr<OrderKey> ParseOrderKey(const ObjectType& type, absl::string_view text,
                                       size_t position, const BindOptions& options) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  if (words.empty()) return FilterError(position, "the name of a field is expected here");
  const auto offset = static_cast<size_t>(words[0].data() - text.data());
  OrderKey key;
  DAYBOOK_ASSIGN_OR_RETURN(key.field, BindField(type, words[0], position + offset, options));
  if (words.size() == 1) return key;
  key.descending = words[1] == "desc";
  if (words.size() > 2 || (!key.descending && words[1] != "asc")) {
    const auto second = static_cast<size_t>(words[1].data() - text.data());
    return FilterError(position + second, "only asc or desc may follow the name of a field");
  }
  return key;
}

}  // namespace

absl::StatusOr<BoundFilter> ParseFilter(const ObjectType& type, absl::string_view text,
                                        const BindOptions& options) {
  if (absl::StripAsciiWhitespace(text).empty()) return BoundFilter();
  DAYBOOK_ASSIGN_OR_RETURN(const Node node, filter_internal::ParseSyntax(text));
  DAYBOOK_ASSIGN_OR_RETURN(BoundFilter bound, BindNode(type, node, options));
  if (HeightOf(bound) > kFilterDepthMax) {
    return FilterError(0,
                       absl::StrCat("more than ", kFilterDepthMax, " levels of AND, OR and NOT"));
  }
  return bound;
}

absl::StatusOr<std::vector<OrderKey>> ParseOrder(const ObjectType& type, absl::string_view text,
                                                 const BindOptions& options) {
  std::vector<OrderKey> keys;
  if (absl::StripAsciiWhitespace(text).empty()) return keys;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const auto position = static_cast<size_t>(part.data() - text.data());
    if (keys.size() == kOrderFieldsMax) {
      return FilterError(position, absl::StrCat("more than ", kOrderFieldsMax, " fields"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(OrderKey key, ParseOrderKey(type, part, position, options));
    for (const OrderKey& earlier : keys) {
      if (earlier.field == key.field) {
        return FilterError(position, absl::StrCat(key.field->path, " is named twice"));
      }
    }
    keys.push_back(key);
  }
  return keys;
}

}  // namespace daybook::domain
