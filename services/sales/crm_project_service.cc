#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "daybook/sales/v1/crm_project_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/sales_board.h"
#include "services/registry.h"
#include "services/rpc.h"
#include "services/sales/unprocessed.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;

// Waits until the views have applied what the log holds now. Blocks: for workers only.
absl::Status CatchUp(const Deps& deps, absl::Time deadline) {
  absl::Notification reached;
  absl::Status status;
  deps.views.WaitFor(deps.store.GetHead().position, deadline, [&](absl::Status result) {
    status = std::move(result);
    reached.Notify();
  });
  reached.WaitForNotification();
  return status;
}

// IN_USE while deals of the project are open, which only the views know. Returns where they stand:
// a deal that is registered behind that names the project, and the command is decided again.
absl::StatusOr<eventstore::LogPosition> CheckNothingOpen(const Deps& deps,
                                                         const std::string& project_id,
                                                         absl::Time deadline) {
  DAYBOOK_RETURN_IF_ERROR(CatchUp(deps, deadline));
  const auto snapshot = deps.views.Now();
  projections::BoardQuery of_project;
  of_project.crm_project_id = project_id;
  DAYBOOK_ASSIGN_OR_RETURN(const auto board, projections::ReadSalesBoard(*snapshot, of_project));
  absl::int128 open = 0;
  for (const projections::BoardColumnSums& column : board.columns) {
    if (column.state == pb::OPPORTUNITY_STATE_OPEN) {
      open += column.sums.Get(projections::kBoardCount);
    }
  }
  if (open == 0) return snapshot->position();
  const std::string count = absl::StrCat(static_cast<int64_t>(open));
  return Reject(rpc::v1::REASON_IN_USE,
                absl::StrCat("The project has open deals (", count,
                             "); close them, or move them with MoveDealToProject, first."),
                {{"aggregate", "opportunity"}, {"count", count}});
}

class Service final : public pb::CrmProjectService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateCrmProject(Rpc* rpc, const pb::CreateCrmProjectRequest* request,
                            pb::CreateCrmProjectResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateCrmProject(Rpc* rpc, const pb::UpdateCrmProjectRequest* request,
                            pb::UpdateCrmProjectResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* EnableCrm(Rpc* rpc, const pb::EnableCrmRequest* request,
                     pb::EnableCrmResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetCrmProject(Rpc* rpc, const pb::GetCrmProjectRequest* request,
                         pb::GetCrmProjectResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListCrmProjects(Rpc* rpc, const pb::ListCrmProjectsRequest* request,
                           pb::ListCrmProjectsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* DisableCrm(Rpc* rpc, const pb::DisableCrmRequest* request,
                      pb::DisableCrmResponse* response) override {
    CommandHooks hooks;
    hooks.before = [this, request](CommandCall& call) {
      // What `request` points to lives as long as the call.
      call.guard = [this, request, deadline = call.deadline] {
        return CheckNothingOpen(deps_, request->id(), deadline);
      };
      return absl::OkStatus();
    };
    return ServeCommand(rpc, deps_, *request, response, std::move(hooks));
  }
  Reactor* ListUnprocessedCustomers(Rpc* rpc, const pb::ListUnprocessedCustomersRequest* request,
                                    pb::ListUnprocessedCustomersResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ListUnprocessed(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewCrmProjectService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
