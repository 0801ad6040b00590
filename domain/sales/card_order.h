#pragma once

// The places that people gave to the cards of a board: one order for each board, shared, and one
// for each person who wants an own. Begun by the first card that is given a place, never ended.
// Rules: there is one order for each board and scope; a place is named by the cards above it;
// moving a card into another column is a command on its record, which follows in the same commit.

#include <vector>

#include "daybook/sales/v1/board_service.pb.h"
#include "daybook/sales/v1/card_order_events.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

// Cards that an order knows; those at the end fall out.
inline constexpr int kRankedCardsMax = 1000;

struct CardOrder {
  static constexpr absl::string_view kName = "card_order";
  using Record = sales::v1::CardOrder;
  struct State {
    Record record;
  };
  using Event = sales::v1::CardOrderEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // None: the id says which board and whose.
  static std::vector<Claim> Claims(const State& state);

  // The card.
  static absl::Status Gather(const State&, const sales::v1::MoveCardRequest&, FactLoader&);
  static Result Decide(const State&, const sales::v1::MoveCardRequest&, const Context&);
  // What the column stands for, done to the card.
  static absl::StatusOr<FollowUps> Follow(const State& after, const sales::v1::MoveCardRequest&,
                                          const Context&);
};

// Whose order a scope means: the actor's own, or everybody's (empty).
std::string CardOrderOwner(sales::v1::CardScope scope, absl::string_view actor);
// The id of the order of a board.
std::string CardOrderId(sales::v1::BoardKind kind, absl::string_view owner_id);

}  // namespace daybook::domain
