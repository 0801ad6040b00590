// account roles: the accounts at which a user has a role on a day.

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/chart.h"
#include "cli/command_line.h"
#include "cli/pages.h"
#include "cli/records.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::party::v1;

struct Options {
  ChartOptions chart;
  std::string role;
};

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListAccountsOfRequest request;
  pb::ListAccountsOfResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.chart.as_of, request.mutable_header()));
  if (!options.chart.day.empty()) {
    DAYBOOK_RETURN_IF_ERROR(SetDay(options.chart.day, request.mutable_day()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_user_id(), ResolveUser(*client, options.chart.subject));
  if (!options.role.empty()) {
    pb::AccountRole role;
    if (!pb::AccountRole_Parse(absl::StrCat("ACCOUNT_ROLE_", absl::AsciiStrToUpper(options.role)),
                               &role)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--role ", options.role, ": one of account_manager, main_pm, backup_pm"));
    }
    request.set_role(role);
  }
  DAYBOOK_RETURN_IF_ERROR(CallPages(
      *client, "daybook.party.v1.ResponsibilityService/ListAccountsOf", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"account"}, {"role"}, {"from"}, {"until"}});
  for (const auto& role : response.roles()) {
    table.Add({names.Title("account", role.account_id()),
               absl::AsciiStrToLower(
                   absl::StripPrefix(pb::AccountRole_Name(role.role()), "ACCOUNT_ROLE_")),
               DayText(role.has_effective_from(), role.effective_from()),
               DayText(role.has_effective_until(), role.effective_until())});
  }
  PrintTable(app, table);
  return absl::OkStatus();
}

}  // namespace

void AddAccountRoles(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "account")->AddCommand("roles", "The accounts at which a user has a role");
  verb->AddOption("user", &options->chart.subject, "Name or id").Required();
  verb->AddOption("--role", &options->role, "account_manager, main_pm or backup_pm; all");
  verb->AddOption("--day", &options->chart.day, "On this day; otherwise today");
  verb->AddOption("--as-of", &options->chart.as_of,
                  "As it was known then: a day, an instant, a position");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
