// chart org: who reports to whom at an account.

#include "absl/strings/str_cat.h"
#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/org_position_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

std::string NameOf(const pb::OrgChartNode& node) {
  return FullName(node.given_name(), node.family_name(), node.contact_id());
}

// From -2 to 2; blank where nobody knows.
std::string Attitude(const pb::OrgChartNode& node) {
  if (!node.has_attitude()) return "";
  return absl::StrCat(node.attitude() > 0 ? "+" : "", node.attitude());
}

std::string FillOf(const pb::OrgChartNode& node) {
  static const char* const kFills[] = {"#f4a582", "#fddbc7", "#f7f7f7", "#d9f0d3", "#a6dba0"};
  if (!node.has_attitude() || node.attitude() < -2 || node.attitude() > 2) return "white";
  return kFills[node.attitude() + 2];
}

// Large charts grow downwards, line by line, small ones from the top.
constexpr int kSmallChart = 40;

Graph Draw(const pb::GetOrgChartResponse& chart) {
  Graph graph(chart.account_name(), chart.nodes_size() > kSmallChart ? Graph::Direction::kRight
                                                                     : Graph::Direction::kDown);
  for (const auto& node : chart.nodes()) {
    const std::string attitude = Attitude(node);
    graph.AddNode(node.id(),
                  {NameOf(node), node.position(),
                   attitude.empty() ? "" : absl::StrCat("attitude ", attitude)},
                  FillOf(node));
    if (!node.reports_to_id().empty()) {
      graph.AddEdge(node.reports_to_id(), node.id(), "", Graph::EdgeStyle::kPlain);
    }
    if (!node.assistant_of_id().empty()) {
      graph.AddEdge(node.assistant_of_id(), node.id(), "assists", Graph::EdgeStyle::kDashed);
    }
  }
  return graph;
}

std::string Write(const pb::GetOrgChartResponse& chart) {
  std::string out = absl::StrCat(Printable(chart.account_name()), "\n");
  for (const auto& node : chart.nodes()) {
    absl::StrAppend(&out, std::string(static_cast<size_t>(2 * (node.level() + 1)), ' '),
                    Printable(NameOf(node)));
    if (!node.position().empty()) absl::StrAppend(&out, ", ", Printable(node.position()));
    if (node.has_attitude()) absl::StrAppend(&out, " (", Attitude(node), ")");
    for (const auto& other : chart.nodes()) {
      if (!node.assistant_of_id().empty() && other.id() == node.assistant_of_id()) {
        absl::StrAppend(&out, " [assists ", Printable(NameOf(other)), "]");
      }
    }
    absl::StrAppend(&out, "\n");
  }
  if (chart.nodes().empty()) absl::StrAppend(&out, "  nobody is in the chart on this day\n");
  return out;
}

absl::Status Run(App& app, const ChartOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::GetOrgChartRequest request;
  pb::GetOrgChartResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.day.empty()) DAYBOOK_RETURN_IF_ERROR(SetDay(options.day, request.mutable_day()));
  DAYBOOK_ASSIGN_OR_RETURN(const Found account, FindSubject(*client, {"account"}, options.subject));
  request.set_account_id(account.id);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.party.v1.OrgPositionService/GetOrgChart", request, &response));
  Table table({{"level"},
               {"id"},
               {"contact_id"},
               {"name"},
               {"position"},
               {"attitude"},
               {"reports_to_id"},
               {"assistant_of_id"}});
  for (const auto& node : response.nodes()) {
    table.Add({absl::StrCat(node.level()), node.id(), node.contact_id(), NameOf(node),
               node.position(), Attitude(node), node.reports_to_id(), node.assistant_of_id()});
  }
  return ShowChart(app, options, Draw(response), response, table, Write(response));
}

}  // namespace

void AddChartOrg(Command& root, App& app) {
  auto options = std::make_shared<ChartOptions>();
  Command* verb = Noun(root, "chart")->AddCommand("org", "Who reports to whom at an account");
  AddChartOptions(verb, options.get(), "account", true);
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
