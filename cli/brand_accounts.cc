// brand accounts: the accounts that belong to a brand on a day.

#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/brand_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status Run(App& app, const ChartOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListAccountsOfBrandRequest request;
  pb::ListAccountsOfBrandResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.day.empty()) DAYBOOK_RETURN_IF_ERROR(SetDay(options.day, request.mutable_day()));
  DAYBOOK_ASSIGN_OR_RETURN(const Found brand, FindSubject(*client, {"brand"}, options.subject));
  request.set_brand_id(brand.id);
  DAYBOOK_RETURN_IF_ERROR(
      CallPages(*client, "daybook.party.v1.BrandService/ListAccountsOfBrand", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"account"}, {"from"}, {"until"}});
  for (const auto& account : response.accounts()) {
    table.Add({names.Title("account", account.account_id()),
               DayText(account.has_effective_from(), account.effective_from()),
               DayText(account.has_effective_until(), account.effective_until())});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddBrandAccounts(Command& root, App& app) {
  auto options = std::make_shared<ChartOptions>();
  Command* verb = Noun(root, "brand")->AddCommand("accounts", "The accounts of a brand");
  verb->AddOption("brand", &options->subject, "Name or id").Required();
  verb->AddOption("--day", &options->day, "On this day; otherwise today");
  verb->AddOption("--as-of", &options->as_of,
                  "As it was known then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
