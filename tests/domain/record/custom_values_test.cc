#include "domain/record/custom_values.h"

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/buying_center_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/party/v1/org_position_service.pb.h"
#include "daybook/sales/v1/loss_review_service.pb.h"
#include "daybook/sales/v1/project_customer_service.pb.h"
#include "daybook/sales/v1/project_request_service.pb.h"
#include "domain/fields/personal.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::party::v1;

constexpr char kFields[] =
    "fields { name: 'region' kind: CUSTOM_FIELD_KIND_CHOICE choices { code: 'north' } "
    "choices { code: 'old' retired: true } } "
    "fields { name: 'hours' kind: CUSTOM_FIELD_KIND_INTEGER min: 0 max: 40 } "
    "fields { name: 'memo' kind: CUSTOM_FIELD_KIND_TEXT max_bytes: 5 } "
    "fields { name: 'partner' kind: CUSTOM_FIELD_KIND_REFERENCE lookup: 'account' } "
    "fields { name: 'gone' kind: CUSTOM_FIELD_KIND_TEXT retired: true } "
    "fields { name: 'deals' kind: CUSTOM_FIELD_KIND_INTEGER rollup_rule { } } ";

Scenario WithFields(absl::string_view more = "") {
  Scenario scenario("account");
  scenario.Exists("field_catalog", absl::StrCat("id: '", domain::FieldCatalogId("account"),
                                                "' record_type: 'account' ", kFields, more));
  scenario.Exists("account", absl::StrCat("id: '", Id(2), "' name: 'Partner'"));
  return scenario;
}

std::string Created(absl::string_view custom) {
  return absl::StrCat("created { account { id: '", Id(1),
                      "' name: 'Acme' state: ACCOUNT_STATE_PROSPECT ", custom, " } }");
}

TEST(CustomValuesTest, E21ValuesOfANewRecordStandInItByName) {
  WithFields()
      .When<pb::CreateAccountRequest>(absl::StrCat(
          "name: 'Acme' custom { name: 'region' text: 'north' } custom { name: 'hours' integer: 40 "
          "} custom { name: 'partner' reference: '",
          Id(2), "' } custom { name: 'memo' }"))
      .Then({Created(absl::StrCat("custom { name: 'hours' integer: 40 } custom { name: 'partner' "
                                  "reference: '",
                                  Id(2), "' } custom { name: 'region' text: 'north' }"))});
}

TEST(CustomValuesTest, E21EditsNameFieldsOneByOneInTheirMask) {
  const auto update = [](absl::string_view values, absl::string_view path) {
    return absl::StrCat("account { ", values, " } update_mask { paths: '", path, "' }");
  };
  WithFields()
      .Given(Created("custom { name: 'hours' integer: 1 }"))
      .When<pb::UpdateAccountRequest>(update(
          "custom { name: 'hours' integer: 2 } custom { name: 'memo' text: 'no' }", "custom.hours"))
      .Then({"fields_changed { fields { paths: 'custom.hours' } before { custom { name: 'hours' "
             "integer: 1 } } after { custom { name: 'hours' integer: 2 } } }"})
      .When<pb::UpdateAccountRequest>(update("custom { name: 'hours' integer: 2 }", "custom.hours"))
      .ThenNothing()
      .When<pb::UpdateAccountRequest>(
          "account { industry: 'mills' custom { name: 'memo' text: 'hello' } } update_mask { "
          "paths: 'industry' paths: 'custom.memo' paths: 'custom.hours' }")
      .Then({"fields_changed { fields { paths: 'industry' paths: 'custom.memo' paths: "
             "'custom.hours' } before { custom { name: 'hours' integer: 2 } } after { industry: "
             "'mills' custom { name: 'memo' text: 'hello' } } }"})
      .ThenRecord(absl::StrCat("id: '", Id(1),
                               "' name: 'Acme' state: ACCOUNT_STATE_PROSPECT industry: 'mills' "
                               "custom { name: 'memo' text: 'hello' }"))
      .When<pb::UpdateAccountRequest>(update("", "custom"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "update_mask"}});
}

