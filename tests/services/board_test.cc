// Boards of cards, and cards that are moved, over gRPC.

#include <gmock/gmock.h>

#include "daybook/sales/v1/board_service.grpc.pb.h"
#include "daybook/sales/v1/lead_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/setup/v1/close_reason_service.grpc.pb.h"
#include "daybook/work/v1/activity_service.grpc.pb.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

using sales::v1::BoardService;
using sales::v1::LeadService;
using sales::v1::OpportunityService;
using ::testing::ElementsAre;

class BoardTest : public PartyTest {
 protected:
  void SetUp() override {
    ada_ = server_.CreateUser("Ada");
    acme_ = server_.CreateAccount("Acme");
  }
  sales::v1::GetBoardResponse Board(const std::string& kind, const std::string& more = "") {
    return Do(&BoardService::Stub::GetBoard, absl::StrCat("kind: BOARD_KIND_", kind, " ", more));
  }
  static std::string Card(const std::string& kind, const std::string& card,
                          const std::string& more) {
    return absl::StrCat("kind: BOARD_KIND_", kind, " card_id: '", card, "' ", more);
  }
  sales::v1::MoveCardResponse Move(const std::string& kind, const std::string& card,
                                   const std::string& more) {
    return Do(&BoardService::Stub::MoveCard, Card(kind, card, more));
  }
  std::string RefusedMove(const std::string& kind, const std::string& card,
                          const std::string& more) {
    return Refused(&BoardService::Stub::MoveCard, Card(kind, card, more));
  }
  static const sales::v1::BoardList& Column(const sales::v1::GetBoardResponse& board,
                                            const std::string& id) {
    for (const auto& column : board.columns()) {
      if (column.id() == id) return column;
    }
    static const auto* const none = new sales::v1::BoardList;
    ADD_FAILURE() << "no column " << id;
    return *none;
  }
  static std::vector<std::string> Cards(const sales::v1::BoardList& column) {
    std::vector<std::string> ids;
    for (const auto& card : column.cards()) ids.push_back(card.id());
    return ids;
  }
  std::string Reason() {
    return Do(&setup::v1::CloseReasonService::Stub::DefineCloseReason,
              "kind: CLOSE_REASON_KIND_LOST code: 'too_late' label: 'Too late'")
        .close_reason()
        .id();
  }

  std::string ada_, acme_;
};

TEST_F(BoardTest, F046_ADealDraggedToLostWithoutAReasonIsRefusedAndNamesIt) {
  const std::string deal = server_.CreateDeal(acme_, ada_, 1000);
  EXPECT_EQ(RefusedMove("SALES", deal, "to_column: 'LOST'"), "MISSING_REQUIRED_FOR_STATE");
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(RefusalOf(status_).metadata["field"], "lost_reason");
  EXPECT_EQ(RefusedMove("SALES", deal, "to_column: 'WON'"), "MISSING_REQUIRED_FOR_STATE");
  EXPECT_EQ(RefusalOf(status_).metadata["field"], "actual_value");
  EXPECT_EQ(Board("SALES").order_revision(), 0u);
  // with a reason it is the command of deals that loses it, in one commit
  const auto moved = Move("SALES", deal, "to_column: 'LOST' lost_reason: '" + Reason() + "'");
  EXPECT_EQ(moved.receipt().revision(), 1u);
  EXPECT_GE(moved.receipt().events(), 2u);
  const auto board = Board("SALES");
  EXPECT_EQ(board.read().position(), moved.receipt().position());
  const auto& lost = Column(board, "LOST");
  EXPECT_THAT(Cards(lost), ElementsAre(deal));
  EXPECT_TRUE(lost.cards(0).ranked());
  EXPECT_EQ(lost.sums(1).name(), "lost_value");
  // back to a stage: it is reopened, which asks for a reason
  EXPECT_EQ(RefusedMove("SALES", deal, "to_column: 'offer'"), "INVALID_FIELD");
  // and the rules of deals stand
  EXPECT_EQ(
      RefusedMove("SALES", deal, "to_column: 'WON' actual_value { minor: 1 currency: 'USD' }"),
      "ILLEGAL_TRANSITION");
  EXPECT_EQ(RefusedMove("SALES", deal, "to_column: 'PARTIALLY_WON'"), "ILLEGAL_TRANSITION");
}

