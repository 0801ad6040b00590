// The plan for leads that ships with the product, on the data set it is for. Skipped with a message
// where the data set is not beside the project.

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "daybook/log/v1/log_service.grpc.pb.h"
#include "daybook/sales/v1/lead_board_service.pb.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace sales = ::daybook::sales::v1;

const char kData[] = DAYBOOK_SOURCE_DIR "/../shared/data/x_education_leads";
const char kPlan[] = DAYBOOK_SOURCE_DIR "/plans/x_education_leads.toml";
constexpr int64_t kLeads = 9'240;
constexpr int64_t kConversions = 3'561;

class LeadImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << "no data set at " << kData;
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", dir_, "--organisation", "Test Ltd",
                    "--currency", "INR", "--zone", "UTC"});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
  }

  ProgramResult Cli(const DaybookdProcess& server, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {DaybookPath(), "--server", server.address(), "--key-file",
                                         dir_ + "/admin.key"});
    return RunProgram(arguments);
  }
  ProgramResult Import(const DaybookdProcess& server) {
    return Cli(server,
               {"import", "run", kPlan, "--from", kData, "--result", temp_.path() + "/result.csv"});
  }
  // Read until the views have arrived where the log ends.
  sales::GetLeadBoardResponse Board(const DaybookdProcess& server) {
    sales::GetLeadBoardResponse board;
    for (int i = 0; i < 200; ++i) {
      const ProgramResult shown =
          Cli(server, {"board", "show", "leads", "--by", "source", "-o", "json"});
      EXPECT_EQ(shown.exit_code, 0) << shown.errors;
      board.Clear();
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(shown.output, &board).ok())
          << shown.output;
      if (Column(board, sales::LEAD_STATE_CONVERTED).count() == kConversions) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return board;
  }
  static sales::LeadColumn Column(const sales::GetLeadBoardResponse& board,
                                  sales::LeadState state) {
    for (const auto& column : board.columns()) {
      if (column.state() == state) return column;
    }
    return {};
  }
  // Events of conversions, and how many of them are in a commit of three events.
  std::pair<int64_t, int64_t> Conversions(const DaybookdProcess& server) {
    const auto channel = grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
    const auto stub = log::v1::LogService::NewStub(channel);
    grpc::ClientContext context;
    std::ifstream file(dir_ + "/admin.key");
    std::string key;
    file >> key;
    context.AddMetadata("authorization", "Bearer " + key);
    log::v1::ReadEventsRequest request;
    request.set_type("lead.converted");
    const auto reader = stub->ReadEvents(&context, request);
    std::pair<int64_t, int64_t> found;
    log::v1::ReadEventsResponse batch;
    while (reader->Read(&batch)) {
      for (const auto& event : batch.events()) {
        ++found.first;
        if (event.commit_count() == 3 && event.commit_index() == 0) ++found.second;
      }
    }
    EXPECT_TRUE(reader->Finish().ok());
    return found;
  }
  int64_t Records(const DaybookdProcess& server, const std::string& aggregate) {
    const ProgramResult listed =
        Cli(server, {"record", "list", aggregate, "--all", "--fields", "id", "-o", "csv"});
    EXPECT_EQ(listed.exit_code, 0) << listed.errors;
    return std::count(listed.output.begin(), listed.output.end(), '\n') - 1;  // the head
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
};

TEST_F(LeadImportTest, E04_F080_EveryConversionIsOneCommitWithAccountAndContact) {
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  const ProgramResult first = Import(server);
  ASSERT_EQ(first.exit_code, 0) << first.errors << first.output;
  const auto board = Board(server);
  EXPECT_EQ(board.count(), kLeads);
  const sales::LeadColumn converted = Column(board, sales::LEAD_STATE_CONVERTED);
  EXPECT_EQ(converted.count(), kConversions);
  EXPECT_EQ(Column(board, sales::LEAD_STATE_NEW).count(), kLeads - kConversions);
  // Every lead is scored, also the first one after the policy.
  EXPECT_EQ(converted.scored() + Column(board, sales::LEAD_STATE_NEW).scored(), kLeads);
  int64_t google = 0;
  for (const auto& column : board.columns()) {
    for (const auto& group : column.groups()) {
      if (group.source() == "Google") google += group.count();
      EXPECT_NE(group.source(), "google");
    }
  }
  EXPECT_EQ(google, 2'873);  // 2,868 and 5 in small letters
  EXPECT_EQ(Conversions(server), std::pair(kConversions, kConversions));
  EXPECT_EQ(Records(server, "account"), kConversions);
  EXPECT_EQ(Records(server, "contact"), kConversions);
  const ProgramResult second = Import(server);
  ASSERT_EQ(second.exit_code, 0) << second.errors << second.output;
  EXPECT_EQ(Board(server).read().position(), board.read().position());
}

}  // namespace
}  // namespace daybook::testing
