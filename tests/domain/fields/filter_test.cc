#include "domain/fields/filter.h"

#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "daybook/party/v1/account.pb.h"
#include "daybook/party/v1/contact.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/work/v1/activity.pb.h"
#include "domain/base/error.h"
#include "domain/base/time.h"
#include "domain/fields/custom.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

const ObjectType& Opportunities() { return *Registry::Get().Find("opportunity"); }

absl::StatusOr<BoundFilter> Parse(absl::string_view text) {
  return ParseFilter(Opportunities(), text, {.currency = "USD"});
}

// Either the canonical text or "!REASON@position".
std::string Outcome(const ObjectType& type, absl::string_view text) {
  const auto filter = ParseFilter(type, text, {.currency = "USD"});
  if (filter.ok()) return CanonicalText(*filter);
  return absl::StrCat("!", ReasonName(ReasonOf(filter.status())), "@",
                      ErrorMetadataOf(filter.status(), "position"));
}

TEST(FilterTest, EveryCaseOfTheTableComesOutAsWritten) {
  std::ifstream file(DAYBOOK_SOURCE_DIR "/tests/domain/fields/filter_cases.txt");
  ASSERT_TRUE(file.is_open());
  const ObjectType* type = nullptr;
  int cases = 0;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      type = Registry::Get().Find(line.substr(1, line.size() - 2));
      ASSERT_NE(type, nullptr) << line;
      continue;
    }
    const std::vector<std::string> parts = absl::StrSplit(line, " ==> ");
    ASSERT_EQ(parts.size(), 2u) << "line " << number;
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(Outcome(*type, parts[0]), parts[1]) << "line " << number << ": " << parts[0];
    // What is canonical stays as it is.
    if (parts[1][0] != '!') EXPECT_EQ(Outcome(*type, parts[1]), parts[1]) << "line " << number;
    ++cases;
  }
  EXPECT_GT(cases, 100);
}

TEST(FilterTest, OneOfSeveralTextsIsFoundWhole) {
  const ObjectType& type = *Registry::Get().Find("activity");
  work::v1::Activity activity;
  activity.add_tags("hot");
  activity.add_tags("north");
  const auto fits = [&](absl::string_view text) {
    const auto filter = ParseFilter(type, text, {});
    EXPECT_TRUE(filter.ok()) << filter.status();
    return filter.ok() && Matches(*filter, activity);
  };
  EXPECT_TRUE(fits("tags:hot"));
  EXPECT_TRUE(fits("tags:north AND NOT tags:south"));
  EXPECT_FALSE(fits("tags:ho"));
  EXPECT_FALSE(fits("NOT tags:hot"));
  EXPECT_FALSE(fits("participant_ids:hot"));
}

TEST(FilterTest, EmptyAndBlankTextFitEverything) {
  for (const char* text : {"", "  ", "\n\t "}) {
    const auto filter = Parse(text);
    ASSERT_TRUE(filter.ok());
    EXPECT_EQ(CanonicalText(*filter), "");
    EXPECT_TRUE(Matches(*filter, pb::Opportunity()));
  }
}

TEST(FilterTest, TextMayBeAsLongAsTheLimitAndNoLonger) {
  const std::string head = "subject = \"";
  const std::string at_limit =
      absl::StrCat(head, std::string(kFilterBytesMax - head.size() - 1, 'x'), "\"");
  ASSERT_EQ(at_limit.size(), kFilterBytesMax);
  EXPECT_TRUE(Parse(at_limit).ok());
  EXPECT_EQ(Outcome(Opportunities(), at_limit + " "), "!INVALID_FILTER@2048");
}

TEST(FilterTest, ComparisonsMayBeAsManyAsTheLimitAndNoMore) {
  std::vector<std::string> terms(kFilterTermsMax, "reopened = 1");
  EXPECT_TRUE(Parse(absl::StrJoin(terms, " OR ")).ok());
  terms.push_back("reopened = 1");
  EXPECT_EQ(Outcome(Opportunities(), absl::StrJoin(terms, " OR ")),
            absl::StrCat("!INVALID_FILTER@", 50 * absl::string_view("reopened = 1 OR ").size()));
}

TEST(FilterTest, BracketsMayBeAsDeepAsTheLimitAndNoDeeper) {
  const auto nested = [](size_t depth) {
    return absl::StrCat(std::string(depth, '('), "reopened = 1", std::string(depth, ')'));
  };
  EXPECT_TRUE(Parse(nested(kFilterDepthMax)).ok());
  EXPECT_EQ(Outcome(Opportunities(), nested(kFilterDepthMax + 1)), "!INVALID_FILTER@16");
}

TEST(FilterTest, MeaningMayBeAsDeepAsTheLimitAndNoDeeper) {
  // given: each level adds one OR inside an AND or the other way round, and brackets for it
  const auto nested = [](int levels) {
    std::string text = "reopened = 1";
    for (int i = 1; i < levels; ++i) {
      text = absl::StrCat("(", text, i % 2 == 0 ? " OR " : " AND ", "reopened = 2)");
    }
    return text;
  };
  // then
  EXPECT_TRUE(Parse(nested(kFilterDepthMax)).ok());
  EXPECT_FALSE(Parse(nested(kFilterDepthMax + 1)).ok());
  // A negation is a level too, though it needs no bracket.
  EXPECT_EQ(Outcome(Opportunities(), absl::StrCat("NOT ", nested(kFilterDepthMax))),
            "!INVALID_FILTER@0");
}

