// Custom fields on the record types that have no other update, on lines of deals, and unique ones,
// over gRPC.

#include <gmock/gmock.h>

#include "daybook/admin/v1/organisation_service.grpc.pb.h"
#include "daybook/admin/v1/unit_service.grpc.pb.h"
#include "daybook/catalog/v1/product_service.grpc.pb.h"
#include "daybook/party/v1/buying_center_service.grpc.pb.h"
#include "daybook/party/v1/org_position_service.grpc.pb.h"
#include "daybook/party/v1/relation_service.grpc.pb.h"
#include "daybook/record/v1/record_service.grpc.pb.h"
#include "daybook/sales/v1/crm_project_service.grpc.pb.h"
#include "daybook/sales/v1/loss_review_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/project_customer_service.grpc.pb.h"
#include "daybook/sales/v1/project_request_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/setup/v1/field_catalog_service.grpc.pb.h"
#include "domain/fields/custom.h"
#include "tests/services/party_fixture.h"
#include "tests/support/command_batch.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using party::v1::AccountService;
using record::v1::RecordService;
using setup::v1::FieldCatalogService;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Deals = pb::OpportunityService::Stub;

std::string Id(const std::string& field, const std::string& id) {
  return absl::StrCat(" ", field, ": '", id, "' ");
}
std::string Rank(int rank) { return absl::StrCat(" custom { name: 'rank' integer: ", rank, " } "); }
const char kRankMask[] = " update_mask { paths: 'custom.rank' } ";

class CustomTypesTest : public PartyTest {
 protected:
  void Define(const std::string& record_type, const std::string& definition) {
    Do(&FieldCatalogService::Stub::DefineField,
       absl::StrCat("record_type: '", record_type, "' definition { ", definition, " }"));
  }
  void DefineRank(const std::string& record_type) {
    Define(record_type, "name: 'rank' label: 'Rank' kind: CUSTOM_FIELD_KIND_INTEGER");
  }
  size_t Count(const std::string& type, const std::string& filter, const std::string& more = "") {
    return static_cast<size_t>(
        Do(&RecordService::Stub::ListRecords,
           absl::StrCat(Id("aggregate", type), "filter: '", filter, "'", more))
            .records_size());
  }
  // The record had rank 1 until `one`, and has 2 now: listed, sorted and told as a native field is.
  void ExpectRanked(const std::string& type, const std::string& id, uint64_t one) {
    SCOPED_TRACE(type);
    EXPECT_EQ(Count(type, "custom.rank = 2", "order_by: 'custom.rank desc'"), 1u);
    EXPECT_EQ(Count(type, "custom.rank = 1"), 0u);
    EXPECT_EQ(Count(type, "custom.rank = 1", AsOf(one)), 1u);
    EXPECT_EQ(Count(type, "custom.rank = 2", AsOf(one)), 0u);
    const auto masked = Do(
        &RecordService::Stub::GetRecord,
        absl::StrCat(Id("aggregate", type), Id("id", id), "field_mask { paths: 'custom.rank' }"));
    EXPECT_NE(masked.record(), "");
    const auto history =
        Do(&RecordService::Stub::ListRecordChanges,
           absl::StrCat(Id("aggregate", type), Id("id", id), "field: 'custom.rank'"));
    ASSERT_EQ(history.changes_size(), 2);
    EXPECT_EQ(history.changes(1).fields(0).label(), "Rank");
    EXPECT_EQ(history.changes(1).fields(0).before(), "1");
    EXPECT_EQ(history.changes(1).fields(0).after(), "2");
  }
  // The same for a record with rank 1 and the update of its type, which names it `resource`.
  template <class Stub, class Request, class Response>
  void ExpectUpdate(const std::string& type, const std::string& id,
                    grpc::Status (Stub::*update)(grpc::ClientContext*, const Request&, Response*)) {
    const uint64_t one = server_.Head();
    Do(update, absl::StrCat(Id("id", id), type, " {", Rank(2), "}", kRankMask));
    ExpectRanked(type, id, one);
  }
  // For records that come about by other commands: the first value by update too.
  template <class Stub, class Request, class Response>
  void ExpectUpdates(const std::string& type, const std::string& id,
                     grpc::Status (Stub::*update)(grpc::ClientContext*, const Request&,
                                                  Response*)) {
    DefineRank(type);
    Do(update, absl::StrCat(Id("id", id), type, " {", Rank(1), "}", kRankMask));
    ExpectUpdate(type, id, update);
  }
  std::string NewAccount(const std::string& name, const std::string& more = "") {
    return Do(&AccountService::Stub::CreateAccount, absl::StrCat("name: '", name, "' ", more))
        .account()
        .id();
  }