TEST(CustomValuesTest, RefusedValues) {
  const auto create = [](absl::string_view value) {
    return absl::StrCat("name: 'Acme' custom { ", value, " }");
  };
  ExpectRefusals<pb::CreateAccountRequest>(
      [] { return WithFields(); },
      {{"unknown", create("name: 'zone' text: 'x'"), Reason::REASON_INVALID_FIELD, "custom.zone"},
       {"retired", create("name: 'gone' text: 'x'"), Reason::REASON_INVALID_FIELD, "custom.gone"},
       {"computed", create("name: 'deals' integer: 1"), Reason::REASON_FIELD_NOT_WRITABLE,
        "custom.deals"},
       {"other kind", create("name: 'hours' text: '1'"), Reason::REASON_INVALID_FIELD,
        "custom.hours"},
       {"below", create("name: 'hours' integer: -1"), Reason::REASON_INVALID_FIELD, "custom.hours"},
       {"above", create("name: 'hours' integer: 41"), Reason::REASON_INVALID_FIELD, "custom.hours"},
       {"too long", create("name: 'memo' text: 'abcdef'"), Reason::REASON_INVALID_FIELD,
        "custom.memo"},
       {"no choice", create("name: 'region' text: 'west'"), Reason::REASON_INVALID_FIELD,
        "custom.region"},
       {"retired choice", create("name: 'region' text: 'old'"), Reason::REASON_INVALID_FIELD,
        "custom.region"},
       {"no id", create("name: 'partner' reference: 'x'"), Reason::REASON_INVALID_FIELD,
        "custom.partner"},
       {"capitals", create("name: 'partner' reference: '0189000A-0000-7000-8000-000000000002'"),
        Reason::REASON_INVALID_FIELD, "custom.partner"},
       {"nobody", create(absl::StrCat("name: 'partner' reference: '", Id(9), "'")),
        Reason::REASON_REFERENCE_NOT_FOUND, "custom.partner"},
       {"twice", create("name: 'hours' integer: 1 } custom { name: 'hours' integer: 1"),
        Reason::REASON_INVALID_FIELD, "custom.hours"}});
  Scenario("account")
      .When<pb::CreateAccountRequest>("name: 'Acme' custom { name: 'hours' integer: 1 }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.hours"}});
}

TEST(CustomValuesTest, RequiredFieldsAreThereAndStay) {
  const std::string required =
      "fields { name: 'tier' kind: CUSTOM_FIELD_KIND_TEXT required: true }";
  WithFields(required)
      .When<pb::CreateAccountRequest>("header { } name: 'Acme'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.tier"}})
      .When<pb::CreateAccountRequest>("header { } name: 'Acme' custom { name: 'tier' text: '' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.tier"}})
      .When<pb::CreateAccountRequest>("header { } name: 'Acme' custom { name: 'tier' text: 'a' }")
      .Then({Created("custom { name: 'tier' text: 'a' }")})
      .When<pb::UpdateAccountRequest>("update_mask { paths: 'custom.tier' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.tier"}})
      // A field that became required does not stop other edits.
      .When<pb::UpdateAccountRequest>("account { industry: 'x' } update_mask { paths: 'industry' }")
      .Then({"fields_changed { fields { paths: 'industry' } before { } after { industry: 'x' } }"});
}

TEST(CustomValuesTest, FollowUpsNeedNotKnowWhatIsRequired) {
  // Follow-ups are requests without a header.
  WithFields("fields { name: 'tier' kind: CUSTOM_FIELD_KIND_TEXT required: true }")
      .When<pb::CreateAccountRequest>("name: 'Acme'")
      .Then({Created("")});
}

TEST(CustomValuesTest, PersonalOnesAreSealedUnderTheRecordsPerson) {
  Scenario scenario("contact");
  scenario.Exists("field_catalog",
                  absl::StrCat("id: '", domain::FieldCatalogId("contact"),
                               "' record_type: 'contact' fields { name: 'nickname' kind: "
                               "CUSTOM_FIELD_KIND_TEXT personal: true }"));
  scenario
      .When<pb::CreateContactRequest>(
          "family_name: 'Byron' custom { name: 'nickname' text: 'Ada' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.nickname"}})
      .When<pb::CreateContactRequest>(
          "family_name: 'Byron' custom { name: 'nickname' personal_text: 'Ada' }");
  ASSERT_EQ(scenario.events().size(), 1u);
  const std::unique_ptr<google::protobuf::Message> event(scenario.events()[0]->New());
  event->CopyFrom(*scenario.events()[0]);
  const auto parts = domain::SplitPersonal(event.get(), Id(1));
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].subject_id, Id(1));
  EXPECT_EQ(parts[0].values, (std::vector<std::string>{"Byron", "Ada"}));
  EXPECT_EQ(event->SerializeAsString().find("Ada"), std::string::npos);
}

// An update that names custom fields only, of the record that `given` made.
template <class Request>
void ExpectEdits(const std::string& aggregate, const std::string& given,
                 const std::string& immutable) {
  SCOPED_TRACE(aggregate);
  const auto update = [&](absl::string_view values, absl::string_view path) {
    return absl::StrCat(aggregate, " { ", values, " } update_mask { paths: '", path, "' }");
  };
  Scenario scenario(aggregate);
  scenario
      .Exists("field_catalog", absl::StrCat("id: '", domain::FieldCatalogId(aggregate),
                                            "' record_type: '", aggregate, "' ", kFields))
      .Exists("opportunity", absl::StrCat("id: '", Id(20), "' state: OPPORTUNITY_STATE_OPEN"))
      .template When<Request>(update("custom { name: 'hours' integer: 2 }", "custom.hours"))
      .ThenRejected(Reason::REASON_NOT_FOUND)
      .Given(given)
      .template When<Request>(update("custom { name: 'hours' integer: 2 }", "custom.hours"))
      .Then({"fields_changed { fields { paths: 'custom.hours' } before { } after { custom { name: "
             "'hours' integer: 2 } } }"})
      .template When<Request>(update("custom { name: 'hours' integer: 2 }", "custom.hours"))
      .ThenNothing()
      .template When<Request>(update("custom { name: 'hours' integer: 41 }", "custom.hours"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.hours"}})
      .template When<Request>(update("", "custom.hours"))
      .Then({"fields_changed { fields { paths: 'custom.hours' } before { custom { name: 'hours' "
             "integer: 2 } } after { } }"})
      .template When<Request>(update("", immutable))
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE, {{"field", immutable}})
      .template When<Request>("")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "update_mask"}});
}

