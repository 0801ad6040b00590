#include "absl/strings/str_cat.h"
#include "daybook/party/v1/brand_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

Scenario World() {
  Scenario scenario("brand");
  scenario.Exists("user", absl::StrCat("id: '", Id(10), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(11), "' state: USER_STATE_INACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(12), "' state: USER_STATE_ACTIVE"));
  return scenario;
}

Scenario Created() {
  return std::move(
      World().Given(absl::StrCat("created { brand { id: '", Id(1), "' name: 'North' } }")));
}

std::string Manager(int user, int month, int until = 0) {
  return absl::StrCat(
      "user_id: '", Id(user), "' effective_from { year: 2026 month: ", month, " day: 1 }",
      until == 0 ? "" : absl::StrCat(" effective_until { year: 2026 month: ", until, " day: 1 }"));
}

TEST(BrandTest, NameIsClaimedInSmallLetters) {
  World()
      .When<pb::CreateBrandRequest>("name: 'North ' external_key: 'erp:1'")
      .ThenClaims({"brand-name=north", "brand-external-key=erp:1"})
      .When<pb::UpdateBrandRequest>("brand { name: 'South' } update_mask { paths: 'name' }")
      .ThenClaims({"brand-name=south", "brand-external-key=erp:1"})
      .When<pb::UpdateBrandRequest>("update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD)
      .When<pb::UpdateBrandRequest>("update_mask { paths: 'managers' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE);
}

TEST(BrandTest, F107ManagersFollowOneAnother) {
  Created()
      .When<pb::AssignBrandManagerRequest>(Manager(10, 1))
      .Then({absl::StrCat("manager_assigned { manager { ", Manager(10, 1), " } }")})
      .When<pb::AssignBrandManagerRequest>(Manager(12, 7))
      .Then({absl::StrCat("manager_assigned { manager { ", Manager(12, 7), " } }")})
      .ThenRecord(absl::StrCat("id: '", Id(1), "' name: 'North' managers { ", Manager(10, 1, 7),
                               " } managers { ", Manager(12, 7), " }"))
      .When<pb::AssignBrandManagerRequest>(Manager(12, 3, 9))
      .ThenRejected(Reason::REASON_INTERVAL_OVERLAP, {{"from", "2026-01-01"}});
}

TEST(BrandTest, RefusalsInCheckOrder) {
  World()
      .When<pb::AssignBrandManagerRequest>(Manager(10, 1))
      .ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::AssignBrandManagerRequest>(
      Created, {{"unknown", Manager(99, 1), Reason::REASON_REFERENCE_NOT_FOUND, "user_id"},
                {"inactive", Manager(11, 1), Reason::REASON_RECORD_ARCHIVED, ""},
                {"days", Manager(10, 2, 1), Reason::REASON_INVALID_FIELD, "effective_until"}});
  ExpectRefusals<pb::CreateBrandRequest>(
      World,
      {{"name", "name: ' '", Reason::REASON_INVALID_FIELD, "name"},
       {"key", "name: 'X' external_key: 'x'", Reason::REASON_INVALID_FIELD, "external_key"}});
}

}  // namespace
}  // namespace daybook::testing
