// What a crash leaves of a recovery, and of keys that nothing uses yet: the next start finds its
// way from each of these states to everything that was acknowledged, or refuses and changes
// nothing.

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "eventstore/database_copy.h"
#include "eventstore/directory_files.h"
#include "eventstore/rocks_key_store.h"
#include "eventstore/witness.h"
#include "gmock/gmock.h"
#include "tests/eventstore/damage_support.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

using Outcome = SampleDirectory::Outcome;

// Changes a bit of the last record in the write-ahead log of a database.
void DamageEnd(const std::string& database) {
  std::string wal;
  for (const std::string& file : FilesOf(database)) {
    if (absl::EndsWith(file, ".log")) wal = database + "/" + file;
  }
  const auto at = static_cast<off_t>(fs::file_size(wal)) - 20;
  const int fd = open(wal.c_str(), O_RDWR);
  char byte = 0;
  DAYBOOK_CHECK(pread(fd, &byte, 1, at) == 1, wal);
  byte = static_cast<char>(byte ^ 1);
  DAYBOOK_CHECK(pwrite(fd, &byte, 1, at) == 1, wal);
  close(fd);
}

// What a crash leaves that comes in the middle of the copying.
void MakePartOfACopy(const std::string& path) {
  fs::create_directory(CopyPath(path));
  std::ofstream(absl::StrCat(CopyPath(path), "/", kCopyMark)) << "made by a recovery";
  std::ofstream(CopyPath(path) + "/CURRENT") << "MANIFEST";
}

class RecoveryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { sample_ = new SampleDirectory(); }
  static void TearDownTestSuite() {
    delete sample_;
    sample_ = nullptr;
  }
  RecoveryTest() : path_(folder_.path() + "/data"), clock_(TestStart()), random_(9) {
    CopyFolder(sample_->path(), path_);
  }

  absl::StatusOr<DataDirectory> Open() { return OpenDataDirectory(path_, {}, clock_, random_); }
  bool Has(const std::string& name) const { return fs::exists(path_ + "/" + name); }
  void TakeOlderWitness() {
    fs::copy_file(sample_->older() + "/witness", path_ + "/witness",
                  fs::copy_options::overwrite_existing);
  }
  // A log whose last write is torn, and was not acknowledged.
  void TearLog() {
    TakeOlderWitness();
    DamageEnd(path_ + "/log");
  }
  void ExpectAllButTheTornWrite() {
    for (int time = 0; time < 2; ++time) {
      const auto opened = Open();
      ASSERT_TRUE(opened.ok()) << opened.status();
      EXPECT_EQ(ReadEverything(*opened->store).size(), SampleDirectory::kCommits - 1);
      EXPECT_FALSE(Has("log.recovery"));
      EXPECT_TRUE(Has("log.damaged-1"));
      EXPECT_FALSE(Has("log.damaged-2"));
    }
    const auto report = VerifyLog(path_, nullptr);
    EXPECT_TRUE(report.ok()) << report.status();
  }
  void ExpectIntact() {
    const SampleDirectory::Finding finding = sample_->Examine(path_);
    EXPECT_EQ(finding.outcome, Outcome::kIntact) << finding.detail;
  }
  // Takes the directory as it is now for what a power failure leaves.
  void CutPower() {
    CopyFolder(path_, folder_.path() + "/image");
    path_ = folder_.path() + "/image";
  }
  absl::Status OpenKeysStrictly() {
    const auto kek = KeyEncryption::Read(KekPath(path_));
    const auto log_id = ReadIdentity(path_);
    return RocksKeyStore::Open(KeysPath(path_), *log_id, *kek, random_,
                               RocksKeyStore::Access::kReadOnly)
        .status();
  }

  static SampleDirectory* sample_;
  ScratchFolder folder_;
  std::string path_;
  ManualClock clock_;
  SeededRandom random_;
};
SampleDirectory* RecoveryTest::sample_ = nullptr;

TEST_F(RecoveryTest, PartOfACopyIsDiscarded) {
  MakePartOfACopy(path_ + "/log");
  fs::create_directory(path_ + "/keys.recovery");  // made, and not yet marked
  ExpectIntact();
  EXPECT_FALSE(Has("log.recovery"));
  EXPECT_FALSE(Has("keys.recovery"));
}

TEST_F(RecoveryTest, RecoveryBeginsAgainAfterPartOfACopy) {
  TearLog();
  MakePartOfACopy(path_ + "/log");
  ExpectAllButTheTornWrite();
}

TEST_F(RecoveryTest, CrashBeforeTheCopyTookItsPlaceIsRepaired) {
  // Given the crash came between the two renames
  TearLog();
  ASSERT_TRUE(CopyDatabase(path_ + "/log").ok());
  ASSERT_TRUE(PutAside(path_ + "/log", path_ + "/log.damaged-1").ok());
  ASSERT_FALSE(Has("log"));
  // Then
  ExpectAllButTheTornWrite();
}

