#include "projections/group_totals.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/record/tree.h"
#include "projections/key.h"
#include "projections/record_row.h"

namespace daybook::projections {

namespace {

// Children by parent; roots under the empty id.
using Tree = absl::flat_hash_map<std::string, std::vector<std::string>>;

absl::Status TooMany(size_t most) {
  return Reject(Reason::REASON_LIMIT_EXCEEDED,
                absl::StrCat("the account tree has more than ", most, " accounts"),
                {{"limit", absl::StrCat(most)}});
}

// The whole tree in one walk of the index on parent_id.
absl::StatusOr<Tree> ReadTree(const Snapshot& snapshot, const domain::ObjectType& accounts,
                              size_t most) {
  const domain::Index* index = nullptr;
  for (const domain::Index& candidate : accounts.indexes()) {
    if (candidate.fields.size() == 1 && candidate.fields[0]->path == "parent_id") {
      index = &candidate;
    }
  }
  DAYBOOK_CHECK(index != nullptr, "accounts are indexed by parent");
  const std::string prefix = IndexPrefix(accounts.id(), *index);
  Tree tree;
  size_t seen = 0;
  DAYBOOK_RETURN_IF_ERROR(snapshot.ScanRows(
      kRecordsView, prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) {
        const absl::string_view id = key.substr(key.size() - Uuid::kBytes);
        // Absent: one byte; a UUID: a tag and 16 bytes.
        const absl::string_view value =
            key.substr(prefix.size(), key.size() - prefix.size() - Uuid::kBytes);
        std::string parent;
        if (value.size() == 1 + Uuid::kBytes) {
          parent = Uuid::FromBytes(value.substr(1)).ToString();
        }
        tree[parent].push_back(Uuid::FromBytes(id).ToString());
        return ++seen <= most;
      }));
  if (seen > most) return TooMany(most);
  return tree;
}

absl::StatusOr<Tree> ReadSubtree(const Snapshot& snapshot, const domain::ObjectType& accounts,
                                 const std::string& top, size_t most) {
  Tree tree;
  std::vector<std::string> open = {top};
  size_t seen = 1;
  while (!open.empty()) {
    const std::string parent = std::move(open.back());
    open.pop_back();
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<std::string> children,
                             snapshot.FindByReference(accounts, "parent_id", parent, most));
    seen += children.size();
    if (seen > most) return TooMany(most);
    open.insert(open.end(), children.begin(), children.end());
    if (!children.empty()) tree[parent] = std::move(children);
  }
  return tree;
}

struct OwnSums {
  Measures sums;
  int64_t won = 0;
  int64_t open = 0;
};

OwnSums Total(const BoardResult& board) {
  OwnSums own;
  for (const BoardColumnSums& column : board.columns) {
    own.sums.Add(column.sums, 1);
    const auto count = static_cast<int64_t>(column.sums.Get(kBoardCount));
    if (column.state == sales::v1::OPPORTUNITY_STATE_WON ||
        column.state == sales::v1::OPPORTUNITY_STATE_PARTIALLY_WON) {
      own.won += count;
    } else if (column.state == sales::v1::OPPORTUNITY_STATE_OPEN) {
      own.open += count;
    }
  }
  return own;
}

using SumsByAccount = absl::flat_hash_map<std::string, OwnSums>;

void AddSubtree(const Tree& tree, const SumsByAccount& sums, const std::string& top,
                GroupTotal* total) {
  std::vector<std::string> open = {top};
  while (!open.empty()) {
    const std::string id = std::move(open.back());
    open.pop_back();
    ++total->accounts;
    if (const auto own = sums.find(id); own != sums.end()) {
      total->group.Add(own->second.sums, 1);
      total->won_count += own->second.won;
      total->open_count += own->second.open;
      if (id == top) total->own = own->second.sums;
    }
    const auto children = tree.find(id);
    if (children != tree.end()) {
      open.insert(open.end(), children->second.begin(), children->second.end());
    }
  }
}

absl::StatusOr<SumsByAccount> ReadSums(const Snapshot& snapshot, const Tree& tree,
                                       const std::string& top) {
  SumsByAccount sums;
  if (top.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<AccountBoard> boards, ReadAccountBoards(snapshot));
    for (const AccountBoard& board : boards) sums[board.account_id] = Total(board.board);
    return sums;
  }
  const auto add = [&](const std::string& id) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const BoardResult board, ReadAccountBoard(snapshot, id));
    sums[id] = Total(board);
    return absl::OkStatus();
  };
  DAYBOOK_RETURN_IF_ERROR(add(top));
  for (const auto& [parent, children] : tree) {
    for (const std::string& child : children) DAYBOOK_RETURN_IF_ERROR(add(child));
  }
  return sums;
}

}  // namespace

absl::StatusOr<std::vector<GroupTotal>> ReadGroupTotals(const Snapshot& snapshot,
                                                        absl::string_view account_id,
                                                        absl::string_view currency, size_t most) {
  const domain::ObjectType* accounts = domain::Registry::Get().Find("account");
  DAYBOOK_CHECK(accounts != nullptr, "there are accounts");
  std::string top;
  std::vector<std::string> tops;
  Tree tree;
  if (account_id.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(tree, ReadTree(snapshot, *accounts, most));
    tops = tree[""];
  } else {
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, snapshot.GetRecord(*accounts, account_id));
    if (record == nullptr) {
      return Reject(Reason::REASON_NOT_FOUND, "there is no such account");
    }
    top = Uuid::Parse(account_id)->ToString();
    tops = {top};
    DAYBOOK_ASSIGN_OR_RETURN(tree, ReadSubtree(snapshot, *accounts, top, most));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const SumsByAccount sums, ReadSums(snapshot, tree, top));
  std::vector<GroupTotal> totals;
  for (const std::string& id : tops) {
    GroupTotal& total = totals.emplace_back();
    total.account_id = id;
    AddSubtree(tree, sums, id, &total);
  }
  std::sort(totals.begin(), totals.end(), [&](const GroupTotal& a, const GroupTotal& b) {
    const absl::int128 won_a = a.group.Get(kBoardActual, currency);
    const absl::int128 won_b = b.group.Get(kBoardActual, currency);
    return won_a != won_b ? won_a > won_b : a.account_id < b.account_id;
  });
  return totals;
}

}  // namespace daybook::projections
