#include "cli/import/shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/import/field_value.h"
#include "cli/scope.h"
#include "daybook/admin/v1/unit_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

using ::testing::HasSubstr;

DateShape Shape(std::vector<std::string> patterns, const char* zone = "UTC") {
  DateShape shape;
  shape.patterns = std::move(patterns);
  shape.zone = *LoadZone(zone);
  return shape;
}

TEST(DateShapeTest, DaysOfAllTheShapesInTheDataSets) {
  struct Row {
    std::vector<std::string> patterns;
    const char* text;
    absl::CivilDay day;
  };
  const std::vector<Row> rows = {
      {{}, "2017-03-01", absl::CivilDay(2017, 3, 1)},
      {{"%m/%d/%Y"}, "1/26/2013", absl::CivilDay(2013, 1, 26)},
      {{"%m/%d/%y"}, "2/24/11", absl::CivilDay(2011, 2, 24)},
      {{"%b %d %Y %I:%M%p"}, "Mar  1 2014 12:00AM", absl::CivilDay(2014, 3, 1)},
      {{"%Y-%m-%dT%H:%M:%E*S%Ez"}, "2012-10-09T14:50:17+00:00", absl::CivilDay(2012, 10, 9)},
      {{"%d.%m.%Y", "%Y-%m-%d"}, "2014-05-31", absl::CivilDay(2014, 5, 31)},
  };
  for (const auto& row : rows) {
    const auto day = ParseShapedDay(Shape(row.patterns), row.text);
    ASSERT_TRUE(day.ok()) << row.text << ": " << day.status();
    EXPECT_EQ(*day, row.day) << row.text;
  }
}

TEST(DateShapeTest, ImpossibleDaysAreRefusedWithTheShape) {
  for (const char* text :
       {"2017-02-30", "2017-13-01", "1899-12-31", "2201-01-01", "17-3-1", "soon"}) {
    EXPECT_THAT(ParseShapedDay(Shape({}), text).status().message(), HasSubstr("2017-03-01"))
        << text;
  }
  for (const char* text : {"2/30/2013", "13/1/2013", "1/1/1899", "2013-01-01"}) {
    EXPECT_THAT(ParseShapedDay(Shape({"%m/%d/%Y"}), text).status().message(), HasSubstr("%m/%d/%Y"))
        << text;
  }
}

TEST(DateShapeTest, DayIsItsFirstInstantInTheZone) {
  EXPECT_EQ(*ParseShapedTime(Shape({}, "America/New_York"), "2017-07-01"),
            *ParseInstant("2017-07-01T04:00:00Z"));
  // Midnight of this day was skipped.
  EXPECT_EQ(*ParseShapedTime(Shape({}, "America/Sao_Paulo"), "2018-11-04"),
            *ParseInstant("2018-11-04T03:00:00Z"));
  EXPECT_EQ(*ParseShapedTime(Shape({"%m/%d/%Y"}, "Asia/Tokyo"), "1/2/2013"),
            *ParseInstant("2013-01-01T15:00:00Z"));
}

TEST(DateShapeTest, TimeOfDayIsReadInTheZoneUnlessItSaysOtherwise) {
  EXPECT_EQ(*ParseShapedTime(Shape({"%Y-%m-%d %H:%M"}, "Europe/Berlin"), "2017-01-01 12:30"),
            *ParseInstant("2017-01-01T11:30:00Z"));
  EXPECT_EQ(*ParseShapedTime(Shape({}, "Europe/Berlin"), "2017-01-01T12:30:00+05:00"),
            *ParseInstant("2017-01-01T07:30:00Z"));
}

