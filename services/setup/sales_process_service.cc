#include "daybook/setup/v1/sales_process_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::SalesProcessService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* DefineSalesProcess(Rpc* rpc, const pb::DefineSalesProcessRequest* request,
                              pb::DefineSalesProcessResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReviseSalesProcess(Rpc* rpc, const pb::ReviseSalesProcessRequest* request,
                              pb::ReviseSalesProcessResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* PublishSalesProcess(Rpc* rpc, const pb::PublishSalesProcessRequest* request,
                               pb::PublishSalesProcessResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetFixedLabels(Rpc* rpc, const pb::SetFixedLabelsRequest* request,
                          pb::SetFixedLabelsResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RetireLabel(Rpc* rpc, const pb::RetireLabelRequest* request,
                       pb::RetireLabelResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetSalesProcess(Rpc* rpc, const pb::GetSalesProcessRequest* request,
                           pb::GetSalesProcessResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListSalesProcesses(Rpc* rpc, const pb::ListSalesProcessesRequest* request,
                              pb::ListSalesProcessesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewSalesProcessService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
