#include "daybook/sales/v1/kpi_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/kpi.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::KpiService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetKpi(Rpc* rpc, const pb::GetKpiRequest* request,
                  pb::GetKpiResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ReadKpi(query, *request, response); });
  }
  Reactor* DrillDownKpi(Rpc* rpc, const pb::DrillDownKpiRequest* request,
                        pb::DrillDownKpiResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return DrillDown(query, *request, response); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewKpiService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
