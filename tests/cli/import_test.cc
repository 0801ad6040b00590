// E-04, E-05 and TRAPS 1: every row is accounted for, runs can be repeated, a dry run is the same
// path.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "tests/cli/import_fixture.h"

namespace daybook::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ImportTest : public ImportFixture {
 protected:
  ImportTest() {
    scratch_.Write("accounts.csv", "name,parent\nAcme,\nAcme East,Acme\n");
    scratch_.Write("deals.csv",
                   "id,account,opened,state,closed,amount\n"
                   "001,Acme East,2017-01-02,Won,2017-02-01,\"1,000\"\n"
                   "002,n/a,n/a,Open,,\n");
  }
};

TEST_F(ImportTest, E04EveryRowBecomesItsCommandsAndHasALine) {
  // When
  const auto summary = Run(kDealsPlan);
  // Then
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->total.rows, 4u);
  EXPECT_EQ(summary->total.of(Verdict::kCreated), 4u);
  EXPECT_EQ(summary->commands, 5u);
  ASSERT_EQ(target_.carried_out.size(), 5u);
  EXPECT_EQ(target_.carried_out[0].Text("name"), "Acme");
  EXPECT_EQ(target_.carried_out[0].Text("external_key"), "t:Acme");
  EXPECT_EQ(target_.carried_out[1].Text("parent_id"), target_.carried_out[0].Text("id"));
  EXPECT_EQ(target_.carried_out[2].Text("account_id"), target_.carried_out[1].Text("id"));
  EXPECT_EQ(target_.carried_out[2].Text("owner_id"), kOwner);
  EXPECT_EQ(target_.carried_out[3].type, "WinOpportunityRequest");
  EXPECT_EQ(target_.carried_out[3].Text("id"), target_.carried_out[2].Text("id"));
  EXPECT_EQ(lines_.size(), 5u);
  EXPECT_THAT(LineOf("deal", 2), HasSubstr("created"));
  EXPECT_THAT(LineOf("deal", 3), HasSubstr("no date: recorded last; no account"));
}

TEST_F(ImportTest, E04SameImportTwiceChangesNothing) {
  // Given
  ASSERT_TRUE(Run(kDealsPlan).ok());
  const size_t commands = target_.carried_out.size();
  // When
  const auto summary = Run(kDealsPlan);
  // Then
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(target_.carried_out.size(), commands);
  EXPECT_EQ(summary->total.of(Verdict::kUnchanged), 4u);
  EXPECT_EQ(summary->replayed, 5u);
  // and not even a second run is noted
  EXPECT_EQ(target_.finished_runs.size(), 1u);
}

TEST_F(ImportTest, E04BrokenImportGoesOnAndNoRowComesTwice) {
  std::string deals = "id,account,opened,state,closed,amount\n";
  for (int i = 0; i < 2000; ++i) {
    absl::StrAppend(&deals, i, ",Acme,2017-01-02,Won,2017-02-01,5\n");
  }
  scratch_.Write("deals.csv", deals);
  // Given an import that breaks off in the middle, twice
  for (const uint64_t after : {1000u, 2500u}) {
    target_.break_after = after;
    EXPECT_EQ(Run(kDealsPlan).status().code(), absl::StatusCode::kUnavailable);
  }
  // When it is run again
  const auto summary = Run(kDealsPlan);
  // Then everything is there once
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(target_.carried_out.size(), 4002u);
  std::set<std::string> keys;
  for (const auto& sent : target_.carried_out) {
    if (sent.type != "CreateOpportunityRequest") continue;
    EXPECT_TRUE(keys.insert(sent.Text("external_key")).second);
  }
  EXPECT_EQ(keys.size(), 2000u);
  EXPECT_EQ(target_.finished_runs.size(), 1u);
}

TEST_F(ImportTest, ChangedRowIsReportedAndNotChanged) {
  ASSERT_TRUE(Run(kDealsPlan).ok());
  const size_t commands = target_.carried_out.size();
  scratch_.Write("accounts.csv", "name,parent\nAcme,\nAcme East,\n");
  const auto summary = Run(kDealsPlan);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->total.of(Verdict::kDiffers), 1u);
  EXPECT_EQ(target_.carried_out.size(), commands);
  EXPECT_THAT(LineOf("account", 3),
              HasSubstr("differs from what was imported before; not changed"));
  EXPECT_THAT(LineOf("account", 3), HasSubstr("IDEMPOTENCY_MISMATCH"));
}

