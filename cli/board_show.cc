// board show: deals by stage and outcome, or leads by state, now or as of a past moment.

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/board_cards.h"
#include "cli/board_leads.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/sales_board_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "fmt/format.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr int kBarColumns = 24;

struct Options {
  std::string board;
  std::string as_of;
  Scope scope;
  std::string source;
  std::string by;
  std::string filter;
  int cards = 0;
  bool mine = false;
  std::string project;
  bool unprocessed = false;
};

std::string KindName(pb::BoardColumnKind kind) {
  switch (kind) {
    case pb::BOARD_COLUMN_KIND_STAGE:
      return "open";
    case pb::BOARD_COLUMN_KIND_WON:
      return "won";
    case pb::BOARD_COLUMN_KIND_PARTIALLY_WON:
      return "partially won";
    case pb::BOARD_COLUMN_KIND_LOST:
      return "lost";
    case pb::BOARD_COLUMN_KIND_ABANDONED:
      return "abandoned";
    case pb::BOARD_COLUMN_KIND_UNPROCESSED:
      return "without a deal";
    default:
      return "";
  }
}

std::string Bar(int64_t count, int64_t most, int columns) {
  std::string bar;
  const int64_t filled = most == 0 ? 0 : (count * columns + most - 1) / most;
  for (int64_t i = 0; i < filled; ++i) bar += "█";
  return bar;
}

std::string Amount(const type::v1::MoneySum& sum, OutputFormat format) {
  if (sum.currency().empty()) return "";
  return format == OutputFormat::kCsv ? PlainAmount(sum) : HumanMoney(sum);
}

// One line for each column and currency; a column without amounts has one line.
Table BoardTable(const App& app, const pb::GetSalesBoardResponse& board) {
  const bool chart = app.options.format == OutputFormat::kTable && IsTerminal(STDOUT_FILENO);
  std::vector<Column> columns = {{"Column"},
                                 {"State"},
                                 {"Deals", Align::kRight},
                                 {"Projected", Align::kRight},
                                 {"Weighted", Align::kRight},
                                 {"Actual", Align::kRight},
                                 {"Lost", Align::kRight}};
  if (app.options.format == OutputFormat::kCsv) columns.push_back({"Currency"});
  if (chart) columns.push_back({""});
  Table table(columns);
  int64_t most = 0;
  for (const auto& column : board.columns()) most = std::max(most, column.count());
  for (const auto& column : board.columns()) {
    std::string label = column.label().empty() ? column.stage() : column.label();
    if (label.empty()) label = KindName(column.kind());
    for (int i = 0; i < std::max(1, column.amounts_size()); ++i) {
      const pb::BoardAmounts amounts =
          i < column.amounts_size() ? column.amounts(i) : pb::BoardAmounts();
      std::vector<std::string> row = {i == 0 ? label : "", i == 0 ? KindName(column.kind()) : "",
                                      i == 0 ? Grouped(column.count()) : ""};
      if (app.options.format == OutputFormat::kCsv) {
        row = {label, KindName(column.kind()), absl::StrCat(column.count())};
      }
      for (const auto* money :
           {&amounts.projected(), &amounts.weighted(), &amounts.actual(), &amounts.lost()}) {
        row.push_back(Amount(*money, app.options.format));
      }
      if (app.options.format == OutputFormat::kCsv) row.push_back(amounts.currency());
      if (chart) row.push_back(i == 0 ? Bar(column.count(), most, kBarColumns) : "");
      table.Add(std::move(row));
    }
  }
  return table;
}

