#include "services/party/relation_graph.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/dated.h"
#include "services/answer_page.h"
#include "services/party/party_reads.h"
#include "services/party/relation_edges.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

// Stands for "as far back as anybody knows"; the first day that a date can say.
constexpr absl::CivilDay kBeginning(1900, 1, 1);

absl::StatusOr<int> StepsOf(absl::string_view field, int asked, int standard, int most) {
  if (asked == 0) return standard;
  if (asked > 0 && asked <= most) return asked;
  return InvalidField(field, absl::StrCat(asked, " is not between 1 and ", most));
}

pb::RelationNode MakeNode(const GraphNode& node, int distance,
                          const std::map<GraphNode, std::string>& names) {
  pb::RelationNode out;
  *out.mutable_end() = EndOf(node);
  const auto name = names.find(node);
  if (name != names.end()) out.set_name(name->second);
  out.set_distance(distance);
  return out;
}

// How a walk came to a node: all relations that lead to it in the least number of steps.
struct Arrival {
  int distance = 0;
  std::vector<std::pair<GraphNode, pb::Relation>> from;
};
using Arrivals = std::map<GraphNode, Arrival>;

// Goes out from `start` in layers until `target` is reached or `steps` are done. Returns whether
// the bound of nodes was reached.
absl::StatusOr<bool> WalkOut(GraphWalk& walk, const GraphNode& start, const GraphNode& target,
                             int steps, Arrivals* arrivals) {
  (*arrivals)[start] = {};
  std::vector<GraphNode> layer = {start};
  for (int distance = 1; distance <= steps && arrivals->count(target) == 0; ++distance) {
    std::vector<GraphNode> next;
    for (const GraphNode& node : layer) {
      DAYBOOK_ASSIGN_OR_RETURN(auto relations, walk.RelationsOf(node));
      for (pb::Relation& relation : relations) {
        const GraphNode other = OtherEnd(relation, node);
        const auto [found, first] = arrivals->try_emplace(other, Arrival{distance, {}});
        if (found->second.distance != distance) continue;
        found->second.from.emplace_back(node, std::move(relation));
        if (!first) continue;
        next.push_back(other);
        if (arrivals->size() >= kGraphWalkMax) return true;
      }
    }
    layer = std::move(next);
  }
  return false;
}

// All ways from the start to `node`, written backwards. Stops at kPathsMax.
void CollectPaths(const Arrivals& arrivals, const GraphNode& node,
                  std::vector<std::pair<GraphNode, pb::Relation>>* way,
                  std::vector<std::vector<std::pair<GraphNode, pb::Relation>>>* paths) {
  const Arrival& arrival = arrivals.at(node);
  if (arrival.distance == 0) {
    paths->push_back(*way);
    return;
  }
  for (const auto& step : arrival.from) {
    if (paths->size() > kPathsMax) return;
    way->push_back(step);
    CollectPaths(arrivals, step.first, way, paths);
    way->pop_back();
  }
}

domain::Interval TimeAt(const pb::Relation& relation) {
  domain::Interval days{kBeginning, std::nullopt};
  if (relation.has_since()) days.from = domain::DayOf(relation.since());
  if (relation.has_until()) days.until = domain::DayOf(relation.until());
  return days;
}

struct Shared {
  std::string contact_id;
  std::string account_id;
  domain::Interval days;
};

// Everybody else who worked at the account of `mine` at that time.
absl::Status AddColleagues(GraphWalk& walk, const std::string& contact_id, const pb::Relation& mine,
                           std::vector<Shared>* out) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto staff, walk.RelationsOf({false, mine.to_account_id()}));
  for (const pb::Relation& theirs : staff) {
    if (theirs.from_contact_id() == contact_id) continue;
    if (!domain::Overlap(TimeAt(mine), TimeAt(theirs))) continue;
    out->push_back({theirs.from_contact_id(), mine.to_account_id(),
                    domain::Intersect(TimeAt(mine), TimeAt(theirs))});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadNeighbours(const Query& query, const pb::ListNeighboursRequest& request,
                            pb::ListNeighboursResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const GraphNode start, NodeOf("of", request.of()));
  DAYBOOK_ASSIGN_OR_RETURN(const int depth,
                           StepsOf("depth", request.depth(), 1, kNeighbourDepthMax));
  DAYBOOK_ASSIGN_OR_RETURN(GraphWalk walk, GraphWalk::Begin(query, request.selection()));
  DAYBOOK_RETURN_IF_ERROR(walk.CheckThere(start));
  std::map<GraphNode, int> distances = {{start, 0}};
  std::vector<GraphNode> order = {start};
  std::set<std::string> seen;
  bool full = false;
  for (size_t i = 0; i < order.size(); ++i) {
    const GraphNode node = order[i];
    const int distance = distances[node];
    if (distance >= depth) break;
    DAYBOOK_ASSIGN_OR_RETURN(auto relations, walk.RelationsOf(node));
    for (pb::Relation& relation : relations) {
      const GraphNode other = OtherEnd(relation, node);
      if (distances.count(other) == 0) {
        full = full || order.size() >= kGraphNodesMax;
        if (full) continue;
        distances[other] = distance + 1;
        order.push_back(other);
      }
      if (seen.insert(relation.id()).second) {
        *response->add_relations() = std::move(relation);
      }
    }
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto names,
                           walk.Names(std::set<GraphNode>(order.begin(), order.end())));
  for (const GraphNode& node : order) {
    *response->add_nodes() = MakeNode(node, distances[node], names);
  }
  response->set_partial(full || walk.partial());
  return absl::OkStatus();
}

