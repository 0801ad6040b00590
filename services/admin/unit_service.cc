#include "daybook/admin/v1/unit_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::admin::v1;

class Service final : public pb::UnitService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateUnit(Rpc* rpc, const pb::CreateUnitRequest* request,
                      pb::CreateUnitResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateUnit(Rpc* rpc, const pb::UpdateUnitRequest* request,
                      pb::UpdateUnitResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MoveUnit(Rpc* rpc, const pb::MoveUnitRequest* request,
                    pb::MoveUnitResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CloseUnit(Rpc* rpc, const pb::CloseUnitRequest* request,
                     pb::CloseUnitResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetUnit(Rpc* rpc, const pb::GetUnitRequest* request,
                   pb::GetUnitResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListUnits(Rpc* rpc, const pb::ListUnitsRequest* request,
                     pb::ListUnitsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewUnitService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
