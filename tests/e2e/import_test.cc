// The plan that ships with the product, on the data set it is for: every figure comes from the
// server's views. Skipped with a message where the data set is not beside the project.

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "daybook/sales/v1/sales_board_service.pb.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace sales = ::daybook::sales::v1;

const char kData[] = DAYBOOK_SOURCE_DIR "/../shared/data/crm_sales_opportunities";
const char kPlan[] = DAYBOOK_SOURCE_DIR "/plans/crm_sales_opportunities.toml";

class ImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no data set at " << kData;
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", dir_, "--organisation", "Test Ltd",
                    "--currency", "USD", "--zone", "UTC"});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
  }

  ProgramResult Cli(const DaybookdProcess& server, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {DaybookPath(), "--server", server.address(), "--key-file",
                                         dir_ + "/admin.key"});
    return RunProgram(arguments);
  }
  ProgramResult Import(const DaybookdProcess& server, std::vector<std::string> extra = {}) {
    std::vector<std::string> arguments = {
        "import", "run", kPlan, "--from", kData, "--result", temp_.path() + "/result.csv"};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    return Cli(server, arguments);
  }
  sales::GetSalesBoardResponse Board(const DaybookdProcess& server, const std::string& as_of = "") {
    std::vector<std::string> arguments = {"board", "show", "sales", "-o", "json"};
    if (!as_of.empty()) arguments.insert(arguments.end(), {"--as-of", as_of});
    // The views follow the log: read until they have arrived where the log ends.
    sales::GetSalesBoardResponse board;
    for (int i = 0; i < 200; ++i) {
      const ProgramResult shown = Cli(server, arguments);
      EXPECT_EQ(shown.exit_code, 0) << shown.errors;
      board.Clear();
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(shown.output, &board).ok())
          << shown.output;
      if (!as_of.empty() || board.count() == 8800) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return board;
  }

  struct Column {
    int64_t count = 0;
    int64_t projected = 0;  // minor units
    int64_t actual = 0;
  };
  static Column Find(const sales::GetSalesBoardResponse& board, sales::BoardColumnKind kind,
                     const std::string& stage = "") {
    Column found;
    for (const auto& column : board.columns()) {
      if (column.kind() != kind || column.stage() != stage) continue;
      found.count += column.count();
      for (const auto& amounts : column.amounts()) {
        found.projected += amounts.projected().minor();
        found.actual += amounts.actual().minor();
      }
    }
    return found;
  }

  // The figures of the data set, whatever happened on the way.
  void ExpectFigures(const DaybookdProcess& server) {
    const auto board = Board(server);
    EXPECT_EQ(board.count(), 8800);
    const Column won = Find(board, sales::BOARD_COLUMN_KIND_WON);
    EXPECT_EQ(won.count, 4238);
    EXPECT_EQ(won.actual, 10'005'534'00);
    EXPECT_EQ(Find(board, sales::BOARD_COLUMN_KIND_LOST).count, 2473);
    const Column engaging = Find(board, sales::BOARD_COLUMN_KIND_STAGE, "engaging");
    EXPECT_EQ(engaging.count, 1589);
    EXPECT_EQ(engaging.projected, 3'892'229'00);
    const Column prospecting = Find(board, sales::BOARD_COLUMN_KIND_STAGE, "prospecting");
    EXPECT_EQ(prospecting.count, 500);
    EXPECT_EQ(prospecting.projected, 1'073'986'00);
    // 63.15 %, 47.99 and 51.78 days, to the digits that are quoted.
    EXPECT_EQ((board.win_rate() + 50'000) / 100'000, 6315);
    EXPECT_EQ((board.mean_cycle_seconds() + 432) / 864, 4799);
    EXPECT_EQ((board.mean_won_cycle_seconds() + 432) / 864, 5178);

    const auto june = Board(server, "2017-06-30");
    EXPECT_EQ(Find(june, sales::BOARD_COLUMN_KIND_STAGE, "engaging").count, 1686);
    EXPECT_EQ(Find(june, sales::BOARD_COLUMN_KIND_STAGE, "engaging").projected, 4'216'807'00);
    EXPECT_EQ(Find(june, sales::BOARD_COLUMN_KIND_STAGE, "prospecting").count, 0);
    EXPECT_EQ(Find(june, sales::BOARD_COLUMN_KIND_WON).count, 1785);
    EXPECT_EQ(Find(june, sales::BOARD_COLUMN_KIND_WON).actual, 4'220'783'00);
    EXPECT_EQ(Find(june, sales::BOARD_COLUMN_KIND_LOST).count, 894);
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
};

TEST_F(ImportTest, E04TheFiguresOfTheDataSetComeOutAndASecondRunChangesNothing) {
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  const ProgramResult dry = Import(server, {"--backfill", "--dry-run"});
  ASSERT_EQ(dry.exit_code, 0) << dry.errors << dry.output;
  EXPECT_EQ(Board(server, "2017-06-30").count(), 0);

  const ProgramResult first = Import(server, {"--backfill"});
  ASSERT_EQ(first.exit_code, 0) << first.errors << first.output;
  ExpectFigures(server);
  const ProgramResult totals = Cli(server, {"board", "totals", "-o", "json"});
  sales::ListGroupTotalsResponse groups;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(totals.output, &groups).ok())
      << totals.output;
  std::map<std::string, int64_t> won;
  for (const auto& total : groups.totals()) won[total.name()] = total.group(0).actual().minor();
  EXPECT_EQ(won.at("Acme Corporation"), 519'349'00);
  EXPECT_EQ(won.at("Sonron"), 479'028'00);

  const uint64_t position = Board(server).read().position();
  const ProgramResult second = Import(server, {"--backfill"});
  ASSERT_EQ(second.exit_code, 0) << second.errors << second.output;
  const auto after = Board(server);
  EXPECT_EQ(after.read().position(), position);
  ExpectFigures(server);
}

TEST_F(ImportTest, E04AnImportKilledOnTheWayIsResumedWithoutARowTwice) {
  {
    DaybookdProcess server(dir_);
    ASSERT_TRUE(server.listening()) << server.error();
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2500));
      server.Kill();
    });
    const ProgramResult broken = Import(server, {"--backfill"});
    killer.join();
    if (broken.exit_code == 0)
      GTEST_LOG_(INFO) << "the import was over before the server was killed";
  }
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  const ProgramResult resumed = Import(server, {"--backfill"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors << resumed.output;
  ExpectFigures(server);
}

}  // namespace
}  // namespace daybook::testing
