// account card: who answers for an account, how it is billed, what may be done with it, and its
// contacts, on a day.

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/account_profile_service.pb.h"
#include "daybook/party/v1/blacklist_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Card {
  pb::GetResponsibleResponse responsible;
  pb::GetBillingTermsResponse billing;
  pb::CheckAllowedResponse allowed;
  pb::ListContactsOfAccountResponse contacts;
};

// Asks for one part of the card.
template <class Request, class Response>
absl::Status Ask(App& app, Client& client, const ChartOptions& options, const std::string& account,
                 absl::string_view method, Request request, Response* response) {
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.day.empty()) DAYBOOK_RETURN_IF_ERROR(SetDay(options.day, request.mutable_day()));
  request.set_account_id(account);
  const std::string path = absl::StrCat("daybook.party.v1.", method);
  if constexpr (requires { request.page_token(); }) {
    return CallPages(client, path, request, response);
  } else {
    return client.Call(path, request, response);
  }
}

std::string DueText(const pb::GetBillingTermsResponse& billing) {
  std::vector<std::string> parts;
  for (const auto& part : billing.due()) parts.push_back(DayText(true, part.due_date()));
  return absl::StrJoin(parts, ", ");
}

std::string BlacklistText(const pb::CheckAllowedResponse& allowed) {
  if (allowed.allowed()) return "not blacklisted";
  const auto& entry = allowed.blacklisting();
  const std::string scope = absl::AsciiStrToLower(
      absl::StripPrefix(pb::BlacklistScope_Name(entry.scope()), "BLACKLIST_SCOPE_"));
  const std::string until = DayText(entry.has_effective_until(), entry.effective_until());
  return absl::StrCat("for ", scope, until.empty() ? "" : absl::StrCat(" until ", until), ": ",
                      entry.reason());
}

Table MakeTable(const Card& card, Names& names) {
  Table table({{"what"}, {"value"}});
  const auto user = [&](const std::string& id) { return names.Title("user", id); };
  table.Add({"account manager", user(card.responsible.account_manager_id())});
  table.Add({"main project manager", user(card.responsible.main_pm_id())});
  for (const std::string& id : card.responsible.backup_pm_ids()) {
    table.Add({"backup", user(id)});
  }
  table.Add({"currency", card.billing.profile().currency()});
  table.Add({"billed", names.Title("account", card.billing.invoicing_point_id())});
  table.Add({"an invoice falls due", DueText(card.billing)});
  table.Add({"blacklist", BlacklistText(card.allowed)});
  table.Add({"open deals", absl::StrCat(card.allowed.open_opportunity_count())});
  for (const auto& contact : card.contacts.contacts()) {
    table.Add(
        {contact.main() ? "contact" : "linked contact",
         absl::StrCat(names.Title("contact", contact.contact_id()),
                      contact.roles().empty() ? "" : ", ", absl::StrJoin(contact.roles(), ", "))});
  }
  return table;
}

absl::Status Run(App& app, const ChartOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const Found account, FindSubject(*client, {"account"}, options.subject));
  Card card;
  DAYBOOK_RETURN_IF_ERROR(Ask(app, *client, options, account.id,
                              "ResponsibilityService/GetResponsible", pb::GetResponsibleRequest(),
                              &card.responsible));
  DAYBOOK_RETURN_IF_ERROR(Ask(app, *client, options, account.id,
                              "AccountProfileService/GetBillingTerms", pb::GetBillingTermsRequest(),
                              &card.billing));
  pb::CheckAllowedRequest allowed;
  allowed.set_action(pb::BLACKLIST_SCOPE_ALL);
  DAYBOOK_RETURN_IF_ERROR(Ask(app, *client, options, account.id, "BlacklistService/CheckAllowed",
                              allowed, &card.allowed));
  DAYBOOK_RETURN_IF_ERROR(Ask(app, *client, options, account.id,
                              "ContactService/ListContactsOfAccount",
                              pb::ListContactsOfAccountRequest(), &card.contacts));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(card.responsible);
    PrintJson(card.billing);
    PrintJson(card.allowed);
    PrintJson(card.contacts);
    return absl::OkStatus();
  }
  Names names(*client);
  PrintTable(app, MakeTable(card, names));
  return absl::OkStatus();
}

}  // namespace

void AddAccountCard(Command& root, App& app) {
  auto options = std::make_shared<ChartOptions>();
  Command* verb =
      Noun(root, "account")
          ->AddCommand("card", "Who answers for an account, how it is billed, its contacts");
  verb->AddOption("account", &options->subject, "Name or id").Required();
  verb->AddOption("--day", &options->day, "On this day; otherwise today");
  verb->AddOption("--as-of", &options->as_of,
                  "As it was known then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
