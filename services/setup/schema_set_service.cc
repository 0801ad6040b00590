#include "daybook/setup/v1/schema_set_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::SchemaSetService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* IntroduceSchemaSet(Rpc* rpc, const pb::IntroduceSchemaSetRequest* request,
                              pb::IntroduceSchemaSetResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetSchemaSet(Rpc* rpc, const pb::GetSchemaSetRequest* request,
                        pb::GetSchemaSetResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListSchemaSets(Rpc* rpc, const pb::ListSchemaSetsRequest* request,
                          pb::ListSchemaSetsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewSchemaSetService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
