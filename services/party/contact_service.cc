#include "daybook/party/v1/contact_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

class Service final : public pb::ContactService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateContact(Rpc* rpc, const pb::CreateContactRequest* request,
                         pb::CreateContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateContact(Rpc* rpc, const pb::UpdateContactRequest* request,
                         pb::UpdateContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LinkContactAccount(Rpc* rpc, const pb::LinkContactAccountRequest* request,
                              pb::LinkContactAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ArchiveContact(Rpc* rpc, const pb::ArchiveContactRequest* request,
                          pb::ArchiveContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RestoreContact(Rpc* rpc, const pb::RestoreContactRequest* request,
                          pb::RestoreContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetContact(Rpc* rpc, const pb::GetContactRequest* request,
                      pb::GetContactResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListContacts(Rpc* rpc, const pb::ListContactsRequest* request,
                        pb::ListContactsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewContactService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
