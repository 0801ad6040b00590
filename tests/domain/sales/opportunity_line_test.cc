#include "absl/strings/match.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/record/custom_values.h"
#include "domain/sales/line_total.h"
#include "domain/sales/opportunity.h"
#include "gtest/gtest.h"
#include "tests/domain/sales/opportunity_world.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int64_t kOne = domain::kMicro;  // of a quantity
constexpr int64_t kUnit = 1'000'000'000;  // of a price, and the whole of a share
constexpr int kHours = 33;                // quantities with two decimals, 80.00 EUR a piece
constexpr int kPriceless = 34;

Scenario World(Scenario scenario) {
  scenario
      .Exists("product", absl::StrCat(Ref("id", kHours), "state: PRODUCT_STATE_ACTIVE ",
                                      "quantity_decimals: 2", Eur("list_price", 8000)))
      .Exists("product", Ref("id", kPriceless) + "state: PRODUCT_STATE_ACTIVE");
  return scenario;
}

std::string Line(int product, int64_t quantity, absl::string_view more = "") {
  return absl::StrCat("line {", Ref("product_id", product), "quantity: ", quantity, " ", more,
                      "} ");
}

std::string Price(int64_t price, absl::string_view currency = "EUR") {
  return absl::StrCat(" unit_price: ", price, " currency: '", currency, "' ");
}

// A line as it is recorded: without a discount it has one of 0.
std::string Stored(int id, int product, int64_t quantity, int64_t price, int64_t total,
                   absl::string_view more = "") {
  return absl::StrCat("{", Ref("id", id), Ref("product_id", product), "quantity: ", quantity,
                      Price(price), Eur("total", total), more,
                      absl::StrContains(more, "discount:") ? "" : " discount: 0", "} ");
}

// A deal with one line, 2 hours at 80.00, in sum-of-lines mode.
Scenario DealWithLine(absl::string_view more = "") {
  return World(Deal(absl::StrCat("lines ", Stored(51, kHours, 2 * kOne, 80 * kUnit, 16000),
                                 Eur("value", 16000), "value_from_lines: true ", more)));
}