TEST_F(ImportTest, NewRowsOfALaterFileAreAdded) {
  ASSERT_TRUE(Run(kDealsPlan).ok());
  scratch_.Write("accounts.csv", "name,parent\nNew,Acme\nAcme,\nAcme East,Acme\n");
  const auto summary = Run(kDealsPlan);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->total.of(Verdict::kCreated), 1u);
  EXPECT_EQ(target_.carried_out.back().Text("name"), "New");
  EXPECT_EQ(target_.carried_out.back().Text("parent_id"), target_.carried_out.front().Text("id"));
}

TEST_F(ImportTest, E05DryRunSendsTheSameCommandsAndLeavesNothing) {
  RunOptions dry;
  dry.mode = RunMode::kDry;
  dry.stamping = Stamping::kBackfill;
  const auto rehearsal = Run(kDealsPlan, dry);
  ASSERT_TRUE(rehearsal.ok());
  ASSERT_EQ(target_.options.size(), 1u);
  EXPECT_TRUE(target_.options[0].dry_run());
  EXPECT_TRUE(target_.options[0].backfill());
  EXPECT_THAT(target_.finished_runs, IsEmpty());
  const size_t rehearsed = target_.carried_out.size();
  const auto real = Run(kDealsPlan);
  ASSERT_TRUE(real.ok());
  EXPECT_EQ(real->commands, rehearsal->commands);
  EXPECT_EQ(target_.carried_out.size(), 2 * rehearsed);
  EXPECT_EQ(real->total.of(Verdict::kCreated), rehearsal->total.of(Verdict::kCreated));
}

TEST_F(ImportTest, RefusedRowStopsNoOther) {
  target_.refuse = [](const SentCommand& sent) {
    return sent.type == "WinOpportunityRequest"
               ? Reject(rpc::v1::REASON_ILLEGAL_TRANSITION, "not like this")
               : absl::OkStatus();
  };
  const auto summary = Run(kDealsPlan);
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->total.of(Verdict::kRejected), 1u);
  EXPECT_EQ(summary->total.of(Verdict::kCreated), 3u);
  EXPECT_THAT(LineOf("deal", 2), HasSubstr("ILLEGAL_TRANSITION"));
  EXPECT_THAT(LineOf("deal", 2), HasSubstr("earlier steps of the row were carried out"));
}

