#pragma once

// One step of a walk over the graph: the relations of a contact or an account.

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/party/v1/relation_service.pb.h"
#include "services/rpc.h"

namespace daybook::services {

// A contact or an account.
struct GraphNode {
  bool contact = false;
  std::string id;

  friend auto operator<=>(const GraphNode&, const GraphNode&) = default;
};

// INVALID_FIELD unless exactly one of the two is named.
absl::StatusOr<GraphNode> NodeOf(absl::string_view field, const party::v1::RelationEnd& end);
party::v1::RelationEnd EndOf(const GraphNode& node);
// The other end of a relation.
GraphNode OtherEnd(const party::v1::Relation& relation, const GraphNode& node);

// The relations that a question is about, each node asked for once. Used by one thread, for one
// answer.
class GraphWalk {
 public:
  // INVALID_FIELD for a day that does not exist. REQUIRES: the query outlives the walk.
  static absl::StatusOr<GraphWalk> Begin(const Query& query,
                                         const party::v1::RelationSelection& selection);

  // The relations of a node that count, by id. Sets partial() when it has more than are looked at.
  absl::StatusOr<std::vector<party::v1::Relation>> RelationsOf(const GraphNode& node);
  bool partial() const { return partial_; }

  // Names of all nodes at once: that of the account, or the whole one of the contact.
  absl::StatusOr<std::map<GraphNode, std::string>> Names(const std::set<GraphNode>& nodes) const;
  // NOT_FOUND unless the record is there and may be read.
  absl::Status CheckThere(const GraphNode& node) const;

 private:
  GraphWalk(const Query& query, const party::v1::RelationSelection& selection)
      : query_(&query), selection_(&selection) {}
  bool Counts(const party::v1::Relation& relation, const GraphNode& node) const;

  const Query* query_;
  const party::v1::RelationSelection* selection_;
  std::optional<absl::CivilDay> day_;  // absent: any
  bool sees_contacts_ = false;
  bool sees_accounts_ = false;
  bool partial_ = false;
};

}  // namespace daybook::services
