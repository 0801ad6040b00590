#include "domain/sales/card_order.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/board_columns.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
using CardIds = google::protobuf::RepeatedPtrField<std::string>;

// Namespace of the ids of orders. DO NOT CHANGE: orders are found by it.
constexpr char kOrders[] = "5b0f8a54-0e0a-5d7c-9f53-4c1f1c1d8e11";

// The order with `above` and then the card at the top, and all others below as they were.
CardIds Placed(const CardIds& cards, const CardIds& above, const std::string& card) {
  CardIds placed(above);
  *placed.Add() = card;
  const std::set<std::string> known(placed.begin(), placed.end());
  for (const std::string& other : cards) {
    if (placed.size() >= kRankedCardsMax) break;
    if (!known.contains(other)) *placed.Add() = other;
  }
  return placed;
}

absl::Status CheckAbove(const pb::MoveCardRequest& request) {
  std::set<std::string> seen;
  for (const std::string& id : request.above()) {
    if (!Uuid::Parse(id).ok()) return InvalidField("above", "an id is a UUID");
    if (id == request.card_id()) return InvalidField("above", "a card cannot stand above itself");
    if (!seen.insert(id).second) return InvalidField("above", "a card is named twice");
  }
  return absl::OkStatus();
}

const google::protobuf::Message* CardOf(const pb::MoveCardRequest& request,
                                        const Context& context) {
  return context.facts->Find(BoardAggregate(request.kind()), request.card_id());
}

}  // namespace

std::string CardOrderOwner(pb::CardScope scope, absl::string_view actor) {
  return scope == pb::CARD_SCOPE_PERSONAL ? std::string(actor) : "";
}

std::string CardOrderId(pb::BoardKind kind, absl::string_view owner_id) {
  return Uuid::MakeV5(*Uuid::Parse(kOrders), absl::StrCat(static_cast<int>(kind), "/", owner_id))
      .ToString();
}

void CardOrder::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kRanked: {
      const pb::CardOrderRanked& ranked = event.ranked();
      state.record.set_id(ranked.order_id());
      state.record.set_kind(ranked.kind());
      state.record.set_owner_id(ranked.owner_id());
      *state.record.mutable_card_ids() =
          Placed(state.record.card_ids(), ranked.above(), ranked.card_id());
      return;
    }
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> CardOrder::Claims(const State&) { return {}; }

absl::Status CardOrder::Gather(const State&, const pb::MoveCardRequest& request,
                               FactLoader& loader) {
  const absl::string_view aggregate = BoardAggregate(request.kind());
  if (aggregate.empty()) return absl::OkStatus();
  return loader.Load(aggregate, request.card_id()).status();
}

// INVALID_FIELD: no board, the order of another board or person, cards above. REFERENCE_NOT_FOUND:
// the card. Nothing when the card is there already. What the column asks for is refused by Follow
// and by the record's own rules.
CardOrder::Result CardOrder::Decide(const State& state, const pb::MoveCardRequest& request,
                                    const Context& context) {
  const pb::CardOrder& order = state.record;
  const absl::string_view aggregate = BoardAggregate(request.kind());
  if (aggregate.empty()) return InvalidField("kind", "name a board");
  const std::string owner = CardOrderOwner(request.scope(), context.actor);
  if (const std::string id = CardOrderId(request.kind(), owner); context.target_id != id) {
    return InvalidField("id", absl::StrCat("the order of this board is ", id));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckAbove(request));
  const auto* card = CardOf(request, context);
  if (card == nullptr) return ReferenceNotFound("card_id", aggregate, request.card_id());
  const std::string column = BoardColumn(request.kind(), *card);
  const bool moves = !request.to_column().empty() && request.to_column() != column;
  const CardIds placed = Placed(order.card_ids(), request.above(), request.card_id());
  if (!moves &&
      std::equal(placed.begin(), placed.end(), order.card_ids().begin(), order.card_ids().end())) {
    return Nothing<Event>();
  }
  Decision<Event> decision;
  auto& ranked = *decision.Add().mutable_ranked();
  ranked.set_order_id(context.target_id);
  ranked.set_kind(request.kind());
  ranked.set_owner_id(owner);
  ranked.set_card_id(request.card_id());
  ranked.set_from_column(column);
  ranked.set_to_column(moves ? request.to_column() : column);
  *ranked.mutable_above() = request.above();
  return decision;
}

absl::StatusOr<FollowUps> CardOrder::Follow(const State&, const pb::MoveCardRequest& request,
                                            const Context& context) {
  const auto* card = CardOf(request, context);
  if (card == nullptr || request.to_column().empty() ||
      request.to_column() == BoardColumn(request.kind(), *card)) {
    return FollowUps();
  }
  return CommandsIntoColumn(request, *card);
}

}  // namespace daybook::domain
