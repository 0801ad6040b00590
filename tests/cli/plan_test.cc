#include "cli/import/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace daybook::cli {
namespace {

using ::testing::HasSubstr;

constexpr absl::string_view kPlan = R"(name = "test"
source = "t"
[[file]]
name = "accounts.csv"
[[file]]
name = "deals.csv"
[[record]]
name = "deal"
type = "opportunity"
file = "deals.csv"
key = "id"
[[record.step]]
command = "CreateOpportunity"
at = {column = "opened"}
[record.step.fields]
subject = {template = "{id}: {what}"}
account_id = {column = "account", reference = "account"}
owner_id = {find = {type = "user", filter = "login = \"ada\""}}
[[record.step]]
command = "WinOpportunity"
at = {column = "closed"}
when = {column = "state", equals = "Won"}
[record.step.fields]
actual_value = {column = "amount"}
[[record]]
name = "account"
type = "account"
file = "accounts.csv"
key = "name"
[[record.step]]
command = "CreateAccount"
[record.step.fields]
name = {column = "name"}
parent_id = {column = "parent", reference = "account"}
)";

std::string Changed(absl::string_view from, absl::string_view to) {
  const std::string changed = absl::StrReplaceAll(kPlan, {{from, to}});
  EXPECT_NE(changed, kPlan) << from;
  return changed;
}

void BindTo(Plan* plan) {
  for (auto& file : plan->files) {
    file.columns = file.name == "accounts.csv"
                       ? std::vector<std::string>{"name", "parent"}
                       : std::vector<std::string>{"id",    "what",   "account", "opened",
                                                  "state", "closed", "amount"};
  }
}

TEST(PlanTest, RecordsStandAfterThoseTheyReferTo) {
  const auto plan = ParsePlan(kPlan, "plan.toml");
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->records.size(), 2u);
  EXPECT_EQ(plan->records[0].name, "account");
  EXPECT_TRUE(plan->records[0].referenced);
  EXPECT_TRUE(plan->records[0].references_itself);
  EXPECT_EQ(plan->records[1].name, "deal");
  EXPECT_FALSE(plan->records[1].referenced);
  EXPECT_EQ(plan->records[1].steps[1].name, "WinOpportunity");
}

TEST(PlanTest, ColumnsAreFoundByName) {
  auto plan = ParsePlan(kPlan, "plan.toml");
  ASSERT_TRUE(plan.ok());
  BindTo(&*plan);
  ASSERT_TRUE(BindColumns(&*plan).ok());
  const RecordPlan& deal = plan->records[1];
  EXPECT_EQ(deal.key_indexes.front(), 0);
  EXPECT_EQ(deal.steps[0].at->column_index, 3);
  EXPECT_EQ(deal.steps[1].when.front().column_index, 4);
}

TEST(PlanTest, MissingColumnIsNamedWithThoseThatAreThere) {
  auto plan = ParsePlan(Changed("{column = \"closed\"}", "{column = \"close_dat\"}"), "plan.toml");
  ASSERT_TRUE(plan.ok()) << plan.status();
  BindTo(&*plan);
  EXPECT_THAT(BindColumns(&*plan).message(),
              HasSubstr("record deal, step WinOpportunity, at: deals.csv has no column "
                        "\"close_dat\"; it has id, what, account, opened, state, closed, amount"));
}

TEST(PlanTest, ColumnThatStandsTwiceIsRefusedWhereItIsUsed) {
  auto plan = ParsePlan(kPlan, "plan.toml");
  ASSERT_TRUE(plan.ok());
  BindTo(&*plan);
  plan->files[0].columns = {"name", "name", "parent"};
  EXPECT_THAT(BindColumns(&*plan).message(), HasSubstr("two columns \"name\""));
}

struct WrongPlan {
  const char* name;
  const char* from;
  const char* to;
  const char* message;
};

class WrongPlanTest : public ::testing::TestWithParam<WrongPlan> {};