TEST(NumberShapeTest, NumbersOfManyCountries) {
  struct Row {
    NumberShape shape;
    const char* text;
    int decimals;
    int64_t value;
  };
  const std::vector<Row> rows = {
      {{}, "1054", 2, 105'400},
      {{}, "1,234,567.89", 2, 123'456'789},
      {{',', '.', "", 1}, "1.234,5", 2, 123'450},
      {{'.', ',', "$ ", 1}, "$ 12.00", 2, 1'200},
      {{'.', ',', "", 1'000'000}, "1100.04", 2, 110'004'000'000},
      {{}, "-12.50", 2, -1'250},
      {{}, "0.100", 1, 1},
      {{}, "7", 0, 7},
      {{}, ".5", 2, 50},
      {{}, "9223372036854775807", 0, INT64_MAX},
  };
  for (const auto& row : rows) {
    const auto value = ParseScaled(row.shape, row.text, row.decimals);
    ASSERT_TRUE(value.ok()) << row.text << ": " << value.status();
    EXPECT_EQ(*value, row.value) << row.text;
  }
}

TEST(NumberShapeTest, WhatIsNoNumberOrDoesNotFitIsRefused) {
  for (const char* text : {"", "-", "1.2.3", "1-2", "12a", "--1", "1.5,0", ",1", "NaN"}) {
    EXPECT_EQ(ParseScaled({}, text, 2).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_THAT(ParseScaled({}, "0.005", 2).status().message(), HasSubstr("more decimals"));
  EXPECT_EQ(ParseScaled({}, "9223372036854775808", 0).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ParseScaled({}, "92233720368547759", 3).status().code(), absl::StatusCode::kOutOfRange);
}

// Sets one field of a message from text.
template <class Message>
absl::Status Set(Message* message, const char* field, const std::string& text,
                 const std::string& currency = "USD") {
  ValueShape shape;
  shape.currency = currency;
  shape.date.zone = absl::UTCTimeZone();
  return SetFieldText(Message::descriptor()->FindFieldByName(field), shape, text, message);
}

TEST(FieldValueTest, EveryTypeOfFieldIsReadFromText) {
  sales::v1::CreateOpportunityRequest deal;
  ASSERT_TRUE(Set(&deal, "subject", "A deal").ok());
  ASSERT_TRUE(Set(&deal, "imported", "Yes").ok());
  ASSERT_TRUE(Set(&deal, "value", "1,054.50").ok());
  ASSERT_TRUE(Set(&deal, "expected_close_date", "2017-03-01").ok());
  EXPECT_EQ(deal.ShortDebugString(),
            "subject: \"A deal\" value { minor: 105450 currency: \"USD\" } "
            "expected_close_date { year: 2017 month: 3 day: 1 } imported: true");
  party::v1::CreateAccountRequest account;
  ASSERT_TRUE(Set(&account, "employees", "2,822").ok());
  EXPECT_EQ(account.employees(), 2822);
  setup::v1::Stage stage;
  ASSERT_TRUE(Set(&stage, "probability", "12.5 %").ok());
  EXPECT_EQ(stage.probability(), 125'000'000);
  ASSERT_TRUE(Set(&stage, "probability", "0.6").ok());
  EXPECT_EQ(stage.probability(), 600'000'000);
  ASSERT_TRUE(Set(&stage, "mandatory_field", "value").ok());
  ASSERT_TRUE(Set(&stage, "mandatory_field", "account_id").ok());
  EXPECT_EQ(stage.mandatory_field_size(), 2);
}

TEST(FieldValueTest, EnumValuesNeedNoPrefixAndTheUnspecifiedOneIsNoValue) {
  admin::v1::CreateUnitRequest unit;
  for (const char* text : {"TEAM", "team", "UNIT_KIND_TEAM", "Team"}) {
    unit.clear_kind();
    ASSERT_TRUE(Set(&unit, "kind", text).ok()) << text;
    EXPECT_EQ(unit.kind(), admin::v1::UNIT_KIND_TEAM);
  }
  EXPECT_THAT(Set(&unit, "kind", "tribe").message(),
              HasSubstr("\"tribe\" is not one of TERRITORY, TEAM, SUBSIDIARY, OTHER"));
  EXPECT_FALSE(Set(&unit, "kind", "UNSPECIFIED").ok());
}

TEST(FieldValueTest, WhatDoesNotFitTheFieldIsRefusedWithTheText) {
  party::v1::CreateAccountRequest account;
  EXPECT_THAT(Set(&account, "employees", "3000000000").message(), HasSubstr("3000000000"));
  EXPECT_THAT(Set(&account, "employees", "12.5").message(), HasSubstr("decimals"));
  EXPECT_THAT(Set(&account, "annual_revenue", "12", "XYZ").message(), HasSubstr("XYZ"));
  EXPECT_THAT(Set(&account, "annual_revenue", "1.5", "JPY").message(), HasSubstr("decimals"));
  sales::v1::CreateOpportunityRequest deal;
  EXPECT_THAT(Set(&deal, "imported", "maybe").message(), HasSubstr("maybe"));
}

TEST(DateShapeTest, AnEndThatIsTheLastDayBecomesTheFirstOneAfter) {
  ValueShape shape;
  shape.date = Shape({"%b %d %Y %I:%M%p"});
  shape.date.add_days = 1;
  party::v1::AssignResponsibilityRequest request;
  const auto* field = request.GetDescriptor()->FindFieldByName("effective_until");
  ASSERT_TRUE(SetFieldText(field, shape, "Dec 31 2012 12:00AM", &request).ok());
  EXPECT_EQ(*FromProto(request.effective_until()), absl::CivilDay(2013, 1, 1));
}

TEST(PeriodTest, YearsQuartersMonthsAndDays) {
  const auto days = [](absl::string_view text) {
    type::v1::Date from, until;
    const absl::Status status = ParsePeriod(text, &from, &until);
    if (!status.ok()) return std::string("refused");
    return FormatDay(*FromProto(from)) + ".." + FormatDay(*FromProto(until));
  };
  EXPECT_EQ(days("2017"), "2017-01-01..2018-01-01");
  EXPECT_EQ(days("2017-Q4"), "2017-10-01..2018-01-01");
  EXPECT_EQ(days("2017-q1"), "2017-01-01..2017-04-01");
  EXPECT_EQ(days("2017-12"), "2017-12-01..2018-01-01");
  EXPECT_EQ(days("2017-04-01..2017-07-01"), "2017-04-01..2017-07-01");
  for (const char* text : {"", "17", "2017-Q5", "2017-Q0", "2017-13", "2017-1", "2017-Q",
                           "2017-07-01..2017-04-01", "2017-04-01..2017-04-01", "2017-04-01"}) {
    EXPECT_EQ(days(text), "refused") << text;
  }
}

}  // namespace
}  // namespace daybook::cli
