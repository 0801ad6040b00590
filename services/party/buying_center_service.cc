#include "daybook/party/v1/buying_center_service.grpc.pb.h"
#include "services/party/buying_influence.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

class Service final : public pb::BuyingCenterService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* OpenBuyingCenter(Rpc* rpc, const pb::OpenBuyingCenterRequest* request,
                            pb::OpenBuyingCenterResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AddBuyingCenterMember(Rpc* rpc, const pb::AddBuyingCenterMemberRequest* request,
                                 pb::AddBuyingCenterMemberResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ChangeBuyingCenterMember(Rpc* rpc, const pb::ChangeBuyingCenterMemberRequest* request,
                                    pb::ChangeBuyingCenterMemberResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RemoveBuyingCenterMember(Rpc* rpc, const pb::RemoveBuyingCenterMemberRequest* request,
                                    pb::RemoveBuyingCenterMemberResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LinkInfluence(Rpc* rpc, const pb::LinkInfluenceRequest* request,
                         pb::LinkInfluenceResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UnlinkInfluence(Rpc* rpc, const pb::UnlinkInfluenceRequest* request,
                           pb::UnlinkInfluenceResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateBuyingCenter(Rpc* rpc, const pb::UpdateBuyingCenterRequest* request,
                              pb::UpdateBuyingCenterResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetBuyingCenter(Rpc* rpc, const pb::GetBuyingCenterRequest* request,
                           pb::GetBuyingCenterResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListBuyingCenters(Rpc* rpc, const pb::ListBuyingCentersRequest* request,
                             pb::ListBuyingCentersResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* GetDealBuyingCenter(Rpc* rpc, const pb::GetDealBuyingCenterRequest* request,
                               pb::GetDealBuyingCenterResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return ReadDealBuyingCenter(query, *request, response);
                      });
  }
  Reactor* ListContactInfluence(Rpc* rpc, const pb::ListContactInfluenceRequest* request,
                                pb::ListContactInfluenceResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadContactInfluence(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewBuyingCenterService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