TEST_P(WrongPlanTest, IsRefusedWithTheCause) {
  const auto& row = GetParam();
  const auto plan = ParsePlan(Changed(row.from, row.to), "plan.toml");
  EXPECT_EQ(plan.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(plan.status().message(), HasSubstr(row.message));
  EXPECT_THAT(plan.status().message(), HasSubstr("plan.toml"));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongPlanTest,
    ::testing::Values(
        WrongPlan{"Toml", "source = \"t\"", "source = ", "line 2"},
        WrongPlan{"NoSource", "source = \"t\"", "", "needs name and source"},
        WrongPlan{"ColonInSource", "source = \"t\"", "source = \"a:b\"", "colon"},
        WrongPlan{"UnknownWord", "key = \"id\"", "kee = \"id\"", "\"kee\" means nothing here"},
        WrongPlan{"UnknownType", "type = \"opportunity\"", "type = \"oportunity\"",
                  "no type of record \"oportunity\"; there are"},
        WrongPlan{"UnknownCommand", "\"WinOpportunity\"", "\"WinDeal\"",
                  "no command WinDeal for records of type opportunity"},
        WrongPlan{"UnknownField", "actual_value =", "actual =",
                  "WinOpportunityRequest has no field \"actual\"; it has actual_value"},
        WrongPlan{"OwnId", "actual_value =", "id =", "gets its id from the import itself"},
        WrongPlan{"UnknownFile", "file = \"deals.csv\"", "file = \"deels.csv\"",
                  "no [[file]] named deels.csv"},
        WrongPlan{"FileInAFolder", "name = \"deals.csv\"", "name = \"../deals.csv\"",
                  "without a folder"},
        WrongPlan{"UnknownReference", "reference = \"account\"}\nowner",
                  "reference = \"acount\"}\nowner", "no record named acount"},
        WrongPlan{"ReferenceOfAnotherType",
                  "owner_id = {find = {type = \"user\", filter = "
                  "\"login = \\\"ada\\\"\"}}",
                  "owner_id = {column = \"account\", reference = \"account\"}",
                  "refers to records of type user, but account makes records of type account"},
        WrongPlan{"ReferenceInAPlainField", "actual_value = {column = \"amount\"}",
                  "note = {column = \"amount\", reference = \"account\"}",
                  "does not refer to another record"},
        WrongPlan{"TwoOrigins", "{column = \"amount\"}", "{column = \"amount\", value = \"1\"}",
                  "exactly one of column, value, template, find"},
        WrongPlan{"NoOrigin", "{column = \"amount\"}", "{currency = \"USD\"}",
                  "exactly one of column, value, template, find"},
        WrongPlan{"OpenTemplate", "{id}: {what}", "{id}: {what", "never closed"},
        WrongPlan{"FloatingPoint", "{column = \"amount\"}", "0.5", "as a text"},
        WrongPlan{"UnknownCurrency", "{column = \"amount\"}",
                  "{column = \"amount\", currency = \"XXY\"}", "no currency XXY"},
        WrongPlan{"MultiplyTooLarge", "{column = \"amount\"}",
                  "{column = \"amount\", multiply = 1000000001}", "multiply must be from 1 to"},
        WrongPlan{"TwoTests", "equals = \"Won\"", "equals = \"Won\", not = \"Lost\"",
                  "exactly one of equals"},
        WrongPlan{"StepThatMakesNothingFirst", "command = \"CreateOpportunity\"",
                  "command = \"ReopenOpportunity\"", "does not make a record"},
        WrongPlan{"TwoStepsOfOneName", "command = \"WinOpportunity\"",
                  "command = \"WinOpportunity\"\nname = \"CreateOpportunity\"",
                  "two steps are named CreateOpportunity"},
        WrongPlan{"TwoRecordsOfOneName", "name = \"deal\"", "name = \"account\"",
                  "two records are named account"}),
    [](const auto& info) { return info.param.name; });

TEST(PlanTest, CircleBetweenRecordsIsRefused) {
  const auto plan = ParsePlan(
      R"(name = "test"
source = "t"
[[file]]
name = "f.csv"
[[record]]
name = "a"
type = "unit"
file = "f.csv"
key = "a"
key_prefix = "a/"
[[record.step]]
command = "CreateUnit"
fields = {name = {column = "a"}, parent_id = {column = "b", reference = "b"}}
[[record]]
name = "b"
type = "unit"
file = "f.csv"
key = "b"
key_prefix = "b/"
[[record.step]]
command = "CreateUnit"
fields = {name = {column = "b"}, parent_id = {column = "a", reference = "a"}}
)",
      "plan.toml");
  EXPECT_THAT(plan.status().message(), HasSubstr("circle"));
}

TEST(PlanTest, TwoRecordsOfOneTypeNeedKeysOfTheirOwn) {
  const std::string twice = absl::StrCat(kPlan, R"([[record]]
name = "branch"
type = "account"
file = "accounts.csv"
key = "name"
[[record.step]]
command = "CreateAccount"
fields = {name = {column = "name"}}
)");
  EXPECT_THAT(ParsePlan(twice, "plan.toml").status().message(), HasSubstr("key_prefix"));
}

TEST(PlanTest, ExternalKeyIsMappedWhereItMustNotBeClear) {
  Plan plan;
  plan.source = "crm";
  RecordPlan record;
  record.key_prefix = "team/";
  record.key_map = {{"Ada Example", "north-1"}};
  EXPECT_EQ(ExternalKey(plan, record, "Ada Example"), "crm:team/north-1");
  EXPECT_EQ(ExternalKey(plan, record, "other"), "crm:team/other");
}

TEST(PlanTest, AssumptionsUpToTheLimit) {
  const auto with = [](size_t count) {
    std::string records;
    for (size_t i = 0; i < count; ++i) {
      absl::StrAppend(&records, "[[record]]\nname = \"u", i, "\"\ntype = \"unit\"\nkey = \"u", i,
                      "\"\nkey_prefix = \"", i,
                      "\"\n[[record.step]]\ncommand = \"CreateUnit\"\n"
                      "fields = {name = {value = \"x\", assume = \"a",
                      i, "\"}, kind = \"TEAM\"}\n");
    }
    return ParsePlan(absl::StrCat(kPlan, records), "plan.toml").status();
  };
  EXPECT_TRUE(with(kPlanAssumptionsMax).ok()) << with(kPlanAssumptionsMax);
  EXPECT_THAT(with(kPlanAssumptionsMax + 1).message(), HasSubstr("more than 64 assumptions"));
}

TEST(PlanTest, ShippedPlansCanBeRead) {
  const std::string path = absl::StrCat(DAYBOOK_SOURCE_DIR, "/plans/crm_sales_opportunities.toml");
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto plan = ParsePlan(text, path);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->records.size(), 8u);
}

}  // namespace
}  // namespace daybook::cli