TEST(LineTotalTest, F012RoundsOnceHalfToEven) {
  struct Row {
    int64_t quantity, price, discount;
    const char* currency;
    int64_t minor;
  };
  const Row rows[] = {
      {3 * kOne, 120 * kUnit, kUnit / 10, "EUR", 32400},
      {kOne, 80 * kUnit, 0, "EUR", 8000},
      {kOne, 80 * kUnit, kUnit, "EUR", 0},
      {kOne, 25'000'000, 0, "EUR", 2},  // 0.025: half, to the even 0.02
      {kOne, 35'000'000, 0, "EUR", 4},  // 0.035: half, to the even 0.04
      {kOne, 25'000'001, 0, "EUR", 3},  // just above half
      {kOne / 2, kUnit / 2, 0, "JPY", 0},
      {3 * kOne, kUnit / 2, 0, "JPY", 2},  // 1.5 yen
      {kOne, kUnit / 2, 0, "KWD", 500},
      {1, 1, 1, "EUR", 0},
      // 10^24 splits in the middle of these; the exact products are known.
      {999'999'999'999'999, 999'999'999, 1, "EUR", 99'999'999'800},
      {9'000'000'000'000'000'000, 9'999'999'999, 999'999'999, "EUR", 9'000'000},
  };
  for (const Row& row : rows) {
    const auto total =
        domain::LineTotal(row.quantity, row.price, row.discount, std::string(row.currency));
    ASSERT_TRUE(total.ok()) << total.status();
    EXPECT_EQ(total->minor(), row.minor) << row.quantity << " x " << row.price;
    EXPECT_EQ(total->currency(), row.currency);
  }
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(ReasonOf(domain::LineTotal(most, most, 0, "EUR").status()),
            Reason::REASON_OUT_OF_RANGE);
  EXPECT_EQ(*domain::UnitPriceOf(Proto<type::v1::Money>("minor: 12050 currency: 'EUR'")),
            120'500'000'000);
  EXPECT_EQ(*domain::UnitPriceOf(Proto<type::v1::Money>("minor: 7 currency: 'JPY'")), 7 * kUnit);
}

// 3 x 120.00 - 10 % + 1 x 80.00 = 404.00.
TEST(AddOpportunityLineTest, F012ValueFollowsInTheSameDecision) {
  Scenario scenario = World(Deal(Eur("value", 5000)));
  scenario.When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES")
      .Then({"value_mode_set { from: OPPORTUNITY_VALUE_MODE_MANUAL "
             "to: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES }",
             absl::StrCat("value_set {", Eur("from", 5000), "derived: true }")})
      .When<pb::AddOpportunityLineRequest>(
          Line(kProduct, 3 * kOne, Price(120 * kUnit) + "discount: 100000000"))
      .Then({absl::StrCat(
                 "line_added { line ",
                 Stored(9001, kProduct, 3 * kOne, 120 * kUnit, 32400, "discount: 100000000"), "}"),
             absl::StrCat("value_set {", Eur("to", 32400), "derived: true }")})
      .When<pb::AddOpportunityLineRequest>(Line(kHours, kOne))
      .Then({absl::StrCat("line_added { line ", Stored(9002, kHours, kOne, 80 * kUnit, 8000), "}"),
             absl::StrCat("value_set {", Eur("from", 32400), Eur("to", 40400), "derived: true }")});
  EXPECT_EQ(scenario.As<pb::Opportunity>().value().minor(), 40400);
  EXPECT_EQ(scenario.As<pb::Opportunity>().lines_size(), 2);
}

TEST(AddOpportunityLineTest, LinesOfADealWithItsOwnValueAreRecordedOnly) {
  World(Deal(Eur("value", 5000)))
      .When<pb::AddOpportunityLineRequest>(Line(kHours, 1'250'000))
      .Then({absl::StrCat("line_added { line ", Stored(9001, kHours, 1'250'000, 80 * kUnit, 10000),
                          "}")});
}

TEST(AddOpportunityLineTest, F012RefusalsInCheckOrder) {
  SalesWorld().When<pb::AddOpportunityLineRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("WON")
      .When<pb::AddOpportunityLineRequest>(Line(kProduct, kOne))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "WON"}});
  const std::string price = Price(kUnit);
  ExpectRefusals<pb::AddOpportunityLineRequest>(
      [] { return DealWithLine(); },
      {
          {"known id", Line(kHours, kOne, Ref("id", 51)), Reason::REASON_DUPLICATE_KEY, "line.id"},
          {"total", Line(kHours, kOne, Eur("total", 1)), Reason::REASON_FIELD_NOT_WRITABLE,
           "line.total"},
          {"no product", "line { quantity: 1000000 }", Reason::REASON_INVALID_FIELD,
           "line.product_id"},
          {"unknown product", Line(kUnknown, kOne), Reason::REASON_REFERENCE_NOT_FOUND,
           "line.product_id"},
          {"draft product", Line(kDraftProduct, kOne), Reason::REASON_ILLEGAL_TRANSITION, ""},
          {"discontinued product", Line(kDiscontinuedProduct, kOne), Reason::REASON_RECORD_ARCHIVED,
           ""},
          {"quantity 0", Line(kHours, 0, price), Reason::REASON_INVALID_FIELD, "line.quantity"},
          {"quantity below 0", Line(kHours, -kOne, price), Reason::REASON_INVALID_FIELD,
           "line.quantity"},
          {"half a piece", Line(kProduct, kOne / 2, price), Reason::REASON_INVALID_FIELD,
           "line.quantity"},
          {"three decimals of two", Line(kHours, 1'001'000, price), Reason::REASON_INVALID_FIELD,
           "line.quantity"},
          {"no price", Line(kPriceless, kOne), Reason::REASON_INVALID_FIELD, "line.unit_price"},
          {"price without currency", Line(kHours, kOne, "unit_price: 1"),
           Reason::REASON_INVALID_FIELD, "line.currency"},
          {"list price in another currency", Line(kHours, kOne, "currency: 'USD'"),
           Reason::REASON_CURRENCY_MISMATCH, "line.currency"},
          {"discount above 1", Line(kHours, kOne, "discount: 1000000001"),
           Reason::REASON_INVALID_FIELD, "line.discount"},
          {"currency of the deal", Line(kHours, kOne, Price(kUnit, "USD")),
           Reason::REASON_CURRENCY_MISMATCH, "line.currency"},
          {"sum", Line(kHours, 9'000'000'000'000'000'000, Price(9'000'000'000 * kUnit)),
           Reason::REASON_OUT_OF_RANGE, ""},
      });
  World(Deal("imported: true"))
      .When<pb::AddOpportunityLineRequest>(Line(kDiscontinuedProduct, kOne, price))
      .Then({absl::StrCat("line_added { line ",
                          Stored(9001, kDiscontinuedProduct, kOne, kUnit, 100), "}")});
}

// A new deal with these lines, its value their sum unless told otherwise.
std::string CreateWith(absl::string_view lines,
                       absl::string_view mode = "OPPORTUNITY_VALUE_MODE_SUM_OF_LINES") {
  return absl::StrCat("subject: 'Ten engines'", Ref("account_id", kAccount),
                      Ref("owner_id", kOwner), "value_mode: ", mode, " ", lines);
}

// A line of a creation: "line {...}" of the other commands as "lines {...}".
std::string Lines(int product, int64_t quantity, absl::string_view more = "") {
  return absl::StrCat("lines ", Line(product, quantity, more).substr(5));
}

// 3 x 120.00 - 10 % + 1 x 80.00 = 404.00, in one event.
TEST(CreateOpportunityTest, F012DealIsCreatedWithItsLinesAndTheirTotal) {
  const std::string lines =
      Lines(kProduct, 3 * kOne, Price(120 * kUnit) + "discount: 100000000") + Lines(kHours, kOne);
  Scenario scenario = World(SalesWorld());
  scenario.When<pb::CreateOpportunityRequest>(
      CreateWith(lines + "stage: 'offer'" + Eur("gross_profit", 40400)));
  ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  const auto deal = scenario.As<pb::Opportunity>();
  EXPECT_EQ(deal.value().minor(), 40400);
  EXPECT_EQ(deal.gross_profit().minor(), 40400);
  EXPECT_TRUE(deal.value_from_lines());
  EXPECT_FALSE(deal.value_from_job_requests());
  ASSERT_EQ(deal.lines_size(), 2);
  EXPECT_EQ(deal.lines(0).total().minor(), 32400);
  EXPECT_EQ(deal.lines(1).id(), Id(9002));
  EXPECT_EQ(deal.lines(1).unit_price(), 80 * kUnit);
  // From here on it is a deal as any other.
  scenario.When<pb::AddOpportunityLineRequest>(Line(kHours, kOne));
  EXPECT_EQ(scenario.As<pb::Opportunity>().value().minor(), 48400);
}

TEST(CreateOpportunityTest, F012ValueModeOfANewDeal) {
  struct Row {
    const char* mode;
    std::string more;
    int64_t minor;  // -1: no value
    bool lines, jobs;
  };
  const std::string job = "job_requests { service: 'Engine'" + Eur("value", 500) + "}";
  const Row rows[] = {
      {"UNSPECIFIED", Eur("value", 5000), 5000, false, false},
      {"UNSPECIFIED", job, 500, false, true},
      {"MANUAL", Eur("value", 5000) + job, 5000, false, false},
      {"MANUAL", job, -1, false, false},
      {"SUM_OF_JOB_REQUESTS", job, 500, false, true},
      {"SUM_OF_LINES", job, 8000, true, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.mode + row.more);
    Scenario scenario = World(SalesWorld());
    scenario.When<pb::CreateOpportunityRequest>(CreateWith(
        Lines(kHours, kOne) + row.more, absl::StrCat("OPPORTUNITY_VALUE_MODE_", row.mode)));
    ASSERT_TRUE(scenario.status().ok()) << scenario.status();
    const auto deal = scenario.As<pb::Opportunity>();
    EXPECT_EQ(deal.has_value() ? deal.value().minor() : -1, row.minor);
    EXPECT_EQ(deal.value_from_lines(), row.lines);
    EXPECT_EQ(deal.value_from_job_requests(), row.jobs);
  }
}

TEST(CreateOpportunityTest, F012RefusalsOfLines) {
  const std::string good = Lines(kHours, kOne), price = Price(kUnit);
  ExpectRefusals<pb::CreateOpportunityRequest>(
      [] { return World(SalesWorld()); },
      {
          {"total", CreateWith(good + Lines(kHours, kOne, Eur("total", 1))),
           Reason::REASON_FIELD_NOT_WRITABLE, "lines[1].total"},
          {"no product", CreateWith("lines { quantity: 1000000 }"), Reason::REASON_INVALID_FIELD,
           "lines[0].product_id"},
          {"unknown product", CreateWith(Lines(kUnknown, kOne)), Reason::REASON_REFERENCE_NOT_FOUND,
           "lines[0].product_id"},
          {"discontinued product", CreateWith(Lines(kDiscontinuedProduct, kOne, price)),
           Reason::REASON_RECORD_ARCHIVED, ""},
          {"half a piece", CreateWith(Lines(kProduct, kOne / 2, price)),
           Reason::REASON_INVALID_FIELD, "lines[0].quantity"},
          {"no price", CreateWith(good + Lines(kPriceless, kOne)), Reason::REASON_INVALID_FIELD,
           "lines[1].unit_price"},
          {"same id",
           CreateWith(Lines(kHours, kOne, Ref("id", 51)) + Lines(kHours, kOne, Ref("id", 51))),
           Reason::REASON_INVALID_FIELD, "lines[1].id"},
          {"two currencies", CreateWith(good + Lines(kHours, kOne, Price(kUnit, "USD"))),
           Reason::REASON_CURRENCY_MISMATCH, "lines[1].currency"},
          {"value beside the sum", CreateWith(good + Eur("value", 8000)),
           Reason::REASON_FIELD_NOT_WRITABLE, "value"},
          {"gross profit above the sum", CreateWith(good + Eur("gross_profit", 8001)),
           Reason::REASON_INVALID_FIELD, "gross_profit"},
      });
  Scenario imported = World(SalesWorld());
  imported.When<pb::CreateOpportunityRequest>(
      CreateWith(Lines(kDiscontinuedProduct, kOne, price) + "imported: true"));
  EXPECT_TRUE(imported.status().ok()) << imported.status();
}

TEST(CreateOpportunityTest, LinesAtTheirLimit) {
  std::string lines;
  for (int i = 0; i < domain::kOpportunityLinesMax; ++i) lines += Lines(kHours, kOne);
  Scenario scenario = World(SalesWorld());
  scenario.When<pb::CreateOpportunityRequest>(CreateWith(lines + Lines(kHours, kOne)))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kOpportunityLinesMax)}})
      .When<pb::CreateOpportunityRequest>(CreateWith(lines));
  EXPECT_EQ(scenario.As<pb::Opportunity>().value().minor(), domain::kOpportunityLinesMax * 8000);
}

