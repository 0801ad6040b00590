#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/sold_products.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::OpportunityService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateOpportunity(Rpc* rpc, const pb::CreateOpportunityRequest* request,
                             pb::CreateOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateOpportunity(Rpc* rpc, const pb::UpdateOpportunityRequest* request,
                             pb::UpdateOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ChangeOpportunityStage(Rpc* rpc, const pb::ChangeOpportunityStageRequest* request,
                                  pb::ChangeOpportunityStageResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetOpportunityValue(Rpc* rpc, const pb::SetOpportunityValueRequest* request,
                               pb::SetOpportunityValueResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetOpportunityProbability(Rpc* rpc, const pb::SetOpportunityProbabilityRequest* request,
                                     pb::SetOpportunityProbabilityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AssignOpportunity(Rpc* rpc, const pb::AssignOpportunityRequest* request,
                             pb::AssignOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LinkOpportunityAccount(Rpc* rpc, const pb::LinkOpportunityAccountRequest* request,
                                  pb::LinkOpportunityAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AddJobRequest(Rpc* rpc, const pb::AddJobRequestRequest* request,
                         pb::AddJobRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RemoveJobRequest(Rpc* rpc, const pb::RemoveJobRequestRequest* request,
                            pb::RemoveJobRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* WinOpportunity(Rpc* rpc, const pb::WinOpportunityRequest* request,
                          pb::WinOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* PartiallyWinOpportunity(Rpc* rpc, const pb::PartiallyWinOpportunityRequest* request,
                                   pb::PartiallyWinOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LoseOpportunity(Rpc* rpc, const pb::LoseOpportunityRequest* request,
                           pb::LoseOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AbandonOpportunity(Rpc* rpc, const pb::AbandonOpportunityRequest* request,
                              pb::AbandonOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReopenOpportunity(Rpc* rpc, const pb::ReopenOpportunityRequest* request,
                             pb::ReopenOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AddOpportunityLine(Rpc* rpc, const pb::AddOpportunityLineRequest* request,
                              pb::AddOpportunityLineResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ChangeOpportunityLine(Rpc* rpc, const pb::ChangeOpportunityLineRequest* request,
                                 pb::ChangeOpportunityLineResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RemoveOpportunityLine(Rpc* rpc, const pb::RemoveOpportunityLineRequest* request,
                                 pb::RemoveOpportunityLineResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetOpportunityValueMode(Rpc* rpc, const pb::SetOpportunityValueModeRequest* request,
                                   pb::SetOpportunityValueModeResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MigrateOpportunityProcess(Rpc* rpc, const pb::MigrateOpportunityProcessRequest* request,
                                     pb::MigrateOpportunityProcessResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LinkOpportunityContact(Rpc* rpc, const pb::LinkOpportunityContactRequest* request,
                                  pb::LinkOpportunityContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UnlinkOpportunityContact(Rpc* rpc, const pb::UnlinkOpportunityContactRequest* request,
                                    pb::UnlinkOpportunityContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LinkOpportunityUser(Rpc* rpc, const pb::LinkOpportunityUserRequest* request,
                               pb::LinkOpportunityUserResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UnlinkOpportunityUser(Rpc* rpc, const pb::UnlinkOpportunityUserRequest* request,
                                 pb::UnlinkOpportunityUserResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MoveDealToProject(Rpc* rpc, const pb::MoveDealToProjectRequest* request,
                             pb::MoveDealToProjectResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ArchiveOpportunity(Rpc* rpc, const pb::ArchiveOpportunityRequest* request,
                              pb::ArchiveOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RestoreOpportunity(Rpc* rpc, const pb::RestoreOpportunityRequest* request,
                              pb::RestoreOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CorrectLossReason(Rpc* rpc, const pb::CorrectLossReasonRequest* request,
                             pb::CorrectLossReasonResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CreateProjectFromOpportunity(
      Rpc* rpc, const pb::CreateProjectFromOpportunityRequest* request,
      pb::CreateProjectFromOpportunityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetOpportunity(Rpc* rpc, const pb::GetOpportunityRequest* request,
                          pb::GetOpportunityResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListOpportunities(Rpc* rpc, const pb::ListOpportunitiesRequest* request,
                             pb::ListOpportunitiesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* ListSoldProducts(Rpc* rpc, const pb::ListSoldProductsRequest* request,
                            pb::ListSoldProductsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadSoldProducts(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewOpportunityService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
