#pragma once

// Boards with their cards, for `board show pipeline`, and with --cards for every board.

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"
#include "daybook/sales/v1/card_order.pb.h"

namespace daybook::cli {

struct BoardCardsOptions {
  sales::v1::BoardKind kind = sales::v1::BOARD_KIND_UNSPECIFIED;
  std::string as_of;
  std::string owner;    // name or id; empty: all
  std::string process;  // name or id; empty: the only one
  std::string period;
  std::string filter;
  bool mine = false;  // the caller's own order
  int cards = 0;      // of each column; 0: as many as the server shows
};

absl::Status ShowBoardCards(App& app, const BoardCardsOptions& options);

// LEAD for "lead" and "leads" and so on; UNSPECIFIED for anything else.
sales::v1::BoardKind BoardKindOf(absl::string_view name);

}  // namespace daybook::cli
