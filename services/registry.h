#pragma once

// Every gRPC service of the server. A service has one .cc file and is visible to the rest by its
// factory only.

#include <memory>
#include <string>
#include <vector>

#include "services/deps.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace daybook::services {

std::unique_ptr<grpc::Service> NewAccountProfileService(const Deps& deps);
std::unique_ptr<grpc::Service> NewAccountService(const Deps& deps);
std::unique_ptr<grpc::Service> NewBlacklistService(const Deps& deps);
std::unique_ptr<grpc::Service> NewBoardService(const Deps& deps);
std::unique_ptr<grpc::Service> NewBrandService(const Deps& deps);
std::unique_ptr<grpc::Service> NewBuyingCenterService(const Deps& deps);
std::unique_ptr<grpc::Service> NewClassSchemeService(const Deps& deps);
std::unique_ptr<grpc::Service> NewOrgPositionService(const Deps& deps);
std::unique_ptr<grpc::Service> NewRelationService(const Deps& deps);
std::unique_ptr<grpc::Service> NewResponsibilityService(const Deps& deps);
std::unique_ptr<grpc::Service> NewApiKeyService(const Deps& deps);
std::unique_ptr<grpc::Service> NewCloseReasonService(const Deps& deps);
std::unique_ptr<grpc::Service> NewCommandService(const Deps& deps);
std::unique_ptr<grpc::Service> NewContactService(const Deps& deps);
std::unique_ptr<grpc::Service> NewCrmProjectService(const Deps& deps);
std::unique_ptr<grpc::Service> NewImportRunService(const Deps& deps);
std::unique_ptr<grpc::Service> NewKpiService(const Deps& deps);
std::unique_ptr<grpc::Service> NewLogService(const Deps& deps);
std::unique_ptr<grpc::Service> NewLeadBoardService(const Deps& deps);
std::unique_ptr<grpc::Service> NewFieldCatalogService(const Deps& deps);
std::unique_ptr<grpc::Service> NewLeadService(const Deps& deps);
std::unique_ptr<grpc::Service> NewLossReviewService(const Deps& deps);
std::unique_ptr<grpc::Service> NewOpportunityService(const Deps& deps);
std::unique_ptr<grpc::Service> NewOrganisationService(const Deps& deps);
std::unique_ptr<grpc::Service> NewPipelineAnalysisService(const Deps& deps);
std::unique_ptr<grpc::Service> NewProductCategoryService(const Deps& deps);
std::unique_ptr<grpc::Service> NewProductService(const Deps& deps);
std::unique_ptr<grpc::Service> NewProjectCustomerService(const Deps& deps);
std::unique_ptr<grpc::Service> NewProjectRequestService(const Deps& deps);
std::unique_ptr<grpc::Service> NewRecordService(const Deps& deps);
std::unique_ptr<grpc::Service> NewSalesBoardService(const Deps& deps);
std::unique_ptr<grpc::Service> NewSalesProcessService(const Deps& deps);
std::unique_ptr<grpc::Service> NewSchemaSetService(const Deps& deps);
std::unique_ptr<grpc::Service> NewAssignmentRuleService(const Deps& deps);
std::unique_ptr<grpc::Service> NewScoringPolicyService(const Deps& deps);
std::unique_ptr<grpc::Service> NewUnitService(const Deps& deps);
std::unique_ptr<grpc::Service> NewUserService(const Deps& deps);
std::unique_ptr<grpc::Service> NewViewService(const Deps& deps);
std::unique_ptr<grpc::Service> NewActivityService(const Deps& deps);
std::unique_ptr<grpc::Service> NewCalendarFeedService(const Deps& deps);
std::unique_ptr<grpc::Service> NewTimelineService(const Deps& deps);
std::unique_ptr<grpc::Service> NewWorklistService(const Deps& deps);

// One row: full name of the service, the views it answers from (its health follows theirs), its
// factory.
struct ServiceRow {
  const char* name;
  std::vector<std::string> views;
  std::unique_ptr<grpc::Service> (*make)(const Deps& deps);
};
const std::vector<ServiceRow>& AllServices();

}  // namespace daybook::services
