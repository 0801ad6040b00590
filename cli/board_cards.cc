#include "cli/board_cards.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "daybook/sales/v1/board_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

// One line for each column, and below it one for each card.
Table CardsTable(const App& app, const pb::GetBoardResponse& board, Names& names) {
  const bool csv = app.options.format == OutputFormat::kCsv;
  std::vector<Column> columns = {
      {"Column"}, {"Cards", Align::kRight}, {"Title"}, {"Value", Align::kRight}, {"Day"}, {"Owner"},
      {"Id"}};
  if (csv) columns.erase(columns.begin() + 1);
  Table table(columns);
  for (const pb::BoardList& column : board.columns()) {
    if (!csv) {
      std::vector<std::string> sums;
      for (const pb::BoardSum& sum : column.sums()) {
        sums.push_back(absl::StrCat(sum.name(), " ", HumanMoney(sum.sum())));
      }
      table.Add({column.label(), Grouped(column.count()), absl::StrJoin(sums, ", "), "", "", "",
                 column.id()});
    }
    for (const pb::BoardCard& card : column.cards()) {
      std::vector<std::string> cells = {csv ? column.id() : ""};
      if (!csv) cells.push_back(card.ranked() ? "•" : "");
      cells.push_back(card.title());
      cells.push_back(csv && card.has_value()
                          ? FormatMinor(card.value().minor(), card.value().currency())
                          : HumanMoney(card.value()));
      const auto day = FromProto(card.day());
      cells.push_back(card.has_day() && day.ok() ? FormatDay(*day) : "");
      cells.push_back(card.owner_id().empty() ? "" : names.Title("user", card.owner_id()));
      cells.push_back(card.id());
      table.Add(std::move(cells));
    }
  }
  return table;
}

}  // namespace

pb::BoardKind BoardKindOf(absl::string_view name) {
  if (name == "lead" || name == "leads") return pb::BOARD_KIND_LEAD;
  if (name == "pipeline") return pb::BOARD_KIND_PIPELINE;
  if (name == "sales") return pb::BOARD_KIND_SALES;
  if (name == "activity" || name == "activities") return pb::BOARD_KIND_ACTIVITY;
  return pb::BOARD_KIND_UNSPECIFIED;
}

absl::Status ShowBoardCards(App& app, const BoardCardsOptions& options) {
  pb::GetBoardRequest request;
  request.set_kind(options.kind);
  request.set_page_size(options.cards);
  request.set_scope(options.mine ? pb::CARD_SCOPE_PERSONAL : pb::CARD_SCOPE_SHARED);
  if (!options.period.empty()) {
    DAYBOOK_RETURN_IF_ERROR(
        ParsePeriod(options.period, request.mutable_period_from(), request.mutable_period_until()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  std::string owner_id;
  DAYBOOK_RETURN_IF_ERROR(ResolveScope(*client, {options.owner, options.process, ""}, &owner_id,
                                       request.mutable_process_id()));
  std::vector<std::string> terms;
  if (!options.filter.empty()) terms.push_back(absl::StrCat("(", options.filter, ")"));
  if (!owner_id.empty()) {
    const bool activities = options.kind == pb::BOARD_KIND_ACTIVITY;
    terms.push_back(
        absl::StrCat(activities ? "assignee_id" : "owner_id", " = ", FilterLiteral(owner_id)));
  }
  request.set_filter(absl::StrJoin(terms, " AND "));
  pb::GetBoardResponse board;
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.sales.v1.BoardService/GetBoard", request, &board));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(board);
    return absl::OkStatus();
  }
  Names names(*client);
  PrintTable(app, CardsTable(app, board, names));
  if (app.options.format == OutputFormat::kTable) {
    Print(
        absl::StrCat("\n", Grouped(board.count()), " cards · ", DescribeRead(board.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
