#include "domain/registry.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "domain/admin/api_key.h"
#include "domain/admin/organisation.h"
#include "domain/admin/unit.h"
#include "domain/admin/user.h"
#include "domain/base/strings.h"
#include "domain/catalog/product.h"
#include "domain/catalog/product_category.h"
#include "domain/party/account.h"
#include "domain/party/brand.h"
#include "domain/party/buying_center.h"
#include "domain/party/contact.h"
#include "domain/party/org_position.h"
#include "domain/party/relation.h"
#include "domain/sales/card_order.h"
#include "domain/sales/crm_project.h"
#include "domain/sales/lead.h"
#include "domain/sales/loss_review.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/project_customer.h"
#include "domain/sales/project_request.h"
#include "domain/setup/assignment_rule.h"
#include "domain/setup/class_scheme.h"
#include "domain/setup/close_reason.h"
#include "domain/setup/field_catalog.h"
#include "domain/setup/import_run.h"
#include "domain/setup/sales_process.h"
#include "domain/setup/schema_set.h"
#include "domain/setup/scoring_policy.h"
#include "domain/work/activity.h"
#include "domain/work/calendar_feed.h"

namespace daybook::domain {
namespace {

namespace admin_pb = ::daybook::admin::v1;
namespace catalog_pb = ::daybook::catalog::v1;
namespace party_pb = ::daybook::party::v1;
namespace sales_pb = ::daybook::sales::v1;
namespace setup_pb = ::daybook::setup::v1;
namespace work_pb = ::daybook::work::v1;

// Those of the first release. Their order, and then that of the later ones, is the order of the
// object type ids in view keys: append only, to the later ones.
std::vector<AggregateType> FirstAggregates() {
  constexpr auto kSystem = Bookkeeping::kSystem;
  return {
      TypeOf<Organisation, admin_pb::CreateOrganisationRequest, admin_pb::UpdateOrganisationRequest,
             admin_pb::AcceptClockRequest>(kSystem),
      TypeOf<User, admin_pb::CreateUserRequest, admin_pb::UpdateUserRequest,
             admin_pb::DeactivateUserRequest, admin_pb::ReactivateUserRequest>(),
      TypeOf<Unit, admin_pb::CreateUnitRequest, admin_pb::UpdateUnitRequest,
             admin_pb::MoveUnitRequest, admin_pb::CloseUnitRequest>(),
      TypeOf<ApiKey, admin_pb::IssueApiKeyRequest, admin_pb::RevokeApiKeyRequest>(kSystem),
      TypeOf<Account, party_pb::CreateAccountRequest, party_pb::UpdateAccountRequest,
             party_pb::MoveAccountRequest, party_pb::ChangeAccountStateRequest,
             party_pb::ArchiveAccountRequest, party_pb::RestoreAccountRequest,
             party_pb::SetAccountClassRequest, party_pb::SetRenewalRequest,
             party_pb::SetBillingProfileRequest, party_pb::AssignAccountToBrandRequest,
             party_pb::AssignResponsibilityRequest, party_pb::HandOverAccountRequest,
             party_pb::BlacklistAccountRequest, party_pb::LiftBlacklistRequest>(),
      TypeOf<Contact, party_pb::CreateContactRequest, party_pb::UpdateContactRequest,
             party_pb::LinkContactAccountRequest, party_pb::ArchiveContactRequest,
             party_pb::RestoreContactRequest, party_pb::LinkContactRequest,
             party_pb::UnlinkContactRequest, party_pb::ChangeContactStateRequest>(),
      TypeOf<Product, catalog_pb::CreateProductRequest, catalog_pb::UpdateProductRequest,
             catalog_pb::ActivateProductRequest, catalog_pb::DiscontinueProductRequest>(),
      TypeOf<ProductCategory, catalog_pb::CreateProductCategoryRequest,
             catalog_pb::UpdateProductCategoryRequest, catalog_pb::MoveProductCategoryRequest>(),
      TypeOf<SalesProcess, setup_pb::DefineSalesProcessRequest, setup_pb::ReviseSalesProcessRequest,
             setup_pb::PublishSalesProcessRequest, setup_pb::SetFixedLabelsRequest,
             setup_pb::RetireLabelRequest>(kSystem),
      TypeOf<CloseReason, setup_pb::DefineCloseReasonRequest, setup_pb::UpdateCloseReasonRequest,
             setup_pb::RetireCloseReasonRequest, setup_pb::ReactivateCloseReasonRequest,
             setup_pb::MapLostReasonRequest>(kSystem),
      TypeOf<ImportRun, setup_pb::StartImportRunRequest, setup_pb::FinishImportRunRequest>(kSystem),
      TypeOf<SchemaSet, setup_pb::IntroduceSchemaSetRequest>(kSystem),
      TypeOf<Opportunity, sales_pb::CreateOpportunityRequest, sales_pb::UpdateOpportunityRequest,
             sales_pb::ChangeOpportunityStageRequest, sales_pb::SetOpportunityValueRequest,
             sales_pb::SetOpportunityProbabilityRequest, sales_pb::AssignOpportunityRequest,
             sales_pb::LinkOpportunityAccountRequest, sales_pb::AddJobRequestRequest,
             sales_pb::RemoveJobRequestRequest, sales_pb::WinOpportunityRequest,
             sales_pb::PartiallyWinOpportunityRequest, sales_pb::LoseOpportunityRequest,
             sales_pb::AbandonOpportunityRequest, sales_pb::ReopenOpportunityRequest,
             sales_pb::AddOpportunityLineRequest, sales_pb::ChangeOpportunityLineRequest,
             sales_pb::RemoveOpportunityLineRequest, sales_pb::SetOpportunityValueModeRequest,
             sales_pb::MigrateOpportunityProcessRequest, sales_pb::LinkOpportunityContactRequest,
             sales_pb::UnlinkOpportunityContactRequest, sales_pb::LinkOpportunityUserRequest,
             sales_pb::UnlinkOpportunityUserRequest, sales_pb::MoveDealToProjectRequest,
             sales_pb::ArchiveOpportunityRequest, sales_pb::RestoreOpportunityRequest,
             sales_pb::CorrectLossReasonRequest, sales_pb::CreateProjectFromOpportunityRequest>(),
  };
}

std::vector<AggregateType> LaterAggregates() {
  constexpr auto kSystem = Bookkeeping::kSystem;
  return {
      TypeOf<Activity, work_pb::ScheduleActivityRequest, work_pb::LogActivityRequest,
             work_pb::UpdateActivityRequest, work_pb::ReassignActivityRequest,
             work_pb::RescheduleActivityRequest, work_pb::CompleteActivityRequest,
             work_pb::CancelActivityRequest, work_pb::ReopenActivityRequest,
             work_pb::ArchiveActivityRequest, work_pb::RestoreActivityRequest,
             work_pb::EnableCalendarExportRequest>(),
      TypeOf<CalendarFeed, work_pb::IssueCalendarFeedRequest, work_pb::RevokeCalendarFeedRequest>(
          kSystem),
      TypeOf<Lead, sales_pb::CaptureLeadRequest, sales_pb::UpdateLeadRequest,
             sales_pb::AssignLeadRequest, sales_pb::StartWorkingLeadRequest,
             sales_pb::MarkLeadGoodRequest, sales_pb::MarkLeadBadRequest,
             sales_pb::RecycleLeadRequest, sales_pb::ReturnRecycledLeadRequest,
             sales_pb::SetLeadDoNotContactRequest, sales_pb::ScoreLeadRequest,
             sales_pb::ConvertLeadRequest, sales_pb::ArchiveLeadRequest,
             sales_pb::RestoreLeadRequest>(),
      TypeOf<AssignmentRule, setup_pb::DefineAssignmentRuleRequest,
             setup_pb::ReviseAssignmentRuleRequest, setup_pb::PublishAssignmentRuleRequest,
             setup_pb::RetireAssignmentRuleRequest, setup_pb::RecordLeadAssignmentRequest>(kSystem),
      TypeOf<ScoringPolicy, setup_pb::DefineScoringPolicyRequest,
             setup_pb::ReviseScoringPolicyRequest, setup_pb::PublishScoringPolicyRequest,
             setup_pb::RetireScoringPolicyRequest>(kSystem),
      TypeOf<ClassScheme, setup_pb::DefineClassSchemeRequest, setup_pb::ReviseClassSchemeRequest>(
          kSystem),
      TypeOf<Brand, party_pb::CreateBrandRequest, party_pb::UpdateBrandRequest,
             party_pb::AssignBrandManagerRequest>(),
      TypeOf<OrgPosition, party_pb::AddOrgPositionRequest, party_pb::ReturnToChartRequest,
             party_pb::SetReportsToRequest, party_pb::SetPositionRequest,
             party_pb::SetAttitudeRequest, party_pb::SetAssistantsRequest,
             party_pb::RemoveFromChartRequest, party_pb::UpdateOrgPositionRequest>(),
      TypeOf<Relation, party_pb::AddRelationRequest, party_pb::EndRelationRequest,
             party_pb::CorrectRelationRequest>(),
      TypeOf<BuyingCenter, party_pb::OpenBuyingCenterRequest,
             party_pb::AddBuyingCenterMemberRequest, party_pb::ChangeBuyingCenterMemberRequest,
             party_pb::RemoveBuyingCenterMemberRequest, party_pb::LinkInfluenceRequest,
             party_pb::UnlinkInfluenceRequest, party_pb::UpdateBuyingCenterRequest>(),
      TypeOf<CardOrder, sales_pb::MoveCardRequest>(),
      TypeOf<LossReview, sales_pb::OpenLossReviewRequest, sales_pb::RouteLossReviewRequest,
             sales_pb::WithdrawLossReviewRequest, sales_pb::TakeLossReviewRequest,
             sales_pb::RecordLossReviewRequest, sales_pb::ReturnLossReviewRequest,
             sales_pb::CloseLossReviewRequest, sales_pb::UpdateLossReviewRequest>(),
      TypeOf<CrmProject, sales_pb::CreateCrmProjectRequest, sales_pb::UpdateCrmProjectRequest,
             sales_pb::EnableCrmRequest, sales_pb::DisableCrmRequest>(),
      TypeOf<ProjectCustomer, sales_pb::AddProjectCustomerRequest,
             sales_pb::HandOverFromOutreachRequest, sales_pb::ArchiveProjectCustomerRequest,
             sales_pb::RestoreProjectCustomerRequest, sales_pb::UpdateProjectCustomerRequest>(),
      TypeOf<ProjectRequest, sales_pb::OpenProjectRequestRequest,
             sales_pb::SuspendProjectRequestRequest, sales_pb::KeepProjectRequestRequest,
             sales_pb::CancelProjectRequestRequest, sales_pb::UpdateProjectRequestRequest>(),
      TypeOf<FieldCatalog, setup_pb::DefineFieldRequest, setup_pb::ReviseFieldRequest,
             setup_pb::RetireFieldRequest, setup_pb::ReactivateFieldRequest>(kSystem),
  };
}

std::vector<AggregateType> MakeAggregates() {
  std::vector<AggregateType> all = FirstAggregates();
  std::vector<AggregateType> later = LaterAggregates();
  std::move(later.begin(), later.end(), std::back_inserter(all));
  return all;
}

absl::flat_hash_map<std::string, CommandRef> MakeCommandIndex() {
  absl::flat_hash_map<std::string, CommandRef> index;
  for (const auto& aggregate : AllAggregates()) {
    for (const auto& command : aggregate.commands) {
      index[command.request->GetDescriptor()->full_name()] = {&aggregate, &command};
    }
  }
  return index;
}

}  // namespace

const std::vector<AggregateType>& AllAggregates() {
  static const auto* const kAggregates = new std::vector<AggregateType>(MakeAggregates());
  return *kAggregates;
}

const AggregateType* FindAggregate(absl::string_view name) {
  for (const auto& aggregate : AllAggregates()) {
    if (absl::string_view(aggregate.name) == name) return &aggregate;
  }
  return nullptr;
}

CommandRef FindCommand(absl::string_view request_full_name) {
  static const auto* const kIndex =
      new absl::flat_hash_map<std::string, CommandRef>(MakeCommandIndex());
  const auto found = kIndex->find(request_full_name);
  return found == kIndex->end() ? CommandRef{} : found->second;
}

}  // namespace daybook::domain
