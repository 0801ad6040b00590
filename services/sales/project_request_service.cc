#include "daybook/sales/v1/project_request_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::ProjectRequestService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* OpenProjectRequest(Rpc* rpc, const pb::OpenProjectRequestRequest* request,
                              pb::OpenProjectRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SuspendProjectRequest(Rpc* rpc, const pb::SuspendProjectRequestRequest* request,
                                 pb::SuspendProjectRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* KeepProjectRequest(Rpc* rpc, const pb::KeepProjectRequestRequest* request,
                              pb::KeepProjectRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CancelProjectRequest(Rpc* rpc, const pb::CancelProjectRequestRequest* request,
                                pb::CancelProjectRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateProjectRequest(Rpc* rpc, const pb::UpdateProjectRequestRequest* request,
                                pb::UpdateProjectRequestResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetProjectRequest(Rpc* rpc, const pb::GetProjectRequestRequest* request,
                             pb::GetProjectRequestResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListProjectRequests(Rpc* rpc, const pb::ListProjectRequestsRequest* request,
                               pb::ListProjectRequestsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProjectRequestService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