TEST(AddOpportunityLineTest, LinesAtTheirLimit) {
  std::string lines;
  for (int i = 0; i < domain::kOpportunityLinesMax - 1; ++i) {
    absl::StrAppend(&lines, "lines ", Stored(1000 + i, kHours, kOne, 80 * kUnit, 8000));
  }
  World(Deal(lines))
      .When<pb::AddOpportunityLineRequest>(Line(kHours, kOne))
      .Then({absl::StrCat("line_added { line ", Stored(9001, kHours, kOne, 80 * kUnit, 8000), "}")})
      .When<pb::AddOpportunityLineRequest>(Line(kHours, kOne))
      .ThenRejected(Reason::REASON_LIMIT_EXCEEDED,
                    {{"limit", absl::StrCat(domain::kOpportunityLinesMax)}});
}

TEST(ChangeOpportunityLineTest, WhatIsAbsentStays) {
  const std::string before = Stored(51, kHours, 2 * kOne, 80 * kUnit, 16000);
  const std::string after = Stored(51, kHours, 2 * kOne, 70 * kUnit, 14000, "note: 'n' ");
  DealWithLine()
      .When<pb::ChangeOpportunityLineRequest>(
          absl::StrCat(Ref("line_id", 51), "unit_price: ", 70 * kUnit, " note: 'n'"))
      .Then({absl::StrCat("line_changed { before ", before, "after ", after, "}"),
             absl::StrCat("value_set {", Eur("from", 16000), Eur("to", 14000), "derived: true }")})
      .When<pb::ChangeOpportunityLineRequest>(Ref("line_id", 51) + "note: 'n'")
      .ThenNothing();
}

