// Builds that a crash or a stop cuts off, and what goes on from them.

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>

#include "projections/sales_board.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

// A view that tells which events are folded into it.
struct Spy {
  std::function<void(eventstore::LogPosition)> on_event;  // set while nothing runs
  std::atomic<eventstore::LogPosition> first = 0;         // since the last Reset

  void Reset() { first = 0; }
  Projection View(uint32_t version = 1) {
    Projection view;
    view.name = "spy";
    view.version = version;
    view.apply = [this](const Change& change, RowTx& tx) {
      const eventstore::LogPosition at = change.recorded.position;
      eventstore::LogPosition none = 0;
      first.compare_exchange_strong(none, at);
      tx.Put(change.type.name, std::to_string(at));
      if (on_event != nullptr) on_event(at);
      return absl::OkStatus();
    };
    return view;
  }
};

class ResumeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RandomHistory(log_, 71).Steps(150);
    head_ = log_.store().GetHead().position;
    projections_ = AllProjections();
    projections_.push_back(spy_.View());
  }

  // Three blocks, each written as a run of its own.
  std::unique_ptr<Views> OpenAt(const std::string& path) {
    ViewsOptions options;
    options.projections = &projections_;
    options.rebuild_memory_bytes = 1;
    options.rebuild_block_events = head_ / 3;
    auto views = Views::Open(path, log_.store(), log_.keys(), options);
    EXPECT_TRUE(views.ok()) << views.status();
    return *std::move(views);
  }
  std::unique_ptr<Views> OpenLiveAt(const std::string& path) {
    auto views = OpenAt(path);
    for (int i = 0; i < 2000 && !AllLive(*views); ++i) absl::SleepFor(absl::Milliseconds(10));
    EXPECT_TRUE(AllLive(*views));
    return views;
  }
  static bool AllLive(const Views& views) {
    for (const ViewStatus& status : views.Status()) {
      if (status.state != ViewState::kLive) return false;
    }
    return true;
  }

  // As a crash would leave the files in the middle of the last block.
  void CopyInLastBlock(const std::string& from, const std::string& to) {
    spy_.on_event = [this, from, to](eventstore::LogPosition at) {
      if (at < head_ - head_ / 6 || std::filesystem::exists(to)) return;
      std::error_code error;
      std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
      // The database drops files it needs no more, also while they are copied: try at the next
      // event.
      if (error) std::filesystem::remove_all(to);
    };
  }

  // What the rows of the personal indexes say: the digests leave them out.
  static std::vector<std::string> ContactsByName(const Views& views) {
    ListQuery query;
    query.type = domain::Registry::Get().Find("contact");
    query.order = *domain::ParseOrder(*query.type, "family_name");
    query.page_size = kPageSizeMax;
    std::vector<std::string> ids;
    const auto page = views.Now()->List(query);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return ids;
    for (const auto& record : page->records) ids.push_back(record->SerializeAsString());
    return ids;
  }

  LogBuilder log_;
  eventstore::LogPosition head_ = 0;
  Spy spy_;
  std::vector<Projection> projections_;
};

TEST_F(ResumeTest, TheFirstBuildGoesOnAfterACrash) {
  // given a first build that is cut off in its last block
  const std::string path = FreshPath("first_build"), copy = FreshPath("first_build_crashed");
  CopyInLastBlock(path, copy);
  const auto whole = OpenLiveAt(path);
  EXPECT_EQ(spy_.first, 1u);
  ASSERT_TRUE(std::filesystem::exists(copy));
  spy_.on_event = nullptr;
  spy_.Reset();

  // when the views are opened again
  const auto resumed = OpenLiveAt(copy);

  // then the build went on, and its rows are those of one that was not cut off
  EXPECT_GT(spy_.first, head_ / 3);
  EXPECT_EQ(DigestsOf(*resumed), DigestsOf(*whole));
  EXPECT_FALSE(ContactsByName(*whole).empty());
  EXPECT_EQ(ContactsByName(*resumed), ContactsByName(*whole));
}

TEST_F(ResumeTest, ARebuildGoesOnAfterACrashWhenItIsAskedForAgain) {
  // given a rebuild of one view that is cut off in its last block, beside live views
  const std::string path = FreshPath("rebuild"), copy = FreshPath("rebuild_crashed");
  auto views = OpenLiveAt(path);
  CopyInLastBlock(path, copy);
  ASSERT_OK(views->Rebuild("spy", nullptr));
  ASSERT_TRUE(std::filesystem::exists(copy));
  spy_.on_event = nullptr;

  // when it is asked for again
  const auto resumed = OpenLiveAt(copy);
  ASSERT_OK(resumed->WaitForBlocking(head_, Soon()));
  spy_.Reset();
  RebuildProgress last;
  ASSERT_OK(resumed->Rebuild("spy", [&](const RebuildProgress& p) { last = p; }));

  // then
  EXPECT_GT(spy_.first, head_ / 3);
  EXPECT_TRUE(last.digests_equal);
  EXPECT_EQ(DigestsOf(*resumed), DigestsOf(*views));
}

TEST_F(ResumeTest, ARebuildThatAStopEndedGoesOnToo) {
  const std::string path = FreshPath("stopped");
  std::map<std::string, std::string> digests;
  {
    auto views = OpenLiveAt(path);
    digests = DigestsOf(*views);
    spy_.on_event = [&](eventstore::LogPosition at) {
      if (at > head_ / 3 && at < head_ - head_ / 3) views->BeginShutdown();
    };
    EXPECT_THAT(views->Rebuild("spy", nullptr), HasReason(Reason::REASON_SHUTTING_DOWN));
  }
  spy_.on_event = nullptr;
  const auto views = OpenLiveAt(path);
  spy_.Reset();
  ASSERT_OK(views->Rebuild("spy", nullptr));
  EXPECT_GT(spy_.first, head_ / 3);
  EXPECT_EQ(DigestsOf(*views), digests);
}

TEST_F(ResumeTest, ARebuildOfAnotherViewDropsWhatWasCutOff) {
  const std::string path = FreshPath("other"), copy = FreshPath("other_crashed");
  auto views = OpenLiveAt(path);
  CopyInLastBlock(path, copy);
  ASSERT_OK(views->Rebuild("spy", nullptr));
  spy_.on_event = nullptr;
  const auto resumed = OpenLiveAt(copy);
  ASSERT_OK(resumed->Rebuild(kSalesBoardView, nullptr));
  spy_.Reset();
  ASSERT_OK(resumed->Rebuild("spy", nullptr));
  EXPECT_EQ(spy_.first, 1u);
  EXPECT_EQ(DigestsOf(*resumed), DigestsOf(*views));
}

TEST_F(ResumeTest, ABuildOfAnotherVersionBeginsAnew) {
  const std::string path = FreshPath("version"), copy = FreshPath("version_crashed");
  CopyInLastBlock(path, copy);
  OpenLiveAt(path);
  spy_.on_event = nullptr;
  spy_.Reset();
  projections_.back() = spy_.View(2);
  const auto views = OpenLiveAt(copy);
  EXPECT_EQ(spy_.first, 1u);
  ASSERT_OK(views->WaitForBlocking(head_, Soon()));
  const auto report = views->Diff("spy", 1);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->rows_different, 0u);
}

}  // namespace
}  // namespace daybook::projections
