// What daybookd and daybook say when they cannot start, and that nothing is changed then.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

using ::testing::HasSubstr;

class StartTest : public ::testing::Test {
 protected:
  ProgramResult Init(const std::string& dir, const std::string& currency = "USD",
                     const std::string& zone = "UTC") {
    return RunProgram({DaybookPath(), "init", "--data-dir", dir, "--organisation", "Test Ltd",
                       "--currency", currency, "--zone", zone});
  }
  ProgramResult Serve(const std::string& dir, const std::string& listen = "127.0.0.1:0") {
    return RunProgram({DaybookdPath(), "--data-dir", dir, "--listen", listen});
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
};

TEST_F(StartTest, InitRefusesWhatItCannotUseAndLeavesNothingBehind) {
  EXPECT_NE(Init(dir_, "XXY").exit_code, 0);
  EXPECT_NE(Init(dir_, "USD", "Mars/Olympus").exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(dir_));
  ASSERT_EQ(Init(dir_).exit_code, 0);
  EXPECT_NE(Init(dir_).exit_code, 0) << "a directory that is in use is not made anew";
  const auto permissions = std::filesystem::status(dir_ + "/admin.key").permissions();
  EXPECT_EQ(static_cast<int>(permissions), 0600);
}

TEST_F(StartTest, ADirectoryInUseIsRefused) {
  ASSERT_EQ(Init(dir_).exit_code, 0);
  DaybookdProcess first(dir_);
  ASSERT_TRUE(first.listening()) << first.error();
  const ProgramResult second = Serve(dir_);
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(second.errors, HasSubstr("in use"));
  EXPECT_EQ(first.Terminate(), 0);
}

TEST_F(StartTest, AMissingDirectoryAndOneOfAnotherFormatAreRefused) {
  EXPECT_EQ(Serve(dir_).exit_code, 3);
  ASSERT_EQ(Init(dir_).exit_code, 0);
  std::ofstream(dir_ + "/identity") << "something else\n";
  const ProgramResult result = Serve(dir_);
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.errors, HasSubstr("identity"));
}

TEST_F(StartTest, ATakenPortIsRefused) {
  ASSERT_EQ(Init(dir_).exit_code, 0);
  const std::string other = temp_.path() + "/other";
  ASSERT_EQ(Init(other).exit_code, 0);
  DaybookdProcess first(dir_);
  ASSERT_TRUE(first.listening()) << first.error();
  const ProgramResult second = Serve(other, first.address());
  EXPECT_EQ(second.exit_code, 3);
  EXPECT_THAT(second.errors, HasSubstr(first.address()));
}

TEST_F(StartTest, PlaintextOnOtherAddressesThanLoopbackIsRefused) {
  ASSERT_EQ(Init(dir_).exit_code, 0);
  const ProgramResult result = Serve(dir_, "0.0.0.0:0");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("loopback"));
}

TEST_F(StartTest, ATerminatedServerLeavesALogThatVerifies) {
  ASSERT_EQ(Init(dir_).exit_code, 0);
  DaybookdProcess server(dir_);
  ASSERT_TRUE(server.listening()) << server.error();
  EXPECT_EQ(server.Terminate(), 0);
  const ProgramResult verified = RunProgram({DaybookPath(), "log", "verify", "--data-dir", dir_});
  EXPECT_EQ(verified.exit_code, 0) << verified.errors;
}

}  // namespace
}  // namespace daybook::testing
