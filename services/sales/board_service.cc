#include "daybook/sales/v1/board_service.grpc.pb.h"
#include "domain/sales/card_order.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/board.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

// The order of the board is known by board and caller: whoever moves a card need not name it.
absl::Status NameOrder(CommandCall& call) {
  const auto& request = static_cast<const pb::MoveCardRequest&>(*call.request);
  if (!request.id().empty()) return absl::OkStatus();
  auto named = std::make_shared<pb::MoveCardRequest>(request);
  named->set_id(domain::CardOrderId(request.kind(),
                                    domain::CardOrderOwner(request.scope(), call.principal.actor)));
  call.request = std::move(named);
  return absl::OkStatus();
}

class Service final : public pb::BoardService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* GetBoard(Rpc* rpc, const pb::GetBoardRequest* request,
                    pb::GetBoardResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ReadBoard(query, *request, response); });
  }
  Reactor* MoveCard(Rpc* rpc, const pb::MoveCardRequest* request,
                    pb::MoveCardResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response, {&NameOrder, nullptr});
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewBoardService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
