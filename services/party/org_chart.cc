#include "services/party/org_chart.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/record/dated.h"
#include "services/party/party_reads.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

constexpr size_t kPlacesMax = 10'000;

using Nodes = std::map<std::string, pb::OrgChartNode>;

// The place as it stands on the day; false when it does not.
bool MakeNode(const pb::OrgPosition& place, absl::CivilDay day, pb::OrgChartNode* node) {
  for (int i = 0; i < place.stretches_size(); ++i) {
    const pb::OrgStretch& stretch = place.stretches(i);
    if (!domain::Covers(domain::IntervalOf(stretch), day)) continue;
    node->set_id(place.id());
    node->set_contact_id(place.contact_id());
    node->set_position(i < place.positions_size() ? place.positions(i) : "");
    if (stretch.has_attitude()) node->set_attitude(stretch.attitude());
    node->set_reports_to_id(stretch.reports_to_id());
    return true;
  }
  return false;
}

// Managers and assistants that do not stand on the day are left out.
void Connect(const std::map<std::string, pb::OrgPosition>& places, absl::CivilDay day,
             Nodes* nodes) {
  for (auto& [id, node] : *nodes) {
    if (nodes->count(node.reports_to_id()) == 0) node.clear_reports_to_id();
    const auto* stretch = domain::StandingOn(places.at(id).stretches(), day);
    for (const std::string& assistant : stretch->assistant_ids()) {
      const auto found = nodes->find(assistant);
      if (found != nodes->end()) found->second.set_assistant_of_id(id);
    }
  }
}

// Depth first; siblings in order of id.
void Arrange(const Nodes& nodes, pb::GetOrgChartResponse* response) {
  std::map<std::string, std::vector<std::string>> reports;
  for (const auto& [id, node] : nodes) reports[node.reports_to_id()].push_back(id);
  std::vector<std::pair<std::string, int>> waiting;
  const auto add = [&](const std::string& manager, int level) {
    const auto& ids = reports[manager];
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) waiting.emplace_back(*id, level);
  };
  add("", 0);
  while (!waiting.empty()) {
    const auto [id, level] = waiting.back();
    waiting.pop_back();
    pb::OrgChartNode* node = response->add_nodes();
    *node = nodes.at(id);
    node->set_level(level);
    add(id, level + 1);
  }
}

}  // namespace

absl::Status ReadOrgChart(const Query& query, const pb::GetOrgChartRequest& request,
                          pb::GetOrgChartResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto account,
                           ReadAs<pb::Account>(query, "account", request.account_id()));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day,
                           DayOrToday(query, request.has_day(), request.day()));
  const domain::ObjectType& type = *domain::Registry::Get().Find("org_position");
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto ids,
      query.snapshot.FindByReference(type, "account_id", request.account_id(), kPlacesMax + 1));
  if (ids.size() > kPlacesMax) {
    return Reject(rpc::v1::REASON_LIMIT_EXCEEDED,
                  absl::StrCat("the chart has more than ", kPlacesMax, " places"),
                  {{"limit", "chart_places"}, {"value", absl::StrCat(kPlacesMax)}});
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto places,
                           ReadMany<pb::OrgPosition>(query, "org_position", ids));
  Nodes nodes;
  std::vector<std::string> contact_ids;
  for (const auto& [id, place] : places) {
    pb::OrgChartNode node;
    if (!MakeNode(place, day, &node)) continue;
    contact_ids.push_back(node.contact_id());
    nodes.emplace(id, std::move(node));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto contacts,
                           ReadMany<pb::Contact>(query, "contact", contact_ids));
  for (auto& [id, node] : nodes) {
    const auto contact = contacts.find(node.contact_id());
    if (contact == contacts.end()) continue;
    node.set_given_name(contact->second.given_name());
    node.set_family_name(contact->second.family_name());
  }
  Connect(places, day, &nodes);
  response->set_account_id(account.id());
  response->set_account_name(account.name());
  Arrange(nodes, response);
  return absl::OkStatus();
}

}  // namespace daybook::services