TEST_F(RecoveryTest, SecondDamagedLogIsKeptBesideTheFirst) {
  // Given a log that took the place of a damaged one, and is damaged itself
  TearLog();
  ASSERT_TRUE(CopyDatabase(path_ + "/log").ok());
  ASSERT_TRUE(PutAside(path_ + "/log", path_ + "/log.damaged-1").ok());
  ASSERT_TRUE(TakeOver(path_ + "/log").ok());
  // Then
  const auto opened = Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->store->GetHead().position, SampleDirectory::kCommits - 1);
  EXPECT_TRUE(Has("log.damaged-1"));
  EXPECT_TRUE(Has("log.damaged-2"));
}

TEST_F(RecoveryTest, CopyThatLacksAcknowledgedEventsNeverTakesThePlace) {
  // Given an interrupted recovery of a log whose damage is in what was acknowledged
  DamageEnd(path_ + "/log");
  ASSERT_TRUE(CopyDatabase(path_ + "/log").ok());
  ASSERT_TRUE(PutAside(path_ + "/log", path_ + "/log.damaged-1").ok());
  // Then it is refused each time, and the original is in its place
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_LOSS);
    EXPECT_TRUE(Has("log"));
    EXPECT_FALSE(Has("log.recovery"));
    EXPECT_FALSE(Has("log.damaged-1"));
  }
}

TEST_F(RecoveryTest, CopyAloneIsNotTakenForTheLog) {
  fs::rename(path_ + "/log", path_ + "/log.recovery");
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_LOSS);
  EXPECT_TRUE(Has("log.recovery"));
  EXPECT_FALSE(Has("log"));
}

TEST_F(RecoveryTest, DamagedLogAloneIsNotTakenForTheLog) {
  fs::rename(path_ + "/log", path_ + "/log.damaged-1");
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_LOSS);
  EXPECT_FALSE(Has("log"));
}

TEST_F(RecoveryTest, TornKeyThatNothingUsesIsLeftOut) {
  // Given a key that was made for a commit which never came
  const SealContext context{TestId(1), 0, 0, TestStream(1), "deal.moved", 1};
  SealedPart lost;
  {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    lost = *opened->keys->Seal(TestId(9000), context, "nobody");
    CutPower();
  }
  DamageEnd(path_ + "/keys");
  ASSERT_EQ(ReasonOf(OpenKeysStrictly()), Reason::REASON_DATA_LOSS);
  // When, then
  ExpectIntact();
  EXPECT_TRUE(OpenKeysStrictly().ok());
  EXPECT_FALSE(Has("keys.recovery"));
  EXPECT_TRUE(Has("keys.damaged-1")) << "keys are never deleted";
  EXPECT_THAT(VerifyLog(path_, nullptr)->keys_aside,
              testing::ElementsAre(path_ + "/keys.damaged-1"));
  // And the person gets another key
  auto opened = Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto again = opened->keys->Seal(TestId(9000), context, "nobody");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->key_id, lost.key_id);
  EXPECT_FALSE(opened->keys->Open(lost, context)->has_value());
}

TEST_F(RecoveryTest, TornKeyThatTheLogUsesIsRefused) {
  // Given
  {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    NewEvent event = MakeEvent(TestStream(1));
    const SealContext context{TestId(1'000'005'000), 0, 0, event.stream, event.type, 1};
    event.sealed.push_back(*opened->keys->Seal(TestId(9000), context, "somebody"));
    ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(5000, {event})).ok());
    CutPower();
  }
  DamageEnd(path_ + "/keys");
  // When, then
  for (int time = 0; time < 2; ++time) {
    const absl::Status status = Open().status();
    EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_LOSS);
    EXPECT_TRUE(absl::StrContains(status.message(), "key store is damaged")) << status;
    EXPECT_NE(ErrorMetadataOf(status, "expected"), "");
    EXPECT_TRUE(Has("keys"));
    EXPECT_FALSE(Has("keys.recovery"));
    EXPECT_FALSE(Has("keys.damaged-1"));
  }
}

TEST_F(RecoveryTest, TornKeysAndTornLogAreRecoveredTogether) {
  // Given a power failure in the middle of a commit with a new key
  {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    NewEvent event = MakeEvent(TestStream(1));
    const SealContext context{TestId(1'000'005'000), 0, 0, event.stream, event.type, 1};
    event.sealed.push_back(*opened->keys->Seal(TestId(9000), context, "somebody"));
    const std::string witness = path_ + "/witness";
    fs::copy_file(witness, folder_.path() + "/witness");
    ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(5000, {event})).ok());
    CutPower();
  }
  fs::copy_file(folder_.path() + "/witness", path_ + "/witness",
                fs::copy_options::overwrite_existing);
  DamageEnd(path_ + "/log");
  DamageEnd(path_ + "/keys");
  // Then
  ExpectIntact();
  EXPECT_TRUE(Has("log.damaged-1"));
}

