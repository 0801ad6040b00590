#include "eventstore/data_directory.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "eventstore/directory_files.h"
#include "eventstore/disk_space.h"
#include "eventstore/files.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"
#include "eventstore/recent_events.h"
#include "eventstore/witness.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

namespace fs = std::filesystem;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() : path_(folder_.path() + "/data"), clock_(TestStart()), random_(1) {}

  void Create() { ASSERT_TRUE(CreateDataDirectory(path_, clock_, random_).ok()); }
  absl::StatusOr<DataDirectory> Open() { return OpenDataDirectory(path_, {}, clock_, random_); }
  void Overwrite(const std::string& file, const std::string& bytes) {
    std::ofstream(path_ + "/" + file, std::ios::binary) << bytes;
  }

  ScratchFolder folder_;
  std::string path_;
  ManualClock clock_;
  SeededRandom random_;
};

TEST_F(DataDirectoryTest, NewDirectoryOpensEmptyAndKeepsItsId) {
  Create();
  Uuid id;
  {
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    id = opened->store->log_id();
    EXPECT_FALSE(id.is_nil());
    EXPECT_EQ(opened->store->GetHead().position, 0u);
  }
  EXPECT_EQ(Open()->store->log_id(), id);
  EXPECT_EQ(fs::status(KekPath(path_)).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(DataDirectoryTest, EverythingIsThereAfterReopening) {
  // Given
  Create();
  const SealContext context{TestId(1'000'000'000), 0, 0, TestStream(0), "deal.moved", 1};
  Head head;
  {
    auto opened = Open();
    NewEvent sealed = MakeEvent(TestStream(0));
    sealed.sealed.push_back(*opened->keys->Seal(TestId(50), context, "a name"));
    Commit commit = MakeCommit(0, {sealed});
    commit.claims.push_back({ClaimChange::Kind::kTake, *opened->keys->ClaimKind("sku"),
                             opened->keys->ClaimHash("sku", "A1"), TestStream(0), "sku"});
    ASSERT_TRUE(opened->store->AppendAndWait(commit).ok());
    for (uint64_t i = 1; i < 700; ++i) {
      ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(i, {MakeEvent(TestStream(i % 9))})).ok());
    }
    ASSERT_TRUE(opened->keys->PutSecretHash(TestId(3), Sha256("secret")).ok());
    head = opened->store->GetHead();
  }
  // When
  auto opened = Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  EventStore& store = *opened->store;
  // Then
  EXPECT_EQ(store.GetHead().position, head.position);
  EXPECT_EQ(store.GetHead().root, head.root);
  EXPECT_EQ(store.GetHead().recorded_at, head.recorded_at);
  EXPECT_EQ(*store.RootAt(700), head.root);
  EXPECT_FALSE(store.BackfillOpen());
  const std::vector<RecordedEvent> events = ReadEverything(store);
  ASSERT_EQ(events.size(), 700u);
  EXPECT_EQ(opened->keys->Open(events[0].sealed[0], events[0].seal_context(0))->value(), "a name");
  EXPECT_EQ(store.FindClaim(*opened->keys->ClaimKind("sku"), opened->keys->ClaimHash("sku", "A1"))
                ->value(),
            TestStream(0));
  EXPECT_EQ(opened->keys->FindSecretHash(TestId(3))->value(), Sha256("secret"));
  // And repeats, conflicts and the tree go on
  EXPECT_TRUE(store.AppendAndWait(MakeCommit(5, {MakeEvent(TestStream(5))}))->replayed);
  EXPECT_EQ(
      ReasonOf(
          store.AppendAndWait(MakeCommit(900, {MakeEvent(TestStream(1))}, {{TestStream(1), 1}}))
              .status()),
      Reason::REASON_REVISION_CONFLICT);
  const StreamRevision at = *store.StreamHead(TestStream(1));
  ASSERT_TRUE(
      store.AppendAndWait(MakeCommit(901, {MakeEvent(TestStream(1))}, {{TestStream(1), at}})).ok());
  EXPECT_EQ(*store.RootAt(701), store.GetHead().root);
}

TEST_F(DataDirectoryTest, SecondOpenNamesTheHolder) {
  Create();
  auto first = Open();
  const absl::Status status = Open().status();
  EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_DIRECTORY);
  EXPECT_EQ(ErrorMetadataOf(status, "pid"), absl::StrCat(getpid()));
}

TEST_F(DataDirectoryTest, WrongPlacesAreNamed) {
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_DIRECTORY);
  fs::create_directory(path_);
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_DIRECTORY);
  Overwrite("something", "else");
  EXPECT_EQ(ReasonOf(CreateDataDirectory(path_, clock_, random_)), Reason::REASON_DATA_DIRECTORY);
  fs::remove(path_ + "/something");
  Create();
  EXPECT_EQ(ReasonOf(CreateDataDirectory(path_, clock_, random_)), Reason::REASON_DATA_DIRECTORY);
}

