#include "daybook/party/v1/relation_service.grpc.pb.h"
#include "services/party/relation_graph.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

class Service final : public pb::RelationService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* AddRelation(Rpc* rpc, const pb::AddRelationRequest* request,
                       pb::AddRelationResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* EndRelation(Rpc* rpc, const pb::EndRelationRequest* request,
                       pb::EndRelationResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CorrectRelation(Rpc* rpc, const pb::CorrectRelationRequest* request,
                           pb::CorrectRelationResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetRelation(Rpc* rpc, const pb::GetRelationRequest* request,
                       pb::GetRelationResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListRelations(Rpc* rpc, const pb::ListRelationsRequest* request,
                         pb::ListRelationsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* ListNeighbours(Rpc* rpc, const pb::ListNeighboursRequest* request,
                          pb::ListNeighboursResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadNeighbours(query, *request, response);
                      });
  }
  Reactor* FindPaths(Rpc* rpc, const pb::FindPathsRequest* request,
                     pb::FindPathsResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ReadPaths(query, *request, response); });
  }
  Reactor* ListFormerColleagues(Rpc* rpc, const pb::ListFormerColleaguesRequest* request,
                                pb::ListFormerColleaguesResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadFormerColleagues(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewRelationService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