  const std::string ada_ = server_.CreateUser("ada");
  const std::string acme_ = server_.CreateAccount("Acme");
};

TEST_F(CustomTypesTest, E21RecordsAboutPeopleAndAccountsTakeCustomFields) {
  for (const char* type : {"relation", "org_position", "buying_center"}) DefineRank(type);
  const std::string curie = NewContact("Curie", acme_);

  using Relations = party::v1::RelationService::Stub;
  const std::string relation =
      Do(&Relations::AddRelation,
         absl::StrCat("type: RELATION_TYPE_KNOWS", Id("from_contact_id", curie),
                      Id("to_contact_id", NewContact("Meitner")), Rank(1)))
          .relation()
          .id();
  ExpectUpdate("relation", relation, &Relations::CorrectRelation);
  const auto values_around = [&] {
    const auto around =
        Do(&Relations::ListNeighbours, absl::StrCat("of {", Id("contact_id", curie), "}"));
    EXPECT_EQ(around.relations_size(), 1);
    return around.relations(0).custom_size();
  };
  EXPECT_EQ(values_around(), 1);
  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'relation' name: 'rank'");
  EXPECT_EQ(values_around(), 0);

  using Places = party::v1::OrgPositionService::Stub;
  const std::string place =
      Do(&Places::AddOrgPosition,
         absl::StrCat(Id("account_id", acme_), Id("contact_id", curie), Rank(1)))
          .org_position()
          .id();
  ExpectUpdate("org_position", place, &Places::UpdateOrgPosition);

  using Centers = party::v1::BuyingCenterService::Stub;
  const std::string deal = server_.CreateDeal(acme_, ada_, 100);
  const std::string center =
      Do(&Centers::OpenBuyingCenter, absl::StrCat(Id("opportunity_id", deal), Rank(1)))
          .buying_center()
          .id();
  ExpectUpdate("buying_center", center, &Centers::UpdateBuyingCenter);
  EXPECT_EQ(Refused(&Centers::UpdateBuyingCenter,
                    absl::StrCat(Id("id", center), "update_mask { paths: 'members' }")),
            "FIELD_NOT_WRITABLE");
}

TEST_F(CustomTypesTest, E21RecordsThatFollowFromOthersTakeCustomFieldsByTheirUpdate) {
  using Requests = pb::ProjectRequestService::Stub;
  using Customers = pb::ProjectCustomerService::Stub;
  Define("project_request", "name: 'site' kind: CUSTOM_FIELD_KIND_TEXT required: true");
  const std::string won = server_.CreateDeal(acme_, ada_, 100);
  Do(&Deals::WinOpportunity, Id("id", won) + "actual_value { minor: 100 currency: 'USD' }");
  // What is required of people is not required of what follows.
  const std::string request =
      Do(&Deals::CreateProjectFromOpportunity, Id("id", won)).opportunity().project_request_id();
  ExpectUpdates("project_request", request, &Requests::UpdateProjectRequest);

  DefineRank("project_customer");
  const std::string project = Do(&pb::CrmProjectService::Stub::CreateCrmProject,
                                 "name: 'Spring' kind: CRM_PROJECT_KIND_OUTREACH")
                                  .crm_project()
                                  .id();
  const std::string customer = Do(&Customers::AddProjectCustomer,
                                  Id("crm_project_id", project) + Id("account_id", acme_) + Rank(1))
                                   .project_customer()
                                   .id();
  ExpectUpdate("project_customer", customer, &Customers::UpdateProjectCustomer);
  Do(&Customers::ArchiveProjectCustomer, Id("id", customer));
  EXPECT_EQ(
      Refused(&Customers::UpdateProjectCustomer,
              absl::StrCat(Id("id", customer), "project_customer {", Rank(3), "}", kRankMask)),
      "RECORD_ARCHIVED");
}

