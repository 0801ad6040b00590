#pragma once

// A folder of files, a plan, and runs of it against the fake target.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "cli/import/runner.h"
#include "domain/base/time.h"
#include "tests/cli/fake_target.h"
#include "tests/cli/scratch.h"

namespace daybook::cli {

class ImportFixture : public ::testing::Test {
 protected:
  // Users come from the test, so that deals have an owner: find = the user.
  static constexpr const char* kOwner = "01890000-0000-7000-8000-000000000001";

  ImportFixture() { target_.finds["login = \"ada\""] = {kOwner}; }

  absl::StatusOr<RunSummary> Run(const std::string& plan_text, const RunOptions& options = {}) {
    auto plan = ParsePlan(plan_text, "plan.toml");
    if (!plan.ok()) return plan.status();
    auto survey = Survey::Open(*std::move(plan), scratch_.path());
    if (!survey.ok()) return survey.status();
    auto summary = RunImport(**survey, plan_text, target_, clock_, random_, options);
    if (!summary.ok()) return summary;
    const std::string result = scratch_.path() + "/result.csv";
    const absl::Status written = WriteResult(**survey, result);
    if (!written.ok()) return written;
    lines_ = absl::StrSplit(scratch_.Read("result.csv"), '\n', absl::SkipEmpty());
    return summary;
  }

  // The line of the result for a record and row.
  std::string LineOf(const std::string& record, int row) const {
    for (const auto& line : lines_) {
      const std::vector<std::string> cells = absl::StrSplit(line, ',');
      if (cells.size() > 3 && cells[1] == std::to_string(row) && cells[2] == record) return line;
    }
    return "";
  }

  Scratch scratch_;
  FakeTarget target_;
  ManualClock clock_{*ParseInstant("2026-01-01T00:00:00Z")};
  SeededRandom random_{7};
  std::vector<std::string> lines_;
};

// Accounts in a tree and deals with owners, dates and outcomes.
inline constexpr const char* kDealsPlan = R"(name = "test"
source = "t"
[[file]]
name = "accounts.csv"
[[file]]
name = "deals.csv"
blank = ["n/a"]
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
[[record]]
name = "deal"
type = "opportunity"
file = "deals.csv"
key = "id"
[[record.step]]
command = "CreateOpportunity"
at = {column = "opened", assume = "no date: recorded last"}
[record.step.fields]
subject = {template = "deal {id}"}
account_id = {column = "account", reference = "account", assume = "no account"}
owner_id = {find = {type = "user", filter = "login = \"ada\""}}
imported = true
[[record.step]]
command = "WinOpportunity"
at = {column = "closed"}
when = {column = "state", equals = "Won"}
[record.step.fields]
actual_value = {column = "amount"}
)";

}  // namespace daybook::cli
