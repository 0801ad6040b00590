#include "daybook/admin/v1/organisation_service.pb.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::admin::v1;

constexpr absl::string_view kCreate = "name: 'Acme' currency: 'EUR' zone: 'Europe/Berlin'";
constexpr absl::string_view kCreated =
    "created { organisation { id: '01890000-0000-7000-8000-000000000001' name: 'Acme' "
    "currency: 'EUR' zone: 'Europe/Berlin' } }";

Scenario Created() { return std::move(Scenario("organisation").Given(kCreated)); }

TEST(CreateOrganisationTest, FirstOneIsCreatedAndClaimsTheOnlyPlace) {
  Scenario("organisation")
      .When<pb::CreateOrganisationRequest>(kCreate)
      .Then({kCreated})
      .ThenClaims({"organisation-singleton=organisation"});
}

TEST(CreateOrganisationTest, RefusalsInCheckOrder) {
  Created().When<pb::CreateOrganisationRequest>(kCreate).ThenRejected(Reason::REASON_DUPLICATE_KEY,
                                                                      {{"field", "id"}});
  ExpectRefusals<pb::CreateOrganisationRequest>(
      [] { return Scenario("organisation"); },
      {
          {"blank name", "name: ' '", Reason::REASON_INVALID_FIELD, "name"},
          {"unknown currency", "name: 'A' currency: 'XEU' zone: 'UTC'",
           Reason::REASON_INVALID_FIELD, "currency"},
          {"small letters", "name: 'A' currency: 'eur' zone: 'UTC'", Reason::REASON_INVALID_FIELD,
           "currency"},
          {"unknown zone", "name: 'A' currency: 'EUR' zone: 'Europe/Bielefeld'",
           Reason::REASON_INVALID_FIELD, "zone"},
      });
}

TEST(UpdateOrganisationTest, ChangedFieldsAreRecordedBeforeAndAfter) {
  Created()
      .When<pb::UpdateOrganisationRequest>(
          "organisation { name: 'Acme' zone: 'UTC' } update_mask { paths: 'name' paths: 'zone' }")
      .Then({"fields_changed { fields { paths: 'zone' } before { zone: 'Europe/Berlin' } "
             "after { zone: 'UTC' } }"});
}

TEST(UpdateOrganisationTest, SameValuesAreNothing) {
  Created()
      .When<pb::UpdateOrganisationRequest>(
          "organisation { name: 'Acme' } update_mask { paths: 'name' }")
      .ThenNothing();
}

TEST(UpdateOrganisationTest, RefusalsInCheckOrder) {
  Scenario("organisation")
      .When<pb::UpdateOrganisationRequest>("update_mask { paths: 'name' }")
      .ThenRejected(Reason::REASON_NOT_FOUND);
  ExpectRefusals<pb::UpdateOrganisationRequest>(
      Created,
      {
          {"no mask", "organisation { name: 'B' }", Reason::REASON_INVALID_FIELD, "update_mask"},
          {"the currency", "organisation { currency: 'USD' } update_mask { paths: 'currency' }",
           Reason::REASON_FIELD_NOT_WRITABLE, "currency"},
          {"no name left", "update_mask { paths: 'name' }", Reason::REASON_INVALID_FIELD, "name"},
          {"unknown zone", "organisation { zone: 'Mars' } update_mask { paths: 'zone' }",
           Reason::REASON_INVALID_FIELD, "zone"},
      });
}

TEST(AcceptClockTest, IsRecordedWithWhatTheClockSaid) {
  Created()
      .At("2026-03-01T11:00:00Z")
      .When<pb::AcceptClockRequest>("")
      .Then({"clock_accepted { clock { seconds: 1772362800 } }"})
      .ThenRecord(
          "id: '01890000-0000-7000-8000-000000000001' name: 'Acme' currency: 'EUR' "
          "zone: 'Europe/Berlin'");
}

TEST(AcceptClockTest, WithoutAnOrganisationIsRefused) {
  Scenario("organisation").When<pb::AcceptClockRequest>("").ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