TEST(ChangeOpportunityLineTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::ChangeOpportunityLineRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("LOST")
      .When<pb::ChangeOpportunityLineRequest>(Ref("line_id", 51))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
  ExpectRefusals<pb::ChangeOpportunityLineRequest>(
      [] { return DealWithLine(Eur("gross_profit", 15000)); },
      {
          {"unknown", Ref("line_id", kUnknown) + "quantity: 0", Reason::REASON_NOT_FOUND,
           "line_id"},
          {"quantity", Ref("line_id", 51) + "quantity: 0", Reason::REASON_INVALID_FIELD,
           "quantity"},
          {"decimals", Ref("line_id", 51) + "quantity: 1", Reason::REASON_INVALID_FIELD,
           "quantity"},
          {"price", Ref("line_id", 51) + "unit_price: -1", Reason::REASON_INVALID_FIELD,
           "unit_price"},
          {"discount", Ref("line_id", 51) + "discount: 1000000001", Reason::REASON_INVALID_FIELD,
           "discount"},
          {"below the gross profit", Ref("line_id", 51) + "quantity: 1000000",
           Reason::REASON_INVALID_FIELD, "gross_profit"},
      });
}

TEST(RemoveOpportunityLineTest, ValueFollowsAndTheStageHolds) {
  DealWithLine()
      .When<pb::RemoveOpportunityLineRequest>(Ref("line_id", kUnknown))
      .ThenRejected(Reason::REASON_NOT_FOUND, {{"field", "line_id"}})
      .When<pb::RemoveOpportunityLineRequest>(Ref("line_id", 51))
      .Then({absl::StrCat("line_removed { line ", Stored(51, kHours, 2 * kOne, 80 * kUnit, 16000),
                          "}"),
             absl::StrCat("value_set {", Eur("from", 16000), "derived: true }")})
      .ThenRecord(DealText("value_from_lines: true reopened: 0"));
  // Stage offer needs a value.
  Scenario offered = DealWithLine();
  offered.When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .When<pb::RemoveOpportunityLineRequest>(Ref("line_id", 51))
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "value"}});
  SalesWorld().When<pb::RemoveOpportunityLineRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(SetOpportunityValueModeTest, F012ManualValueIsRefusedWhileLinesAreSummed) {
  DealWithLine()
      .When<pb::SetOpportunityValueRequest>(Eur("value", 1))
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "SUM_OF_LINES"}})
      .When<pb::SetOpportunityValueRequest>(Eur("value", 16000) + Eur("gross_profit", 100))
      .Then({absl::StrCat("value_set {", Eur("from", 16000), Eur("to", 16000),
                          Eur("gross_profit", 100), "}")})
      .When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_MANUAL")
      .Then({"value_mode_set { from: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES "
             "to: OPPORTUNITY_VALUE_MODE_MANUAL }"})
      .When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_MANUAL")
      .ThenNothing()
      .When<pb::SetOpportunityValueRequest>(Eur("value", 20000))
      .Then({absl::StrCat("value_set {", Eur("from", 16000), Eur("to", 20000),
                          Eur("gross_profit", 100), "}")})
      .When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES")
      .Then({"value_mode_set { from: OPPORTUNITY_VALUE_MODE_MANUAL "
             "to: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES }",
             absl::StrCat("value_set {", Eur("from", 20000), Eur("to", 16000),
                          Eur("gross_profit", 100), "derived: true }")});
}

