#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::CloseReasonService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* DefineCloseReason(Rpc* rpc, const pb::DefineCloseReasonRequest* request,
                             pb::DefineCloseReasonResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateCloseReason(Rpc* rpc, const pb::UpdateCloseReasonRequest* request,
                             pb::UpdateCloseReasonResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RetireCloseReason(Rpc* rpc, const pb::RetireCloseReasonRequest* request,
                             pb::RetireCloseReasonResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReactivateCloseReason(Rpc* rpc, const pb::ReactivateCloseReasonRequest* request,
                                 pb::ReactivateCloseReasonResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MapLostReason(Rpc* rpc, const pb::MapLostReasonRequest* request,
                         pb::MapLostReasonResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetCloseReason(Rpc* rpc, const pb::GetCloseReasonRequest* request,
                          pb::GetCloseReasonResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListCloseReasons(Rpc* rpc, const pb::ListCloseReasonsRequest* request,
                            pb::ListCloseReasonsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewCloseReasonService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
