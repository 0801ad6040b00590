#include "daybook/sales/v1/lead_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

class Service final : public pb::LeadService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CaptureLead(Rpc* rpc, const pb::CaptureLeadRequest* request,
                       pb::CaptureLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateLead(Rpc* rpc, const pb::UpdateLeadRequest* request,
                      pb::UpdateLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AssignLead(Rpc* rpc, const pb::AssignLeadRequest* request,
                      pb::AssignLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* StartWorkingLead(Rpc* rpc, const pb::StartWorkingLeadRequest* request,
                            pb::StartWorkingLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MarkLeadGood(Rpc* rpc, const pb::MarkLeadGoodRequest* request,
                        pb::MarkLeadGoodResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MarkLeadBad(Rpc* rpc, const pb::MarkLeadBadRequest* request,
                       pb::MarkLeadBadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RecycleLead(Rpc* rpc, const pb::RecycleLeadRequest* request,
                       pb::RecycleLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReturnRecycledLead(Rpc* rpc, const pb::ReturnRecycledLeadRequest* request,
                              pb::ReturnRecycledLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetLeadDoNotContact(Rpc* rpc, const pb::SetLeadDoNotContactRequest* request,
                               pb::SetLeadDoNotContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ScoreLead(Rpc* rpc, const pb::ScoreLeadRequest* request,
                     pb::ScoreLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ConvertLead(Rpc* rpc, const pb::ConvertLeadRequest* request,
                       pb::ConvertLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ArchiveLead(Rpc* rpc, const pb::ArchiveLeadRequest* request,
                       pb::ArchiveLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RestoreLead(Rpc* rpc, const pb::RestoreLeadRequest* request,
                       pb::RestoreLeadResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetLead(Rpc* rpc, const pb::GetLeadRequest* request,
                   pb::GetLeadResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListLeads(Rpc* rpc, const pb::ListLeadsRequest* request,
                     pb::ListLeadsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewLeadService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
