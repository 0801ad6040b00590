#include "domain/setup/import_run.h"

#include "absl/strings/str_cat.h"
#include "daybook/setup/v1/import_run_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;

std::string Start() {
  return absl::StrCat("plan_name: 'crm' rows: 8800 backfill: true plan_hash: '",
                      std::string(domain::kSha256Bytes, 'h'), "'");
}

std::string Started() {
  return absl::StrCat("started { import_run { id: '", Id(1), "' state: IMPORT_RUN_STATE_RUNNING ",
                      Start(), " } }");
}

constexpr absl::string_view kResult =
    "rows_applied: 8790 rows_unchanged: 4 rows_rejected: 6 commands: 21000";

TEST(StartImportRunTest, SameRunStartsOnce) {
  Scenario("import_run")
      .When<pb::StartImportRunRequest>(Start())
      .Then({Started()})
      .When<pb::StartImportRunRequest>(Start())
      .ThenNothing()
      .When<pb::StartImportRunRequest>("plan_name: 'other'")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
}

TEST(StartImportRunTest, RefusalsInCheckOrder) {
  ExpectRefusals<pb::StartImportRunRequest>(
      [] { return Scenario("import_run"); },
      {
          {"blank name", "plan_hash: 'x'", Reason::REASON_INVALID_FIELD, "plan_name"},
          {"no hash", "plan_name: 'a' plan_hash: 'x'", Reason::REASON_INVALID_FIELD, "plan_hash"},
      });
}

TEST(FinishImportRunTest, FinishesOnceWithOneResult) {
  Scenario("import_run")
      .When<pb::FinishImportRunRequest>("")
      .ThenRejected(Reason::REASON_NOT_FOUND);
  Scenario("import_run")
      .Given(Started())
      .When<pb::FinishImportRunRequest>(kResult)
      .Then({absl::StrCat("finished { ", kResult, " }")})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' state: IMPORT_RUN_STATE_FINISHED ", Start(), " ",
                               kResult))
      .When<pb::FinishImportRunRequest>(kResult)
      .ThenNothing()
      .When<pb::FinishImportRunRequest>("rows_applied: 1")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                    {{"state", "FINISHED"}, {"allowed", "RUNNING"}});
}

}  // namespace
}  // namespace daybook::testing
