// Deals with lines, and deals that follow their process, over gRPC: what the views make of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "daybook/catalog/v1/product_service.grpc.pb.h"
#include "daybook/sales/v1/opportunity_service.grpc.pb.h"
#include "daybook/sales/v1/pipeline_analysis_service.grpc.pb.h"
#include "daybook/sales/v1/sales_board_service.grpc.pb.h"
#include "daybook/setup/v1/sales_process_service.grpc.pb.h"
#include "tests/services/party_fixture.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;
using Deals = pb::OpportunityService::Stub;
using Processes = setup::v1::SalesProcessService::Stub;

class DealLinesTest : public PartyTest {
 protected:
  std::string Product(const std::string& sku, int64_t list_price_minor) {
    return Do(&catalog::v1::ProductService::Stub::CreateProduct,
              absl::StrCat("sku: '", sku, "' name: '", sku, "' active: true list_price { minor: ",
                           list_price_minor, " currency: 'USD' } quantity_decimals: 1"))
        .product()
        .id();
  }
  pb::Opportunity AddLine(const std::string& deal, const std::string& product, int64_t quantity,
                          const std::string& more = "") {
    return Do(&Deals::AddOpportunityLine,
              absl::StrCat("id: '", deal, "' line { product_id: '", product,
                           "' quantity: ", quantity, " ", more, "}"))
        .opportunity();
  }
  void Win(const std::string& deal, int64_t minor) {
    Do(&Deals::WinOpportunity,
       absl::StrCat("id: '", deal, "' actual_value { minor: ", minor, " currency: 'USD' }"));
  }
  std::string Deal() { return server_.CreateDeal(account_, owner_, 100); }

  const std::string owner_ = server_.CreateUser("ada");
  const std::string account_ = server_.CreateAccount("Acme");
};

TEST_F(DealLinesTest, F012ValueIsTheSumAndWonLinesAreSold) {
  const std::string mill = Product("mill", 12000), hour = Product("hour", 8000);
  const std::string deal = Deal();
  Do(&Deals::SetOpportunityValueMode,
     absl::StrCat("id: '", deal, "' mode: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES"));
  AddLine(deal, mill, 3'000'000, "discount: 100000000");
  const pb::Opportunity both = AddLine(deal, hour, 1'000'000);
  EXPECT_EQ(both.value().minor(), 40400);
  EXPECT_EQ(both.lines(0).total().minor(), 32400);
  EXPECT_EQ(Refused(&Deals::SetOpportunityValue,
                    absl::StrCat("id: '", deal, "' value { minor: 1 currency: 'USD' }")),
            "ILLEGAL_TRANSITION");
  EXPECT_EQ(
      Refused(&Deals::AddOpportunityLine,
              absl::StrCat("id: '", deal, "' line { product_id: '", hour, "' quantity: 250000 }")),
      "INVALID_FIELD");
  EXPECT_EQ(
      Refused(&Deals::AddOpportunityLine, absl::StrCat("id: '", deal, "' line { product_id: '",
                                                       server_.NewId(), "' quantity: 1000000 }")),
      "REFERENCE_NOT_FOUND");
  Do(&catalog::v1::ProductService::Stub::DiscontinueProduct, absl::StrCat("id: '", hour, "'"));
  EXPECT_EQ(
      Refused(&Deals::AddOpportunityLine,
              absl::StrCat("id: '", deal, "' line { product_id: '", hour, "' quantity: 1000000 }")),
      "RECORD_ARCHIVED");
  const uint64_t open = server_.Head();
  Win(deal, 40000);
  // A deal without lines counts with its main product.
  const std::string plain = Deal();
  Do(&Deals::UpdateOpportunity, absl::StrCat("id: '", plain, "' opportunity { product_id: '", mill,
                                             "' } update_mask { paths: 'product_id' }"));
  Win(plain, 9900);

  EXPECT_EQ(Do(&Deals::ListSoldProducts, AsOf(open)).products_size(), 0);
  const auto sold = Do(&Deals::ListSoldProducts, "");
  ASSERT_EQ(sold.products_size(), 2);
  const auto& mills = sold.products(sold.products(0).product_id() == mill ? 0 : 1);
  EXPECT_EQ(mills.name(), "mill");
  EXPECT_EQ(mills.deals(), 2);
  EXPECT_EQ(mills.quantity(), 3'000'000);
  ASSERT_EQ(mills.value_size(), 1);
  EXPECT_EQ(mills.value(0).minor(), 32400 + 9900);
  EXPECT_EQ(Do(&Deals::ListSoldProducts,
               "period_from { year: 2020 month: 1 day: 1 } "
               "period_until { year: 2020 month: 2 day: 1 }")
                .products_size(),
            0);
  EXPECT_EQ(Refused(&Deals::ListSoldProducts, "period_from { year: 2020 month: 1 day: 1 }"),
            "INVALID_FIELD");
}

