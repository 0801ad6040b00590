// Fault tests 5 and 6: whatever happens to one file, the log opens to everything that was
// acknowledged, or refuses with a reason. It never opens to less, and never to something else.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/strings.h"
#include "tests/eventstore/damage_support.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFlips = 2000;
constexpr size_t kThreads = 2;

using Outcome = SampleDirectory::Outcome;

uint64_t Seed() {
  uint64_t seed = 20240607;
  const char* given = std::getenv("DAYBOOK_TEST_SEED");
  if (given != nullptr) DAYBOOK_CHECK(absl::SimpleAtoi(given, &seed), "seed");
  return seed;
}

void FlipBit(const std::string& file, uint64_t bit) {
  const int fd = open(file.c_str(), O_RDWR);
  char byte = 0;
  const auto at = static_cast<off_t>(bit / 8);
  DAYBOOK_CHECK(pread(fd, &byte, 1, at) == 1, file);
  byte = static_cast<char>(byte ^ (1 << (bit % 8)));
  DAYBOOK_CHECK(pwrite(fd, &byte, 1, at) == 1, file);
  close(fd);
}

std::string LiveLogOf(const std::string& path) {
  std::string wal;
  for (const std::string& file : FilesOf(path)) {
    if (file.substr(0, 4) == "log/" && file.find(".log") != std::string::npos) wal = file;
  }
  return wal;
}

class DamageTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sample_ = new SampleDirectory(); }
  static void TearDownTestSuite() {
    delete sample_;
    sample_ = nullptr;
  }

  // A fresh copy of the sample, which the last one made way for.
  std::string FreshCopy(const std::string& name = "copy") {
    const std::string path = folder_.path() + "/" + name;
    fs::remove_all(path);
    CopyFolder(sample_->path(), path);
    return path;
  }
  // Counts the outcome; a wrong one fails the test.
  void Examine(const std::string& path, const std::string& damage) {
    const SampleDirectory::Finding finding = sample_->Examine(path);
    EXPECT_NE(finding.outcome, Outcome::kWrong) << damage << ": " << finding.detail;
    std::lock_guard lock(mutex_);
    ++outcomes_[finding.outcome];
  }

  static SampleDirectory* sample_;
  ScratchFolder folder_;
  std::mutex mutex_;
  std::map<Outcome, int> outcomes_;
};
SampleDirectory* DamageTest::sample_ = nullptr;

TEST_F(DamageTest, UntouchedCopyIsIntact) {
  Examine(FreshCopy(), "nothing");
  EXPECT_EQ(outcomes_[Outcome::kIntact], 1);
}

TEST_F(DamageTest, EveryFlippedBitIsHarmlessOrRefused) {
  // Given bits chosen over all files: half of them so that small files are hit as often as large
  // ones
  std::mt19937_64 random(Seed());
  const std::vector<std::string> files = FilesOf(sample_->path());
  std::vector<uint64_t> ends;
  uint64_t total = 0;
  for (const std::string& file : files) {
    ends.push_back(total += fs::file_size(sample_->path() + "/" + file));
  }
  struct Flip {
    std::string file;
    uint64_t bit = 0;
  };
  std::vector<Flip> flips;
  while (flips.size() < kFlips) {
    size_t file = random() % files.size();
    if (flips.size() % 2 == 0) {
      file = static_cast<size_t>(std::upper_bound(ends.begin(), ends.end(), random() % total) -
                                 ends.begin());
    }
    const uint64_t size = ends[file] - (file == 0 ? 0 : ends[file - 1]);
    if (size > 0) flips.push_back({files[file], random() % (size * 8)});
  }
  const auto examine = [&](size_t first) {
    for (size_t i = first; i < flips.size(); i += kThreads) {
      // When
      const std::string path = FreshCopy(absl::StrCat("copy", first));
      FlipBit(path + "/" + flips[i].file, flips[i].bit);
      // Then
      Examine(path,
              absl::StrCat("bit ", flips[i].bit, " of ", flips[i].file, " (seed ", Seed(), ")"));
    }
  };
  std::vector<std::thread> threads;
  for (size_t first = 0; first < kThreads; ++first) threads.emplace_back(examine, first);
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(outcomes_[Outcome::kRefused], static_cast<int>(kFlips) / 4);
  EXPECT_GT(outcomes_[Outcome::kIntact], 0);
  std::printf("%d intact, %d refused\n", outcomes_[Outcome::kIntact], outcomes_[Outcome::kRefused]);
}

