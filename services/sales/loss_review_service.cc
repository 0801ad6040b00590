#include "daybook/sales/v1/loss_review_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/loss_review_matrix.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::LossReviewService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* OpenLossReview(Rpc* rpc, const pb::OpenLossReviewRequest* request,
                          pb::OpenLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RouteLossReview(Rpc* rpc, const pb::RouteLossReviewRequest* request,
                           pb::RouteLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* WithdrawLossReview(Rpc* rpc, const pb::WithdrawLossReviewRequest* request,
                              pb::WithdrawLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* TakeLossReview(Rpc* rpc, const pb::TakeLossReviewRequest* request,
                          pb::TakeLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RecordLossReview(Rpc* rpc, const pb::RecordLossReviewRequest* request,
                            pb::RecordLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReturnLossReview(Rpc* rpc, const pb::ReturnLossReviewRequest* request,
                            pb::ReturnLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CloseLossReview(Rpc* rpc, const pb::CloseLossReviewRequest* request,
                           pb::CloseLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateLossReview(Rpc* rpc, const pb::UpdateLossReviewRequest* request,
                            pb::UpdateLossReviewResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetLossReview(Rpc* rpc, const pb::GetLossReviewRequest* request,
                         pb::GetLossReviewResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListLossReviews(Rpc* rpc, const pb::ListLossReviewsRequest* request,
                           pb::ListLossReviewsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* GetLossReviewMatrix(Rpc* rpc, const pb::GetLossReviewMatrixRequest* request,
                               pb::GetLossReviewMatrixResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadLossReviewMatrix(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLossReviewService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
