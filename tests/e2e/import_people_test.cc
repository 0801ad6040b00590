// The plans for customers, staff and org charts, on the data sets they are for. Skipped with a
// message where a set is not beside the project.

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "daybook/party/v1/org_position_service.pb.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

class ImportPeopleTest : public ::testing::Test {
 protected:
  // Imports a set with its plan; false when the set is not there.
  bool Import(const std::string& name, const std::string& folder, int exit_code) {
    const std::string data = std::string(DAYBOOK_SOURCE_DIR "/../shared/data/") + folder;
    if (!std::filesystem::exists(data)) return false;
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", dir_, "--organisation", "Test Ltd",
                    "--currency", "USD", "--zone", "UTC"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    server_ = std::make_unique<DaybookdProcess>(dir_);
    EXPECT_TRUE(server_->listening()) << server_->error();
    const std::string plan = std::string(DAYBOOK_SOURCE_DIR "/plans/") + name + ".toml";
    const ProgramResult run =
        Cli({"import", "run", plan, "--from", data, "--result", temp_.path() + "/result.csv"});
    EXPECT_EQ(run.exit_code, exit_code) << run.output << run.errors;
    return true;
  }
  ProgramResult Cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {DaybookPath(), "--server", server_->address(),
                                         "--key-file", dir_ + "/admin.key"});
    return RunProgram(arguments);
  }
  // The rows of the result with these words in the record and verdict columns.
  int Rows(const std::string& record, const std::string& verdict) {
    std::ifstream result(temp_.path() + "/result.csv");
    int count = 0;
    for (std::string line; std::getline(result, line);) {
      count += line.find("," + record + ",") != std::string::npos &&
               line.find("," + verdict + ",") != std::string::npos;
    }
    return count;
  }
  // The chart of an account, once the views have `places` of it.
  party::v1::GetOrgChartResponse Chart(const std::string& account, const std::string& day,
                                       int places) {
    party::v1::GetOrgChartResponse chart;
    for (int i = 0; i < 200; ++i) {
      const ProgramResult shown = Cli({"chart", "org", account, "--day", day, "-o", "json"});
      EXPECT_EQ(shown.exit_code, 0) << shown.errors;
      chart.Clear();
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(shown.output, &chart).ok());
      if (chart.nodes_size() == places) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return chart;
  }
  // Who works in which territory on a day: a line for each.
  std::set<std::string> Postings(const std::string& day) {
    const ProgramResult listed =
        Cli({"record", "list", "relation", "--filter",
             "type = WORKS_AT AND since <= " + day + " AND (until > " + day + " OR NOT until:*)",
             "-o", "csv"});
    EXPECT_EQ(listed.exit_code, 0) << listed.errors;
    std::set<std::string> lines;
    std::istringstream rows(listed.output);
    std::string line;
    std::getline(rows, line);  // titles
    while (std::getline(rows, line)) lines.insert(line);
    return lines;
  }
  static std::map<int, int> Levels(const party::v1::GetOrgChartResponse& chart) {
    std::map<int, int> levels;
    for (const auto& node : chart.nodes()) ++levels[node.level()];
    return levels;
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
  std::unique_ptr<DaybookdProcess> server_;
};

TEST_F(ImportPeopleTest, F037AdventureWorksIsAChartOf290PeopleInFiveLevels) {
  // Suppliers' people refer to no store: these rows are rejected, so the import ends with 5.
  if (!Import("adventureworks", "adventureworks", 5)) GTEST_SKIP() << "no data set";
  const auto chart = Chart("Adventure Works", "2026-01-01", 290);
  EXPECT_EQ(chart.nodes_size(), 290);
  EXPECT_EQ(Levels(chart), (std::map<int, int>{{0, 1}, {1, 6}, {2, 27}, {3, 66}, {4, 190}}));
  EXPECT_EQ(chart.nodes(0).family_name(), "ken0");
  EXPECT_EQ(chart.nodes(0).position(), "Chief Executive Officer");
  EXPECT_EQ(Rows("store", "created"), 701);
  EXPECT_EQ(Rows("store", "rejected"), 0);
  EXPECT_EQ(Rows("employee", "created"), 290);
  EXPECT_EQ(Rows("seller", "created"), 17);
  EXPECT_EQ(Rows("person", "created") + Rows("person", "rejected"), 909);
  EXPECT_EQ(Rows("territory", "created"), 10);
  EXPECT_EQ(Rows("posting", "created"), 17);
  // Two changed places overnight, so there are as many, and not the same ones.
  EXPECT_EQ(Postings("2011-06-01").size(), 9u);
  EXPECT_EQ(Postings("2012-11-29").size(), 11u);
  EXPECT_EQ(Postings("2012-11-30").size(), 11u);
  EXPECT_NE(Postings("2012-11-30"), Postings("2012-11-29"));
  EXPECT_EQ(Postings("2013-06-01").size(), 13u);
  const std::string svg = temp_.path() + "/chart.svg";
  const ProgramResult drawn = Cli({"chart", "org", "Adventure Works", "--svg", svg});
  EXPECT_EQ(drawn.exit_code, 0) << drawn.errors;
  std::ifstream picture(svg);
  const std::string text((std::istreambuf_iterator<char>(picture)),
                         std::istreambuf_iterator<char>());
  EXPECT_NE(text.find("<svg"), std::string::npos);
  EXPECT_NE(text.find("Chief Executive Officer"), std::string::npos);
}

TEST_F(ImportPeopleTest, F037NorthwindIsAChartOfThreeLevels) {
  if (!Import("northwind", "northwind", 0)) GTEST_SKIP() << "no data set";
  EXPECT_EQ(Levels(Chart("Northwind Traders", "2026-01-01", 9)),
            (std::map<int, int>{{0, 1}, {1, 5}, {2, 3}}));
  EXPECT_EQ(Rows("customer", "created"), 93);
}

TEST_F(ImportPeopleTest, F037ClassicModelsIsAChartOfFourLevels) {
  if (!Import("classicmodels", "classicmodels/csv", 0)) GTEST_SKIP() << "no data set";
  const auto levels = Levels(Chart("Classic Models", "2026-01-01", 23));
  EXPECT_EQ(levels.size(), 4u);
  EXPECT_EQ(levels.at(0), 1);
  EXPECT_EQ(Rows("customer", "created"), 122);
  EXPECT_EQ(Rows("contact", "created"), 122);
}

}  // namespace
}  // namespace daybook::testing
