#include "services/party/relation_edges.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/record/dated.h"
#include "services/custom_fields.h"
#include "services/party/party_reads.h"
#include "services/party/relation_graph.h"

namespace daybook::services {

namespace pb = ::daybook::party::v1;

absl::StatusOr<GraphNode> NodeOf(absl::string_view field, const pb::RelationEnd& end) {
  if (end.contact_id().empty() == end.account_id().empty()) {
    return InvalidField(field, "name either a contact or an account");
  }
  const bool contact = !end.contact_id().empty();
  return GraphNode{contact, contact ? end.contact_id() : end.account_id()};
}

pb::RelationEnd EndOf(const GraphNode& node) {
  pb::RelationEnd end;
  node.contact ? end.set_contact_id(node.id) : end.set_account_id(node.id);
  return end;
}

GraphNode OtherEnd(const pb::Relation& relation, const GraphNode& node) {
  const GraphNode from = relation.from_contact_id().empty()
                             ? GraphNode{false, relation.from_account_id()}
                             : GraphNode{true, relation.from_contact_id()};
  if (from != node) return from;
  return relation.to_contact_id().empty() ? GraphNode{false, relation.to_account_id()}
                                          : GraphNode{true, relation.to_contact_id()};
}

absl::StatusOr<GraphWalk> GraphWalk::Begin(const Query& query,
                                           const pb::RelationSelection& selection) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "relation"));
  GraphWalk walk(query, selection);
  if (!selection.any_day()) {
    DAYBOOK_ASSIGN_OR_RETURN(walk.day_, DayOrToday(query, selection.has_day(), selection.day()));
  }
  walk.sees_contacts_ = query.deps.access.CheckRead(query.principal, "contact").ok();
  walk.sees_accounts_ = query.deps.access.CheckRead(query.principal, "account").ok();
  return walk;
}

bool GraphWalk::Counts(const pb::Relation& relation, const GraphNode& node) const {
  const auto& types = selection_->types();
  if (!types.empty() && std::find(types.begin(), types.end(), relation.type()) == types.end()) {
    return false;
  }
  if (day_.has_value()) {
    if (relation.has_since() && *day_ < domain::DayOf(relation.since())) return false;
    if (relation.has_until() && *day_ >= domain::DayOf(relation.until())) return false;
  }
  return OtherEnd(relation, node).contact ? sees_contacts_ : sees_accounts_;
}

absl::StatusOr<std::vector<pb::Relation>> GraphWalk::RelationsOf(const GraphNode& node) {
  const domain::ObjectType& type = *domain::Registry::Get().Find("relation");
  std::vector<std::string> ids;
  for (const absl::string_view field :
       node.contact ? std::vector<absl::string_view>{"from_contact_id", "to_contact_id"}
                    : std::vector<absl::string_view>{"from_account_id", "to_account_id"}) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto found, query_->snapshot.FindByReference(
                                                   type, field, node.id, kRelationsOfNodeMax + 1));
    ids.insert(ids.end(), found.begin(), found.end());
  }
  std::sort(ids.begin(), ids.end());
  if (ids.size() > kRelationsOfNodeMax) {
    partial_ = true;
    ids.resize(kRelationsOfNodeMax);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto records, query_->snapshot.GetRecords(type, ids));
  std::vector<pb::Relation> relations;
  for (const auto& record : records) {
    if (record == nullptr) continue;
    auto& relation = static_cast<pb::Relation&>(*record);
    if (!Counts(relation, node)) continue;
    query_->deps.custom_fields.HideRetiredIn(&relation);
    relations.push_back(std::move(relation));
  }
  return relations;
}

absl::StatusOr<std::map<GraphNode, std::string>> GraphWalk::Names(
    const std::set<GraphNode>& nodes) const {
  std::vector<std::string> contact_ids;
  std::vector<std::string> account_ids;
  for (const GraphNode& node : nodes) {
    (node.contact ? contact_ids : account_ids).push_back(node.id);
  }
  std::map<GraphNode, std::string> names;
  if (!contact_ids.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto contacts,
                             ReadMany<pb::Contact>(*query_, "contact", contact_ids));
    for (const auto& [id, contact] : contacts) names[{true, id}] = NameOf(contact);
  }
  if (!account_ids.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto accounts,
                             ReadMany<pb::Account>(*query_, "account", account_ids));
    for (const auto& [id, account] : accounts) names[{false, id}] = account.name();
  }
  return names;
}

absl::Status GraphWalk::CheckThere(const GraphNode& node) const {
  return ReadRecord(*query_, node.contact ? "contact" : "account", node.id, {}).status();
}

}  // namespace daybook::services