// The states that a crash can leave of a recovery, from the first step to the last.
class InterruptedRecoveryTest : public RecoveryTest,
                                public testing::WithParamInterface<const char*> {
 protected:
  using Step = std::function<void(const std::string& path)>;
  static std::vector<Step> Steps() {
    return {
        [](const std::string& path) { fs::create_directory(CopyPath(path)); },
        [](const std::string& path) { MakePartOfACopy(path); },
        [](const std::string& path) { ASSERT_TRUE(CopyDatabase(path).ok()); },
        [](const std::string& path) {
          ASSERT_TRUE(CopyDatabase(path).ok());
          ASSERT_TRUE(PutAside(path, NextAside(path)).ok());
        },
        [](const std::string& path) {  // renamed, the mark still there
          ASSERT_TRUE(CopyDatabase(path).ok());
          ASSERT_TRUE(PutAside(path, NextAside(path)).ok());
          fs::rename(CopyPath(path), path);
        },
        [](const std::string& path) {
          ASSERT_TRUE(CopyDatabase(path).ok());
          ASSERT_TRUE(PutAside(path, NextAside(path)).ok());
          ASSERT_TRUE(TakeOver(path).ok());
        },
    };
  }
};

TEST_P(InterruptedRecoveryTest, GoesOnByItselfFromEveryStep) {
  for (const Step& step : Steps()) {
    fs::remove_all(path_);
    CopyFolder(sample_->path(), path_);
    step(path_ + "/" + GetParam());
    ExpectIntact();
    EXPECT_FALSE(Has(absl::StrCat(GetParam(), ".recovery")));
    EXPECT_FALSE(Has(absl::StrCat(GetParam(), "/", kCopyMark)));
  }
}

// As docs/operations/start-refusals.md says.
TEST_P(InterruptedRecoveryTest, CanBeTakenBackByHandFromEveryStep) {
  const std::string path = path_ + "/" + GetParam();
  for (const Step& step : Steps()) {
    fs::remove_all(path_);
    CopyFolder(sample_->path(), path_);
    step(path);
    if (Has(absl::StrCat(GetParam(), ".damaged-1"))) {
      fs::remove_all(path);
      fs::rename(path + ".damaged-1", path);
    }
    fs::remove_all(path + ".recovery");
    ExpectIntact();
  }
}
INSTANTIATE_TEST_SUITE_P(Databases, InterruptedRecoveryTest, testing::Values("log", "keys"));

TEST_F(RecoveryTest, FolderThatNoRecoveryHasMadeIsKept) {
  fs::create_directory(path_ + "/log.recovery");
  std::ofstream(path_ + "/log.recovery/CURRENT") << "MANIFEST";
  ExpectIntact();
  EXPECT_TRUE(fs::exists(path_ + "/log.recovery-1/CURRENT"));
}

TEST_F(RecoveryTest, WhatEarlierReleasesPutAsideIsPutBack) {
  ASSERT_TRUE(CopyDatabase(path_ + "/keys").ok());
  ASSERT_TRUE(PutAside(path_ + "/keys", path_ + "/keys.damaged").ok());
  ExpectIntact();
  EXPECT_FALSE(Has("keys.damaged"));
}

TEST_F(RecoveryTest, DatabaseThatIsOpenElsewhereIsNotRecovered) {
  // Given a torn log, and a process that holds RocksDB's own lock on it
  TearLog();
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const pid_t child = fork();
  if (child == 0) {
    char byte = 0;
    const int fd = open((path_ + "/log/LOCK").c_str(), O_RDWR | O_CREAT, 0600);
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    if (fcntl(fd, F_SETLK, &lock) != 0) _exit(1);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    (void)!read(done[0], &byte, 1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  // Then
  const absl::Status status = Open().status();
  EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_DIRECTORY) << status;
  EXPECT_FALSE(Has("log.recovery"));
  EXPECT_FALSE(Has("log.damaged-1"));
  // And once it has ended, it is
  ASSERT_EQ(write(done[1], "x", 1), 1);
  waitpid(child, nullptr, 0);
  for (const int fd : {ready[0], ready[1], done[0], done[1]}) close(fd);
  ExpectAllButTheTornWrite();
}

TEST_F(RecoveryTest, WitnessCoversTheWholeLogOnceItIsOpen) {
  // Given a power failure took the end of the witness, not that of the log
  TakeOlderWitness();
  {
    const auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ((*Witness::Open(WitnessPath(path_)))->record().head, SampleDirectory::kCommits);
  }
  // Then what repeated requests were answered from cannot get lost unnoticed
  fs::remove_all(path_ + "/log");
  CopyFolder(sample_->older() + "/log", path_ + "/log");
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_LOSS);
}

}  // namespace
}  // namespace daybook::eventstore
