// The access check of every query names the types of records that its answer shows.

#include <gmock/gmock.h>

#include "daybook/party/v1/blacklist_service.grpc.pb.h"
#include "daybook/party/v1/brand_service.grpc.pb.h"
#include "daybook/party/v1/buying_center_service.grpc.pb.h"
#include "daybook/sales/v1/crm_project_service.grpc.pb.h"
#include "daybook/sales/v1/lead_board_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "daybook/setup/v1/sales_process_service.grpc.pb.h"
#include "domain/base/error.h"
#include "services/engine/engine.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

// Allows everything but reading one type of record.
class AllBut final : public services::AccessPolicy {
 public:
  explicit AllBut(const std::string& hidden) : hidden_(hidden) {}
  absl::Status CheckCommand(const services::Principal&, const domain::CommandRef&,
                            const google::protobuf::Message&,
                            const google::protobuf::Message*) const override {
    return absl::OkStatus();
  }
  absl::Status CheckRead(const services::Principal&, absl::string_view aggregate) const override {
    if (aggregate != absl::string_view(hidden_)) return absl::OkStatus();
    return Reject(Reason::REASON_ACCESS_DENIED, "not for you");
  }
  absl::Status CheckOperate(const services::Principal&, absl::string_view) const override {
    return absl::OkStatus();
  }

 private:
  const std::string& hidden_;
};

class ReadAccessTest : public PartyTest {
 protected:
  ReadAccessTest() : PartyTest(Options()) {}

  // The types of records without which the question is refused.
  template <class Stub, class Request, class Response>
  std::vector<std::string> Needed(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                               Response*),
                                  const std::string& question) {
    std::vector<std::string> needed;
    for (const char* type :
         {"account", "activity", "brand", "buying_center", "contact", "crm_project", "lead",
          "opportunity", "product", "project_customer", "sales_process"}) {
      Hidden() = type;
      if (Refused(method, question) == "ACCESS_DENIED") needed.push_back(type);
    }
    Hidden().clear();
    Do(method, question);
    return needed;
  }

 private:
  // Read by the server's threads between calls only.
  static std::string& Hidden() {
    static auto* const hidden = new std::string;
    return *hidden;
  }
  static services::ServerOptions Options() {
    services::ServerOptions options;
    options.access = [] { return std::make_unique<AllBut>(Hidden()); };
    return options;
  }
};

TEST_F(ReadAccessTest, AnswersShowNoTypeOfRecordUnasked) {
  using ::testing::ElementsAre;
  const std::string owner = server_.CreateUser("ada"), acme = server_.CreateAccount("Acme");
  server_.CreateDeal(acme, owner, 100);
  const std::string process =
      Do(&setup::v1::SalesProcessService::Stub::ListSalesProcesses, "").sales_processes(0).id();
  using Projects = sales::v1::CrmProjectService::Stub;
  const std::string project =
      Do(&Projects::CreateCrmProject,
         absl::StrCat("name: 'Spring' kind: CRM_PROJECT_KIND_OUTREACH crm_enabled: true "
                      "process_id: '",
                      process, "'"))
          .crm_project()
          .id();
  const std::string account = absl::StrCat("account_id: '", acme, "' ");
  EXPECT_THAT(
      Needed(&Projects::ListUnprocessedCustomers, absl::StrCat("crm_project_id: '", project, "'")),
      ElementsAre("account", "crm_project", "opportunity", "project_customer"));
  EXPECT_THAT(Needed(&sales::v1::SalesBoardService::Stub::ListGroupTotals, ""),
              ElementsAre("account", "opportunity"));
  EXPECT_THAT(Needed(&sales::v1::SalesBoardService::Stub::GetSalesBoard, ""),
              ElementsAre("opportunity", "sales_process"));
  EXPECT_THAT(Needed(&sales::v1::OpportunityService::Stub::ListSoldProducts, ""),
              ElementsAre("opportunity", "product"));
  EXPECT_THAT(Needed(&sales::v1::LeadBoardService::Stub::ListStaleLeads, ""),
              ElementsAre("activity", "lead"));
  EXPECT_THAT(Needed(&party::v1::BrandService::Stub::ListBrandsWithoutManager, ""),
              ElementsAre("brand"));
  EXPECT_THAT(Needed(&party::v1::BuyingCenterService::Stub::ListContactInfluence, account),
              ElementsAre("account", "buying_center", "contact", "opportunity"));
  EXPECT_THAT(Needed(&party::v1::BlacklistService::Stub::CheckAllowed,
                     account + "action: BLACKLIST_SCOPE_ORDERS"),
              ElementsAre("account", "opportunity"));
  EXPECT_THAT(Needed(&party::v1::ContactService::Stub::ListContactsOfAccount, account),
              ElementsAre("account", "contact"));
}

}  // namespace
}  // namespace daybook::testing
