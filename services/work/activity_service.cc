#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::work::v1;

class Service final : public pb::ActivityService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* ScheduleActivity(Rpc* rpc, const pb::ScheduleActivityRequest* request,
                            pb::ScheduleActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LogActivity(Rpc* rpc, const pb::LogActivityRequest* request,
                       pb::LogActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateActivity(Rpc* rpc, const pb::UpdateActivityRequest* request,
                          pb::UpdateActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReassignActivity(Rpc* rpc, const pb::ReassignActivityRequest* request,
                            pb::ReassignActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RescheduleActivity(Rpc* rpc, const pb::RescheduleActivityRequest* request,
                              pb::RescheduleActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CompleteActivity(Rpc* rpc, const pb::CompleteActivityRequest* request,
                            pb::CompleteActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CancelActivity(Rpc* rpc, const pb::CancelActivityRequest* request,
                          pb::CancelActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReopenActivity(Rpc* rpc, const pb::ReopenActivityRequest* request,
                          pb::ReopenActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* EnableCalendarExport(Rpc* rpc, const pb::EnableCalendarExportRequest* request,
                                pb::EnableCalendarExportResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ArchiveActivity(Rpc* rpc, const pb::ArchiveActivityRequest* request,
                           pb::ArchiveActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RestoreActivity(Rpc* rpc, const pb::RestoreActivityRequest* request,
                           pb::RestoreActivityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetActivity(Rpc* rpc, const pb::GetActivityRequest* request,
                       pb::GetActivityResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListActivities(Rpc* rpc, const pb::ListActivitiesRequest* request,
                          pb::ListActivitiesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewActivityService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
