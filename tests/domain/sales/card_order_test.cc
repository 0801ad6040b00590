#include "domain/sales/card_order.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

std::string PipelineOrder() { return domain::CardOrderId(pb::BOARD_KIND_PIPELINE, ""); }

std::string Move(int card, const std::string& more = "") {
  return absl::StrCat("kind: BOARD_KIND_PIPELINE card_id: '", Id(card), "' ", more);
}
std::string Ranked(int card, const std::string& more = "", const std::string& to = "offer") {
  return absl::StrCat("ranked { order_id: '", PipelineOrder(),
                      "' kind: BOARD_KIND_PIPELINE card_id: '", Id(card),
                      "' from_column: 'offer' to_column: '", to, "' ", more, " }");
}

Scenario Board() {
  Scenario scenario("card_order");
  scenario.Target(PipelineOrder());
  for (int i = 2; i <= 5; ++i) {
    scenario.Exists("opportunity",
                    absl::StrCat("id: '", Id(i), "' state: OPPORTUNITY_STATE_OPEN stage: 'offer'"));
  }
  return scenario;
}

TEST(MoveCardTest, F046_CardsStandInTheOrderTheyWerePut) {
  const std::string above = absl::StrCat("above: '", Id(2), "'");
  Board()
      .When<pb::MoveCardRequest>(Move(2))
      .Then({Ranked(2)})
      .When<pb::MoveCardRequest>(Move(3))
      .Then({Ranked(3)})
      .When<pb::MoveCardRequest>(Move(3))
      .ThenNothing()
      .When<pb::MoveCardRequest>(Move(3, "to_column: 'offer'"))
      .ThenNothing()
      .When<pb::MoveCardRequest>(Move(4, above))
      .Then({Ranked(4, above)})
      .ThenRecord(absl::StrCat("id: '", PipelineOrder(), "' kind: BOARD_KIND_PIPELINE card_ids: '",
                               Id(2), "' card_ids: '", Id(4), "' card_ids: '", Id(3), "'"))
      .When<pb::MoveCardRequest>(Move(4, "to_column: 'order'"))
      .Then({Ranked(4, "", "order")});
}

TEST(MoveCardTest, F046_RefusalsInCheckOrder) {
  ExpectRefusals<pb::MoveCardRequest>(
      Board,
      {{"no board", absl::StrCat("card_id: '", Id(2), "'"), Reason::REASON_INVALID_FIELD, "kind"},
       {"above itself", Move(2, absl::StrCat("above: '", Id(2), "'")), Reason::REASON_INVALID_FIELD,
        "above"},
       {"above twice", Move(2, absl::StrCat("above: '", Id(3), "' above: '", Id(3), "'")),
        Reason::REASON_INVALID_FIELD, "above"},
       {"above no id", Move(2, "above: 'x'"), Reason::REASON_INVALID_FIELD, "above"},
       {"no card", Move(77), Reason::REASON_REFERENCE_NOT_FOUND, "card_id"}});
  Board()
      .When<pb::MoveCardRequest>(Move(2))
      .Then({Ranked(2)})
      .When<pb::MoveCardRequest>(absl::StrCat("kind: BOARD_KIND_SALES card_id: '", Id(2), "'"))
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "id"}});
}

TEST(MoveCardTest, OrderAtItsLimitForgetsTheLast) {
  domain::CardOrder::State state;
  for (int i = 0; i <= domain::kRankedCardsMax; ++i) {
    domain::CardOrder::Event event;
    event.mutable_ranked()->set_card_id(Id(i));
    domain::CardOrder::Evolve(state, event);
  }
  EXPECT_EQ(state.record.card_ids_size(), domain::kRankedCardsMax);
  EXPECT_EQ(state.record.card_ids(0), Id(domain::kRankedCardsMax));
  EXPECT_EQ(state.record.card_ids(domain::kRankedCardsMax - 1), Id(1));
}

}  // namespace
}  // namespace daybook::testing
