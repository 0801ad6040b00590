#include "eventstore/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "eventstore/directory_files.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;
using Use = DirectoryLock::Use;

class DirectoryLockTest : public testing::Test {
 protected:
  DirectoryLockTest() : path_(folder_.path() + "/data"), clock_(TestStart()), random_(1) {
    EXPECT_TRUE(CreateDataDirectory(path_, clock_, random_).ok());
  }
  absl::StatusOr<std::shared_ptr<DirectoryLock>> Take(Use use = Use::kWrite) {
    return DirectoryLock::Take(path_, use);
  }
  void ExpectInUse(const absl::Status& status) {
    EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_DIRECTORY) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "in use")) << status;
  }

  ScratchFolder folder_;
  std::string path_;
  ManualClock clock_;
  SeededRandom random_;
};

TEST_F(DirectoryLockTest, HeldWithoutItsLockFile) {
  const auto first = Take();
  ASSERT_TRUE(first.ok()) << first.status();
  fs::remove(path_ + "/lock");
  ExpectInUse(Take().status());
  ExpectInUse(Take(Use::kRead).status());
}

TEST_F(DirectoryLockTest, HeldThroughAnotherNameOfTheDirectory) {
  const auto first = Take();
  fs::create_directory_symlink(path_, folder_.path() + "/other");
  ExpectInUse(DirectoryLock::Take(folder_.path() + "/other", Use::kWrite).status());
}

// Releases that lock the file alone are kept out, and keep this one out.
TEST_F(DirectoryLockTest, FileIsLockedToo) {
  const int fd = open((path_ + "/lock").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
  ExpectInUse(Take().status());
  close(fd);
  const auto taken = Take();
  ASSERT_TRUE(taken.ok()) << taken.status();
  const int again = open((path_ + "/lock").c_str(), O_RDWR);
  EXPECT_NE(flock(again, LOCK_EX | LOCK_NB), 0);
  close(again);
}

TEST_F(DirectoryLockTest, ReadersShareAndLeaveNothing) {
  {
    const auto first = Take(Use::kRead);
    const auto second = Take(Use::kRead);
    EXPECT_TRUE(first.ok() && second.ok());
    EXPECT_FALSE(fs::exists(path_ + "/lock"));
    ExpectInUse(Take().status());
  }
  EXPECT_TRUE(Take().ok());
}

TEST_F(DirectoryLockTest, HolderThatHasEndedIsNotNamed) {
  std::ofstream(path_ + "/lock") << "1\nboot 00000000-0000-0000-0000-000000000000\nstart 5\n";
  const auto reader = Take(Use::kRead);
  const absl::Status status = Take().status();
  ExpectInUse(status);
  EXPECT_EQ(ErrorMetadataOf(status, "pid"), "unknown");
}

TEST_F(DirectoryLockTest, LocksThatDoNothingAreRefused) {
  const auto nothing = [](int, int) { return 0; };
  const absl::Status status = DirectoryLock::Take(path_, Use::kWrite, nothing).status();
  EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_DIRECTORY);
  EXPECT_TRUE(absl::StrContains(status.message(), "locks do nothing")) << status;
}

TEST_F(DirectoryLockTest, DirectoriesThatCannotBeLockedAreHeldByTheirIdentity) {
  const auto files_only = [](int, int) {
    errno = EBADF;
    return -1;
  };
  const auto first = DirectoryLock::Take(path_, Use::kWrite, files_only);
  ASSERT_TRUE(first.ok()) << first.status();
  ExpectInUse(DirectoryLock::Take(path_, Use::kWrite, files_only).status());
}

TEST_F(DirectoryLockTest, RemovedLockFileIsMadeAgain) {
  const auto lock = *Take();
  lock->Watch(absl::Hours(1));
  fs::remove(path_ + "/lock");
  EXPECT_TRUE(lock->StillHeld().ok());
  const int fd = open((path_ + "/lock").c_str(), O_RDWR);
  ASSERT_GE(fd, 0);
  EXPECT_NE(flock(fd, LOCK_EX | LOCK_NB), 0) << "made, but not locked";
  close(fd);
}

TEST_F(DirectoryLockTest, LockFileOfAnotherProcessStopsTheHolder) {
  const auto lock = *Take();
  lock->Watch(absl::Hours(1));
  fs::remove(path_ + "/lock");
  const int fd = open((path_ + "/lock").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(fd, LOCK_EX | LOCK_NB), 0);
  EXPECT_FALSE(lock->StillHeld().ok());
  EXPECT_FALSE(lock->Held().ok());
  close(fd);
  EXPECT_TRUE(lock->StillHeld().ok());
}

TEST_F(DirectoryLockTest, EveryPartMustStayInItsPlace) {
  const auto lock = *Take();
  lock->Watch(absl::Hours(1));
  EXPECT_TRUE(lock->StillHeld().ok());
  for (const std::string& part : {path_, path_ + "/identity", path_ + "/log", path_ + "/keys"}) {
    const std::string away = folder_.path() + "/away";
    fs::rename(part, away);
    EXPECT_FALSE(lock->StillHeld().ok()) << part;
    // A copy is another one.
    fs::copy(away, part, fs::copy_options::recursive);
    const absl::Status status = lock->StillHeld();
    EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_DIRECTORY) << part;
    EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
    EXPECT_FALSE(lock->Held().ok());
    fs::remove_all(part);
    fs::rename(away, part);
    EXPECT_TRUE(lock->StillHeld().ok()) << part;
  }
}

TEST_F(DirectoryLockTest, StoreOfADirectoryThatWasReplacedRefusesToWrite) {
  auto opened = OpenDataDirectory(path_, {}, clock_, random_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EventStore& store = *opened->store;
  ASSERT_TRUE(store.AppendAndWait(MakeCommit(1, {MakeEvent(TestStream(1))})).ok());
  EXPECT_TRUE(store.Writable().ok());
  fs::rename(path_, folder_.path() + "/away");
  EXPECT_FALSE(opened->lock->StillHeld().ok());
  EXPECT_EQ(ReasonOf(store.AppendAndWait(MakeCommit(2, {MakeEvent(TestStream(1))})).status()),
            Reason::REASON_DATA_DIRECTORY);
  EXPECT_EQ(ReasonOf(store.Writable()), Reason::REASON_DATA_DIRECTORY);
  EXPECT_EQ(ReadEverything(store).size(), 1u) << "reading goes on";
  fs::rename(folder_.path() + "/away", path_);
  EXPECT_TRUE(opened->lock->StillHeld().ok());
  EXPECT_TRUE(store.AppendAndWait(MakeCommit(2, {MakeEvent(TestStream(1))})).ok());
}

TEST_F(DirectoryLockTest, SomebodyLooksWithoutBeingAsked) {
  const auto lock = *Take();
  lock->Watch(absl::Milliseconds(5));
  fs::rename(path_, folder_.path() + "/away");
  for (int i = 0; i < 2'000 && lock->Held().ok(); ++i) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_FALSE(lock->Held().ok());
}

}  // namespace
}  // namespace daybook::eventstore
