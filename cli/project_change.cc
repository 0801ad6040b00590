// project create, enable, disable, add: projects and their customers. deal move, archive, restore,
// request-project: what becomes of a deal around them.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/deal.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/crm_project_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/sales/v1/project_customer_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string project, process, account;
  std::string deal, stage;
  bool assignment = false;
};

absl::Status Resolve(Client& client, absl::string_view aggregate, const std::string& name,
                     std::string* id) {
  if (name.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(*id, ResolveByTitle(client, *type, name));
  return absl::OkStatus();
}

void Show(App& app, const pb::CrmProject& project) {
  if (app.options.format == OutputFormat::kJson) return PrintJson(project);
  Print(absl::StrCat(project.id(), " ", project.name(),
                     project.crm_enabled() ? ", with deals\n" : ", without deals\n"));
}

template <class Response, class Request>
absl::Status SendProject(App& app, Client& client, const std::string& method, Request request) {
  SetNewHeader(request.mutable_header());
  Response response;
  DAYBOOK_RETURN_IF_ERROR(
      client.Call("daybook.sales.v1.CrmProjectService/" + method, request, &response));
  NoteUnchanged(response.receipt());
  Show(app, response.crm_project());
  return absl::OkStatus();
}

absl::Status Create(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::CreateCrmProjectRequest request;
  request.set_name(options.project);
  request.set_kind(options.assignment ? pb::CRM_PROJECT_KIND_ASSIGNMENT
                                      : pb::CRM_PROJECT_KIND_OUTREACH);
  request.set_crm_enabled(!options.process.empty());
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(*client, "sales_process", options.process, request.mutable_process_id()));
  return SendProject<pb::CreateCrmProjectResponse>(app, *client, "CreateCrmProject",
                                                   std::move(request));
}

absl::Status Enable(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::EnableCrmRequest request;
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "crm_project", options.project, request.mutable_id()));
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(*client, "sales_process", options.process, request.mutable_process_id()));
  return SendProject<pb::EnableCrmResponse>(app, *client, "EnableCrm", std::move(request));
}

absl::Status Disable(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::DisableCrmRequest request;
  DAYBOOK_RETURN_IF_ERROR(Resolve(*client, "crm_project", options.project, request.mutable_id()));
  return SendProject<pb::DisableCrmResponse>(app, *client, "DisableCrm", std::move(request));
}

absl::Status AddCustomer(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::AddProjectCustomerRequest request;
  pb::AddProjectCustomerResponse response;
  SetNewHeader(request.mutable_header());
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(*client, "crm_project", options.project, request.mutable_crm_project_id()));
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(*client, "account", options.account, request.mutable_account_id()));
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.sales.v1.ProjectCustomerService/AddProjectCustomer",
                                       request, &response));
  NoteUnchanged(response.receipt());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response.project_customer());
  } else {
    Print(absl::StrCat(response.project_customer().id(), "\n"));
  }
  return absl::OkStatus();
}

void ShowDeal(App& app, Client& client, const pb::Opportunity& deal) {
  if (app.options.format == OutputFormat::kJson) return PrintJson(deal);
  Names names(client);
  std::string line = absl::StrCat(deal.subject(), ": stage ", deal.stage());
  if (!deal.crm_project_id().empty()) {
    absl::StrAppend(&line, ", in ", names.Title("crm_project", deal.crm_project_id()));
  }
  if (!deal.project_request_id().empty()) {
    absl::StrAppend(&line, ", project request ", deal.project_request_id());
  }
  Print(absl::StrCat(line, deal.archived() ? ", archived\n" : "\n"));
}

template <class Response, class Request>
absl::Status SendDeal(App& app, const Options& options, const std::string& method,
                      Request request) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity before, ReadDeal(*client, options.deal));
  request.set_id(before.id());
  DAYBOOK_ASSIGN_OR_RETURN(const pb::Opportunity deal,
                           ChangeDeal<Response>(*client, method, std::move(request)));
  ShowDeal(app, *client, deal);
  return absl::OkStatus();
}

absl::Status Move(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::MoveDealToProjectRequest request;
  DAYBOOK_RETURN_IF_ERROR(
      Resolve(*client, "crm_project", options.project, request.mutable_crm_project_id()));
  request.set_stage(options.stage);
  return SendDeal<pb::MoveDealToProjectResponse>(app, options, "MoveDealToProject",
                                                 std::move(request));
}

absl::Status Archive(App& app, const Options& options) {
  return SendDeal<pb::ArchiveOpportunityResponse>(app, options, "ArchiveOpportunity",
                                                  pb::ArchiveOpportunityRequest());
}

absl::Status Restore(App& app, const Options& options) {
  return SendDeal<pb::RestoreOpportunityResponse>(app, options, "RestoreOpportunity",
                                                  pb::RestoreOpportunityRequest());
}

absl::Status RequestProject(App& app, const Options& options) {
  return SendDeal<pb::CreateProjectFromOpportunityResponse>(
      app, options, "CreateProjectFromOpportunity", pb::CreateProjectFromOpportunityRequest());
}

std::shared_ptr<Options> AddVerb(Command* noun, App& app, const std::string& name,
                                 const std::string& what, absl::Status (*run)(App&, const Options&),
                                 Command** verb) {
  auto options = std::make_shared<Options>();
  *verb = noun->AddCommand(name, what);
  SetAction(*verb, app, options, run);
  if (noun->name() == "deal") {
    (*verb)->AddOption("deal", &options->deal, "Subject or id").Required();
  } else {
    (*verb)->AddOption("project", &options->project, "Name or id").Required();
  }
  return options;
}

}  // namespace

void AddProjectVerbs(Command& root, App& app) {
  Command* noun = Noun(root, "project");
  Command* verb = nullptr;
  auto options = AddVerb(noun, app, "create", "Create a project of customers", &Create, &verb);
  verb->AddOption("--process", &options->process, "Deals can be registered, in this process");
  verb->AddFlag("--assignment", &options->assignment,
                "Customers are given to somebody, not called on");
  options = AddVerb(noun, app, "enable", "Let deals be registered", &Enable, &verb);
  verb->AddOption("--process", &options->process, "Name or id; without: the one it had");
  AddVerb(noun, app, "disable", "Let no more deals be registered", &Disable, &verb);
  options = AddVerb(noun, app, "add", "Put a customer into a project", &AddCustomer, &verb);
  verb->AddOption("account", &options->account, "Name or id").Required();

  noun = Noun(root, "deal");
  options = AddVerb(noun, app, "move", "Register a deal under another project", &Move, &verb);
  verb->AddOption("project", &options->project, "Name or id; without: under none");
  verb->AddOption("--stage", &options->stage, "Where it stands, if the process is another one");
  AddVerb(noun, app, "archive", "Take a deal out of use", &Archive, &verb);
  AddVerb(noun, app, "restore", "Take an archived deal into use again", &Restore, &verb);
  AddVerb(noun, app, "request-project", "Ask for the project of a won deal", &RequestProject,
          &verb);
}

}  // namespace daybook::cli
