// Commands that somebody gives again on purpose: they are carried out again, and the command line
// tells what really changed.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "daybook/party/v1/responsibility_service.grpc.pb.h"
#include "tests/support/process.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;

using ::testing::HasSubstr;
using ::testing::Not;

class RequestIdsAttackTest : public ::testing::Test {
 protected:
  RequestIdsAttackTest() {
    const ProgramResult made =
        RunProgram({DaybookPath(), "init", "--data-dir", dir_, "--organisation", "Test Ltd",
                    "--currency", "USD", "--zone", "UTC"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    server_ = std::make_unique<DaybookdProcess>(dir_);
    EXPECT_TRUE(server_->listening()) << server_->error();
  }

  ProgramResult Cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {DaybookPath(), "--server", server_->address(),
                                         "--key-file", dir_ + "/admin.key"});
    return RunProgram(arguments);
  }
  // Returns the id, the first word of what is printed.
  std::string Create(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"record", "create"});
    const ProgramResult made = Cli(arguments);
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    return made.output.substr(0, made.output.find(' '));
  }
  // Makes a user the account manager from today on.
  grpc::Status Assign(const std::string& account, const std::string& user) {
    const auto channel =
        grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    const auto stub = party::ResponsibilityService::NewStub(channel);
    grpc::ClientContext context;
    std::ifstream file(dir_ + "/admin.key");
    std::string key;
    file >> key;
    context.AddMetadata("authorization", "Bearer " + key);
    party::AssignResponsibilityRequest request;
    party::AssignResponsibilityResponse response;
    request.mutable_header()->set_request_id(Uuid::MakeV5(*Uuid::Parse(account), user).ToString());
    request.set_id(account);
    request.set_role(party::ACCOUNT_ROLE_ACCOUNT_MANAGER);
    request.add_user_ids(user);
    return stub->AssignResponsibility(&context, request, &response);
  }
  ProgramResult HandOver(const std::string& from, const std::string& to) {
    return Cli({"account", "hand-over", "--from", from, "--to", to});
  }
  // What `account roles` lists, read at the end of the log by the hand-over before it.
  std::string AccountsOf(const std::string& user) {
    const ProgramResult listed =
        Cli({"account", "hand-over", "--from", user, "--to", third_, "--dry-run", "-o", "csv"});
    EXPECT_EQ(listed.exit_code, 0) << listed.errors;
    return listed.output;
  }

  TempDirectory temp_;
  const std::string dir_ = temp_.path() + "/data";
  std::unique_ptr<DaybookdProcess> server_;
  std::string third_;
};

// A to B, B to A, A to B on one day: the third printed "handed over", and nothing had happened.
TEST_F(RequestIdsAttackTest, EveryHandOverOfADayIsCarriedOut) {
  const std::string anna = Create({"user", "display_name=Anna"});
  const std::string bert = Create({"user", "display_name=Bert"});
  third_ = Create({"user", "display_name=Cleo"});
  const std::string account = Create({"account", "name=Mill"});
  const grpc::Status assigned = Assign(account, anna);
  ASSERT_TRUE(assigned.ok()) << assigned.error_message();

  const std::string* holder = &anna;
  const std::string* other = &bert;
  for (int i = 0; i < 5; ++i) {
    const ProgramResult handed = HandOver(*holder, *other);
    EXPECT_EQ(handed.exit_code, 0) << handed.errors;
    EXPECT_THAT(handed.output, HasSubstr("1 handed over"));
    EXPECT_THAT(AccountsOf(*other), HasSubstr(account)) << "after hand-over " << i + 1;
    EXPECT_THAT(AccountsOf(*holder), Not(HasSubstr(account)));
    std::swap(holder, other);
  }
  const ProgramResult nothing = HandOver(*other, *holder);
  EXPECT_THAT(nothing.output, HasSubstr("0 accounts"));
  EXPECT_THAT(nothing.output, HasSubstr("0 handed over"));
}

TEST_F(RequestIdsAttackTest, WhatIsSoAlreadyIsNotShownAsDone) {
  const ProgramResult issued =
      Cli({"key", "issue", "--name", "second", "--out", temp_.path() + "/key"});
  ASSERT_EQ(issued.exit_code, 0) << issued.errors;
  const std::vector<std::string> words = absl::StrSplit(issued.output, ' ');
  ASSERT_GE(words.size(), 2u) << issued.output;
  EXPECT_THAT(Cli({"key", "revoke", words[1]}).output, HasSubstr("is revoked\n"));
  EXPECT_THAT(Cli({"key", "revoke", words[1]}).output, HasSubstr("is revoked already\n"));
}

}  // namespace
}  // namespace daybook::testing