TEST(FilterTest, ControlCharactersAreRefusedWhereTheyStand) {
  EXPECT_EQ(Outcome(Opportunities(), "subject = \"a\x01\""), "!INVALID_FILTER@12");
  EXPECT_EQ(Outcome(Opportunities(), absl::string_view("subject = \"a\0\"", 14)),
            "!INVALID_FILTER@12");
}

TEST(FilterTest, BareAmountsNeedACurrencyOfTheOrganisation) {
  const auto filter = ParseFilter(Opportunities(), "value > 10", {});
  EXPECT_EQ(ReasonOf(filter.status()), Reason::REASON_INVALID_FILTER);
  EXPECT_EQ(ErrorMetadataOf(filter.status(), "position"), "8");
}

TEST(FilterTest, ErrorsNeverRepeatValues) {
  const ObjectType& contacts = *Registry::Get().Find("contact");
  for (const char* text :
       {"email = Lovelace*x", "email < \"Lovelace*\"", "meta.revision = Lovelace",
        "archived = Lovelace", "email = \"Lovelace"}) {
    const auto filter = ParseFilter(contacts, text, {});
    ASSERT_FALSE(filter.ok()) << text;
    EXPECT_FALSE(absl::StrContains(filter.status().message(), "Lovelace")) << filter.status();
  }
}

pb::Opportunity Deal() {
  pb::Opportunity deal;
  deal.set_id("01890a5d-ac96-774b-bcce-b302099a8057");
  deal.set_subject("New shop in Graz");
  deal.set_state(pb::OPPORTUNITY_STATE_OPEN);
  deal.mutable_value()->set_minor(150000);
  deal.mutable_value()->set_currency("USD");
  deal.set_stage_probability(600'000'000);
  *deal.mutable_expected_close_date() = ToProto(absl::CivilDay(2017, 3, 1));
  *deal.mutable_open_time() = ToProto(absl::FromUnixSeconds(1'480'000'000));
  deal.mutable_meta()->set_revision(3);
  deal.set_reopened(0);  // known from the first event on
  return deal;
}

bool Fits(absl::string_view text, const pb::Opportunity& deal) {
  const auto filter = Parse(text);
  EXPECT_TRUE(filter.ok()) << text << ": " << filter.status();
  return filter.ok() && Matches(*filter, deal);
}

TEST(FilterTest, RecordsFitWhatIsTrueOfThem) {
  const pb::Opportunity deal = Deal();
  for (const char* text : {"state = OPEN",
                           "state != WON",
                           "value >= 1500 USD",
                           "value > 1499.99 USD",
                           "value < 1501",
                           "value <= 1500",
                           "value != 1500 EUR",
                           "subject = \"New shop in Graz\"",
                           "subject = New*",
                           "subject = *Graz",
                           "subject = *shop*",
                           "subject != *Wien*",
                           "subject > New",
                           "stage_probability = 60%",
                           "stage_probability < 0.61",
                           "expected_close_date = 2017-03-01",
                           "expected_close_date < 2017-03-02",
                           "open_time <= 2016-11-24T15:06:40Z",
                           "meta.revision = 3",
                           "imported = FALSE",
                           "reopened = 0",
                           "account_id = \"\"",
                           "-close_date:*",
                           "close_date != *",
                           "id = 01890A5D-ac96-774b-bcce-b302099a8057 OR id:*",
                           "state = OPEN AND -imported = TRUE",
                           "state = WON OR state = OPEN",
                           "NOT (state = WON OR state = LOST)"}) {
    EXPECT_TRUE(Fits(text, deal)) << text;
  }
}

TEST(FilterTest, RecordsDoNotFitWhatIsFalseOfThem) {
  const pb::Opportunity deal = Deal();
  for (const char* text :
       {"state = WON", "value > 1500", "value < 1500", "value = 1500 EUR", "value < 9999 EUR",
        "value > 1 EUR", "subject = \"new shop in graz\"", "subject = Graz*", "subject = *New",
        "subject = *Wien*", "stage_probability > 60%", "expected_close_date > 2017-03-01",
        "imported = TRUE", "account_id:*", "close_date:*", "NOT state = OPEN",
        "state = OPEN AND state = WON"}) {
    EXPECT_FALSE(Fits(text, deal)) << text;
  }
}

TEST(FilterTest, AbsentValuesAreNeitherBeforeNorAfterAnything) {
  const pb::Opportunity deal = Deal();
  for (const char* text :
       {"close_date < 2200-12-31", "close_date >= 1900-01-01", "close_date = 2017-03-01",
        "actual_value < 1 USD", "actual_value <= 0 USD", "lost_value > -1 USD",
        "probability_override >= 0", "competitor < z"}) {
    EXPECT_FALSE(Fits(text, deal)) << text;
  }
  EXPECT_TRUE(Fits("close_date != 2017-03-01", deal));
}

TEST(FilterTest, AZeroWithPresenceIsPresent) {
  pb::Opportunity deal = Deal();
  deal.set_probability_override(0);
  EXPECT_TRUE(Fits("probability_override:*", deal));
  EXPECT_TRUE(Fits("probability_override = 0", deal));
}

std::string OrderOutcome(absl::string_view text) {
  const auto keys = ParseOrder(Opportunities(), text);
  if (!keys.ok()) {
    return absl::StrCat("!", ReasonName(ReasonOf(keys.status())), "@",
                        ErrorMetadataOf(keys.status(), "position"));
  }
  return absl::StrJoin(*keys, ",", [](std::string* out, const OrderKey& key) {
    absl::StrAppend(out, key.field->path, key.descending ? "-" : "+");
  });
}

TEST(OrderTest, EveryOrderComesOutAsWritten) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", ""},
      {"  ", ""},
      {"id", "id+"},
      {"id asc", "id+"},
      {"expected_close_date desc, id", "expected_close_date-,id+"},
      {" value   desc ,state", "value-,state+"},
      {"meta.create_time desc", "meta.create_time-"},
      {"id,state,stage,subject", "id+,state+,stage+,subject+"},
      {"id,state,stage,subject,value", "!INVALID_FILTER@23"},
      {"colour", "!INVALID_FILTER@0"},
      {"id, colour", "!INVALID_FILTER@4"},
      {"id DESC", "!INVALID_FILTER@3"},
      {"id desc desc", "!INVALID_FILTER@3"},
      {"id,", "!INVALID_FILTER@3"},
      {",id", "!INVALID_FILTER@0"},
      {"id,id desc", "!INVALID_FILTER@3"},
      {"job_requests", "!FIELD_NOT_FILTERABLE@0"},
      {"id, meta", "!FIELD_NOT_FILTERABLE@4"},
  };
  for (const auto& [text, outcome] : kCases) EXPECT_EQ(OrderOutcome(text), outcome) << text;
}

