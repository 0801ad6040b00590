#include "absl/strings/str_cat.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "domain/record/rules.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr absl::string_view kDefine =
    "kind: CLOSE_REASON_KIND_LOST code: 'price' label: 'Too expensive' external_key: 'erp:p'";

std::string Defined() {
  return absl::StrCat("defined { close_reason { id: '", Id(1), "' active: true ", kDefine, " } }");
}

TEST(DefineCloseReasonTest, F078CodeIsClaimedWithinItsKind) {
  Scenario("close_reason")
      .When<pb::DefineCloseReasonRequest>(kDefine)
      .Then({Defined()})
      .ThenClaims({"close-reason-code=LOST/price", "close_reason-external-key=erp:p"})
      .When<pb::DefineCloseReasonRequest>(kDefine)
      .ThenRejected(Reason::REASON_DUPLICATE_KEY);
}

TEST(DefineCloseReasonTest, CodeAtItsLimit) {
  const std::string longest(domain::kStableNameBytesMax, 'a');
  EXPECT_TRUE(
      Scenario("close_reason")
          .When<pb::DefineCloseReasonRequest>(absl::StrCat("label: 'L' code: '", longest, "'"))
          .status()
          .ok());
  Scenario("close_reason")
      .When<pb::DefineCloseReasonRequest>(absl::StrCat("label: 'L' code: '", longest, "a'"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "code"}});
}

TEST(DefineCloseReasonTest, RefusalsInCheckOrder) {
  ExpectRefusals<pb::DefineCloseReasonRequest>(
      [] { return Scenario("close_reason"); },
      {
          {"no code", "label: ''", Reason::REASON_INVALID_FIELD, "code"},
          {"capitals", "code: 'Price' label: 'x'", Reason::REASON_INVALID_FIELD, "code"},
          {"blank label", "code: 'price' label: ' ' external_key: 'x'",
           Reason::REASON_INVALID_FIELD, "label"},
          {"key", "code: 'price' label: 'x' external_key: 'x'", Reason::REASON_INVALID_FIELD,
           "external_key"},
      });
}

TEST(UpdateCloseReasonTest, LabelOnly) {
  Scenario("close_reason")
      .Given(Defined())
      .When<pb::UpdateCloseReasonRequest>(
          "close_reason { label: 'Price' } update_mask { paths: 'label' }")
      .Then({"fields_changed { fields { paths: 'label' } before { label: 'Too expensive' } "
             "after { label: 'Price' } }"})
      .When<pb::UpdateCloseReasonRequest>("update_mask { paths: 'code' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE)
      .When<pb::UpdateCloseReasonRequest>("update_mask { paths: 'label' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD);
  Scenario("close_reason")
      .When<pb::UpdateCloseReasonRequest>("")
      .ThenRejected(Reason::REASON_NOT_FOUND);
}

TEST(RetireCloseReasonTest, CodeStaysClaimedAndReactivationUndoesIt) {
  Scenario("close_reason")
      .Given(Defined())
      .When<pb::RetireCloseReasonRequest>("")
      .Then({"retired {}"})
      .ThenClaims({"close-reason-code=LOST/price", "close_reason-external-key=erp:p"})
      .When<pb::RetireCloseReasonRequest>("")
      .ThenNothing()
      .When<pb::ReactivateCloseReasonRequest>("")
      .Then({"reactivated {}"})
      .When<pb::ReactivateCloseReasonRequest>("")
      .ThenNothing();
  Scenario("close_reason")
      .When<pb::RetireCloseReasonRequest>("")
      .ThenRejected(Reason::REASON_NOT_FOUND);
  Scenario("close_reason")
      .When<pb::ReactivateCloseReasonRequest>("")
      .ThenRejected(Reason::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace daybook::testing
