// Parts of texts (after, above), and rows with more fields than columns (surplus).

#include <gmock/gmock.h>

#include "daybook/party/v1/account_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "tests/cli/import_fixture.h"

namespace daybook::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPathsPlan = R"(name = "test"
source = "t"
[[file]]
name = "places.csv"
quote = ""
surplus = "name"
[[record]]
name = "place"
type = "account"
file = "places.csv"
key = "path"
[[record.step]]
command = "CreateAccount"
[record.step.fields]
name = {column = "name", after = "\\"}
parent_id = {column = "path", above = "/", blank = ["/"], reference = "place"}
)";

class ImportPartsTest : public ImportFixture {};

TEST_F(ImportPartsTest, ParentsAreFoundByThePathAboveAndNamesMayHoldTheDelimiter) {
  scratch_.Write("places.csv",
                 "path,name,note\n"
                 "/1/2/,Unicycles, Bicycles, and Tricycles,x\n"
                 "/1/,works\\ken0,y\n"
                 "/1/2/1/,plain,z\n");
  const auto summary = Run(kPathsPlan);
  ASSERT_TRUE(summary.ok()) << summary.status();
  ASSERT_EQ(target_.carried_out.size(), 3u);
  const auto& top = target_.carried_out[0];
  const auto& middle = target_.carried_out[1];
  const auto& leaf = target_.carried_out[2];
  EXPECT_EQ(top.Text("name"), "ken0");
  EXPECT_EQ(top.Text("parent_id"), "");
  EXPECT_EQ(middle.Text("name"), "Unicycles, Bicycles, and Tricycles");
  EXPECT_EQ(middle.Text("parent_id"), top.Text("id"));
  EXPECT_EQ(leaf.Text("name"), "plain");
  EXPECT_EQ(leaf.Text("parent_id"), middle.Text("id"));
}

TEST_F(ImportPartsTest, E21CustomFieldsAreAListAndBlankOnesCarryNoValue) {
  scratch_.Write("places.csv", "path,name,seats\n/1/,Top,12\n/2/,Other,\n");
  std::string plan = kPathsPlan;
  plan.replace(plan.find("surplus = \"name\"\n"), 17, "");
  plan +=
      "custom = [{name = \"seats\", integer = {column = \"seats\"}}, "
      "{name = \"share\", decimal = \"12.5 %\"}]\n";
  const auto summary = Run(plan);
  ASSERT_TRUE(summary.ok()) << summary.status();
  ASSERT_EQ(target_.carried_out.size(), 2u);
  const auto custom = [&](size_t i) {
    const auto& request =
        static_cast<const party::v1::CreateAccountRequest&>(*target_.carried_out[i].request);
    std::string text;
    for (const auto& value : request.custom()) text += value.ShortDebugString() + "; ";
    return text;
  };
  EXPECT_EQ(custom(0), "name: \"seats\" integer: 12; name: \"share\" decimal: 125000000; ");
  EXPECT_EQ(custom(1), "name: \"seats\"; name: \"share\" decimal: 125000000; ");
}

TEST_F(ImportPartsTest, F012E21LinesAndUniqueFieldsTakeCustomValuesFromPlans) {
  scratch_.Write("deals.csv", "no,subject,colour,code\n7,Lamps,red,DE 1\n");
  const auto summary = Run(R"(name = "test"
source = "t"
[[file]]
name = "deals.csv"
[[record]]
name = "deal"
type = "opportunity"
file = "deals.csv"
key = "no"
[[record.step]]
command = "CreateOpportunity"
[record.step.fields]
subject = {column = "subject"}
owner_id = {find = {type = "user", filter = "login = \"ada\""}}
custom = [{name = "code", unique_text = {column = "code"}}]
[[record.step]]
command = "AddOpportunityLine"
[record.step.fields.line]
product_id = "01890000-0000-7000-8000-000000000002"
quantity = "2"
custom = [{name = "colour", text = {column = "colour"}}]
)");
  ASSERT_TRUE(summary.ok()) << summary.status();
  ASSERT_EQ(target_.carried_out.size(), 2u) << LineOf("deal", 2);
  const auto& deal =
      static_cast<const sales::v1::CreateOpportunityRequest&>(*target_.carried_out[0].request);
  EXPECT_EQ(deal.custom(0).unique_text(), "DE 1");
  const auto& line =
      static_cast<const sales::v1::AddOpportunityLineRequest&>(*target_.carried_out[1].request);
  EXPECT_EQ(line.id(), deal.id());
  ASSERT_EQ(line.line().custom_size(), 1);
  EXPECT_EQ(line.line().custom(0).ShortDebugString(), "name: \"colour\" text: \"red\"");
}

TEST_F(ImportPartsTest, TooFewFieldsAreStillRejected) {
  scratch_.Write("places.csv", "path,name,note\n/1/,only\n");
  const auto summary = Run(kPathsPlan);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_THAT(LineOf("place", 2), HasSubstr("INVALID_ROW"));
}

TEST_F(ImportPartsTest, SurplusNeedsAColumnAndAFileWithoutQuotes) {
  scratch_.Write("places.csv", "path,name,note\n");
  std::string plan = kPathsPlan;
  plan.replace(plan.find("surplus = \"name\""), 16, "surplus = \"nome\"");
  EXPECT_THAT(std::string(Run(plan).status().message()), HasSubstr("no column \"nome\""));
  plan = kPathsPlan;
  plan.replace(plan.find("quote = \"\"\n"), 11, "");
  EXPECT_THAT(std::string(Run(plan).status().message()), HasSubstr("without quotes"));
}

}  // namespace
}  // namespace daybook::cli
