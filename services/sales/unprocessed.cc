#include "services/sales/unprocessed.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account.pb.h"
#include "daybook/sales/v1/crm_project.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/party/blacklist.h"
#include "domain/record/tree.h"
#include "projections/project_deals.h"
#include "services/answer_page.h"
#include "services/party/party_reads.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using party::v1::Account;

constexpr size_t kAccountsAtOnce = 500;

// Accounts with everything above them, loaded as they are needed.
class Accounts {
 public:
  explicit Accounts(const Query& query) : query_(query) {}

  absl::Status Load(std::set<std::string> ids) {
    for (int level = 0; level <= domain::kTreeDepthMax && !ids.empty(); ++level) {
      for (const auto& [id, account] : loaded_) ids.erase(id);
      DAYBOOK_ASSIGN_OR_RETURN(auto found,
                               ReadMany<Account>(query_, "account", {ids.begin(), ids.end()}));
      std::set<std::string> parents;
      for (auto& [id, account] : found) {
        if (!account.parent_id().empty()) parents.insert(account.parent_id());
        loaded_.emplace(id, std::move(account));
      }
      ids = std::move(parents);
    }
    return absl::OkStatus();
  }

  // Null when it may not be shown: gone, archived, blacklisted on the day.
  const Account* Shown(const std::string& id, absl::CivilDay day) const {
    const auto found = loaded_.find(id);
    if (found == loaded_.end() || found->second.archived()) return nullptr;
    std::string at = id;
    for (int level = 0; level <= domain::kTreeDepthMax && !at.empty(); ++level) {
      const auto account = loaded_.find(at);
      if (account == loaded_.end()) break;
      if (domain::Forbids(account->second, level == 0, party::v1::BLACKLIST_SCOPE_ALL, day)) {
        return nullptr;
      }
      at = account->second.parent_id();
    }
    return &found->second;
  }

 private:
  const Query& query_;
  std::map<std::string, Account> loaded_;
};

// The answer shows accounts, says which of them are customers of the project, and which have no
// deal in it.
absl::StatusOr<bool> TakesDeals(const Query& query, absl::string_view crm_project_id) {
  for (const char* shown : {"account", "project_customer", "opportunity"}) {
    DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, shown));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto project,
                           ReadAs<pb::CrmProject>(query, "crm_project", crm_project_id));
  return project.crm_enabled();
}

// Calls `show` with customers in order of accounts until it returns false.
absl::Status VisitShown(const Query& query, absl::string_view crm_project_id, std::string after,
                        absl::CivilDay day, absl::FunctionRef<bool(const Account&)> show) {
  size_t budget = kProjectCustomersMax;
  while (true) {
    std::vector<std::string> ids;
    DAYBOOK_ASSIGN_OR_RETURN(const size_t seen,
                             projections::VisitUnprocessed(query.snapshot, crm_project_id, after,
                                                           budget, [&](const std::string& id) {
                                                             ids.push_back(id);
                                                             return ids.size() < kAccountsAtOnce;
                                                           }));
    budget -= seen;
    Accounts accounts(query);
    DAYBOOK_RETURN_IF_ERROR(accounts.Load({ids.begin(), ids.end()}));
    for (const std::string& id : ids) {
      const Account* account = accounts.Shown(id, day);
      if (account != nullptr && !show(*account)) return absl::OkStatus();
    }
    if (ids.size() < kAccountsAtOnce) return absl::OkStatus();
    after = ids.back();
  }
}

}  // namespace

absl::Status ListUnprocessed(const Query& query, const pb::ListUnprocessedCustomersRequest& request,
                             pb::ListUnprocessedCustomersResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "unprocessed-customers", request));
  const Query at = page.at();
  const int size = static_cast<int>(page.size());
  DAYBOOK_ASSIGN_OR_RETURN(const bool takes_deals, TakesDeals(at, request.crm_project_id()));
  if (!takes_deals) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, page.DayOf(false, {}));
  return VisitShown(at, request.crm_project_id(), page.resume(), day, [&](const Account& account) {
    if (response->customers_size() == size) {
      response->set_next_page_token(page.TokenBehind(response->customers(size - 1).account_id()));
      return false;
    }
    pb::UnprocessedCustomer* customer = response->add_customers();
    customer->set_account_id(account.id());
    customer->set_name(account.name());
    customer->set_owner_id(account.owner_id());
    return true;
  });
}

absl::StatusOr<int64_t> CountUnprocessed(const Query& query, absl::string_view crm_project_id,
                                         absl::string_view owner_id) {
  int64_t count = 0;
  DAYBOOK_ASSIGN_OR_RETURN(const bool takes_deals, TakesDeals(query, crm_project_id));
  if (!takes_deals) return count;
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, DayOrToday(query, false, {}));
  DAYBOOK_RETURN_IF_ERROR(VisitShown(query, crm_project_id, "", day, [&](const Account& account) {
    if (owner_id.empty() || owner_id == absl::string_view(account.owner_id())) ++count;
    return true;
  }));
  return count;
}

}  // namespace daybook::services