TEST(SetOpportunityValueModeTest, JobRequestsCanBeSummedAgain) {
  DealWithThreeJobs()
      .When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_MANUAL")
      .Then({"value_mode_set { from: OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS "
             "to: OPPORTUNITY_VALUE_MODE_MANUAL }"})
      .When<pb::SetOpportunityValueRequest>(Eur("value", 1))
      .When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS")
      .Then({"value_mode_set { from: OPPORTUNITY_VALUE_MODE_MANUAL "
             "to: OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS }",
             absl::StrCat("value_set {", Eur("from", 1), Eur("to", 1000000),
                          "from_job_requests: true derived: true }")});
}

TEST(SetOpportunityValueModeTest, RefusalsInCheckOrder) {
  SalesWorld().When<pb::SetOpportunityValueModeRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
  ClosedDeal("WON").When<pb::SetOpportunityValueModeRequest>("").ThenRejected(
      Reason::REASON_ILLEGAL_TRANSITION);
  Deal().When<pb::SetOpportunityValueModeRequest>("").ThenRejected(Reason::REASON_INVALID_FIELD,
                                                                   {{"field", "mode"}});
  Scenario offered = Deal(Eur("value", 100));
  offered.When<pb::ChangeOpportunityStageRequest>("stage: 'offer'")
      .When<pb::SetOpportunityValueModeRequest>("mode: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES")
      .ThenRejected(Reason::REASON_MISSING_REQUIRED_FOR_STATE, {{"field", "value"}});
}

Scenario WithLineFields(Scenario scenario) {
  scenario.Exists(
      "field_catalog",
      absl::StrCat("id: '", domain::FieldCatalogId("opportunity_line"),
                   "' record_type: 'opportunity_line' "
                   "fields { name: 'colour' kind: CUSTOM_FIELD_KIND_TEXT required: true } "
                   "fields { name: 'size' kind: CUSTOM_FIELD_KIND_INTEGER max: 9 }"));
  return scenario;
}

