#pragma once

// What the tests of whatever surrounds a deal share: units, reasons, projects, customers.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/organisation_service.grpc.pb.h"
#include "daybook/admin/v1/unit_service.grpc.pb.h"
#include "daybook/sales/v1/crm_project_service.grpc.pb.h"
#include "daybook/sales/v1/loss_review_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/project_customer_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/setup/v1/sales_process_service.grpc.pb.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {

inline std::string Id(const std::string& field, const std::string& id) {
  return absl::StrCat(" ", field, ": '", id, "' ");
}

class AroundDealsTest : public PartyTest {
 protected:
  using Deals = sales::v1::OpportunityService::Stub;
  using Reviews = sales::v1::LossReviewService::Stub;
  using Projects = sales::v1::CrmProjectService::Stub;
  using Customers = sales::v1::ProjectCustomerService::Stub;

  std::string Unit(const std::string& name) {
    return Do(&admin::v1::UnitService::Stub::CreateUnit,
              absl::StrCat("name: '", name, "' kind: UNIT_KIND_TEAM"))
        .unit()
        .id();
  }
  std::string LostReason(const std::string& code, const std::string& unit = "", int days = 0) {
    const std::string id =
        Do(&setup::v1::CloseReasonService::Stub::DefineCloseReason,
           absl::StrCat("kind: CLOSE_REASON_KIND_LOST code: '", code, "' label: '", code, "'"))
            .close_reason()
            .id();
    if (!unit.empty()) {
      Do(&setup::v1::CloseReasonService::Stub::MapLostReason,
         absl::StrCat(Id("id", id), Id("unit_id", unit), "review_days: ", days));
    }
    return id;
  }
  void CheckLosses(const std::string& unit) {
    const std::string id =
        Do(&admin::v1::OrganisationService::Stub::GetOrganisation, "").organisation().id();
    Do(&admin::v1::OrganisationService::Stub::UpdateOrganisation,
       absl::StrCat(Id("id", id), "organisation {", Id("loss_review_unit_id", unit),
                    "} update_mask { paths: 'loss_review_unit_id' }"));
  }
  std::vector<sales::v1::LossReview> ReviewsThat(const std::string& filter) {
    const auto page = Do(&Reviews::ListLossReviews, absl::StrCat("filter: \"", filter, "\""));
    return {page.loss_reviews().begin(), page.loss_reviews().end()};
  }
  std::string Process() {
    return Do(&setup::v1::SalesProcessService::Stub::ListSalesProcesses, "")
        .sales_processes(0)
        .id();
  }
  std::string Project(const std::string& name, bool crm = true) {
    return Do(&Projects::CreateCrmProject,
              absl::StrCat("name: '", name, "' kind: CRM_PROJECT_KIND_OUTREACH ",
                           crm ? "crm_enabled: true" + Id("process_id", Process()) : ""))
        .crm_project()
        .id();
  }
  std::string Customer(const std::string& project, const std::string& account) {
    return Do(&Customers::AddProjectCustomer,
              Id("crm_project_id", project) + Id("account_id", account))
        .project_customer()
        .id();
  }
  std::string DealIn(const std::string& project, const std::string& account) {
    return Do(&Deals::CreateOpportunity,
              absl::StrCat("subject: 'Deal' value { minor: 1000 currency: 'USD' }",
                           Id("account_id", account), Id("owner_id", ada_),
                           Id("crm_project_id", project)))
        .opportunity()
        .id();
  }
  std::vector<std::string> Unprocessed(const std::string& project) {
    const auto page = Do(&Projects::ListUnprocessedCustomers, Id("crm_project_id", project));
    std::vector<std::string> names;
    for (const auto& customer : page.customers()) names.push_back(customer.name());
    return names;
  }
  sales::v1::Opportunity Read(const std::string& deal) {
    return Do(&Deals::GetOpportunity, Id("id", deal)).opportunity();
  }

  const std::string ada_ = server_.CreateUser("ada"), ben_ = server_.CreateUser("ben");
  const std::string acme_ = server_.CreateAccount("Acme");
};

}  // namespace daybook::testing