TEST_F(BoardTest, F046_AClosedDealDraggedToAStageIsReopenedThere) {
  const std::string deal = server_.CreateDeal(acme_, ada_, 1000);
  Move("SALES", deal, "to_column: 'WON' actual_value { minor: 900 currency: 'USD' }");
  auto request = Proto<sales::v1::MoveCardRequest>(Card("PIPELINE", deal, "to_column: 'offer'"));
  *request.mutable_header() = server_.Header();
  request.mutable_header()->set_reason("signed by the wrong person");
  BoardService::Stub stub(server_.channel());
  sales::v1::MoveCardResponse response;
  const grpc::Status status = server_.Call(&BoardService::Stub::MoveCard, stub, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto board = Board("PIPELINE");
  EXPECT_THAT(Cards(Column(board, "offer")), ElementsAre(deal));
  EXPECT_EQ(Column(board, "offer").sums(1).name(), "weighted_value");
  // sent again it is answered again
  const grpc::Status again = server_.Call(&BoardService::Stub::MoveCard, stub, request, &response);
  EXPECT_TRUE(again.ok()) << again.error_message();
  EXPECT_EQ(RefusedMove("PIPELINE", deal, "to_column: 'nowhere'"), "INVALID_FIELD");
}

TEST_F(BoardTest, F046_CardsStandWhereTheyWerePutAndOfTwoWhoDragOneIsRefused) {
  std::vector<std::string> deals;
  for (int i = 0; i < 4; ++i) deals.push_back(server_.CreateDeal(acme_, ada_, 1000));
  const std::string stage = Board("PIPELINE").columns(0).id();
  const auto before = Board("PIPELINE");
  const auto shown = Cards(Column(before, stage));
  ASSERT_EQ(shown.size(), 4u);
  // the last one becomes the second
  Move("PIPELINE", shown[3], "above: '" + shown[0] + "'");
  const auto board = Board("PIPELINE");
  EXPECT_THAT(Cards(Column(board, stage)), ElementsAre(shown[0], shown[3], shown[1], shown[2]));
  EXPECT_EQ(board.order_revision(), 1u);
  // Ada and Bob both saw revision 1
  const auto drag = [&](const std::string& card) {
    auto request = Proto<sales::v1::MoveCardRequest>(Card("PIPELINE", card, ""));
    *request.mutable_header() = server_.Header();
    request.mutable_header()->set_expected_revision(board.order_revision());
    BoardService::Stub stub(server_.channel());
    sales::v1::MoveCardResponse response;
    return RefusalOf(server_.Call(&BoardService::Stub::MoveCard, stub, request, &response)).reason;
  };
  EXPECT_EQ(drag(shown[2]), "");
  EXPECT_EQ(drag(shown[1]), "REVISION_CONFLICT");
  // a personal order is another one
  EXPECT_EQ(Cards(Column(Board("PIPELINE", "scope: CARD_SCOPE_PERSONAL"), stage)), shown);
  Move("PIPELINE", shown[1], "scope: CARD_SCOPE_PERSONAL");
  EXPECT_EQ(Cards(Column(Board("PIPELINE", "scope: CARD_SCOPE_PERSONAL"), stage))[0], shown[1]);
  EXPECT_EQ(Cards(Column(Board("PIPELINE"), stage))[0], shown[2]);
  // a card that changed since it was seen stays
  EXPECT_EQ(
      RefusedMove("SALES", shown[1],
                  "card_revision: 7 to_column: 'WON' actual_value { minor: 1 currency: 'USD' }"),
      "REVISION_CONFLICT");
  EXPECT_EQ(RefusedMove("PIPELINE", server_.NewId(), ""), "REFERENCE_NOT_FOUND");
  EXPECT_EQ(RefusedMove("PIPELINE", shown[1], "above: '" + shown[1] + "'"), "INVALID_FIELD");
}

TEST_F(BoardTest, F046_LeadsAndActivitiesMoveByTheirOwnCommands) {
  const std::string lead =
      Do(&LeadService::Stub::CaptureLead, "kind: LEAD_KIND_COMPANY company: 'Mill'").lead().id();
  Move("LEAD", lead, "to_column: 'ASSIGNED' owner_id: '" + ada_ + "'");
  Move("LEAD", lead, "to_column: 'WORKING'");
  EXPECT_EQ(RefusedMove("LEAD", lead, "to_column: 'BAD'"), "MISSING_REQUIRED_FOR_STATE");
  EXPECT_EQ(RefusalOf(status_).metadata["field"], "bad_reason");
  EXPECT_EQ(RefusedMove("LEAD", lead, "to_column: 'CONVERTED'"), "ILLEGAL_TRANSITION");
  EXPECT_EQ(RefusedMove("LEAD", lead, "to_column: 'RECYCLED'"), "MISSING_REQUIRED_FOR_STATE");
  Move("LEAD", lead, "to_column: 'BAD' bad_reason: 'too small'");
  const auto leads = Board("LEAD");
  EXPECT_EQ(leads.columns_size(), 8);
  EXPECT_EQ(Column(leads, "BAD").cards(0).title(), "Mill");
  const std::string task = Do(&work::v1::ActivityService::Stub::ScheduleActivity,
                              absl::StrCat("kind: ACTIVITY_KIND_TASK subject: 'Send it' "
                                           "assignee_id: '",
                                           ada_, "'"))
                               .activity()
                               .id();
  EXPECT_THAT(Cards(Column(Board("ACTIVITY"), "PLANNED")), ElementsAre(task));
  Move("ACTIVITY", task, "to_column: 'DONE' outcome: 'sent'");
  EXPECT_THAT(Cards(Column(Board("ACTIVITY"), "DONE")), ElementsAre(task));
  Move("ACTIVITY", task, "to_column: 'PLANNED'");
  EXPECT_EQ(Column(Board("ACTIVITY"), "PLANNED").count(), 1);
}

TEST_F(BoardTest, F065_PeriodsAndPagesOfAColumnAsOfTheFirstAnswer) {
  for (int i = 0; i < 5; ++i) server_.CreateDeal(acme_, ada_, 1000);
  const auto first = Board("PIPELINE", "page_size: 2");
  const auto& column = first.columns(0);
  EXPECT_EQ(column.count(), 5);
  EXPECT_EQ(column.sums(0).sum().minor(), 5000);
  std::vector<std::string> ids = Cards(column);
  server_.CreateDeal(acme_, ada_, 1000);
  std::string token = column.next_page_token();
  while (!token.empty()) {
    const auto next = Board("PIPELINE", absl::StrCat("page_size: 2 page_token: '", token, "'"));
    ASSERT_EQ(next.columns_size(), 1);
    EXPECT_EQ(next.read().position(), first.read().position());
    for (const std::string& id : Cards(next.columns(0))) ids.push_back(id);
    token = next.columns(0).next_page_token();
  }
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 5u);
  EXPECT_EQ(ids.size(), 5u);
  EXPECT_EQ(Refused(&BoardService::Stub::GetBoard,
                    "kind: BOARD_KIND_SALES page_token: '" + column.next_page_token() + "'"),
            "INVALID_PAGE_TOKEN");
  // deals without a day are in no period
  const std::string period =
      Field("period_from", "2020-01-01") + Field("period_until", "2029-01-01");
  EXPECT_EQ(Board("SALES", period).count(), 0);
  Move("SALES", ids[0], "to_column: 'WON' actual_value { minor: 1 currency: 'USD' }");
  EXPECT_EQ(Column(Board("SALES", period), "WON").count(), 1);
  const auto won = Board("SALES", "columns: 'WON'");
  EXPECT_EQ(won.columns_size(), 1);
  EXPECT_EQ(Refused(&BoardService::Stub::GetBoard, "kind: BOARD_KIND_SALES columns: 'NO'"),
            "INVALID_FIELD");
  EXPECT_EQ(Refused(&BoardService::Stub::GetBoard, "kind: BOARD_KIND_SALES page_size: 101"),
            "INVALID_FIELD");
  EXPECT_EQ(Board("SALES", "page_size: 100").columns_size(), won.columns_size() + 3 + 2);
}

}  // namespace
}  // namespace daybook::testing