TEST(CustomValuesTest, E21RecordsThatHaveNoOtherUpdateTakeCustomFields) {
  namespace sales = ::daybook::sales::v1;
  const std::string id = absl::StrCat("id: '", Id(1), "'");
  ExpectEdits<pb::UpdateOrgPositionRequest>(
      "org_position", absl::StrCat("added { org_position { ", id, " } }"), "contact_id");
  ExpectEdits<pb::UpdateBuyingCenterRequest>(
      "buying_center",
      absl::StrCat("opened { buying_center { ", id, " opportunity_id: '", Id(20), "' } }"),
      "opportunity_id");
  ExpectEdits<sales::UpdateLossReviewRequest>(
      "loss_review", absl::StrCat("opened { loss_review { ", id, " } }"), "note");
  ExpectEdits<sales::UpdateProjectCustomerRequest>(
      "project_customer", absl::StrCat("added { project_customer { ", id, " } }"), "account_id");
  ExpectEdits<sales::UpdateProjectRequestRequest>(
      "project_request", absl::StrCat("opened { project_request { ", id, " } }"), "subject");
}

TEST(CustomValuesTest, E21FrozenRecordsTakeNoCustomFieldsEither) {
  namespace sales = ::daybook::sales::v1;
  const auto frozen = [](absl::string_view aggregate, absl::string_view record) {
    Scenario scenario(aggregate);
    scenario
        .Exists("field_catalog", absl::StrCat("id: '", domain::FieldCatalogId(aggregate),
                                              "' record_type: '", aggregate, "' ", kFields))
        .Exists("opportunity", absl::StrCat("id: '", Id(20), "' state: OPPORTUNITY_STATE_WON"))
        .Given(record);
    return scenario;
  };
  const std::string id = absl::StrCat("id: '", Id(1), "'");
  const std::string mask = "update_mask { paths: 'custom.hours' } ";
  const std::string hours = "{ custom { name: 'hours' integer: 2 } } " + mask;
  frozen("loss_review",
         absl::StrCat("opened { loss_review { ", id, " state: LOSS_REVIEW_STATE_CLOSED } }"))
      .When<sales::UpdateLossReviewRequest>("loss_review " + hours)
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
  frozen("project_request", absl::StrCat("opened { project_request { ", id,
                                         " state: PROJECT_REQUEST_STATE_CANCELLED } }"))
      .When<sales::UpdateProjectRequestRequest>("project_request " + hours)
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
  frozen("project_customer", absl::StrCat("added { project_customer { ", id, " archived: true } }"))
      .When<sales::UpdateProjectCustomerRequest>("project_customer " + hours)
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED);
  frozen("buying_center",
         absl::StrCat("opened { buying_center { ", id, " opportunity_id: '", Id(20), "' } }"))
      .When<pb::UpdateBuyingCenterRequest>("buying_center " + hours)
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION)
      .When<pb::UpdateBuyingCenterRequest>("correction: true buying_center " + hours)
      .Then({"fields_changed { fields { paths: 'custom.hours' } before { } after { custom { name: "
             "'hours' integer: 2 } } correction: true }"})
      .ThenRecord(absl::StrCat(id, " opportunity_id: '", Id(20),
                               "' at_close { } custom { name: 'hours' integer: 2 }"));
}

TEST(CustomValuesTest, E21UniqueValuesAreClaimedUntilTheRecordIsArchived) {
  const auto update = [](absl::string_view value) {
    return absl::StrCat("account { custom { name: 'vat' ", value,
                        " } } update_mask { paths: 'custom.vat' }");
  };
  WithFields("fields { name: 'vat' kind: CUSTOM_FIELD_KIND_TEXT unique: true }")
      .When<pb::CreateAccountRequest>("name: 'Acme' custom { name: 'vat' unique_text: ' DE 1 ' }")
      .Then({Created("custom { name: 'vat' unique_text: ' DE 1 ' }")})
      .ThenClaims({"account-custom-vat=de 1"})
      .When<pb::UpdateAccountRequest>(update("text: 'DE 2'"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.vat"}})
      .When<pb::UpdateAccountRequest>(update("unique_text: '  '"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "custom.vat"}})
      .Given("archived { }")
      .ThenClaims({})
      .Given("restored { }")
      .ThenClaims({"account-custom-vat=de 1"})
      .When<pb::UpdateAccountRequest>("update_mask { paths: 'custom.vat' }")
      .Then({"fields_changed { fields { paths: 'custom.vat' } before { custom { name: 'vat' "
             "unique_text: ' DE 1 ' } } after { } }"})
      .ThenClaims({});
}

}  // namespace
}  // namespace daybook::testing