// ---- computed fields

const ObjectType& AccountsWithRollup() {
  static const auto& type = *[] {
    setup::v1::FieldCatalog catalog;
    setup::v1::FieldDefinition& won = *catalog.add_fields();
    won.set_name("won");
    won.set_kind(setup::v1::CUSTOM_FIELD_KIND_INTEGER);
    won.mutable_rollup_rule();
    return new ObjectType(WithCustomFields(*Registry::Get().Find("account"), catalog));
  }();
  return type;
}

TEST(FilterTest, ComputedFieldsAreNamedWhereTheyAreAllowed) {
  EXPECT_EQ(Outcome(AccountsWithRollup(), "name = a AND custom.won > 1"),
            "!FIELD_NOT_FILTERABLE@13");
  EXPECT_TRUE(ParseFilter(AccountsWithRollup(), "custom.won > 1", {.computed = true}).ok());
  EXPECT_FALSE(ParseOrder(AccountsWithRollup(), "custom.won").ok());
  EXPECT_TRUE(ParseOrder(AccountsWithRollup(), "custom.won", {.computed = true}).ok());
}

TEST(FilterTest, F007WhatIsNotAvailableOrNotComputedYetIsNeitherTrueNorFalse) {
  party::v1::Account bare, five, unavailable;
  bare.set_name("Acme");
  five = unavailable = bare;
  five.add_custom()->set_name("won");
  five.mutable_custom(0)->set_integer(5);
  unavailable.add_custom()->set_name("won");
  unavailable.mutable_custom(0)->set_unavailable("LIMIT_EXCEEDED");
  struct Case {
    const char* filter;
    bool absent, five, unavailable, may;
  };
  const Case kCases[] = {
      {"custom.won > 1", false, true, false, true},
      {"NOT custom.won > 1", true, false, false, true},
      {"custom.won != 5", true, false, false, true},
      {"custom.won:*", false, true, false, true},
      {"NOT custom.won:*", true, false, false, true},
      {"custom.won > 1 OR NOT custom.won > 1", true, true, false, true},
      {"custom.won > 1 OR name = Acme", true, true, true, true},
      {"custom.won > 1 AND name = Mill", false, false, false, false},
      {"NOT (custom.won > 1 OR name = Acme)", false, false, false, false},
      {"NOT (custom.won > 1 AND name = Mill)", true, true, true, true},
  };
  for (const Case& c : kCases) {
    const auto filter = ParseFilter(AccountsWithRollup(), c.filter, {.computed = true});
    ASSERT_TRUE(filter.ok()) << filter.status();
    EXPECT_EQ(Matches(*filter, bare), c.absent) << c.filter;
    EXPECT_EQ(Matches(*filter, five), c.five) << c.filter;
    EXPECT_EQ(Matches(*filter, unavailable), c.unavailable) << c.filter;
    EXPECT_EQ(MayMatch(*filter, bare), c.may) << c.filter;
  }
}

}  // namespace
}  // namespace daybook::domain
