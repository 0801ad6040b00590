#include "daybook/setup/v1/import_run_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::ImportRunService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* StartImportRun(Rpc* rpc, const pb::StartImportRunRequest* request,
                          pb::StartImportRunResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* FinishImportRun(Rpc* rpc, const pb::FinishImportRunRequest* request,
                           pb::FinishImportRunResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetImportRun(Rpc* rpc, const pb::GetImportRunRequest* request,
                        pb::GetImportRunResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListImportRuns(Rpc* rpc, const pb::ListImportRunsRequest* request,
                          pb::ListImportRunsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewImportRunService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