TEST_F(DataDirectoryTest, AnotherFormatIsRefused) {
  Create();
  const std::string text = *ReadFile(IdentityPath(path_), 4096);
  const std::string body =
      absl::StrReplaceAll(text.substr(0, text.rfind("check ")), {{"format 1", "format 2"}});
  Overwrite("identity", absl::StrCat(body, "check ", HexOf(Bytes(Sha256(body))), "\n"));
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_DIRECTORY);
  Overwrite("identity", body + "check 00\n");
  EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_LOSS);
}

TEST_F(DataDirectoryTest, MissingPartsAreNamed) {
  Create();
  for (const char* part : {"kek", "witness", "keys", "log"}) {
    fs::rename(path_ + "/" + part, folder_.path() + "/away");
    const absl::Status status = Open().status();
    EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_LOSS) << part << " " << status;
    fs::rename(folder_.path() + "/away", path_ + "/" + part);
  }
  EXPECT_TRUE(Open().ok());
}

TEST_F(DataDirectoryTest, PartsOfAnotherDirectoryAreRefused) {
  Create();
  const std::string other = folder_.path() + "/other";
  ASSERT_TRUE(CreateDataDirectory(other, clock_, random_).ok());
  for (const char* part : {"keys", "log"}) {
    const std::string mine = path_ + "/" + part;
    fs::rename(mine, folder_.path() + "/away");
    fs::copy(other + "/" + part, mine, fs::copy_options::recursive);
    EXPECT_EQ(ReasonOf(Open().status()), Reason::REASON_DATA_DIRECTORY) << part;
    fs::remove_all(mine);
    fs::rename(folder_.path() + "/away", mine);
  }
  EXPECT_TRUE(Open().ok());
}

TEST_F(DataDirectoryTest, VerifyReportsWhatIsThere) {
  // Given
  Create();
  Head head;
  {
    auto opened = Open();
    for (uint64_t i = 0; i < 600; ++i) {
      NewEvent event = MakeEvent(TestStream(i % 9));
      event.tags = {"west"};
      ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(i, {event})).ok());
    }
    ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(1000, {})).ok());
    head = opened->store->GetHead();
    EXPECT_EQ(ReasonOf(VerifyLog(path_, nullptr).status()), Reason::REASON_DATA_DIRECTORY);
  }
  // When
  LogPosition last = 0;
  const auto report = VerifyLog(path_, [&](LogPosition at, LogPosition of) {
    EXPECT_EQ(of, 600u);
    last = at;
  });
  // Then
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->events, 600u);
  EXPECT_EQ(report->root, head.root);
  EXPECT_EQ(report->commits, 601u);
  EXPECT_EQ(report->streams, 9u);
  EXPECT_EQ(last, 600u);
}

