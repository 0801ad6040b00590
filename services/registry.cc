#include "services/registry.h"

#include <grpcpp/impl/service_type.h>

namespace daybook::services {

const std::vector<ServiceRow>& AllServices() {
  static const auto& rows = *new std::vector<ServiceRow>{
      {"daybook.admin.v1.ApiKeyService", {"records"}, &NewApiKeyService},
      {"daybook.admin.v1.OrganisationService", {"records"}, &NewOrganisationService},
      {"daybook.admin.v1.UnitService", {"records"}, &NewUnitService},
      {"daybook.admin.v1.UserService", {"records"}, &NewUserService},
      {"daybook.catalog.v1.ProductCategoryService", {"records"}, &NewProductCategoryService},
      {"daybook.catalog.v1.ProductService", {"records"}, &NewProductService},
      {"daybook.log.v1.LogService", {}, &NewLogService},
      {"daybook.party.v1.AccountProfileService",
       {"records", "account_classes"},
       &NewAccountProfileService},
      {"daybook.party.v1.AccountService", {"records"}, &NewAccountService},
      {"daybook.party.v1.BlacklistService", {"records"}, &NewBlacklistService},
      {"daybook.party.v1.BrandService", {"records", "account_assignments"}, &NewBrandService},
      {"daybook.party.v1.BuyingCenterService", {"records"}, &NewBuyingCenterService},
      {"daybook.party.v1.ContactService", {"records", "contact_links"}, &NewContactService},
      {"daybook.party.v1.OrgPositionService", {"records"}, &NewOrgPositionService},
      {"daybook.party.v1.RelationService", {"records"}, &NewRelationService},
      {"daybook.party.v1.ResponsibilityService",
       {"records", "account_assignments"},
       &NewResponsibilityService},
      {"daybook.record.v1.RecordService", {"records"}, &NewRecordService},
      {"daybook.record.v1.ViewService", {}, &NewViewService},
      {"daybook.rpc.v1.CommandService", {}, &NewCommandService},
      {"daybook.sales.v1.BoardService", {"records"}, &NewBoardService},
      {"daybook.sales.v1.CrmProjectService",
       {"records", "project_deals", "sales_board"},
       &NewCrmProjectService},
      {"daybook.sales.v1.KpiService", {"records"}, &NewKpiService},
      {"daybook.sales.v1.LeadBoardService",
       {"records", "lead_board", "lead_stays"},
       &NewLeadBoardService},
      {"daybook.sales.v1.LeadService", {"records"}, &NewLeadService},
      {"daybook.sales.v1.LossReviewService", {"records", "loss_reviews"}, &NewLossReviewService},
      {"daybook.sales.v1.OpportunityService", {"records", "sold_products"}, &NewOpportunityService},
      {"daybook.sales.v1.PipelineAnalysisService",
       {"records", "sales_board", "pipeline_moves", "win_loss"},
       &NewPipelineAnalysisService},
      {"daybook.sales.v1.ProjectCustomerService", {"records"}, &NewProjectCustomerService},
      {"daybook.sales.v1.ProjectRequestService", {"records"}, &NewProjectRequestService},
      {"daybook.sales.v1.SalesBoardService",
       {"records", "sales_board", "stage_intervals", "project_deals"},
       &NewSalesBoardService},
      {"daybook.setup.v1.AssignmentRuleService", {"records"}, &NewAssignmentRuleService},
      {"daybook.setup.v1.ClassSchemeService", {"records"}, &NewClassSchemeService},
      {"daybook.setup.v1.CloseReasonService", {"records"}, &NewCloseReasonService},
      {"daybook.setup.v1.FieldCatalogService", {"records"}, &NewFieldCatalogService},
      {"daybook.setup.v1.ImportRunService", {"records"}, &NewImportRunService},
      {"daybook.setup.v1.SalesProcessService", {"records"}, &NewSalesProcessService},
      {"daybook.setup.v1.SchemaSetService", {"records"}, &NewSchemaSetService},
      {"daybook.setup.v1.ScoringPolicyService", {"records"}, &NewScoringPolicyService},
      {"daybook.work.v1.ActivityService", {"records"}, &NewActivityService},
      {"daybook.work.v1.CalendarFeedService", {"records"}, &NewCalendarFeedService},
      {"daybook.work.v1.TimelineService", {"records", "timeline"}, &NewTimelineService},
      {"daybook.work.v1.WorklistService", {"records", "last_contact"}, &NewWorklistService},
  };
  return rows;
}

}  // namespace daybook::services
