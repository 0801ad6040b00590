// chart buying-center: who decides about a deal; for an account, who had a say in its deals.

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/buying_center_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  ChartOptions chart;
  bool at_close = false;
};

std::string Words(std::string name, absl::string_view prefix) {
  std::string text(absl::StripPrefix(name, prefix));
  for (char& c : text) c = c == '_' ? ' ' : absl::ascii_tolower(static_cast<unsigned char>(c));
  return text;
}
std::string RoleText(pb::BuyingRole role) {
  return Words(pb::BuyingRole_Name(role), "BUYING_ROLE_");
}
std::string StanceText(pb::BuyingStance stance) {
  if (stance == pb::BUYING_STANCE_UNSPECIFIED) return "";
  return Words(pb::BuyingStance_Name(stance), "BUYING_STANCE_");
}

std::string FillOf(pb::BuyingStance stance) {
  if (stance == pb::BUYING_STANCE_SUPPORTS) return "#d9f0d3";
  if (stance == pb::BUYING_STANCE_OPPOSES) return "#f4a582";
  return "white";
}

std::string NameOf(const pb::BuyingCenterPerson& person) {
  return FullName(person.given_name(), person.family_name(), person.member().contact_id());
}

// The name, or the id of who has left.
std::string NameIn(const pb::GetDealBuyingCenterResponse& center, const std::string& contact_id) {
  for (const auto& person : center.members()) {
    if (person.member().contact_id() == contact_id) return NameOf(person);
  }
  return contact_id;
}

Graph DrawDeal(const pb::GetDealBuyingCenterResponse& center) {
  Graph graph(center.subject());
  for (const auto& person : center.members()) {
    const auto& member = person.member();
    graph.AddNode(member.contact_id(),
                  {NameOf(person), RoleText(member.role()),
                   member.has_influence() ? absl::StrCat("influence ", member.influence()) : "",
                   StanceText(member.stance())},
                  FillOf(member.stance()));
  }
  for (const auto& link : center.influences()) {
    graph.AddEdge(link.from_contact_id(), link.to_contact_id(),
                  link.has_strength() ? absl::StrCat(link.strength()) : "");
  }
  return graph;
}

std::string WriteDeal(const pb::GetDealBuyingCenterResponse& center) {
  std::string out = absl::StrCat(Printable(center.subject()), center.frozen() ? ", closed" : "",
                                 center.corrected() ? ", corrected since" : "", "\n");
  for (const auto& person : center.members()) {
    const auto& member = person.member();
    absl::StrAppend(&out, "  ", Printable(NameOf(person)), ", ", RoleText(member.role()));
    if (member.has_influence()) absl::StrAppend(&out, ", influence ", member.influence());
    const std::string stance = StanceText(member.stance());
    if (!stance.empty()) absl::StrAppend(&out, ", ", stance);
    absl::StrAppend(&out, "\n");
  }
  for (const auto& link : center.influences()) {
    absl::StrAppend(&out, "  ", Printable(NameIn(center, link.from_contact_id())), " sways ",
                    Printable(NameIn(center, link.to_contact_id())));
    if (link.has_strength()) absl::StrAppend(&out, ", strength ", link.strength());
    absl::StrAppend(&out, "\n");
  }
  return out;
}

absl::Status ShowDeal(App& app, Client& client, const Options& options, const std::string& deal) {
  pb::GetDealBuyingCenterRequest request;
  pb::GetDealBuyingCenterResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.chart.as_of, request.mutable_header()));
  request.set_opportunity_id(deal);
  request.set_at_close(options.at_close);
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.party.v1.BuyingCenterService/GetDealBuyingCenter", request, &response));
  Table table({{"contact_id"}, {"name"}, {"role"}, {"influence", Align::kRight}, {"stance"}});
  for (const auto& person : response.members()) {
    const auto& member = person.member();
    table.Add({member.contact_id(), NameOf(person), RoleText(member.role()),
               member.has_influence() ? absl::StrCat(member.influence()) : "",
               StanceText(member.stance())});
  }
  return ShowChart(app, options.chart, DrawDeal(response), response, table, WriteDeal(response));
}

std::string Amounts(const google::protobuf::RepeatedPtrField<type::v1::MoneySum>& amounts) {
  std::string out;
  for (const auto& amount : amounts) {
    absl::StrAppend(&out, out.empty() ? "" : " + ", PlainMoney(amount));
  }
  return out;
}

absl::Status ShowAccount(App& app, Client& client, const Options& options,
                         const std::string& account) {
  pb::ListContactInfluenceRequest request;
  pb::ListContactInfluenceResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.chart.as_of, request.mutable_header()));
  request.set_account_id(account);
  DAYBOOK_RETURN_IF_ERROR(CallPages(
      client, "daybook.party.v1.BuyingCenterService/ListContactInfluence", request, &response));
  Names names(client);
  const std::string title = names.Title("account", account);
  Graph graph(title, Graph::Direction::kRight);
  graph.AddNode(account, {title}, "#e2f0d9");
  std::string text = absl::StrCat(Printable(title), "\n");
  Table table({{"contact_id"},
               {"name"},
               {"role"},
               {"deals", Align::kRight},
               {"won", Align::kRight},
               {"lost", Align::kRight},
               {"won value", Align::kRight}});
  for (const auto& contact : response.contacts()) {
    const std::string name = names.Title("contact", contact.contact_id());
    const std::string role = RoleText(contact.role());
    const std::string won = absl::StrCat(contact.won(), "/", contact.deals(), " won");
    const std::string value = Amounts(contact.won_value());
    const std::string node = absl::StrCat(contact.contact_id(), "/", role);
    graph.AddNode(node, {name, role, value}, "#deebf7");
    graph.AddEdge(node, account, won);
    absl::StrAppend(&text, "  ", Printable(name), ", ", role, ": ", won, ", ", contact.lost(),
                    " lost", value.empty() ? "" : ", ", value, "\n");
    table.Add({contact.contact_id(), name, role, absl::StrCat(contact.deals()),
               absl::StrCat(contact.won()), absl::StrCat(contact.lost()), value});
  }
  if (response.contacts().empty()) absl::StrAppend(&text, "  no deal has a buying center\n");
  if (response.partial()) absl::StrAppend(&text, "  the account has more deals\n");
  return ShowChart(app, options.chart, graph, response, table, text);
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const Found found,
                           FindSubject(*client, {"opportunity", "account"}, options.chart.subject));
  if (found.aggregate == "account") return ShowAccount(app, *client, options, found.id);
  return ShowDeal(app, *client, options, found.id);
}

}  // namespace

void AddChartBuyingCenter(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "chart")
          ->AddCommand("buying-center",
                       "Who decides about a deal; of an account, who had a say in its deals");
  AddChartOptions(verb, &options->chart, "subject", false);
  verb->AddFlag("--at-close", &options->at_close, "As it stood when the deal was closed");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
