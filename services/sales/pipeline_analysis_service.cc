#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/pipeline_analysis.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::PipelineAnalysisService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetPipelineBridge(Rpc* rpc, const pb::GetPipelineBridgeRequest* request,
                             pb::GetPipelineBridgeResponse* response) override {
    // Looks for the position of `from`, which may be named by its time.
    return Serve(rpc, request, response, QueryCost::kHeavy, &ReadPipelineBridge);
  }
  Reactor* ListPipelineMoves(Rpc* rpc, const pb::ListPipelineMovesRequest* request,
                             pb::ListPipelineMovesResponse* response) override {
    return Serve(rpc, request, response, QueryCost::kHeavy, &ReadPipelineMoves);
  }
  Reactor* GetSlippage(Rpc* rpc, const pb::GetSlippageRequest* request,
                       pb::GetSlippageResponse* response) override {
    return Serve(rpc, request, response, QueryCost::kHeavy, &ReadSlippage);
  }
  Reactor* GetWinLoss(Rpc* rpc, const pb::GetWinLossRequest* request,
                      pb::GetWinLossResponse* response) override {
    return Serve(rpc, request, response, QueryCost::kHeavy, &ReadWinLoss);
  }
  Reactor* DrillDownWinLoss(Rpc* rpc, const pb::DrillDownWinLossRequest* request,
                            pb::DrillDownWinLossResponse* response) override {
    return Serve(rpc, request, response, QueryCost::kHeavy, &services::DrillDownWinLoss);
  }
  Reactor* GetSalesVelocity(Rpc* rpc, const pb::GetSalesVelocityRequest* request,
                            pb::GetSalesVelocityResponse* response) override {
    return Serve(rpc, request, response, QueryCost::kHeavy, &ReadSalesVelocity);
  }

 private:
  // All of them are about deals.
  template <class Request, class Response>
  Reactor* Serve(Rpc* rpc, const Request* request, Response* response, QueryCost cost,
                 absl::Status (*answer)(const Query&, const Request&, Response*)) {
    return ServeQuery(
        rpc, deps_, *request, response, cost, [request, response, answer](const Query& query) {
          absl::Status status = query.deps.access.CheckRead(query.principal, "opportunity");
          return status.ok() ? answer(query, *request, response) : status;
        });
  }

  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewPipelineAnalysisService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
