// The order in which commands are sent (DESIGN.md 3), trees, maps, lookups, several records out of
// one file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/cli/import_fixture.h"

namespace daybook::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImportOrderTest : public ImportFixture {
 protected:
  // "Create deal 1 2017-01-02T00:00:00Z" and so on.
  std::vector<std::string> Sent() const {
    std::vector<std::string> out;
    std::map<std::string, std::string> names;
    for (const auto& sent : target_.carried_out) {
      std::string& name = names[sent.Text("id")];
      if (name.empty()) name = absl::StrCat(sent.Text("subject"), sent.Text("name"));
      out.push_back(absl::StrCat(sent.type.substr(0, 3), " ", name, " ", sent.EffectiveAt()));
    }
    return out;
  }
};

TEST_F(ImportOrderTest, DatedCommandsStandInOrderOfTimeBetweenUndatedOnes) {
  // Given rows in any order: accounts have no dates and are referred to, one deal has none
  scratch_.Write("accounts.csv", "name,parent\nAcme,\n");
  scratch_.Write("deals.csv",
                 "id,account,opened,state,closed,amount\n"
                 "1,Acme,,Open,,\n"
                 "2,Acme,2017-03-01,Won,2017-03-05,1\n"
                 "3,Acme,2017-01-01,Won,2017-03-01,1\n");
  // When
  ASSERT_TRUE(Run(kDealsPlan).ok());
  // Then what others refer to comes first, the other undated row last
  EXPECT_THAT(Sent(),
              ElementsAre("Cre Acme ", "Cre deal 3 2017-01-01T00:00:00Z",
                          "Cre deal 2 2017-03-01T00:00:00Z", "Win deal 3 2017-03-01T00:00:00Z",
                          "Win deal 2 2017-03-05T00:00:00Z", "Cre deal 1 "));
}

TEST_F(ImportOrderTest, UndatedCreationGoesWithTheNextDatedStep) {
  scratch_.Write("accounts.csv", "name,parent\nAcme,\n");
  scratch_.Write("deals.csv",
                 "id,account,opened,state,closed,amount\n"
                 "1,Acme,,Won,2017-03-05,1\n"
                 "2,Acme,2017-01-01,Won,,1\n");
  ASSERT_TRUE(Run(kDealsPlan).ok());
  EXPECT_THAT(Sent(), ElementsAre("Cre Acme ", "Cre deal 2 2017-01-01T00:00:00Z",
                                  "Cre deal 1 2017-03-05T00:00:00Z",
                                  "Win deal 1 2017-03-05T00:00:00Z", "Win deal 2 "));
}

TEST_F(ImportOrderTest, DaysBeginInTheZoneOfTheOrganisation) {
  target_.zone = "Asia/Tokyo";
  scratch_.Write("accounts.csv", "name,parent\n");
  scratch_.Write("deals.csv", "id,account,opened,state,closed,amount\n1,,2017-01-02,Open,,\n");
  ASSERT_TRUE(Run(kDealsPlan).ok());
  EXPECT_THAT(Sent(), ElementsAre("Cre deal 1 2017-01-01T15:00:00Z"));
}

TEST_F(ImportOrderTest, ParentsComeBeforeChildrenWhereverTheyStand) {
  scratch_.Write("accounts.csv", "name,parent\nc,b\nb,a\na,\nd,a\n");
  scratch_.Write("deals.csv", "id,account,opened,state,closed,amount\n");
  ASSERT_TRUE(Run(kDealsPlan).ok());
  EXPECT_THAT(Sent(), ElementsAre("Cre a ", "Cre b ", "Cre d ", "Cre c "));
}

TEST_F(ImportOrderTest, CirclesAndMissingParentsAreRejectedWithWhatHangsOnThem) {
  scratch_.Write("accounts.csv", "name,parent\na,b\nb,a\nc,a\nd,d\ne,nobody\nf,e\ng,\n");
  scratch_.Write("deals.csv", "id,account,opened,state,closed,amount\n1,f,,Open,,\n");
  const auto summary = Run(kDealsPlan);
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(Sent(), ElementsAre("Cre g "));
  EXPECT_THAT(LineOf("account", 2), HasSubstr("CYCLE"));
  EXPECT_THAT(LineOf("account", 4), HasSubstr("CYCLE"));
  EXPECT_THAT(LineOf("account", 5), HasSubstr("CYCLE"));
  EXPECT_THAT(LineOf("account", 6), HasSubstr("there is no account \"\"nobody\"\""));
  EXPECT_THAT(LineOf("account", 7), HasSubstr("refers to row 6, which was rejected"));
  EXPECT_THAT(LineOf("deal", 2), HasSubstr("was rejected"));
}