TEST_F(DataDirectoryTest, NobodyElseMayReadOrEnter) {
  // Given
  Create();
  const auto expect_private = [&] {
    EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_all);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_)) {
      const fs::perms others = fs::perms::group_all | fs::perms::others_all;
      EXPECT_EQ(entry.status().permissions() & others, fs::perms::none) << entry.path();
    }
  };
  expect_private();
  // When a directory of an earlier release, or a copy, is opened
  fs::permissions(path_, fs::perms::all);
  for (const char* part : {"log", "views", "witness", "identity", "log/CURRENT"}) {
    fs::permissions(path_ + "/" + part, fs::perms::others_read, fs::perm_options::add);
  }
  ASSERT_TRUE(Open().ok());
  // Then
  const mode_t before = umask(077);
  ASSERT_TRUE(Open().ok());
  umask(before);
  expect_private();
}

TEST_F(DataDirectoryTest, VerifyChangesNothing) {
  // Given
  Create();
  {
    auto opened = Open();
    for (uint64_t i = 0; i < 50; ++i) {
      ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(i, {MakeEvent(TestStream(i))})).ok());
    }
  }
  fs::remove(path_ + "/lock");
  const auto list = [&] {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_)) {
      if (entry.is_regular_file()) files[entry.path()] = *ReadFile(entry.path(), 1 << 26);
    }
    return files;
  };
  const auto before = list();
  // When, then
  const auto report = VerifyLog(path_, nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(list(), before);
}

TEST_F(DataDirectoryTest, RestoredCopyIsOfAnotherIncarnation) {
  Create();
  {
    auto opened = Open();
    EXPECT_EQ(opened->store->incarnation(), 1u);
    ASSERT_TRUE(opened->store->AppendAndWait(MakeCommit(1, {MakeEvent(TestStream(1))})).ok());
    EXPECT_EQ(ReasonOf(MarkRestored(path_, random_).status()), Reason::REASON_DATA_DIRECTORY);
  }
  EXPECT_EQ(*MarkRestored(path_, random_), 2u);
  EXPECT_EQ(*MarkRestored(path_, random_), 3u);
  EXPECT_EQ(VerifyLog(path_, nullptr)->incarnation, 3u);
  const auto opened = Open();
  EXPECT_EQ(opened->store->incarnation(), 3u);
  EXPECT_EQ(opened->store->GetHead().position, 1u);
}

// This thread alone stops being root, whom no mode stops, while the object lives.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser() { Become(kNobody); }
  ~AsOrdinaryUser() { Become(0); }

  static void Own(const std::string& folder) {
    if (geteuid() != 0) return;
    EXPECT_EQ(chown(folder.c_str(), kNobody, kNobody), 0);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      EXPECT_EQ(lchown(entry.path().c_str(), kNobody, kNobody), 0);
    }
  }

 private:
  static constexpr uid_t kNobody = 65534;
  void Become(uid_t user) {
    // The function of the C library would change all threads.
    if (root_) EXPECT_EQ(syscall(SYS_setresuid, -1, user, -1), 0);
  }
  const bool root_ = getuid() == 0;
};

// What a user has no right to is no damage, and leaves nothing behind.
TEST_F(DataDirectoryTest, FilesOfMode000ArePermissionErrors) {
  Create();
  AsOrdinaryUser::Own(folder_.path());
  const auto expect_refused = [&](const std::string& part) {
    AsOrdinaryUser user;
    for (int time = 0; time < 2; ++time) {
      const absl::Status status = Open().status();
      EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_DIRECTORY) << part << ": " << status;
      EXPECT_TRUE(absl::StrContains(status.message(), "Permission denied")) << part << status;
    }
  };
  for (const char* part : {"identity", "kek", "witness", "log", "keys", "log/CURRENT",
                           "keys/CURRENT", "log/LOCK", "keys/LOCK", "lock"}) {
    const std::string file = path_ + "/" + part;
    if (!fs::exists(file)) std::ofstream(file) << "";
    AsOrdinaryUser::Own(folder_.path());
    const fs::perms mode = fs::status(file).permissions();
    fs::permissions(file, fs::perms::none);
    expect_refused(part);
    fs::permissions(file, mode);
    for (const char* left : {"log.recovery", "keys.recovery", "log.damaged-1", "keys.damaged-1"}) {
      EXPECT_FALSE(fs::exists(path_ + "/" + left)) << part;
    }
  }
  AsOrdinaryUser user;
  EXPECT_TRUE(Open().ok());
}