std::string Summary(const pb::GetSalesBoardResponse& board) {
  std::string out = absl::StrCat(Grouped(board.count()), " deals");
  if (board.has_win_rate()) {
    // Share of 10^9 to hundredths of a percent, half to even.
    const auto share = static_cast<int64_t>(DivideHalfEven(board.win_rate(), kNano / 10'000));
    absl::StrAppend(&out, fmt::format(" · win rate {}.{:02} %", share / 100, share % 100));
  }
  const auto days = [](int64_t seconds) {
    const auto hundredths = static_cast<int64_t>(DivideHalfEven(seconds, 864));
    return fmt::format("{}.{:02} days", hundredths / 100, hundredths % 100);
  };
  if (board.has_mean_cycle_seconds()) {
    absl::StrAppend(&out, " · mean cycle ", days(board.mean_cycle_seconds()));
  }
  if (board.has_mean_won_cycle_seconds()) {
    absl::StrAppend(&out, " (won: ", days(board.mean_won_cycle_seconds()), ")");
  }
  return absl::StrCat(out, "\n", DescribeRead(board.read()), "\n");
}

// With cards: the boards that have nothing else to show, and all others when asked.
bool WantsCards(const Options& options) {
  const sales::v1::BoardKind kind = BoardKindOf(options.board);
  return kind == pb::BOARD_KIND_PIPELINE || kind == pb::BOARD_KIND_ACTIVITY ||
         (kind != pb::BOARD_KIND_UNSPECIFIED &&
          (options.cards > 0 || options.mine || !options.filter.empty()));
}

absl::Status Run(App& app, const Options& options) {
  if (WantsCards(options)) {
    if (!options.source.empty() || !options.by.empty()) {
      return absl::InvalidArgumentError("--source and --by are for the numbers of leads");
    }
    return ShowBoardCards(
        app, {BoardKindOf(options.board), options.as_of, options.scope.owner, options.scope.process,
              options.scope.period, options.filter, options.mine, options.cards});
  }
  if (BoardKindOf(options.board) == pb::BOARD_KIND_LEAD) {
    if (!options.scope.period.empty() || !options.scope.process.empty()) {
      return absl::InvalidArgumentError("--period and --process are for the board of sales");
    }
    return ShowLeadBoard(app, {options.as_of, options.scope.owner, options.source, options.by});
  }
  if (options.board != "sales") {
    return absl::InvalidArgumentError(absl::StrCat("there is no board named \"", options.board,
                                                   "\"; there are: sales, pipeline, lead, "
                                                   "activity"));
  }
  if (!options.source.empty() || !options.by.empty()) {
    return absl::InvalidArgumentError("--source and --by are for the board of leads");
  }
  pb::GetSalesBoardRequest request;
  if (!options.scope.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(ParsePeriod(options.scope.period, request.mutable_period_from(),
                                        request.mutable_period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  DAYBOOK_RETURN_IF_ERROR(ResolveScope(*client, options.scope, request.mutable_owner_id(),
                                       request.mutable_process_id()));
  if (!options.project.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("crm_project"));
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_crm_project_id(),
                             ResolveByTitle(*client, *type, options.project));
  }
  request.set_include_unprocessed(options.unprocessed);
  pb::GetSalesBoardResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.sales.v1.SalesBoardService/GetSalesBoard", request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  PrintTable(app, BoardTable(app, response));
  if (app.options.format == OutputFormat::kTable) Print(absl::StrCat("\n", Summary(response)));
  return absl::OkStatus();
}

}  // namespace

void AddBoardShow(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "board")->AddCommand("show", "Boards: columns with numbers, and cards");
  verb->AddOption("board", &options->board, "Which board: sales, pipeline, lead or activity")
      .Required();
  verb->AddOption("--as-of", &options->as_of,
                  "As the board was then: a day (its end in the organisation's zone), an instant "
                  "(RFC 3339) or a position of the log");
  AddOwnerAndProcess(verb, &options->scope);
  verb->AddOption(
      "--period", &options->scope.period,
      "Closed deals by close date, open ones by expected close date, from the first day "
      "up to, not including, the second: 2017-04-01..2017-07-01");
  verb->AddOption("--source", &options->source, "Leads from this source only");
  verb->AddOption("--by", &options->by, "Leads told apart by source or owner");
  verb->AddOption("--cards", &options->cards, "Show so many cards of each column, at most 100")
      .Range(1, 100);
  verb->AddFlag("--mine", &options->mine, "Cards in the own order, not the shared one");
  verb->AddOption("--project", &options->project,
                  "Sales: deals registered under this project (name or id)");
  verb->AddFlag("--unprocessed", &options->unprocessed,
                "Sales: also the customers of the project that have no deal in it");
  verb->AddOption("--filter", &options->filter, "Cards of records that fit: value >= 1000 USD");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
