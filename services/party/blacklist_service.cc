#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/blacklist_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/party/blacklist.h"
#include "domain/record/tree.h"
#include "services/party/party_reads.h"
#include "services/record_filters.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

// Deals that one answer lists; all are counted.
constexpr size_t kOpenDealsMax = 100;

absl::Status AddOpenDeals(const Query& query, const std::string& account_id,
                          pb::CheckAllowedResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
  const domain::ObjectType& type = *domain::Registry::Get().Find("opportunity");
  RecordFilter open(type, "");
  DAYBOOK_RETURN_IF_ERROR(
      open.Add(absl::StrCat("account_id = ", QuotedText(account_id), " AND state = OPEN")));
  std::set<std::string> first;
  int64_t count = 0;
  DAYBOOK_RETURN_IF_ERROR(query.snapshot.VisitRecords(
      type, open.filter(), [&](const google::protobuf::Message& record) {
        first.insert(static_cast<const sales::v1::Opportunity&>(record).id());
        if (first.size() > kOpenDealsMax) first.erase(std::prev(first.end()));
        ++count;
        return absl::OkStatus();
      }));
  response->set_open_opportunity_count(count);
  for (const std::string& id : first) response->add_open_opportunity_ids(id);
  return absl::OkStatus();
}

absl::Status ReadAllowed(const Query& query, const pb::CheckAllowedRequest& request,
                         pb::CheckAllowedResponse* response) {
  if (request.action() == pb::BLACKLIST_SCOPE_UNSPECIFIED) {
    return InvalidField("action", "is required");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day,
                           DayOrToday(query, request.has_day(), request.day()));
  response->set_allowed(true);
  std::string at = request.account_id();
  for (int level = 0; level <= domain::kTreeDepthMax && !at.empty(); ++level) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto account, ReadAs<pb::Account>(query, "account", at));
    if (domain::Forbids(account, level == 0, request.action(), day)) {
      response->set_allowed(false);
      response->set_blacklisted_account_id(at);
      *response->mutable_blacklisting() = account.blacklisting();
      break;
    }
    at = account.parent_id();
  }
  return AddOpenDeals(query, request.account_id(), response);
}

class Service final : public pb::BlacklistService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* BlacklistAccount(Rpc* rpc, const pb::BlacklistAccountRequest* request,
                            pb::BlacklistAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* LiftBlacklist(Rpc* rpc, const pb::LiftBlacklistRequest* request,
                         pb::LiftBlacklistResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* CheckAllowed(Rpc* rpc, const pb::CheckAllowedRequest* request,
                        pb::CheckAllowedResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ReadAllowed(query, *request, response); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewBlacklistService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
