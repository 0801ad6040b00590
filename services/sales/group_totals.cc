#include "services/sales/group_totals.h"

#include <algorithm>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/record/tree.h"
#include "services/sales/board_messages.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::sales::v1;
using projections::Measures;
using projections::Snapshot;

constexpr size_t kTreeAccountsMax = 100'000;

// What the deals of an account, or of a group, come to.
struct Sums {
  Measures all;
  int64_t won = 0;
  int64_t open = 0;
  void Add(const Sums& other) {
    all.Add(other.all, 1);
    won += other.won;
    open += other.open;
  }
};

Sums SumsOf(const projections::BoardResult& board) {
  Sums sums;
  for (const projections::BoardColumnSums& column : board.columns) {
    sums.all.Add(column.sums, 1);
    const auto count = static_cast<int64_t>(column.sums.Get(projections::kBoardCount));
    if (column.state == pb::OPPORTUNITY_STATE_OPEN) sums.open += count;
    if (column.state == pb::OPPORTUNITY_STATE_WON ||
        column.state == pb::OPPORTUNITY_STATE_PARTIALLY_WON) {
      sums.won += count;
    }
  }
  return sums;
}

// Reads accounts once each.
class Tree {
 public:
  explicit Tree(const Snapshot& snapshot) : snapshot_(snapshot) {}

  // Null when there is no such account.
  absl::StatusOr<const party::v1::Account*> Find(const std::string& id) {
    const auto known = accounts_.find(id);
    if (known != accounts_.end()) return known->second.get();
    DAYBOOK_ASSIGN_OR_RETURN(auto record, snapshot_.GetRecord(*type_, id));
    auto* account = static_cast<party::v1::Account*>(record.release());
    accounts_[id].reset(account);
    return account;
  }

  absl::StatusOr<std::string> RootOf(std::string id) {
    for (int level = 0; level <= domain::kTreeDepthMax; ++level) {
      DAYBOOK_ASSIGN_OR_RETURN(const auto* account, Find(id));
      if (account == nullptr || account->parent_id().empty()) break;
      id = account->parent_id();
    }
    return id;
  }

  // The account and everything below it.
  absl::StatusOr<std::vector<std::string>> Subtree(const std::string& top) {
    std::vector<std::string> ids = {top};
    for (size_t i = 0; i < ids.size(); ++i) {
      DAYBOOK_ASSIGN_OR_RETURN(
          const auto children,
          snapshot_.FindByReference(*type_, "parent_id", ids[i], kTreeAccountsMax));
      ids.insert(ids.end(), children.begin(), children.end());
      if (ids.size() > kTreeAccountsMax) {
        return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                      absl::StrCat("the tree has more than ", kTreeAccountsMax, " accounts"),
                      {{"limit", "tree_accounts"}});
      }
    }
    return ids;
  }

 private:
  const Snapshot& snapshot_;
  const domain::ObjectType* type_ = domain::Registry::Get().Find("account");
  std::map<std::string, std::unique_ptr<party::v1::Account>> accounts_;
};

// Where a list of totals goes on: its position and how many were shown.
struct Page {
  eventstore::LogPosition position = 0;
  size_t offset = 0;
};

std::string TokenOf(const Query& query, const std::string& account_id, const Page& page) {
  return query.deps.keys.SealToken(
      absl::StrCat("totals\n", account_id, "\n", page.position, "\n", page.offset));
}

absl::StatusOr<Page> PageOf(const Query& query, const pb::ListGroupTotalsRequest& request) {
  Page page{query.snapshot.position(), 0};
  if (request.page_token().empty()) return page;
  const auto plain = query.deps.keys.OpenToken(request.page_token());
  const std::vector<std::string> parts =
      plain.ok() ? absl::StrSplit(*plain, '\n') : std::vector<std::string>();
  if (parts.size() != 4 || parts[0] != "totals" || parts[1] != request.account_id() ||
      !absl::SimpleAtoi(parts[2], &page.position) || !absl::SimpleAtoi(parts[3], &page.offset)) {
    return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                  "page_token does not belong to this list; start without one");
  }
  return page;
}