// One commit, one event: whoever follows the log never sees the deal without its total.
TEST_F(DealLinesTest, F012DealIsCreatedWithItsLines) {
  const std::string mill = Product("mill", 12000), hour = Product("hour", 8000);
  const std::string create = absl::StrCat(
      "subject: 'S' account_id: '", account_, "' owner_id: '", owner_,
      "' value_mode: OPPORTUNITY_VALUE_MODE_SUM_OF_LINES lines { product_id: '", mill,
      "' quantity: 3000000 discount: 100000000 } lines { product_id: '", hour, "' quantity: ");
  EXPECT_EQ(Refused(&Deals::CreateOpportunity, create + "250000 }"), "INVALID_FIELD");
  const auto made = Do(&Deals::CreateOpportunity, create + "1000000 }");
  EXPECT_EQ(made.receipt().events(), 1u);
  EXPECT_EQ(made.opportunity().value().minor(), 40400);
  Win(made.opportunity().id(), 40400);
  EXPECT_EQ(Do(&Deals::ListSoldProducts, "").products_size(), 2);
}

// Version 2 of the standard process adds negotiation and calls offers proposals.
TEST_F(DealLinesTest, F061DealsFollowIntoTheNextVersionAndKeepTheirHistory) {
  const std::string won = Deal(), open = Deal(), closed = Deal();
  for (const std::string& deal : {won, open, closed}) {
    Do(&Deals::ChangeOpportunityStage, absl::StrCat("id: '", deal, "' stage: 'offer'"));
  }
  Win(closed, 100);
  const std::string process =
      Do(&Deals::GetOpportunity, absl::StrCat("id: '", open, "'")).opportunity().process_id();
  const std::string id = absl::StrCat("id: '", process, "' ");
  const std::string stages =
      "stages { id: 'prospect' label: 'Prospect' probability: 200000000 } "
      "stages { id: 'proposal' label: 'Proposal' probability: 600000000 } "
      "stages { id: 'negotiation' label: 'Negotiation' probability: 800000000 } ";
  Do(&Processes::ReviseSalesProcess, id + stages);
  EXPECT_EQ(Refused(&Processes::PublishSalesProcess, id), "MISSING_REQUIRED_FOR_STATE");
  Do(&Processes::ReviseSalesProcess, id + stages + "mapping { from: 'offer' to: 'proposal' }");
  Do(&Processes::PublishSalesProcess, id);
  EXPECT_EQ(Refused(&Deals::ChangeOpportunityStage,
                    absl::StrCat("id: '", open, "' stage: 'negotiation'")),
            "INVALID_FIELD");
  for (const std::string& deal : {won, open, open}) {
    const auto moved =
        Do(&Deals::MigrateOpportunityProcess, absl::StrCat("id: '", deal, "'")).opportunity();
    EXPECT_EQ(moved.stage(), "proposal");
    EXPECT_EQ(moved.process_version(), 2u);
  }
  EXPECT_EQ(Refused(&Deals::MigrateOpportunityProcess, absl::StrCat("id: '", closed, "'")),
            "ILLEGAL_TRANSITION");
  Win(won, 100);

  const auto board_columns = [&] {
    std::string labels;
    const auto board = Do(&pb::SalesBoardService::Stub::GetSalesBoard, "");
    for (const auto& column : board.columns()) {
      if (column.kind() == pb::BOARD_COLUMN_KIND_STAGE) labels += column.label() + " ";
    }
    return labels;
  };
  EXPECT_EQ(board_columns(), "Prospect Proposal Negotiation ");
  Do(&Deals::ReopenOpportunity,
     absl::StrCat("id: '", closed, "' header { reason: 'called back' }"));
  EXPECT_EQ(board_columns(), "Prospect Proposal Negotiation Offer ");
  Win(closed, 100);

  const auto stays = Do(&pb::SalesBoardService::Stub::ListStageIntervals,
                        absl::StrCat("opportunity_id: '", open, "'"));
  std::vector<std::string> path;
  for (const auto& stay : stays.intervals()) path.push_back(stay.stage());
  EXPECT_THAT(path, ::testing::ElementsAre("prospect", "offer", "proposal"));

  const auto win_loss = &pb::PipelineAnalysisService::Stub::GetWinLoss;
  const auto by_stage = Do(win_loss, "group_by: WIN_LOSS_GROUP_STAGE");
  ASSERT_EQ(by_stage.rows_size(), 2);
  EXPECT_EQ(by_stage.rows(0).key(), "offer");
  const auto in_version_1 =
      Do(win_loss, absl::StrCat("group_by: WIN_LOSS_GROUP_STAGE process_version: 1 process_id: '",
                                process, "'"));
  ASSERT_EQ(in_version_1.rows_size(), 1);
  EXPECT_EQ(in_version_1.rows(0).key(), "offer");
  EXPECT_EQ(Refused(win_loss, "group_by: WIN_LOSS_GROUP_STAGE process_version: 1"),
            "INVALID_FIELD");
  const auto mapped = Do(win_loss, "group_by: WIN_LOSS_GROUP_STAGE_IN_FORCE");
  ASSERT_EQ(mapped.rows_size(), 1);
  EXPECT_EQ(mapped.rows(0).key(), "proposal");
  EXPECT_EQ(mapped.rows(0).count(), 2);
  // F-078: the deals behind the figure.
  pb::ListOpportunitiesRequest drill;
  drill.set_filter(mapped.rows(0).drill_filter());
  EXPECT_EQ(Do(&Deals::ListOpportunities, drill.DebugString()).opportunities_size(), 2);
}