TEST_F(DamageTest, EveryCutFileIsHarmlessOrRefused) {
  std::mt19937_64 random(Seed());
  for (const std::string& file : FilesOf(sample_->path())) {
    const uint64_t size = fs::file_size(sample_->path() + "/" + file);
    if (size == 0) continue;
    for (const uint64_t left : {uint64_t{0}, size - 1, size - std::min<uint64_t>(size, 7),
                                random() % size, random() % size}) {
      const std::string path = FreshCopy();
      fs::resize_file(path + "/" + file, left);
      Examine(path, absl::StrCat(file, " cut from ", size, " to ", left));
    }
  }
  EXPECT_GT(outcomes_[Outcome::kRefused], 10);
}

TEST_F(DamageTest, EveryDeletedFileIsHarmlessOrRefused) {
  for (const std::string& file : FilesOf(sample_->path())) {
    const std::string path = FreshCopy();
    fs::remove(path + "/" + file);
    Examine(path, file + " deleted");
  }
  EXPECT_GT(outcomes_[Outcome::kRefused], 5);
}

TEST_F(DamageTest, EveryFileSwappedWithAnOlderOneIsHarmlessOrRefused) {
  for (const std::string& file : FilesOf(sample_->path())) {
    if (!fs::exists(sample_->older() + "/" + file)) continue;
    const std::string path = FreshCopy();
    fs::copy_file(sample_->older() + "/" + file, path + "/" + file,
                  fs::copy_options::overwrite_existing);
    Examine(path, file + " from an older copy");
  }
  EXPECT_GT(outcomes_[Outcome::kRefused], 0);
}

TEST_F(DamageTest, OlderCopyOfAPartIsRefused) {
  for (const char* part : {"log", "keys"}) {
    const std::string path = FreshCopy();
    fs::remove_all(path + "/" + part);
    CopyFolder(sample_->older() + "/" + part, path + "/" + part);
    const SampleDirectory::Finding finding = sample_->Examine(path);
    EXPECT_EQ(finding.outcome, Outcome::kRefused) << part << " " << finding.detail;
  }
}

TEST_F(DamageTest, RefusalNamesBothPositions) {
  // Given a log that lost its live write-ahead log
  const std::string path = FreshCopy();
  ASSERT_TRUE(fs::remove(path + "/" + LiveLogOf(path)));
  // When
  const SampleDirectory::Finding finding = sample_->Examine(path);
  // Then
  EXPECT_EQ(finding.outcome, Outcome::kRefused);
  EXPECT_NE(finding.detail.find(absl::StrCat(SampleDirectory::kCommits)), std::string::npos)
      << finding.detail;
}

TEST_F(DamageTest, DamagedEndThatWasNotAcknowledgedIsPutAside) {
  // Given a witness of an earlier moment, and a changed bit behind what it covers
  const std::string path = FreshCopy();
  fs::copy_file(sample_->older() + "/witness", path + "/witness",
                fs::copy_options::overwrite_existing);
  const std::string wal = path + "/" + LiveLogOf(path);
  FlipBit(wal, (fs::file_size(wal) - 100) * 8);
  // When
  ManualClock clock(TestStart());
  SeededRandom random(9);
  for (int time = 0; time < 2; ++time) {
    const auto opened = OpenDataDirectory(path, {}, clock, random);
    // Then it opens to all but the damaged write
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(opened->store->GetHead().position, SampleDirectory::kCommits - 1);
    EXPECT_EQ(ReadEverything(*opened->store).size(), SampleDirectory::kCommits - 1);
    EXPECT_TRUE(fs::exists(path + "/log.damaged-1"));
    EXPECT_FALSE(fs::exists(path + "/log.damaged-2"));
  }
  const auto report = VerifyLog(path, nullptr);
  EXPECT_TRUE(report.ok()) << report.status();
}

TEST_F(DamageTest, GarbageBehindTheEndIsIgnored) {
  // Given a write that never got to its end, behind everything acknowledged
  const std::string path = FreshCopy();
  const std::string wal = LiveLogOf(path);
  ASSERT_FALSE(wal.empty());
  const int fd = open((path + "/" + wal).c_str(), O_WRONLY | O_APPEND);
  const std::string garbage(300, '\x5a');
  ASSERT_EQ(write(fd, garbage.data(), garbage.size()), 300);
  close(fd);
  // Then it opens to everything, this time and the next
  Examine(path, "torn end");
  Examine(path, "torn end, again");
  EXPECT_EQ(outcomes_[Outcome::kIntact], 2);
}

}  // namespace
}  // namespace daybook::eventstore
