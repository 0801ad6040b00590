// project unprocessed: the customers of a project that have no deal in it.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/crm_project_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kPage = 1000;

struct Options {
  std::string project;
  std::string as_of;
};

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("crm_project"));
  pb::ListUnprocessedCustomersRequest request;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_crm_project_id(),
                           ResolveByTitle(*client, *type, options.project));
  request.set_page_size(kPage);
  pb::ListUnprocessedCustomersResponse all;
  do {
    pb::ListUnprocessedCustomersResponse page;
    DAYBOOK_RETURN_IF_ERROR(client->Call(
        "daybook.sales.v1.CrmProjectService/ListUnprocessedCustomers", request, &page));
    request.set_page_token(page.next_page_token());
    *all.mutable_read() = page.read();
    all.mutable_customers()->MergeFrom(page.customers());
  } while (!request.page_token().empty());
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(all);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"Customer"}, {"Owner"}, {"Id"}});
  for (const auto& customer : all.customers()) {
    table.Add({customer.name(), names.Title("user", customer.owner_id()), customer.account_id()});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", all.customers_size(), " customers without a deal\n",
                       DescribeRead(all.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddProjectUnprocessed(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "project")->AddCommand("unprocessed", "Customers of a project without a deal");
  verb->AddOption("project", &options->project, "Name or id").Required();
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
