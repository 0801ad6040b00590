#include "daybook/admin/v1/organisation_service.grpc.pb.h"
#include "domain/base/status_macros.h"
#include "services/custom_fields.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::admin::v1;

class Service final : public pb::OrganisationService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateOrganisation(Rpc* rpc, const pb::CreateOrganisationRequest* request,
                              pb::CreateOrganisationResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateOrganisation(Rpc* rpc, const pb::UpdateOrganisationRequest* request,
                              pb::UpdateOrganisationResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AcceptClock(Rpc* rpc, const pb::AcceptClockRequest* request,
                       pb::AcceptClockResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetOrganisation(Rpc* rpc, const pb::GetOrganisationRequest* request,
                           pb::GetOrganisationResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [this, request, response](const Query& query) -> absl::Status {
                        const std::string id =
                            request->id().empty() ? deps_.store.log_id().ToString() : request->id();
                        DAYBOOK_ASSIGN_OR_RETURN(auto record,
                                                 ReadRecord(query, "organisation", id, {}));
                        response->mutable_organisation()->CopyFrom(*record);
                        deps_.custom_fields.HideRetiredIn(response->mutable_organisation());
                        return absl::OkStatus();
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewOrganisationService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