TEST_F(CustomTypesTest, E21OrganisationReasonsAndLossReviewsTakeCustomFields) {
  using Organisations = admin::v1::OrganisationService::Stub;
  using Reasons = setup::v1::CloseReasonService::Stub;
  using Reviews = pb::LossReviewService::Stub;
  const std::string organisation = Do(&Organisations::GetOrganisation, "").organisation().id();
  ExpectUpdates("organisation", organisation, &Organisations::UpdateOrganisation);
  const auto values = [&] {
    return Do(&Organisations::GetOrganisation, "").organisation().custom_size();
  };
  EXPECT_EQ(values(), 1);
  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'organisation' name: 'rank'");
  EXPECT_EQ(values(), 0);

  DefineRank("close_reason");
  const std::string reason =
      Do(&Reasons::DefineCloseReason,
         "kind: CLOSE_REASON_KIND_LOST code: 'dear' label: 'Too dear'" + Rank(1))
          .close_reason()
          .id();
  ExpectUpdate("close_reason", reason, &Reasons::UpdateCloseReason);

  const std::string group =
      Do(&admin::v1::UnitService::Stub::CreateUnit, "name: 'Checks' kind: UNIT_KIND_TEAM")
          .unit()
          .id();
  Do(&Organisations::UpdateOrganisation,
     absl::StrCat(Id("id", organisation), "organisation {", Id("loss_review_unit_id", group),
                  "} update_mask { paths: 'loss_review_unit_id' }"));
  const std::string lost = server_.CreateDeal(acme_, ada_, 100);
  const auto deal = Do(&Deals::LoseOpportunity, Id("id", lost) + Id("close_reason_id", reason));
  ASSERT_EQ(deal.opportunity().loss_reviews_size(), 1);
  const std::string review = deal.opportunity().loss_reviews(0).loss_review_id();
  ExpectUpdates("loss_review", review, &Reviews::UpdateLossReview);
  Do(&Deals::ReopenOpportunity, "header { reason: 'again' }" + Id("id", lost));
  EXPECT_EQ(Refused(&Reviews::UpdateLossReview,
                    absl::StrCat(Id("id", review), "loss_review {", Rank(3), "}", kRankMask)),
            "ILLEGAL_TRANSITION");
}

TEST_F(CustomTypesTest, F012LinesCarryCustomDataThatIsShownToldAndHidden) {
  const std::string product =
      Do(&catalog::v1::ProductService::Stub::CreateProduct,
         "sku: 'l' name: 'Lamp' active: true list_price { minor: 1000 currency: 'USD' }")
          .product()
          .id();
  Define("opportunity_line", "name: 'colour' kind: CUSTOM_FIELD_KIND_TEXT");
  const std::string deal = server_.CreateDeal(acme_, ada_, 100);
  const auto custom = [&](const std::string& header) {
    const auto read = Do(&Deals::GetOpportunity, Id("id", deal) + header).opportunity();
    EXPECT_EQ(read.lines_size(), 1);
    return read.lines(0).custom_size() == 0 ? "" : read.lines(0).custom(0).text();
  };
  const auto line = Do(&Deals::AddOpportunityLine,
                       absl::StrCat(Id("id", deal), "line {", Id("product_id", product),
                                    "quantity: 2000000 custom { name: 'colour' text: 'red' } }"))
                        .opportunity()
                        .lines(0);
  EXPECT_EQ(line.custom(0).text(), "red");
  const uint64_t red = server_.Head();
  const std::string change = Id("id", deal) + Id("line_id", line.id());
  Do(&Deals::ChangeOpportunityLine, change + "custom_values { name: 'colour' text: 'blue' }");
  EXPECT_EQ(custom(""), "blue");
  EXPECT_EQ(custom(AsOf(red)), "red");
  EXPECT_EQ(Refused(&Deals::ChangeOpportunityLine, change + "cleared_custom: 'shape'"),
            "INVALID_FIELD");
  const auto told = [&] {
    return Do(&RecordService::Stub::ListRecordChanges,
              absl::StrCat("aggregate: 'opportunity'", Id("id", deal), "field: 'lines'"));
  };
  ASSERT_EQ(told().changes_size(), 2);
  EXPECT_NE(told().changes(1).fields(0).before().find("red"), std::string::npos);
  EXPECT_NE(told().changes(1).fields(0).after().find("blue"), std::string::npos);
  // A retired field is hidden in every answer, and comes back.
  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'opportunity_line' name: 'colour'");
  EXPECT_EQ(custom(""), "");
  EXPECT_EQ(custom(AsOf(red)), "");
  EXPECT_EQ(custom("field_mask { paths: 'lines' }"), "");
  EXPECT_EQ(told().changes_size(), 1);
  EXPECT_EQ(told().changes(0).fields(0).after().find("red"), std::string::npos);
  const auto changed = Do(&Deals::ChangeOpportunityLine, change + "note: 'soon'").opportunity();
  ASSERT_EQ(changed.lines_size(), 1);
  EXPECT_EQ(changed.lines(0).note(), "soon");
  EXPECT_THAT(changed.lines(0).custom(), IsEmpty());
  Do(&FieldCatalogService::Stub::ReactivateField, "record_type: 'opportunity_line' name: 'colour'");
  EXPECT_EQ(custom(""), "blue");
}

