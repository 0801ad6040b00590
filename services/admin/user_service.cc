#include "daybook/admin/v1/user_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::admin::v1;

class Service final : public pb::UserService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateUser(Rpc* rpc, const pb::CreateUserRequest* request,
                      pb::CreateUserResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateUser(Rpc* rpc, const pb::UpdateUserRequest* request,
                      pb::UpdateUserResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* DeactivateUser(Rpc* rpc, const pb::DeactivateUserRequest* request,
                          pb::DeactivateUserResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReactivateUser(Rpc* rpc, const pb::ReactivateUserRequest* request,
                          pb::ReactivateUserResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetUser(Rpc* rpc, const pb::GetUserRequest* request,
                   pb::GetUserResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListUsers(Rpc* rpc, const pb::ListUsersRequest* request,
                     pb::ListUsersResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewUserService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
