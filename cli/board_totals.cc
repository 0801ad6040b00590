// board totals: won and open value over account trees.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/sales_board_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string account;
  std::string as_of;
  std::string page_token;
  int page_size = 20;
};

Table TotalsTable(const App& app, const pb::ListGroupTotalsResponse& page) {
  const bool human = app.options.format == OutputFormat::kTable;
  const auto amount = [human](const type::v1::MoneySum& sum) {
    return human ? HumanMoney(sum) : PlainMoney(sum);
  };
  Table table({{"Account"},
               {"Accounts", Align::kRight},
               {"Won deals", Align::kRight},
               {"Open deals", Align::kRight},
               {"Won in the group", Align::kRight},
               {"Projected in the group", Align::kRight},
               {"Won by itself", Align::kRight}});
  for (const auto& total : page.totals()) {
    for (int i = 0; i < std::max(1, total.group_size()); ++i) {
      const pb::BoardAmounts group = i < total.group_size() ? total.group(i) : pb::BoardAmounts();
      std::string own;
      for (const auto& amounts : total.own()) {
        if (amounts.currency() == group.currency()) own = amount(amounts.actual());
      }
      table.Add({total.name(), absl::StrCat(total.accounts()), absl::StrCat(total.won_count()),
                 absl::StrCat(total.open_count()), amount(group.actual()),
                 amount(group.projected()), own});
    }
  }
  return table;
}

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListGroupTotalsRequest request;
  pb::ListGroupTotalsResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  if (!options.account.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("account"));
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_account_id(),
                             ResolveByTitle(*client, *type, options.account));
  }
  request.set_page_size(options.page_size);
  request.set_page_token(options.page_token);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.SalesBoardService/ListGroupTotals", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  PrintTable(app, TotalsTable(app, response));
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", DescribeRead(response.read()), "\n"));
    if (!response.next_page_token().empty()) {
      Print(absl::StrCat("more: --page-token ", response.next_page_token(), "\n"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void AddBoardTotals(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "board")->AddCommand("totals", "Won and open value of account groups");
  verb->AddOption(
      "account", &options->account,
      "Top of the tree to total (name or id); every account without a parent otherwise");
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  verb->AddOption("--page-size", &options->page_size, "Accounts on a page").Range(1, 1000);
  verb->AddOption("--page-token", &options->page_token, "Go on where an earlier page ended");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
