#include "daybook/setup/v1/assignment_rule_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

class Service final : public pb::AssignmentRuleService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* DefineAssignmentRule(Rpc* rpc, const pb::DefineAssignmentRuleRequest* request,
                                pb::DefineAssignmentRuleResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReviseAssignmentRule(Rpc* rpc, const pb::ReviseAssignmentRuleRequest* request,
                                pb::ReviseAssignmentRuleResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* PublishAssignmentRule(Rpc* rpc, const pb::PublishAssignmentRuleRequest* request,
                                 pb::PublishAssignmentRuleResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RetireAssignmentRule(Rpc* rpc, const pb::RetireAssignmentRuleRequest* request,
                                pb::RetireAssignmentRuleResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RecordLeadAssignment(Rpc* rpc, const pb::RecordLeadAssignmentRequest* request,
                                pb::RecordLeadAssignmentResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetAssignmentRule(Rpc* rpc, const pb::GetAssignmentRuleRequest* request,
                             pb::GetAssignmentRuleResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListAssignmentRules(Rpc* rpc, const pb::ListAssignmentRulesRequest* request,
                               pb::ListAssignmentRulesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAssignmentRuleService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
