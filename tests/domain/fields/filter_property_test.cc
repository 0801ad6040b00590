// Goal: whatever filter a client can write means the same after it was written in canonical form,
// and its negation fits exactly the other records. Method: random filters and random records.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/time.h"
#include "domain/fields/filter.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

const ObjectType& Opportunities() { return *Registry::Get().Find("opportunity"); }

const char* AnyTerm() {
  return *rc::gen::elementOf(std::vector<const char*>{"state = OPEN",
                                                      "state != WON",
                                                      "state:LOST",
                                                      "value >= 10 USD",
                                                      "value < 20",
                                                      "value = 10 EUR",
                                                      "value:*",
                                                      "subject = a*",
                                                      "subject = *b",
                                                      "subject:*a*",
                                                      "subject = \"\"",
                                                      "subject > a",
                                                      "reopened <= 1",
                                                      "reopened > 0",
                                                      "imported = TRUE",
                                                      "close_date < 2017-03-02",
                                                      "close_date >= 2017-03-01",
                                                      "close_date != *",
                                                      "stage_probability >= 50%",
                                                      "probability_override:*",
                                                      "account_id:*",
                                                      "meta.revision != 2"});
}

std::string AnyFilter(int depth) {
  const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 5);
  if (kind <= 1) return AnyTerm();
  if (kind == 2) return absl::StrCat(*rc::gen::element("NOT (", "-("), AnyFilter(depth - 1), ")");
  std::vector<std::string> parts;
  const int size = *rc::gen::inRange(2, 4);
  for (int i = 0; i < size; ++i) parts.push_back(absl::StrCat("(", AnyFilter(depth - 1), ")"));
  return absl::StrJoin(parts, kind == 3 ? " AND " : " OR ");
}

void SetMoney(daybook::type::v1::Money* money) {
  money->set_minor(*rc::gen::inRange(800, 2200));
  money->set_currency(*rc::gen::element("USD", "EUR"));
}

pb::Opportunity AnyDeal() {
  pb::Opportunity deal;
  deal.set_subject(*rc::gen::element("", "a", "ab", "b", "cab"));
  deal.set_state(static_cast<pb::OpportunityState>(*rc::gen::inRange(0, 6)));
  if (*rc::gen::arbitrary<bool>()) SetMoney(deal.mutable_value());
  if (*rc::gen::arbitrary<bool>()) {
    *deal.mutable_close_date() = ToProto(absl::CivilDay(2017, 3, *rc::gen::inRange(1, 4)));
  }
  if (*rc::gen::arbitrary<bool>()) deal.set_probability_override(0);
  deal.set_stage_probability(*rc::gen::element(0, 500'000'000, 900'000'000));
  deal.set_reopened(*rc::gen::inRange(0u, 3u));
  deal.set_imported(*rc::gen::arbitrary<bool>());
  if (*rc::gen::arbitrary<bool>()) deal.mutable_meta()->set_revision(2);
  return deal;
}

BoundFilter Parsed(const std::string& text) {
  const auto filter = ParseFilter(Opportunities(), text, {.currency = "USD"});
  RC_ASSERT(filter.ok());
  return *filter;
}

RC_GTEST_PROP(FilterProperty, CanonicalTextParsesToItselfAndMeansTheSame, ()) {
  const BoundFilter filter = Parsed(AnyFilter(3));
  const std::string canonical = CanonicalText(filter);
  RC_PRE(canonical.size() <= kFilterBytesMax);
  const BoundFilter again = Parsed(canonical);
  RC_ASSERT(CanonicalText(again) == canonical);
  const pb::Opportunity deal = AnyDeal();
  RC_ASSERT(Matches(filter, deal) == Matches(again, deal));
}

RC_GTEST_PROP(FilterProperty, ANegatedFilterFitsTheOtherRecords, ()) {
  const std::string text = AnyFilter(3);
  const pb::Opportunity deal = AnyDeal();
  RC_ASSERT(Matches(Parsed(absl::StrCat("NOT (", text, ")")), deal) != Matches(Parsed(text), deal));
}

RC_GTEST_PROP(FilterProperty, AndAndOrAreWhatTheySay, ()) {
  const std::string a = AnyFilter(2);
  const std::string b = AnyFilter(2);
  const pb::Opportunity deal = AnyDeal();
  const bool fits_a = Matches(Parsed(a), deal);
  const bool fits_b = Matches(Parsed(b), deal);
  RC_ASSERT(Matches(Parsed(absl::StrCat("(", a, ") AND (", b, ")")), deal) == (fits_a && fits_b));
  RC_ASSERT(Matches(Parsed(absl::StrCat("(", a, ") OR (", b, ")")), deal) == (fits_a || fits_b));
}

RC_GTEST_PROP(FilterProperty, AnyTextsSurviveQuoting, (const std::string& raw)) {
  std::string text;
  for (const char c : raw) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) text.push_back(c);
  }
  RC_PRE(!text.empty());
  pb::Opportunity deal;
  deal.set_subject(text);
  BoundFilter leaf;
  leaf.kind = BoundFilter::Kind::kCompare;
  leaf.field = Opportunities().Find("subject");
  leaf.value = GetValue(deal, *leaf.field);
  const BoundFilter again = Parsed(CanonicalText(leaf));
  RC_ASSERT(again.match == TextMatch::kExact);
  RC_ASSERT(again.value == leaf.value);
}

RC_GTEST_PROP(FilterProperty, NoTextBreaksTheParser, (const std::string& raw)) {
  // Built from what the grammar knows, so that the random texts get beyond the first character.
  static const std::vector<std::string> kPieces = {"state",      "value", "meta.revision",
                                                   " ",          "=",     "!=",
                                                   "<",          ":",     "*",
                                                   "\"",         "'",     "\\",
                                                   "(",          ")",     "-",
                                                   "AND",        "OR",    "NOT",
                                                   "OPEN",       "10",    "USD",
                                                   "2017-03-01", "%",     ",",
                                                   "x"};
  std::string text;
  for (const char c : raw)
    absl::StrAppend(&text, kPieces[static_cast<unsigned char>(c) % kPieces.size()]);
  const auto filter = ParseFilter(Opportunities(), text, {.currency = "USD"});
  if (filter.ok()) {
    Matches(*filter, AnyDeal());
    if (CanonicalText(*filter).size() <= kFilterBytesMax) Parsed(CanonicalText(*filter) + " ");
  } else {
    RC_ASSERT(!filter.status().message().empty());
  }
}

}  // namespace
}  // namespace daybook::domain