TEST(WitnessTest, SlotKeepsItsRecordAndNoOther) {
  const WitnessRecord record{3, 70, 60, Sha256("root")};
  const std::string slot = EncodeWitnessSlot(record);
  EXPECT_EQ(slot.size(), kWitnessSlotBytes);
  EXPECT_EQ(DecodeWitnessSlot(slot), record);
  for (size_t bit = 0; bit < slot.size() * 8; ++bit) {
    std::string changed = slot;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeWitnessSlot(changed).has_value()) << bit;
  }
}

TEST(WitnessTest, NewestSoundSlotCounts) {
  // Given a witness written twice
  ScratchFolder folder;
  const std::string path = folder.path() + "/witness";
  ASSERT_TRUE(Witness::Create(path).ok());
  {
    auto witness = *Witness::Open(path);
    EXPECT_EQ(witness->record().head, 0u);
    ASSERT_TRUE(witness->Write(10, 5, Sha256("a"), Witness::Durability::kPower).ok());
    ASSERT_TRUE(witness->Write(20, 9, Sha256("b"), Witness::Durability::kProcess).ok());
  }
  EXPECT_EQ((*Witness::Open(path))->record().head, 20u);
  // When the newest slot is torn, the one before counts
  std::string bytes = *ReadFile(path, 4096);
  const size_t newest = ((*Witness::Open(path))->record().generation % 2) * kWitnessSlotBytes;
  bytes[newest + 30] = static_cast<char>(bytes[newest + 30] ^ 1);
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ((*Witness::Open(path))->record().head, 10u);
  // When both are, it is refused
  bytes[512 - newest] = 'x';
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(ReasonOf(Witness::Open(path).status()), Reason::REASON_DATA_LOSS);
}

TEST(DiskSpaceTest, RefusesBelowTheReserveAndRecovers) {
  uint64_t free = 100;
  DiskSpace full([&] { return std::optional<uint64_t>(free); }, 101);
  EXPECT_FALSE(full.HasRoom());
  free = 101;
  const absl::Time give_up = SystemClock().Now() + absl::Seconds(5);
  while (!full.HasRoom() && SystemClock().Now() < give_up) usleep(10'000);
  EXPECT_TRUE(full.HasRoom());
  DiskSpace unknown([] { return std::optional<uint64_t>(); }, 101);
  EXPECT_TRUE(unknown.HasRoom());
}

TEST(RecentEventsTest, KeepsTheNewestWithinItsBounds) {
  // Given more events than it holds
  RecentEvents recent(10);
  for (LogPosition p = 11; p <= 10 + kRecentEventsMax + 5; ++p) {
    recent.Push({std::make_shared<const std::string>(absl::StrCat(p))});
  }
  // Then the oldest five are gone
  std::vector<StoredValue> out;
  recent.Read(14, 1, &out);
  EXPECT_TRUE(out.empty());
  recent.Read(15, 2, &out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(*out[0], "16");
  out.clear();
  recent.Read(10 + kRecentEventsMax + 4, 10, &out);
  EXPECT_EQ(out.size(), 1u);
  // And bytes are bounded too
  recent.Push({std::make_shared<const std::string>(std::string(kRecentBytesMax, 'x'))});
  out.clear();
  recent.Read(10 + kRecentEventsMax + 4, 10, &out);
  EXPECT_TRUE(out.empty());
  recent.Read(10 + kRecentEventsMax + 5, 10, &out);
  EXPECT_EQ(out.size(), 1u);
}

}  // namespace
}  // namespace daybook::eventstore
