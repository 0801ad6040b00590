#include "daybook/setup/v1/scoring_policy_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::ScoringPolicyService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* DefineScoringPolicy(Rpc* rpc, const pb::DefineScoringPolicyRequest* request,
                               pb::DefineScoringPolicyResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReviseScoringPolicy(Rpc* rpc, const pb::ReviseScoringPolicyRequest* request,
                               pb::ReviseScoringPolicyResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* PublishScoringPolicy(Rpc* rpc, const pb::PublishScoringPolicyRequest* request,
                                pb::PublishScoringPolicyResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RetireScoringPolicy(Rpc* rpc, const pb::RetireScoringPolicyRequest* request,
                               pb::RetireScoringPolicyResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetScoringPolicy(Rpc* rpc, const pb::GetScoringPolicyRequest* request,
                            pb::GetScoringPolicyResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListScoringPolicies(Rpc* rpc, const pb::ListScoringPoliciesRequest* request,
                               pb::ListScoringPoliciesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewScoringPolicyService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
