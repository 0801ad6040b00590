// Fault test 1 for the store alone: a process that appends is killed at random moments. What it
// acknowledged is there at the next start, byte for byte; what it did not is there whole or not at
// all.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "domain/base/check.h"
#include "eventstore/hash.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

constexpr int kRounds = 30;
constexpr int kEventsPerCommit = 3;
constexpr size_t kInFlight = 64;

// Set for the child: directory, ledger's descriptor, first request.
constexpr char kChildTask[] = "DAYBOOK_CRASH_CHILD";

// What the child writes down: before a call, and after its answer.
struct LedgerEntry {
  enum Kind : uint32_t { kIntent = 1, kAck = 2 };
  uint32_t kind = 0;
  uint32_t padding = 0;
  uint64_t request = 0;
  uint64_t position = 0;
};

std::string PayloadOf(uint64_t request, int index) {
  return absl::StrCat("payload ", request, "/", index);
}

Commit CommitOf(uint64_t request, KeyStore& keys) {
  std::vector<NewEvent> events;
  for (int i = 0; i < kEventsPerCommit; ++i) {
    const uint64_t stream = (request + static_cast<uint64_t>(i)) % 17;
    events.push_back(MakeEvent(TestStream(stream), "deal.moved", PayloadOf(request, i)));
  }
  const SealContext context{
      TestId(1'000'000'000 + request), 0, 0, events[0].stream, events[0].type, 1};
  const auto part = keys.Seal(TestId(10'000 + request / 10), context, PayloadOf(request, 9));
  DAYBOOK_CHECK(part.ok(), part.status().ToString());
  events[0].sealed.push_back(*part);
  return MakeCommit(request, std::move(events));
}

// Appends until it is killed.
[[noreturn]] void RunChild(const std::string& path, int ledger, uint64_t first_request) {
  SystemClock clock;
  SystemRandom random;
  auto opened = OpenDataDirectory(path, {}, clock, random);
  if (!opened.ok()) {
    std::fprintf(stderr, "child: %s\n", opened.status().ToString().c_str());
    _exit(3);
  }
  const auto note = [ledger](const LedgerEntry& entry) {
    if (write(ledger, &entry, sizeof(entry)) != sizeof(entry)) _exit(4);
  };
  std::atomic<size_t> in_flight{0};
  for (uint64_t request = first_request;; ++request) {
    while (in_flight >= kInFlight) std::this_thread::yield();
    ++in_flight;
    note({LedgerEntry::kIntent, 0, request, 0});
    opened->store->Append(CommitOf(request, *opened->keys),
                          [&, request](const absl::StatusOr<AppendResult>& result) {
                            if (!result.ok()) _exit(5);
                            note({LedgerEntry::kAck, 0, request, result->first_position});
                            --in_flight;
                          });
  }
}

TEST(StoreCrashChild, Appends) {
  const char* task = getenv(kChildTask);
  if (task == nullptr) GTEST_SKIP() << "only runs as the child of the test below";
  const std::vector<std::string> words = absl::StrSplit(task, ' ');
  int ledger = 0;
  uint64_t first_request = 0;
  ASSERT_TRUE(absl::SimpleAtoi(words[1], &ledger));
  ASSERT_TRUE(absl::SimpleAtoi(words[2], &first_request));
  RunChild(words[0], ledger, first_request);
}

std::vector<LedgerEntry> ReadLedger(const std::string& path) {
  std::vector<LedgerEntry> entries;
  const int fd = open(path.c_str(), O_RDONLY);
  LedgerEntry entry;
  while (read(fd, &entry, sizeof(entry)) == sizeof(entry)) entries.push_back(entry);
  close(fd);
  return entries;
}

// When a child is killed: most of them some time after the first answer of theirs, some while they
// start.
struct KillTime {
  bool after_first_answer = true;
  absl::Duration delay;
};

// Starts a child and kills it; false if it died by itself.
bool RunAndKill(const std::string& path, const std::string& ledger_path, uint64_t first_request,
                const KillTime& when) {
  const int ledger = open(ledger_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  const pid_t child = fork();
  if (child == 0) {
    // A program of its own: threads of the database do not live on in a forked one.
    const std::string task = absl::StrCat(path, " ", ledger, " ", first_request);
    setenv(kChildTask, task.c_str(), 1);
    execl("/proc/self/exe", "eventstore_fault_test", "--gtest_filter=StoreCrashChild.Appends",
          nullptr);
    _exit(6);
  }
  // More entries than commits in flight: some are answers.
  const off_t answered = lseek(ledger, 0, SEEK_END) + 70 * static_cast<off_t>(sizeof(LedgerEntry));
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (when.after_first_answer && lseek(ledger, 0, SEEK_END) < answered &&
         absl::Now() < give_up) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  absl::SleepFor(when.delay);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(ledger);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

void CheckCommit(const DataDirectory& opened, uint64_t request, LogPosition first) {
  for (int i = 0; i < kEventsPerCommit; ++i) {
    const auto event = opened.store->ReadEvent(first + static_cast<LogPosition>(i));
    ASSERT_TRUE(event.ok()) << event.status();
    ASSERT_EQ(event->request_id, TestId(1'000'000'000 + request));
    ASSERT_EQ(event->commit_index, i);
    ASSERT_EQ(event->payload, PayloadOf(request, i));
    if (i > 0) continue;
    const auto plain = opened.keys->Open(event->sealed[0], event->seal_context(0));
    ASSERT_TRUE(plain.ok()) << plain.status();
    ASSERT_EQ(*plain, PayloadOf(request, 9));
  }
}

TEST(StoreCrashTest, KilledAtRandomMomentsNothingAcknowledgedIsLost) {
  // Given
  ScratchFolder folder;
  const std::string path = folder.path() + "/data";
  const std::string ledger_path = folder.path() + "/ledger";
  SystemClock clock;
  SystemRandom random;
  ASSERT_TRUE(CreateDataDirectory(path, clock, random).ok());
  std::mt19937 delay(42);
  size_t acknowledged = 0;
  uint64_t next_request = 0;
  for (int round = 0; round < kRounds; ++round) {
    // When
    const KillTime when{round % 5 != 4, absl::Milliseconds(delay() % 100)};
    ASSERT_TRUE(RunAndKill(path, ledger_path, next_request, when));
    const auto opened = OpenDataDirectory(path, {}, clock, random);
    // Then
    ASSERT_TRUE(opened.ok()) << "round " << round << ": " << opened.status();
    const LogPosition head = opened->store->GetHead().position;
    ASSERT_EQ(head % kEventsPerCommit, 0u) << "a commit is there in part";
    std::set<uint64_t> intents;
    acknowledged = 0;
    for (const LedgerEntry& entry : ReadLedger(ledger_path)) {
      next_request = std::max(next_request, entry.request + 1);
      if (entry.kind == LedgerEntry::kIntent) {
        intents.insert(entry.request);
        continue;
      }
      ++acknowledged;
      ASSERT_LE(entry.position + kEventsPerCommit - 1, head) << "lost after an acknowledgement";
      if (acknowledged % 7 == 0) CheckCommit(*opened, entry.request, entry.position);
    }
    ASSERT_LE(head / kEventsPerCommit, intents.size());
    ASSERT_GE(head / kEventsPerCommit, acknowledged);
    // And a request that was in flight happens once, whether it got through or not
    if (next_request > 0) {
      const auto again = opened->store->AppendAndWait(CommitOf(next_request - 1, *opened->keys));
      ASSERT_TRUE(again.ok()) << again.status();
      CheckCommit(*opened, next_request - 1, again->first_position);
    }
  }
  EXPECT_GT(acknowledged, 100u);
  const auto report = VerifyLog(path, nullptr);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->events, report->commits * kEventsPerCommit);
  EXPECT_EQ(report->sealed_parts, report->commits);
}

TEST(StoreCrashTest, CloseWithCommitsInFlightAnswersAllOfThem) {
  ScratchFolder folder;
  const std::string path = folder.path() + "/data";
  SystemClock clock;
  SystemRandom random;
  ASSERT_TRUE(CreateDataDirectory(path, clock, random).ok());
  std::atomic<int> answered{0};
  {
    auto opened = OpenDataDirectory(path, {}, clock, random);
    ASSERT_TRUE(opened.ok()) << opened.status();
    for (uint64_t i = 0; i < 500; ++i) {
      opened->store->Append(CommitOf(i, *opened->keys),
                            [&](const absl::StatusOr<AppendResult>& result) {
                              if (result.ok()) ++answered;
                            });
    }
  }
  EXPECT_EQ(answered, 500);
  EXPECT_EQ(VerifyLog(path, nullptr)->commits, 500u);
}

}  // namespace
}  // namespace daybook::eventstore
