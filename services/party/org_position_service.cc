#include "daybook/party/v1/org_position_service.grpc.pb.h"
#include "services/party/org_chart.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

class Service final : public pb::OrgPositionService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* AddOrgPosition(Rpc* rpc, const pb::AddOrgPositionRequest* request,
                          pb::AddOrgPositionResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReturnToChart(Rpc* rpc, const pb::ReturnToChartRequest* request,
                         pb::ReturnToChartResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetReportsTo(Rpc* rpc, const pb::SetReportsToRequest* request,
                        pb::SetReportsToResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetPosition(Rpc* rpc, const pb::SetPositionRequest* request,
                       pb::SetPositionResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetAttitude(Rpc* rpc, const pb::SetAttitudeRequest* request,
                       pb::SetAttitudeResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetAssistants(Rpc* rpc, const pb::SetAssistantsRequest* request,
                         pb::SetAssistantsResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RemoveFromChart(Rpc* rpc, const pb::RemoveFromChartRequest* request,
                           pb::RemoveFromChartResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateOrgPosition(Rpc* rpc, const pb::UpdateOrgPositionRequest* request,
                             pb::UpdateOrgPositionResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetOrgPosition(Rpc* rpc, const pb::GetOrgPositionRequest* request,
                          pb::GetOrgPositionResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListOrgPositions(Rpc* rpc, const pb::ListOrgPositionsRequest* request,
                            pb::ListOrgPositionsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* GetOrgChart(Rpc* rpc, const pb::GetOrgChartRequest* request,
                       pb::GetOrgChartResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadOrgChart(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewOrgPositionService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
