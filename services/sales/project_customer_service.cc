#include "daybook/sales/v1/project_customer_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::ProjectCustomerService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* AddProjectCustomer(Rpc* rpc, const pb::AddProjectCustomerRequest* request,
                              pb::AddProjectCustomerResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* HandOverFromOutreach(Rpc* rpc, const pb::HandOverFromOutreachRequest* request,
                                pb::HandOverFromOutreachResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ArchiveProjectCustomer(Rpc* rpc, const pb::ArchiveProjectCustomerRequest* request,
                                  pb::ArchiveProjectCustomerResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RestoreProjectCustomer(Rpc* rpc, const pb::RestoreProjectCustomerRequest* request,
                                  pb::RestoreProjectCustomerResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateProjectCustomer(Rpc* rpc, const pb::UpdateProjectCustomerRequest* request,
                                 pb::UpdateProjectCustomerResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetProjectCustomer(Rpc* rpc, const pb::GetProjectCustomerRequest* request,
                              pb::GetProjectCustomerResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListProjectCustomers(Rpc* rpc, const pb::ListProjectCustomersRequest* request,
                                pb::ListProjectCustomersResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProjectCustomerService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