TEST_F(CustomTypesTest, AnswersOfCommandsLeaveRetiredFieldsOut) {
  Define("account", "name: 'region' kind: CUSTOM_FIELD_KIND_TEXT");
  DefineRank("account");
  const std::string mill = NewAccount("Mill", Rank(1) + "custom { name: 'region' text: 'north' }");
  party::v1::UpdateAccountRequest request;
  *request.mutable_header() = server_.Header();
  request.set_id(mill);
  request.mutable_account()->set_name("Watermill");
  request.mutable_update_mask()->add_paths("name");
  const auto names = [](const party::v1::UpdateAccountResponse& response) {
    EXPECT_EQ(response.account().name(), "Watermill");
    std::vector<std::string> names;
    for (const auto& value : response.account().custom()) names.push_back(value.name());
    return names;
  };
  const auto update = [&] {
    const auto stub = AccountService::NewStub(server_.channel());
    party::v1::UpdateAccountResponse response;
    EXPECT_TRUE(server_.Call(&AccountService::Stub::UpdateAccount, *stub, request, &response).ok());
    return names(response);
  };
  EXPECT_THAT(update(), ElementsAre("rank", "region"));
  Do(&FieldCatalogService::Stub::RetireField, "record_type: 'account' name: 'region'");
  Count("account", "");  // the views know it
  // the answer that was given before, a new one, and one of a stream
  EXPECT_THAT(update(), ElementsAre("rank"));
  *request.mutable_header() = server_.Header();
  EXPECT_THAT(update(), ElementsAre("rank"));
  Batch batch;
  *request.mutable_header() = server_.Header();
  request.mutable_account()->set_name("Mill");
  batch.Add(request);
  request.mutable_account()->set_name("Watermill");
  *request.mutable_header() = server_.Header();
  const uint64_t last = batch.Add(request);
  party::v1::UpdateAccountResponse response;
  ASSERT_TRUE(response.ParseFromString(batch.Send(server_).at(last).response()));
  EXPECT_THAT(names(response), ElementsAre("rank"));
  // and the value is still there
  Do(&FieldCatalogService::Stub::ReactivateField, "record_type: 'account' name: 'region'");
  Count("account", "");
  *request.mutable_header() = server_.Header();
  EXPECT_THAT(update(), ElementsAre("rank", "region"));
}

TEST_F(CustomTypesTest, E21UniqueValuesBelongToOneRecordAndAreFreedByArchiving) {
  Define("account", "name: 'vat' kind: CUSTOM_FIELD_KIND_TEXT unique: true");
  const auto vat = [](const std::string& value) {
    return absl::StrCat("custom { name: 'vat' unique_text: '", value, "' }");
  };
  const std::string mill = NewAccount("Mill", vat("DE 1"));
  EXPECT_EQ(Refused(&AccountService::Stub::CreateAccount, "name: 'Other'" + vat(" de 1 ")),
            "DUPLICATE_KEY");
  EXPECT_EQ(RefusalOf(status_).metadata.at("field"), "custom.vat");
  const std::string other = NewAccount("Other", vat("DE 2"));
  const auto rename = [&](const std::string& value) {
    return absl::StrCat(Id("id", other), "account {", vat(value),
                        "} update_mask { paths: 'custom.vat' }");
  };
  EXPECT_EQ(Refused(&AccountService::Stub::UpdateAccount, rename("DE 1")), "DUPLICATE_KEY");
  EXPECT_EQ(Count("account", "custom.vat = \"DE 1\""), 1u);
  // when archived, another record may have it, and restoring is refused
  Do(&AccountService::Stub::ArchiveAccount, Id("id", mill));
  Do(&AccountService::Stub::UpdateAccount, rename("DE 1"));
  EXPECT_EQ(Refused(&AccountService::Stub::RestoreAccount, Id("id", mill)), "DUPLICATE_KEY");
  Do(&AccountService::Stub::UpdateAccount, rename("DE 3"));
  Do(&AccountService::Stub::RestoreAccount, Id("id", mill));
  // also after a restart
  server_.Restart();
  EXPECT_EQ(Refused(&AccountService::Stub::UpdateAccount, rename("DE 1")), "DUPLICATE_KEY");
}

}  // namespace
}  // namespace daybook::testing