constexpr char kRed[] = "custom { name: 'colour' text: 'red' } ";

TEST(OpportunityLineCustomTest, F012LinesCarryCustomValuesOfTheirOwn) {
  const auto line = [](absl::string_view custom) {
    return Stored(9001, kHours, kOne, 80 * kUnit, 8000, custom);
  };
  const std::string id = Ref("line_id", 9001);
  WithLineFields(World(Deal()))
      .When<pb::AddOpportunityLineRequest>(
          Line(kHours, kOne, absl::StrCat("custom { name: 'size' integer: 9 } ", kRed)))
      .Then({absl::StrCat("line_added { line ",
                          line(absl::StrCat(kRed, "custom { name: 'size' integer: 9 }")), "}")})
      .When<pb::ChangeOpportunityLineRequest>(
          absl::StrCat(id, "custom_values { name: 'colour' text: 'red' }"))
      .ThenNothing()
      .When<pb::ChangeOpportunityLineRequest>(
          absl::StrCat(id, "custom_values { name: 'colour' text: 'blue' } cleared_custom: 'size'"))
      .Then({absl::StrCat("line_changed { before ",
                          line(absl::StrCat(kRed, "custom { name: 'size' integer: 9 }")), "after ",
                          line("custom { name: 'colour' text: 'blue' }"), "}")})
      // Other changes leave them alone.
      .When<pb::ChangeOpportunityLineRequest>(absl::StrCat(id, "quantity: ", 2 * kOne))
      .Then({absl::StrCat("line_changed { before ", line("custom { name: 'colour' text: 'blue' }"),
                          "after ",
                          Stored(9001, kHours, 2 * kOne, 80 * kUnit, 16000,
                                 "custom { name: 'colour' text: 'blue' }"),
                          "}")});
}

TEST(OpportunityLineCustomTest, F012DealsAreCreatedWithCustomValuesOnTheirLines) {
  Scenario scenario = WithLineFields(World(SalesWorld()));
  scenario.When<pb::CreateOpportunityRequest>(CreateWith(Lines(kHours, kOne, kRed)));
  ASSERT_TRUE(scenario.status().ok()) << scenario.status();
  EXPECT_EQ(scenario.As<pb::Opportunity>().lines(0).custom(0).text(), "red");
  WithLineFields(World(SalesWorld()))
      .When<pb::CreateOpportunityRequest>(CreateWith(Lines(kHours, kOne)))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "lines[0].custom.colour"}});
}

TEST(OpportunityLineCustomTest, F012CustomValuesOfLinesAreCheckedAsThoseOfRecords) {
  const auto add = [](absl::string_view custom) { return Line(kHours, kOne, custom); };
  ExpectRefusals<pb::AddOpportunityLineRequest>(
      [] { return WithLineFields(World(Deal())); },
      {{"required", add(""), Reason::REASON_INVALID_FIELD, "line.custom.colour"},
       {"above", add(absl::StrCat(kRed, "custom { name: 'size' integer: 10 }")),
        Reason::REASON_INVALID_FIELD, "line.custom.size"},
       {"twice", add(absl::StrCat(kRed, kRed)), Reason::REASON_INVALID_FIELD, "line.custom.colour"},
       {"unknown", add(absl::StrCat(kRed, "custom { name: 'shape' text: 'x' }")),
        Reason::REASON_INVALID_FIELD, "line.custom.shape"}});
  const std::string id = Ref("line_id", 51);
  const auto change = [&](absl::string_view more) { return absl::StrCat(id, more); };
  ExpectRefusals<pb::ChangeOpportunityLineRequest>(
      [] { return WithLineFields(DealWithLine()); },
      {{"required", change("cleared_custom: 'colour'"), Reason::REASON_INVALID_FIELD,
        "custom.colour"},
       {"other kind", change("custom_values { name: 'size' text: '1' }"),
        Reason::REASON_INVALID_FIELD, "custom.size"},
       {"no value", change("custom_values { name: 'size' }"), Reason::REASON_INVALID_FIELD,
        "custom.size"},
       {"set and cleared",
        change("custom_values { name: 'size' integer: 1 } cleared_custom: 'size'"),
        Reason::REASON_INVALID_FIELD, "custom.size"},
       {"no name", change("custom_values { text: 'x' }"), Reason::REASON_INVALID_FIELD, "custom."},
       {"unknown", change("cleared_custom: 'shape'"), Reason::REASON_INVALID_FIELD,
        "custom.shape"}});
}

}  // namespace
}  // namespace daybook::testing
