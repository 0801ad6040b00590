// chart relations: whom an account or a contact knows, up to three steps away.

#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/relation_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  ChartOptions chart;
  int depth = 1;
  bool any_day = false;
  std::vector<std::string> types;
};

const std::string& IdOf(const pb::RelationEnd& end) {
  return end.contact_id().empty() ? end.account_id() : end.contact_id();
}
const std::string& FromOf(const pb::Relation& relation) {
  return relation.from_contact_id().empty() ? relation.from_account_id()
                                            : relation.from_contact_id();
}
const std::string& ToOf(const pb::Relation& relation) {
  return relation.to_contact_id().empty() ? relation.to_account_id() : relation.to_contact_id();
}

// "WORKS_AT" as people read it: "works at".
std::string TypeText(pb::RelationType type) {
  std::string text(absl::StripPrefix(pb::RelationType_Name(type), "RELATION_TYPE_"));
  for (char& c : text) c = c == '_' ? ' ' : absl::ascii_tolower(static_cast<unsigned char>(c));
  return text;
}

absl::Status SetTypes(const std::vector<std::string>& names, pb::RelationSelection* selection) {
  for (const std::string& name : names) {
    pb::RelationType type;
    if (!pb::RelationType_Parse(absl::StrCat("RELATION_TYPE_", absl::AsciiStrToUpper(name)),
                                &type)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--type ", name,
                       ": one of works_at, partner_of, competitor_of, "
                       "advocate_for, knows, influences"));
    }
    selection->add_types(type);
  }
  return absl::OkStatus();
}

std::string Span(const pb::Relation& relation) {
  const std::string since = DayText(relation.has_since(), relation.since());
  const std::string until = DayText(relation.has_until(), relation.until());
  if (until.empty()) return since.empty() ? "" : absl::StrCat("since ", since);
  return since.empty() ? absl::StrCat("until ", until) : absl::StrCat(since, " to ", until);
}

using Names = std::map<std::string, std::string>;

std::string NameIn(const Names& names, const std::string& id) {
  const auto found = names.find(id);
  return found == names.end() ? id : found->second;
}

Names NamesOf(const pb::ListNeighboursResponse& answer) {
  Names names;
  for (const auto& node : answer.nodes()) {
    names[IdOf(node.end())] = node.name().empty() ? IdOf(node.end()) : node.name();
  }
  return names;
}

Graph Draw(const pb::ListNeighboursResponse& answer) {
  Graph graph(answer.nodes().empty() ? "" : answer.nodes(0).name(), Graph::Direction::kRight);
  for (const auto& node : answer.nodes()) {
    const bool contact = !node.end().contact_id().empty();
    graph.AddNode(IdOf(node.end()), {node.name().empty() ? IdOf(node.end()) : node.name()},
                  node.distance() == 0 ? "#fff2cc"
                  : contact            ? "#deebf7"
                                       : "#e2f0d9",
                  contact ? "ellipse" : "box");
  }
  for (const auto& relation : answer.relations()) {
    const bool symmetric = relation.type() == pb::RELATION_TYPE_KNOWS ||
                           relation.type() == pb::RELATION_TYPE_PARTNER_OF ||
                           relation.type() == pb::RELATION_TYPE_COMPETITOR_OF;
    const std::string span = Span(relation);
    graph.AddEdge(FromOf(relation), ToOf(relation),
                  absl::StrCat(TypeText(relation.type()), span.empty() ? "" : " ", span),
                  symmetric ? Graph::EdgeStyle::kPlain : Graph::EdgeStyle::kArrow);
  }
  return graph;
}

std::string Write(const pb::ListNeighboursResponse& answer, const Names& names) {
  std::string out;
  for (const auto& relation : answer.relations()) {
    absl::StrAppend(&out, Printable(NameIn(names, FromOf(relation))), " ",
                    TypeText(relation.type()), " ", Printable(NameIn(names, ToOf(relation))));
    if (relation.has_strength()) absl::StrAppend(&out, ", strength ", relation.strength());
    const std::string span = Span(relation);
    if (!span.empty()) absl::StrAppend(&out, " (", span, ")");
    absl::StrAppend(&out, "\n");
  }
  if (answer.relations().empty()) absl::StrAppend(&out, "no relations\n");
  if (answer.partial()) absl::StrAppend(&out, "there are more than are shown\n");
  return out;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListNeighboursRequest request;
  pb::ListNeighboursResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.chart.as_of, request.mutable_header()));
  pb::RelationSelection& selection = *request.mutable_selection();
  if (!options.chart.day.empty()) {
    DAYBOOK_RETURN_IF_ERROR(SetDay(options.chart.day, selection.mutable_day()));
  }
  selection.set_any_day(options.any_day);
  DAYBOOK_RETURN_IF_ERROR(SetTypes(options.types, &selection));
  request.set_depth(options.depth);
  DAYBOOK_ASSIGN_OR_RETURN(const Found found,
                           FindSubject(*client, {"account", "contact"}, options.chart.subject));
  if (found.aggregate == "contact") {
    request.mutable_of()->set_contact_id(found.id);
  } else {
    request.mutable_of()->set_account_id(found.id);
  }
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.party.v1.RelationService/ListNeighbours", request, &response));
  const Names names = NamesOf(response);
  Table table({{"type"},
               {"from"},
               {"from_id"},
               {"to"},
               {"to_id"},
               {"since"},
               {"until"},
               {"strength", Align::kRight}});
  for (const auto& relation : response.relations()) {
    table.Add({TypeText(relation.type()), NameIn(names, FromOf(relation)), FromOf(relation),
               NameIn(names, ToOf(relation)), ToOf(relation),
               DayText(relation.has_since(), relation.since()),
               DayText(relation.has_until(), relation.until()),
               relation.has_strength() ? absl::StrCat(relation.strength()) : ""});
  }
  return ShowChart(app, options.chart, Draw(response), response, table, Write(response, names));
}

}  // namespace

void AddChartRelations(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "chart")
          ->AddCommand("relations", "Whom an account or a contact (by family name) is related to");
  AddChartOptions(verb, &options->chart, "subject", true);
  verb->AddOption("--depth", &options->depth, "Steps away, 1 to 3").Range(1, 3);
  verb->AddOption("--type", &options->types, "Only these types, for example works_at");
  verb->AddFlag("--any-day", &options->any_day, "Relations of any day");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
