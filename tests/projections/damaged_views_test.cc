// Damaged files of the views: built anew from the log by themselves; never a wrong answer.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "tests/projections/random_history.h"
#include "tests/projections/recovery_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::HasReason;
using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

std::vector<std::filesystem::path> Files(const std::string& path, const std::string& part) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().filename().string().find(part) != std::string::npos) {
      files.push_back(entry.path());
    }
  }
  return files;
}

void FlipByte(const std::filesystem::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x40));
}

// Names come back after all files were dropped.
ino_t InodeOf(const std::filesystem::path& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? file.st_ino : 0;
}

void Truncate(const std::filesystem::path& path) {
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
}

class DamagedViewsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    RandomHistory(log_, 41).Steps(120);
    const auto views = Open();
    ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); }));
  }
  std::unique_ptr<Views> Open() {
    auto views = Views::Open(path_, log_.store(), log_.keys(), RecoveryOptions(&notices_));
    EXPECT_TRUE(views.ok()) << views.status();
    return *std::move(views);
  }
  void ExpectBuiltAnewAfter(const std::function<void()>& damage) {
    damage();
    {
      const auto views = Open();
      EXPECT_TRUE(notices_.Has("built anew"));
      EXPECT_TRUE(notices_.Has("damaged"));
      ASSERT_TRUE(Eventually([&] { return CaughtUp(*views, log_); }));
      EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log_)));
    }
    // and for good
    const auto again = Open();
    EXPECT_TRUE(AllAre(*again, ViewState::kLive));
  }

  LogBuilder log_;
  Notices notices_;
  const std::string path_ = FreshPath("damaged");
};

TEST_F(DamagedViewsTest, AManifestWithAFlippedByte) {
  ExpectBuiltAnewAfter([&] {
    for (const auto& file : Files(path_, "MANIFEST")) FlipByte(file, 20);
  });
}

TEST_F(DamagedViewsTest, AManifestThatIsMissing) {
  ExpectBuiltAnewAfter([&] {
    for (const auto& file : Files(path_, "MANIFEST")) std::filesystem::remove(file);
  });
}

TEST_F(DamagedViewsTest, CurrentThatNamesNothing) {
  ExpectBuiltAnewAfter([&] { std::ofstream(path_ + "/CURRENT") << "MANIFEST-999999\n"; });
}

TEST_F(DamagedViewsTest, CurrentThatIsGarbage) {
  ExpectBuiltAnewAfter([&] { std::ofstream(path_ + "/CURRENT") << "garbage"; });
}

TEST_F(DamagedViewsTest, CurrentThatIsMissing) {
  ExpectBuiltAnewAfter([&] { std::filesystem::remove(path_ + "/CURRENT"); });
}

TEST_F(DamagedViewsTest, ATableFileThatIsMissing) {
  ExpectBuiltAnewAfter([&] { std::filesystem::remove(Files(path_, ".sst").front()); });
}

TEST_F(DamagedViewsTest, ATableFileThatIsCutOff) {
  ExpectBuiltAnewAfter([&] { Truncate(Files(path_, ".sst").front()); });
}

TEST_F(DamagedViewsTest, TableFilesWithoutTheirEnds) {
  ExpectBuiltAnewAfter([&] {
    for (const auto& file : Files(path_, ".sst")) {
      FlipByte(file, std::filesystem::file_size(file) - 3);
    }
  });
}

// Damage inside the rows is found by whoever reads them.
TEST_F(DamagedViewsTest, RowsThatCannotBeReadAreNotAnsweredAndBuiltAnew) {
  for (const auto& file : Files(path_, ".sst")) FlipByte(file, 10);
  const auto right = OpenCaughtUp(log_);
  const auto views = Open();
  const domain::ObjectType* accounts = domain::Registry::Get().Find("account");
  ListQuery query;
  query.type = accounts;
  query.page_size = kPageSizeMax;
  const auto expected = right->Now()->List(query);
  ASSERT_TRUE(expected.ok()) << expected.status();
  int refused = 0;
  ASSERT_TRUE(Eventually([&] {
    const auto page = views->Now()->List(query);
    if (!page.ok()) {
      EXPECT_THAT(page.status(), HasReason(Reason::REASON_VIEW_UNAVAILABLE));
      ++refused;
      return false;
    }
    EXPECT_EQ(page->records.size(), expected->records.size());
    for (size_t i = 0; i < page->records.size(); ++i) {
      EXPECT_EQ(page->records[i]->SerializeAsString(), expected->records[i]->SerializeAsString());
    }
    return CaughtUp(*views, log_);
  }));
  EXPECT_GT(refused, 0);
  EXPECT_TRUE(notices_.Has("built anew"));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*right));
}

// Following the log reads rows too: what is damaged then is no end of the view.
TEST_F(DamagedViewsTest, RowsThatTheFoldCannotReadAreBuiltAnew) {
  for (const auto& file : Files(path_, ".sst")) FlipByte(file, 10);
  const auto views = Open();
  RandomHistory history(log_, 42);
  history.Steps(60);
  ASSERT_TRUE(Eventually([&] {
    // Every view is read, so that nothing damaged is left unnoticed.
    for (const ViewStatus& status : views->Status()) {
      views->Now()->ScanRows(status.name, "", "", [](auto, auto) { return true; }).IgnoreError();
      EXPECT_NE(status.state, ViewState::kDetached) << status.name << " " << status.error;
    }
    return CaughtUp(*views, log_) && notices_.Has("built anew");
  }));
  EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log_)));
}

TEST(RepairBudgetTest, ViewsThatAreDamagedAgainAndAgainStayDetachedWithAdvice) {
  LogBuilder log;
  RandomHistory(log, 43).Steps(30);
  const std::string path = FreshPath("again_and_again");
  Notices notices;
  auto opened = Views::Open(path, log.store(), log.keys(), RecoveryOptions(&notices));
  ASSERT_TRUE(opened.ok()) << opened.status();
  Views& views = **opened;
  ASSERT_TRUE(Eventually([&] { return CaughtUp(views, log); }));
  // Files that the database holds open are damaged in place; blocks in memory hide it, so the
  // views are opened with next to none.
  opened->reset();
  ViewsOptions options = RecoveryOptions(&notices);
  options.block_cache_bytes = 0;
  options.record_cache_bytes = 0;
  opened = Views::Open(path, log.store(), log.keys(), options);
  ASSERT_TRUE(opened.ok()) << opened.status();
  std::set<ino_t> damaged;  // once each: twice would mend them
  ASSERT_TRUE(Eventually([&] {
    if (AllAre(**opened, ViewState::kLive)) {
      for (const auto& file : Files(path, ".sst")) {
        if (damaged.insert(InodeOf(file)).second) FlipByte(file, 10);
      }
    }
    const auto snapshot = (*opened)->Now();
    snapshot->ScanRows("records", "", "", [](auto, auto) { return true; }).IgnoreError();
    return notices.Has("look at the disk");
  })) << notices.Texts();
  // Found by a reader, or by a compaction: then it concerns all files at once.
  EXPECT_TRUE(Eventually([&] {
    const std::vector<ViewStatus> statuses = (*opened)->Status();
    return std::all_of(statuses.begin(), statuses.end(), [](const ViewStatus& status) {
      return status.state != ViewState::kLive && status.state != ViewState::kBuilding &&
             status.error.find("look at the disk") != std::string::npos;
    });
  })) << notices.Texts();
}

}  // namespace
}  // namespace daybook::projections
