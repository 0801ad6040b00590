#include "absl/strings/str_cat.h"
#include "daybook/setup/v1/schema_set_service.pb.h"
#include "domain/setup/import_run.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;

TEST(IntroduceSchemaSetTest, IntroducedOnceUnderItsNumber) {
  const std::string set =
      absl::StrCat("number: 1 release: '0.1' hash: '", std::string(domain::kSha256Bytes, 'h'), "'");
  Scenario("schema_set")
      .When<pb::IntroduceSchemaSetRequest>(set)
      .Then({absl::StrCat("introduced { schema_set { id: '", Id(1), "' ", set, " } }")})
      .ThenClaims({"schema-set-number=1"})
      .When<pb::IntroduceSchemaSetRequest>(set)
      .ThenNothing()
      .When<pb::IntroduceSchemaSetRequest>("number: 2")
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
}

TEST(IntroduceSchemaSetTest, RefusalsInCheckOrder) {
  ExpectRefusals<pb::IntroduceSchemaSetRequest>(
      [] { return Scenario("schema_set"); },
      {
          {"number 0", "hash: 'x'", Reason::REASON_INVALID_FIELD, "number"},
          {"no hash", "number: 1 hash: 'x'", Reason::REASON_INVALID_FIELD, "hash"},
      });
}

}  // namespace
}  // namespace daybook::testing
