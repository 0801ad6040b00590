// deal people, link-contact, unlink-contact, link-user, unlink-user: who has to do with a deal.

#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/deal.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string deal;
  std::string who;
  std::string role;
  bool other_account = false;
};

void Show(App& app, Client& client, const pb::Opportunity& deal) {
  if (app.options.format == OutputFormat::kJson) return PrintJson(deal);
  Names names(client);
  Table table({{"Who"}, {"Is"}, {"Role"}, {"Id"}});
  table.Add({names.Title("user", deal.owner_id()), "owner", "", deal.owner_id()});
  for (const auto& user : deal.collaborators()) {
    table.Add({names.Title("user", user.user_id()), "collaborator", user.role(), user.user_id()});
  }
  for (const auto& contact : deal.contacts()) {
    table.Add({names.Title("contact", contact.contact_id()), "contact", contact.role(),
               contact.contact_id()});
  }
  PrintTable(app, table);
}

absl::Status List(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity deal, ReadDeal(*client, options.deal));
  Show(app, *client, deal);
  return absl::OkStatus();
}

// The request of any of the four, with the deal and the person; `set_id` says which field that is.
template <class Request, class Response>
absl::Status Send(App& app, const Options& options, const std::string& method,
                  absl::string_view aggregate, std::string* (Request::*person)(),
                  Request request = {}) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.deal));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(aggregate));
  request.set_id(before.id());
  DAYBOOK_ASSIGN_OR_RETURN(*(request.*person)(), ResolveByTitle(*client, *type, options.who));
  DAYBOOK_ASSIGN_OR_RETURN(const auto deal,
                           ChangeDeal<Response>(*client, method, std::move(request)));
  Show(app, *client, deal);
  return absl::OkStatus();
}

absl::Status LinkContact(App& app, const Options& options) {
  using Request = pb::LinkOpportunityContactRequest;
  Request request;
  request.set_role(options.role);
  request.set_other_account(options.other_account);
  return Send<Request, pb::LinkOpportunityContactResponse>(app, options, "LinkOpportunityContact",
                                                           "contact", &Request::mutable_contact_id,
                                                           std::move(request));
}

absl::Status UnlinkContact(App& app, const Options& options) {
  using Request = pb::UnlinkOpportunityContactRequest;
  return Send<Request, pb::UnlinkOpportunityContactResponse>(
      app, options, "UnlinkOpportunityContact", "contact", &Request::mutable_contact_id);
}

absl::Status LinkUser(App& app, const Options& options) {
  using Request = pb::LinkOpportunityUserRequest;
  Request request;
  request.set_role(options.role);
  return Send<Request, pb::LinkOpportunityUserResponse>(
      app, options, "LinkOpportunityUser", "user", &Request::mutable_user_id, std::move(request));
}

absl::Status UnlinkUser(App& app, const Options& options) {
  using Request = pb::UnlinkOpportunityUserRequest;
  return Send<Request, pb::UnlinkOpportunityUserResponse>(app, options, "UnlinkOpportunityUser",
                                                          "user", &Request::mutable_user_id);
}

std::shared_ptr<Options> AddVerb(Command& root, App& app, const std::string& name,
                                 const std::string& what, absl::Status (*run)(App&, const Options&),
                                 Command** verb) {
  auto options = std::make_shared<Options>();
  *verb = Noun(root, "deal")->AddCommand(name, what);
  (*verb)->AddOption("deal", &options->deal, "Subject or id").Required();
  SetAction(*verb, app, options, run);
  return options;
}

}  // namespace

void AddDealPeople(Command& root, App& app) {
  Command* verb = nullptr;
  AddVerb(root, app, "people", "Owner, collaborators and contacts of a deal", &List, &verb);
  auto options = AddVerb(root, app, "link-contact", "Link a contact to a deal, or change the role",
                         &LinkContact, &verb);
  verb->AddOption("contact", &options->who, "Family name or id").Required();
  verb->AddOption("--role", &options->role, "In this deal: decision maker, technical advice");
  verb->AddFlag("--other-account", &options->other_account,
                "The contact may belong to another account than the deal");
  options =
      AddVerb(root, app, "unlink-contact", "Take a contact off a deal", &UnlinkContact, &verb);
  verb->AddOption("contact", &options->who, "Family name or id").Required();
  options = AddVerb(root, app, "link-user", "Make a user a collaborator, or change the role",
                    &LinkUser, &verb);
  verb->AddOption("user", &options->who, "Name or id").Required();
  verb->AddOption("--role", &options->role, "In this deal: presales, legal");
  options = AddVerb(root, app, "unlink-user", "Take a collaborator off a deal", &UnlinkUser, &verb);
  verb->AddOption("user", &options->who, "Name or id").Required();
}

}  // namespace daybook::cli