absl::StatusOr<pb::GroupTotal> TotalOf(Tree& tree, const std::string& top,
                                       const std::map<std::string, Sums>& by_account,
                                       const Sums& group) {
  pb::GroupTotal total;
  total.set_account_id(top);
  DAYBOOK_ASSIGN_OR_RETURN(const auto* account, tree.Find(top));
  if (account != nullptr) total.set_name(account->name());
  DAYBOOK_ASSIGN_OR_RETURN(const auto subtree, tree.Subtree(top));
  total.set_accounts(static_cast<int32_t>(subtree.size()));
  total.set_won_count(group.won);
  total.set_open_count(group.open);
  DAYBOOK_ASSIGN_OR_RETURN(auto amounts, AmountsOf(group.all));
  for (auto& amount : amounts) *total.add_group() = std::move(amount);
  const auto own = by_account.find(top);
  if (own == by_account.end()) return total;
  DAYBOOK_ASSIGN_OR_RETURN(amounts, AmountsOf(own->second.all));
  for (auto& amount : amounts) *total.add_own() = std::move(amount);
  return total;
}

absl::StatusOr<std::map<std::string, Sums>> GroupsOf(
    Tree& tree, const std::string& account_id, const std::map<std::string, Sums>& by_account) {
  std::map<std::string, Sums> groups;
  if (account_id.empty()) {
    for (const auto& [id, sums] : by_account) {
      DAYBOOK_ASSIGN_OR_RETURN(const std::string root, tree.RootOf(id));
      groups[root].Add(sums);
    }
    return groups;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto subtree, tree.Subtree(account_id));
  Sums& group = groups[account_id];
  for (const std::string& id : subtree) {
    const auto own = by_account.find(id);
    if (own != by_account.end()) group.Add(own->second);
  }
  return groups;
}

absl::Status FillPage(const Query& query, const Snapshot& snapshot,
                      const pb::ListGroupTotalsRequest& request, Page page,
                      pb::ListGroupTotalsResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto boards, projections::ReadAccountBoards(snapshot));
  std::map<std::string, Sums> by_account;
  for (const projections::AccountBoard& board : boards) {
    if (!board.account_id.empty()) by_account[board.account_id] = SumsOf(board.board);
  }
  Tree tree(snapshot);
  DAYBOOK_ASSIGN_OR_RETURN(const auto groups, GroupsOf(tree, request.account_id(), by_account));
  const std::string currency = query.deps.engine.GetSettings().currency;
  std::vector<std::pair<absl::int128, std::string>> order;
  for (const auto& [id, sums] : groups) {
    // Largest first; ties in order of id.
    order.emplace_back(-sums.all.Get(projections::kBoardActual, currency), id);
  }
  std::sort(order.begin(), order.end());
  const auto size = static_cast<size_t>(request.page_size() == 0 ? projections::kPageSizeDefault
                                                                 : request.page_size());
  const size_t end = std::min(order.size(), page.offset + size);
  for (size_t i = page.offset; i < end; ++i) {
    const std::string& id = order[i].second;
    DAYBOOK_ASSIGN_OR_RETURN(*response->add_totals(), TotalOf(tree, id, by_account, groups.at(id)));
  }
  page.offset = end;
  if (end < order.size()) {
    response->set_next_page_token(TokenOf(query, request.account_id(), page));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadGroupTotals(const Query& query, const pb::ListGroupTotalsRequest& request,
                             pb::ListGroupTotalsResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "opportunity"));
  if (request.page_size() < 0 || request.page_size() > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax,
                                                  ", or 0 for ", projections::kPageSizeDefault));
  }
  if (!request.account_id().empty()) {
    DAYBOOK_RETURN_IF_ERROR(ReadRecord(query, "account", request.account_id(), {}).status());
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Page page, PageOf(query, request));
  if (page.position == query.snapshot.position()) {
    return FillPage(query, query.snapshot, request, page, response);
  }
  // Later pages are read where the first one stood.
  DAYBOOK_ASSIGN_OR_RETURN(const auto snapshot, query.deps.views.AsOf(page.position));
  query.stands_at = {snapshot->position(), snapshot->recorded_at()};
  return FillPage(query, *snapshot, request, page, response);
}

}  // namespace daybook::services
