#include "daybook/setup/v1/class_scheme_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::ClassSchemeService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* DefineClassScheme(Rpc* rpc, const pb::DefineClassSchemeRequest* request,
                             pb::DefineClassSchemeResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReviseClassScheme(Rpc* rpc, const pb::ReviseClassSchemeRequest* request,
                             pb::ReviseClassSchemeResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetClassScheme(Rpc* rpc, const pb::GetClassSchemeRequest* request,
                          pb::GetClassSchemeResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListClassSchemes(Rpc* rpc, const pb::ListClassSchemesRequest* request,
                            pb::ListClassSchemesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewClassSchemeService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
