#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/record/tree.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

constexpr size_t kTreeNodesMax = 10'000;

absl::StatusOr<pb::AccountNode> ReadNode(const Query& query, const std::string& id, int level) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, ReadRecord(query, "account", id, {}));
  const auto& account = static_cast<const pb::Account&>(*record);
  pb::AccountNode node;
  node.set_id(account.id());
  node.set_name(account.name());
  node.set_parent_id(account.parent_id());
  node.set_level(level);
  return node;
}

absl::Status ReadAncestors(const Query& query, std::string id,
                           pb::GetAccountTreeResponse* response) {
  std::vector<pb::AccountNode> upwards;
  while (!id.empty() && upwards.size() <= domain::kTreeDepthMax) {
    DAYBOOK_ASSIGN_OR_RETURN(upwards.emplace_back(), ReadNode(query, id, 0));
    id = upwards.back().parent_id();
  }
  std::reverse(upwards.begin(), upwards.end());
  for (pb::AccountNode& node : upwards) {
    node.set_level(-static_cast<int>(upwards.size()) + response->ancestors_size());
    *response->add_ancestors() = std::move(node);
  }
  return absl::OkStatus();
}

// Depth first, children in order of id, from the index on parent_id.
absl::Status ReadAccountTree(const Query& query, const pb::GetAccountTreeRequest& request,
                             pb::GetAccountTreeResponse* response) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("account");
  const int depth = request.depth() <= 0 ? domain::kTreeDepthMax : request.depth();
  DAYBOOK_ASSIGN_OR_RETURN(auto top, ReadNode(query, request.id(), 0));
  DAYBOOK_RETURN_IF_ERROR(ReadAncestors(query, top.parent_id(), response));
  std::vector<pb::AccountNode> stack = {std::move(top)};
  while (!stack.empty()) {
    const pb::AccountNode node = std::move(stack.back());
    stack.pop_back();
    *response->add_subtree() = node;
    if (node.level() >= depth) continue;
    DAYBOOK_ASSIGN_OR_RETURN(
        auto children, query.snapshot.FindByReference(type, "parent_id", node.id(), kTreeNodesMax));
    if (response->subtree_size() + stack.size() + children.size() > kTreeNodesMax) {
      return Reject(
          rpc::v1::REASON_LIMIT_EXCEEDED,
          absl::StrCat("the tree has more than ", kTreeNodesMax, " accounts; ask for fewer levels"),
          {{"limit", "tree_nodes"}, {"value", absl::StrCat(kTreeNodesMax)}});
    }
    std::sort(children.rbegin(), children.rend());
    for (const std::string& id : children) {
      DAYBOOK_ASSIGN_OR_RETURN(stack.emplace_back(), ReadNode(query, id, node.level() + 1));
    }
  }
  return absl::OkStatus();
}

class Service final : public pb::AccountService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateAccount(Rpc* rpc, const pb::CreateAccountRequest* request,
                         pb::CreateAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateAccount(Rpc* rpc, const pb::UpdateAccountRequest* request,
                         pb::UpdateAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MoveAccount(Rpc* rpc, const pb::MoveAccountRequest* request,
                       pb::MoveAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ChangeAccountState(Rpc* rpc, const pb::ChangeAccountStateRequest* request,
                              pb::ChangeAccountStateResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ArchiveAccount(Rpc* rpc, const pb::ArchiveAccountRequest* request,
                          pb::ArchiveAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RestoreAccount(Rpc* rpc, const pb::RestoreAccountRequest* request,
                          pb::RestoreAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetAccount(Rpc* rpc, const pb::GetAccountRequest* request,
                      pb::GetAccountResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListAccounts(Rpc* rpc, const pb::ListAccountsRequest* request,
                        pb::ListAccountsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* GetAccountTree(Rpc* rpc, const pb::GetAccountTreeRequest* request,
                          pb::GetAccountTreeResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ReadAccountTree(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAccountService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