TEST_F(DealLinesTest, F070F072PeopleAndLabelsOfADeal) {
  const std::string deal = Deal();
  const std::string grace = server_.CreateUser("grace");
  const std::string contact = NewContact("Curie", account_);
  Do(&Deals::LinkOpportunityUser,
     absl::StrCat("id: '", deal, "' user_id: '", grace, "' role: 'legal'"));
  const uint64_t linked = server_.Head();
  Do(&Deals::LinkOpportunityContact,
     absl::StrCat("id: '", deal, "' contact_id: '", contact, "' role: 'buyer'"));
  Do(&Deals::UnlinkOpportunityUser, absl::StrCat("id: '", deal, "' user_id: '", grace, "'"));
  const auto now = Do(&Deals::GetOpportunity, absl::StrCat("id: '", deal, "'")).opportunity();
  EXPECT_EQ(now.collaborators_size(), 0);
  ASSERT_EQ(now.contacts_size(), 1);
  EXPECT_EQ(now.contacts(0).role(), "buyer");
  const auto then =
      Do(&Deals::GetOpportunity, absl::StrCat("id: '", deal, "'", AsOf(linked))).opportunity();
  ASSERT_EQ(then.collaborators_size(), 1);
  EXPECT_EQ(then.collaborators(0).user_id(), grace);

  Do(&Processes::SetFixedLabels,
     absl::StrCat("id: '", now.process_id(),
                  "' field: 'weight' labels: '10' labels: '50' labels: '90'"));
  const auto weigh = [&](const std::string& weight) {
    return absl::StrCat("id: '", deal, "' opportunity { weight: '", weight,
                        "' } update_mask { paths: 'weight' }");
  };
  EXPECT_EQ(Refused(&Deals::UpdateOpportunity, weigh("55")), "INVALID_FIELD");
  EXPECT_EQ(Do(&Deals::UpdateOpportunity, weigh("50")).opportunity().weight(), "50");
  Do(&Processes::RetireLabel,
     absl::StrCat("id: '", now.process_id(), "' field: 'weight' label: '50'"));
  EXPECT_EQ(Do(&Deals::ListOpportunities, "filter: 'weight = 50'").opportunities_size(), 1);
  EXPECT_EQ(
      Refused(&Deals::CreateOpportunity, absl::StrCat("subject: 'S' weight: '50' account_id: '",
                                                      account_, "' owner_id: '", owner_, "'")),
      "INVALID_FIELD");
}

}  // namespace
}  // namespace daybook::testing
