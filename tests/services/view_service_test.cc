#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daybook/record/v1/view_service.grpc.pb.h"
#include "tests/support/test_server.h"

namespace daybook::testing {
namespace {

namespace viewpb = ::daybook::record::v1;

class ViewServiceTest : public ::testing::Test {
 protected:
  viewpb::ListViewsResponse Views(uint64_t min_position = 0) {
    viewpb::ListViewsRequest request;
    request.mutable_header()->set_min_position(min_position);
    viewpb::ListViewsResponse response;
    const grpc::Status status =
        server_.Call(&viewpb::ViewService::Stub::ListViews, *views_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Rebuild(const std::string& view, viewpb::RebuildViewResponse* last) {
    viewpb::RebuildViewRequest request;
    request.set_view(view);
    const auto context = server_.Context();
    auto reader = views_->RebuildView(context.get(), request);
    while (reader->Read(last)) {
    }
    return reader->Finish();
  }

  TestServer server_;
  std::unique_ptr<viewpb::ViewService::Stub> views_ =
      viewpb::ViewService::NewStub(server_.channel());
};

TEST_F(ViewServiceTest, EveryViewIsListedWithItsStateAndDigest) {
  server_.CreateDeal(server_.CreateAccount("Acme"), server_.CreateUser("Ada"), 1000);
  std::vector<std::string> names;
  const auto listed = Views();
  for (const auto& view : listed.views()) {
    names.push_back(view.name());
    EXPECT_EQ(view.state(), viewpb::VIEW_STATE_LIVE) << view.name();
    EXPECT_EQ(view.digest().size(), 32);
  }
  EXPECT_THAT(names, ::testing::IsSupersetOf({"records", "sales_board", "stage_intervals"}));
}

TEST_F(ViewServiceTest, ARebuildGivesTheSameDigestAndIsReportedToItsEnd) {
  const std::string account = server_.CreateAccount("Acme");
  const std::string owner = server_.CreateUser("Ada");
  for (int i = 0; i < 20; ++i) server_.CreateDeal(account, owner, 1000 + i);
  for (const char* view : {"records", "sales_board", "stage_intervals"}) {
    viewpb::RebuildViewResponse last;
    const grpc::Status status = Rebuild(view, &last);
    ASSERT_TRUE(status.ok()) << view << ": " << status.error_message();
    EXPECT_TRUE(last.done()) << view;
    EXPECT_TRUE(last.digests_equal()) << view;
  }
}

TEST_F(ViewServiceTest, AnUnknownViewIsRefused) {
  viewpb::RebuildViewResponse last;
  EXPECT_EQ(Rebuild("no_such_view", &last).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ViewServiceTest, ADiffOfAHealthyViewFindsNothing) {
  server_.CreateDeal(server_.CreateAccount("Acme"), server_.CreateUser("Ada"), 1000);
  viewpb::DiffViewRequest request;
  request.set_view("sales_board");
  request.mutable_header()->set_min_position(server_.Head());
  viewpb::DiffViewResponse response;
  const grpc::Status status =
      server_.Call(&viewpb::ViewService::Stub::DiffView, *views_, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_GT(response.rows_compared(), 0);
  EXPECT_EQ(response.rows_different(), 0);
}

}  // namespace
}  // namespace daybook::testing