constexpr const char* kTeamsPlan = R"(name = "teams"
source = "t"
[[file]]
name = "teams.txt"
delimiter = ";"
encoding = "latin1"
header = false
columns = ["agent", "team", "price"]
[[record]]
name = "team"
type = "unit"
file = "teams.txt"
key = "team"
distinct = true
key_map = {"Süd" = "south"}
[[record.step]]
command = "CreateUnit"
[record.step.fields]
kind = "TEAM"
name = {column = "team", map = {"Süd" = "South"}, assume_mapped = "translated"}
[[record]]
name = "agent"
type = "user"
file = "teams.txt"
key = ["team", "agent"]
when = {column = "agent", not = "nobody"}
[[record.step]]
command = "CreateUser"
fields = {display_name = {column = "agent"}, unit_id = {column = "team", reference = "team"}}
[[record]]
name = "item"
type = "product"
file = "teams.txt"
key = "price"
distinct = true
[[record.step]]
command = "CreateProduct"
[record.step.fields]
sku = {column = "price"}
name = {column = "price", default = "none"}
[record.step.fields.list_price]
column = "team"
lookup = {record = "team", column = "price"}
decimal = ","
group = "."
currency = "EUR"
)";

TEST_F(ImportOrderTest, OneFileBecomesRecordsOfSeveralTypes) {
  // Given
  scratch_.Write("teams.txt",
                 "J\xFCrgen;S\xFC"
                 "d;1.234,50\nnobody;S\xFC"
                 "d;2\n Ann ;North;3\n");
  // When
  const auto summary = Run(kTeamsPlan);
  // Then
  ASSERT_TRUE(summary.ok()) << summary.status();
  std::vector<std::string> sent;
  for (const auto& command : target_.carried_out) {
    sent.push_back(absl::StrCat(command.Text("external_key"), "|", command.Text("name"),
                                command.Text("display_name")));
  }
  EXPECT_THAT(sent, ElementsAre("t:south|South", "t:North|North", "t:Süd/Jürgen|Jürgen",
                                "t:North/Ann|Ann", "t:1.234,50|1.234,50", "t:2|2", "t:3|3"));
  EXPECT_EQ(summary->repeats, 1u);
  EXPECT_EQ(summary->total.of(Verdict::kSkipped), 1u);
  EXPECT_THAT(LineOf("agent", 2), HasSubstr("skipped"));
  EXPECT_THAT(LineOf("team", 1), HasSubstr("translated"));
  // and the price of the third item is that of the first row of its team
  EXPECT_THAT(target_.carried_out[4].request->ShortDebugString(),
              HasSubstr("list_price { minor: 123450 currency: \"EUR\" }"));
  EXPECT_THAT(target_.carried_out[6].request->ShortDebugString(),
              HasSubstr("list_price { minor: 300 currency: \"EUR\" }"));
}

TEST_F(ImportOrderTest, RowTouchesItsOwnRecordOnly) {
  // Given
  std::string deals = "id,account,opened,state,closed,amount\n";
  for (int i = 0; i < 500; ++i) {
    absl::StrAppend(&deals, i, ",,2017-01-", i % 28 + 1 < 10 ? "0" : "", i % 28 + 1,
                    ",Won,2017-02-01,", i, "\n");
  }
  scratch_.Write("accounts.csv", "name,parent\n");
  scratch_.Write("deals.csv", deals);
  // When
  ASSERT_TRUE(Run(kDealsPlan).ok());
  // Then the amount won is the one of the row that made the deal
  std::map<std::string, std::string> keys;
  for (const auto& sent : target_.carried_out) {
    if (sent.type == "CreateOpportunityRequest") {
      keys[sent.Text("id")] = sent.Text("external_key").substr(2);
    } else {
      const std::string minor =
          keys[sent.Text("id")] == "0" ? "" : "minor: " + keys[sent.Text("id")];
      EXPECT_THAT(sent.request->ShortDebugString(), HasSubstr("actual_value { " + minor));
    }
  }
  EXPECT_EQ(keys.size(), 500u);
}

}  // namespace
}  // namespace daybook::cli
