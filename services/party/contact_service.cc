#include <iterator>
#include <map>

#include "daybook/party/v1/contact_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/contact_links.h"
#include "services/answer_page.h"
#include "services/party/party_reads.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

// The contacts whose main account it is, and those linked to it on the day.
absl::Status ReadContactsOfAccount(const Query& query,
                                   const pb::ListContactsOfAccountRequest& request,
                                   pb::ListContactsOfAccountResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "contact"));
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "contacts-of-account", request));
  const projections::Snapshot& snapshot = page.at().snapshot;
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(page.at(), "account", request.account_id(), {}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, page.DayOf(request.has_day(), request.day()));
  const domain::ObjectType& type = *domain::Registry::Get().Find("contact");
  DAYBOOK_ASSIGN_OR_RETURN(const auto main,
                           snapshot.FindByReference(type, "account_id", request.account_id(),
                                                    projections::kContactLinksMax + 1));
  if (main.size() > projections::kContactLinksMax) {
    return Reject(
        rpc::v1::REASON_LIMIT_EXCEEDED, "the account has too many contacts",
        {{"limit", "contact_links"}, {"value", absl::StrCat(projections::kContactLinksMax)}});
  }
  std::map<std::string, pb::AccountContact> contacts;
  for (const std::string& id : main) contacts[id].set_main(true);
  DAYBOOK_ASSIGN_OR_RETURN(const auto links,
                           projections::ReadContactLinks(snapshot, request.account_id(), day));
  for (const auto& link : links) contacts[link.contact_id].add_roles(link.role);
  const auto [first, end] = page.Part(contacts.size());
  auto at = std::next(contacts.begin(), static_cast<std::ptrdiff_t>(first));
  for (size_t i = first; i < end; ++i, ++at) {
    at->second.set_contact_id(at->first);
    *response->add_contacts() = std::move(at->second);
  }
  page.Finish(contacts.size(), response);
  return absl::OkStatus();
}

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
  Reactor* LinkContact(Rpc* rpc, const pb::LinkContactRequest* request,
                       pb::LinkContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UnlinkContact(Rpc* rpc, const pb::UnlinkContactRequest* request,
                         pb::UnlinkContactResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ChangeContactState(Rpc* rpc, const pb::ChangeContactStateRequest* request,
                              pb::ChangeContactStateResponse* response) override {
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
  Reactor* ListContactsOfAccount(Rpc* rpc, const pb::ListContactsOfAccountRequest* request,
                                 pb::ListContactsOfAccountResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadContactsOfAccount(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewContactService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