TEST_F(ImportTest, RowsThatReferToARefusedOneAreRefusedToo) {
  target_.refuse = [](const SentCommand& sent) {
    return sent.Text("name") == "Acme" ? Reject(rpc::v1::REASON_DUPLICATE_KEY, "taken")
                                       : absl::OkStatus();
  };
  // Enough rows that the answer is there before the last of them is sent.
  std::string deals = "id,account,opened,state,closed,amount\n";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&deals, i, ",Acme,2017-01-02,Open,,\n");
  scratch_.Write("deals.csv", deals);
  const auto summary = Run(kDealsPlan);
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(LineOf("account", 2), HasSubstr("rejected,DUPLICATE_KEY"));
  EXPECT_THAT(LineOf("deal", 10'001), HasSubstr("was rejected"));
}

TEST_F(ImportTest, FullDiskEndsTheImport) {
  target_.refuse = [](const SentCommand&) {
    return Reject(rpc::v1::REASON_DISK_FULL, "no space is left");
  };
  const auto summary = Run(kDealsPlan);
  EXPECT_EQ(ReasonOf(summary.status()), rpc::v1::REASON_DISK_FULL);
}

TEST_F(ImportTest, AClockThatIsRefusedEndsTheImport) {
  target_.refuse = [](const SentCommand&) {
    return Reject(rpc::v1::REASON_CLOCK_OUT_OF_BOUNDS, "the clock is a year ahead of the log");
  };
  EXPECT_EQ(ReasonOf(Run(kDealsPlan).status()), rpc::v1::REASON_CLOCK_OUT_OF_BOUNDS);
}

TEST_F(ImportTest, ClosedBackfillEndsTheImport) {
  target_.refuse = [](const SentCommand&) {
    return Reject(rpc::v1::REASON_BACKFILL_CLOSED, "the log holds live events");
  };
  EXPECT_EQ(ReasonOf(Run(kDealsPlan).status()), rpc::v1::REASON_BACKFILL_CLOSED);
}

TEST_F(ImportTest, RunIsNotedWithItsCountsAndNamesItsCommands) {
  ASSERT_TRUE(Run(kDealsPlan).ok());
  EXPECT_THAT(target_.batch_ids, ElementsAre("run-1"));
  ASSERT_EQ(target_.finished_runs.size(), 1u);
  EXPECT_EQ(target_.finished_runs[0].applied, 4u);
  EXPECT_EQ(target_.finished_runs[0].commands, 5u);
}

struct BadRow {
  const char* name;
  const char* row;
  const char* message;
};

class BadRowTest : public ImportFixture, public ::testing::WithParamInterface<BadRow> {};

TEST_P(BadRowTest, IsRejectedWithTheCauseBeforeAnythingIsSentForIt) {
  // Given
  scratch_.Write("accounts.csv", "name,parent\nAcme,\n");
  scratch_.Write("deals.csv", absl::StrCat("id,account,opened,state,closed,amount\n",
                                           "001,Acme,2017-01-02,Won,2017-02-01,5\n", GetParam().row,
                                           "\n003,Acme,2017-01-02,Open,,\n"));
  // When
  const auto summary = Run(kDealsPlan);
  // Then
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->total.of(Verdict::kRejected), 1u);
  EXPECT_EQ(summary->total.of(Verdict::kCreated), 3u);
  EXPECT_EQ(target_.carried_out.size(), 4u);
  EXPECT_THAT(LineOf("deal", 3), HasSubstr("rejected"));
  EXPECT_THAT(LineOf("deal", 3), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRowTest,
    ::testing::Values(
        BadRow{"TooFewFields", "002,Acme,2017-01-02", "the row has 3 fields"},
        BadRow{"TooManyFields", "002,Acme,2017-01-02,Open,,,more", "the row has 7 fields"},
        BadRow{"NoUtf8", "002,A\xE9,2017-01-02,Open,,", "column account: byte 0xe9 at place 2"},
        BadRow{"BrokenQuotes", "002,\"A\"c,2017-01-02,Open,,", "after its closing quote"},
        BadRow{"ImpossibleDate", "002,Acme,2017-02-30,Open,,", "at: \"\"2017-02-30\"\" is no date"},
        BadRow{"CloseBeforeOpen", "002,Acme,2017-03-01,Won,2017-02-01,5",
               "step WinOpportunity lies before the step that it follows"},
        BadRow{"MissingReference", "002,Acmee,2017-01-02,Open,,",
               "there is no account \"\"Acmee\"\" in accounts.csv"},
        BadRow{"BadAmount", "002,Acme,2017-01-02,Won,2017-02-01,12x", "\"\"12x\"\" is no number"},
        BadRow{"NegativeAmount", "002,Acme,2017-01-02,Won,2017-02-01,-5", "actual_value"},
        BadRow{"HugeAmount", "002,Acme,2017-01-02,Won,2017-02-01,99999999999999999999",
               "is too large"},
        BadRow{"RequiredAmountIsBlank", "002,Acme,2017-01-02,Won,2017-02-01,n/a",
               "is blank and must not be"},
        BadRow{"BlankKey", ",Acme,2017-01-02,Open,,", "the key column id is blank"},
        BadRow{"RepeatedKey", "001,Acme,2017-01-02,Open,,",
               "the key \"\"001\"\" stands in row 2 too"}),
    [](const auto& info) { return info.param.name; });

TEST_F(ImportTest, OverlongTextIsRejectedBeforeAnythingIsSentForIt) {
  scratch_.Write("accounts.csv", absl::StrCat("name,parent\n", std::string(201, 'x'), ",\n"));
  scratch_.Write("deals.csv", "id,account,opened,state,closed,amount\n");
  const auto summary = Run(kDealsPlan);
  ASSERT_TRUE(summary.ok());
  EXPECT_THAT(target_.carried_out, IsEmpty());
  EXPECT_THAT(LineOf("account", 2), HasSubstr("step CreateAccount, field name"));
}

TEST_F(ImportTest, MissingFileAndEmptyFileEndTheImportBeforeItBegins) {
  scratch_.Write("deals.csv", "");
  EXPECT_THAT(Run(kDealsPlan).status().message(), HasSubstr("the file is empty"));
  std::filesystem::remove(scratch_.path() + "/deals.csv");
  EXPECT_THAT(Run(kDealsPlan).status().message(), HasSubstr("deals.csv"));
  EXPECT_THAT(target_.options, IsEmpty());
}

TEST_F(ImportTest, RecordThatIsToBeFoundMustBeOne) {
  for (const auto& ids : std::vector<std::vector<std::string>>{{}, {kOwner, kOwner}}) {
    target_.finds["login = \"ada\""] = ids;
    EXPECT_THAT(Run(kDealsPlan).status().message(), HasSubstr("login = \"ada\""));
  }
  EXPECT_THAT(target_.options, IsEmpty());
}

}  // namespace
}  // namespace daybook::cli
