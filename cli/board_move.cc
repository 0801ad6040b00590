// board move: puts a card into a column, or at another place in its own.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/board_cards.h"
#include "cli/command_line.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/scope.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/sales/v1/board_service.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::sales::v1;

struct Options {
  std::string board, card, to, process;
  int rank = 1;
  bool mine = false;
  std::string reason, lost_reason, competitor, value, owner, bad_reason, return_day, outcome;
};

// The cards that stand above the place in the column, as the board shows them now.
absl::Status SetPlace(Client& client, const Options& options, pb::MoveCardRequest* move) {
  if (options.rank <= 1) return absl::OkStatus();
  pb::GetBoardRequest request;
  request.set_kind(move->kind());
  request.set_scope(move->scope());
  request.set_page_size(options.rank);
  DAYBOOK_RETURN_IF_ERROR(
      ResolveScope(client, {"", options.process, ""}, nullptr, request.mutable_process_id()));
  pb::GetBoardResponse board;
  DAYBOOK_RETURN_IF_ERROR(client.Call("daybook.sales.v1.BoardService/GetBoard", request, &board));
  for (const pb::BoardList& column : board.columns()) {
    const auto& cards = column.cards();
    const bool has_card = std::any_of(cards.begin(), cards.end(), [&](const pb::BoardCard& card) {
      return card.id() == options.card;
    });
    if (options.to.empty() ? !has_card : column.id() != options.to) continue;
    for (const pb::BoardCard& card : cards) {
      if (card.id() != options.card && move->above_size() < options.rank - 1) {
        move->add_above(card.id());
      }
    }
  }
  move->mutable_header()->set_expected_revision(board.order_revision());
  return absl::OkStatus();
}

absl::Status SetData(App& app, Client& client, const Options& options, pb::MoveCardRequest* move) {
  move->mutable_header()->set_reason(options.reason);
  move->set_competitor(options.competitor);
  move->set_bad_reason(options.bad_reason);
  move->set_outcome(options.outcome);
  if (!options.lost_reason.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType("close_reason"));
    DAYBOOK_ASSIGN_OR_RETURN(*move->mutable_lost_reason(),
                             ResolveByTitle(client, *type, options.lost_reason));
  }
  if (!options.owner.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*move->mutable_owner_id(), ResolveUser(client, options.owner));
  }
  if (!options.return_day.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, ParseDay(options.return_day));
    *move->mutable_return_date() = ToProto(day);
  }
  if (!options.value.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string currency, app.Currency());
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t minor, ParseMinor(options.value, currency));
    move->mutable_actual_value()->set_minor(minor);
    move->mutable_actual_value()->set_currency(currency);
  }
  return absl::OkStatus();
}

absl::Status Run(App& app, const Options& options) {
  pb::MoveCardRequest move;
  SetNewHeader(move.mutable_header());
  move.set_kind(BoardKindOf(options.board));
  if (move.kind() == pb::BOARD_KIND_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no board named \"", options.board,
                     "\"; there are: lead, pipeline, sales, activity"));
  }
  move.set_scope(options.mine ? pb::CARD_SCOPE_PERSONAL : pb::CARD_SCOPE_SHARED);
  move.set_card_id(options.card);
  move.set_to_column(options.to);
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_RETURN_IF_ERROR(SetData(app, *client, options, &move));
  DAYBOOK_RETURN_IF_ERROR(SetPlace(*client, options, &move));
  pb::MoveCardResponse response;
  DAYBOOK_RETURN_IF_ERROR(client->Call("daybook.sales.v1.BoardService/MoveCard", move, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
  } else {
    Print(absl::StrCat(Unchanged(response.receipt()) ? "already there" : "moved", ", position ",
                       response.receipt().position(), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddBoardMove(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "board")
          ->AddCommand(
              "move", "Put a card into a column: what the column stands for is done to its record");
  verb->AddOption("board", &options->board, "lead, pipeline, sales or activity").Required();
  verb->AddOption("card", &options->card, "Id of the lead, deal or activity").Required();
  verb->AddOption("--to", &options->to, "Id of the column, as board show gives it: offer, LOST");
  verb->AddOption("--rank", &options->rank, "Place in the column; 1 is the top").Range(1, 100);
  verb->AddOption("--process", &options->process,
                  "Sales process of the board (name or id), for --rank where several have deals");
  verb->AddFlag("--mine", &options->mine, "In the own order of cards, not the shared one");
  verb->AddOption("--reason", &options->reason, "Why; needed to reopen a deal");
  verb->AddOption("--lost-reason", &options->lost_reason, "Close reason (label or id), to LOST");
  verb->AddOption("--competitor", &options->competitor, "To whom a deal was lost");
  verb->AddOption("--value", &options->value, "As ordered, to WON: 38500 or 38500.00");
  verb->AddOption("--owner", &options->owner, "To ASSIGNED; without it the rules choose");
  verb->AddOption("--bad-reason", &options->bad_reason, "Why a lead is BAD");
  verb->AddOption("--return", &options->return_day, "Until when a lead is RECYCLED: 2026-09-01");
  verb->AddOption("--outcome", &options->outcome, "What came of an activity, to DONE");
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