absl::Status ReadPaths(const Query& query, const pb::FindPathsRequest& request,
                       pb::FindPathsResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const GraphNode from, NodeOf("from", request.from()));
  DAYBOOK_ASSIGN_OR_RETURN(const GraphNode to, NodeOf("to", request.to()));
  if (from == to) return InvalidField("to", "is where the way begins");
  DAYBOOK_ASSIGN_OR_RETURN(const int steps, StepsOf("max_length", request.max_length(),
                                                    kPathLengthDefault, kPathLengthMax));
  DAYBOOK_ASSIGN_OR_RETURN(GraphWalk walk, GraphWalk::Begin(query, request.selection()));
  DAYBOOK_RETURN_IF_ERROR(walk.CheckThere(from));
  DAYBOOK_RETURN_IF_ERROR(walk.CheckThere(to));
  Arrivals arrivals;
  DAYBOOK_ASSIGN_OR_RETURN(const bool full, WalkOut(walk, from, to, steps, &arrivals));
  response->set_partial(full || walk.partial());
  if (arrivals.count(to) == 0) return absl::OkStatus();
  std::vector<std::pair<GraphNode, pb::Relation>> way;
  std::vector<std::vector<std::pair<GraphNode, pb::Relation>>> paths;
  CollectPaths(arrivals, to, &way, &paths);
  if (paths.size() > kPathsMax) {
    response->set_partial(true);
    paths.resize(kPathsMax);
  }
  std::set<GraphNode> nodes = {to};
  for (const auto& path : paths) {
    for (const auto& step : path) nodes.insert(step.first);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto names, walk.Names(nodes));
  for (auto& path : paths) {
    std::reverse(path.begin(), path.end());
    pb::RelationPath* out = response->add_paths();
    for (auto& [node, relation] : path) {
      *out->add_nodes() = MakeNode(node, out->nodes_size(), names);
      *out->add_relations() = std::move(relation);
    }
    *out->add_nodes() = MakeNode(to, out->nodes_size(), names);
  }
  return absl::OkStatus();
}

absl::Status ReadFormerColleagues(const Query& query,
                                  const pb::ListFormerColleaguesRequest& request,
                                  pb::ListFormerColleaguesResponse* response) {
  pb::RelationSelection selection;
  selection.add_types(pb::RELATION_TYPE_WORKS_AT);
  selection.set_any_day(true);
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "former-colleagues", request));
  const Query at = page.at();
  DAYBOOK_ASSIGN_OR_RETURN(GraphWalk walk, GraphWalk::Begin(at, selection));
  const GraphNode self{true, request.contact_id()};
  DAYBOOK_RETURN_IF_ERROR(walk.CheckThere(self));
  DAYBOOK_ASSIGN_OR_RETURN(const auto mine, walk.RelationsOf(self));
  std::vector<Shared> shared;
  for (const pb::Relation& relation : mine) {
    DAYBOOK_RETURN_IF_ERROR(AddColleagues(walk, self.id, relation, &shared));
  }
  std::sort(shared.begin(), shared.end(), [](const Shared& a, const Shared& b) {
    return std::tie(a.account_id, a.contact_id, a.days.from) <
           std::tie(b.account_id, b.contact_id, b.days.from);
  });
  response->set_partial(walk.partial() || shared.size() > kColleaguesMax);
  if (shared.size() > kColleaguesMax) shared.resize(kColleaguesMax);
  const auto [first, end] = page.Part(shared.size());
  page.Finish(shared.size(), response);
  shared.erase(shared.begin() + static_cast<std::ptrdiff_t>(end), shared.end());
  shared.erase(shared.begin(), shared.begin() + static_cast<std::ptrdiff_t>(first));
  std::set<GraphNode> nodes;
  for (const Shared& one : shared) {
    nodes.insert({true, one.contact_id});
    nodes.insert({false, one.account_id});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto names, walk.Names(nodes));
  for (const Shared& one : shared) {
    pb::Colleague* colleague = response->add_colleagues();
    colleague->set_contact_id(one.contact_id);
    colleague->set_account_id(one.account_id);
    const auto name = names.find({true, one.contact_id});
    if (name != names.end()) colleague->set_name(name->second);
    const auto account = names.find({false, one.account_id});
    if (account != names.end()) colleague->set_account_name(account->second);
    if (one.days.from != kBeginning) *colleague->mutable_overlap_from() = ToProto(one.days.from);
    if (one.days.until.has_value()) {
      *colleague->mutable_overlap_until() = ToProto(*one.days.until);
    }
  }
  return absl::OkStatus();
}

}  // namespace daybook::services
