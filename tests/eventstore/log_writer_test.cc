// When the writer answers: what is written after the disk, what is refused without it.

#include "eventstore/log_writer.h"

#include <rocksdb/env.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "absl/time/clock.h"
#include "eventstore/hash.h"
#include "eventstore/rocks_event_store.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

constexpr std::chrono::seconds kPatience{20};

// A disk that writes while its gate is open.
class Gate {
 public:
  void Close() { Set(false); }
  void Open() { Set(true); }
  void Pass() {
    std::unique_lock lock(mutex_);
    ++entered_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  // Waits until a batch stands before the gate or is through.
  bool Entered(int batches) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return entered_ >= batches; });
  }

 private:
  void Set(bool open) {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int entered_ = 0;
};

class GatedSink final : public CommitSink {
 public:
  GatedSink(RocksLog* log, Gate* gate) : log_(*log), gate_(*gate) {}
  absl::Status Write(const CommitBatch& batch) override {
    gate_.Pass();
    return log_.Write(batch, 0);
  }

 private:
  RocksLog& log_;
  Gate& gate_;
};

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() : clock_(TestStart()), random_(1) {}

  void SetUp() override {
    auto log =
        RocksLog::Open("/memory", OpenMode::kCreate, {},
                       std::unique_ptr<rocksdb::Env>(rocksdb::NewMemEnv(rocksdb::Env::Default())));
    ASSERT_TRUE(log.ok()) << log.status();
    ASSERT_TRUE((*log)->Initialise(TestId(1)).ok() && (*log)->Load().ok());
    auto store = RocksEventStore::Make(
        *std::move(log),
        [&](RocksLog* rocks) { return std::make_unique<GatedSink>(rocks, &gate_); },
        DiskSpace::Unlimited(), clock_, random_, {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void TearDown() override { gate_.Open(); }

  using Result = absl::StatusOr<AppendResult>;
  std::future<Result> Append(Commit commit) {
    auto promise = std::make_shared<std::promise<Result>>();
    store_->Append(std::move(commit), [promise](Result result) { promise->set_value(result); });
    return promise->get_future();
  }
  static bool Comes(const std::future<Result>& answer) {
    return answer.wait_for(kPatience) == std::future_status::ready;
  }
  static bool IsThere(const std::future<Result>& answer) {
    return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  Gate gate_;
  ManualClock clock_;
  SeededRandom random_;
  std::unique_ptr<EventStore> store_;
};

TEST_F(LogWriterTest, RefusalsDoNotWaitForTheDiskUnlessTheyTellOfWhatIsNotThereYet) {
  // given a record on disk, and a commit of another that the disk holds up
  ASSERT_TRUE(store_->AppendAndWait(MakeCommit(1, {MakeEvent(TestStream(1))})).ok());
  gate_.Close();
  auto held = Append(MakeCommit(2, {MakeEvent(TestStream(2))}));
  ASSERT_TRUE(gate_.Entered(2));
  // when one is refused over the second record, and others over what is on disk
  auto rests = Append(MakeCommit(3, {MakeEvent(TestStream(2))}, {{TestStream(2), 0}}));
  auto repeats_it = Append(MakeCommit(2, {MakeEvent(TestStream(2))}));
  auto stale = Append(MakeCommit(4, {MakeEvent(TestStream(1))}, {{TestStream(1), 7}}));
  auto repeated = Append(MakeCommit(1, {MakeEvent(TestStream(1))}));
  auto misused = MakeCommit(1, {MakeEvent(TestStream(1))});
  misused.request_hash = Sha256("other");
  auto mismatch = Append(std::move(misused));
  // then these are answered at once
  ASSERT_TRUE(Comes(stale) && Comes(repeated) && Comes(mismatch));
  EXPECT_EQ(ReasonOf(stale.get().status()), Reason::REASON_REVISION_CONFLICT);
  EXPECT_TRUE(repeated.get()->replayed);
  EXPECT_EQ(ReasonOf(mismatch.get().status()), Reason::REASON_IDEMPOTENCY_MISMATCH);
  EXPECT_FALSE(IsThere(held) || IsThere(rests) || IsThere(repeats_it));
  // and those when the disk has what they tell of
  gate_.Open();
  ASSERT_TRUE(Comes(held) && Comes(rests) && Comes(repeats_it));
  EXPECT_TRUE(held.get().ok());
  const Result refused = rests.get();
  EXPECT_EQ(ReasonOf(refused.status()), Reason::REASON_REVISION_CONFLICT);
  EXPECT_EQ(ErrorMetadataOf(refused.status(), "actual"), "1");
  EXPECT_TRUE(repeats_it.get()->replayed);
}

TEST_F(LogWriterTest, WhoeverHearsOfARevisionFindsItInTheLog) {
  for (uint64_t i = 0; i < 200; ++i) {
    auto first = Append(MakeCommit(2 * i, {MakeEvent(TestStream(i))}));
    std::promise<StreamRevision> seen;
    store_->Append(MakeCommit(2 * i + 1, {MakeEvent(TestStream(i))}, {{TestStream(i), 0}}),
                   [&](const Result& result) {
                     EXPECT_FALSE(result.ok());
                     seen.set_value(*store_->StreamHead(TestStream(i)));
                   });
    ASSERT_EQ(seen.get_future().get(), 1u);
    ASSERT_TRUE(first.get().ok());
  }
}

TEST_F(LogWriterTest, ManyRefusalsDoNotKeepTheLogFromBeingWritten) {
  // given answers that are held up, and refusals behind them that never reach the writer
  std::promise<void> entered, go_on;
  store_->Append(MakeCommit(1, {MakeEvent(TestStream(1))}), [&](const Result&) {
    entered.set_value();
    go_on.get_future().wait();
  });
  entered.get_future().wait();
  std::vector<std::future<Result>> refused;
  for (uint64_t i = 0; i < 64; ++i) {
    std::vector<NewEvent> events(kEventsPerCommitMax + 1, MakeEvent(TestStream(1)));
    refused.push_back(Append(MakeCommit(1000 + i, std::move(events))));
  }
  // then commit after commit reaches the disk
  std::vector<std::future<Result>> written;
  for (uint64_t i = 2; i < 6; ++i) {
    written.push_back(Append(MakeCommit(i, {MakeEvent(TestStream(i))})));
    EXPECT_EQ(store_->WaitForHead(i - 1, absl::Now() + absl::FromChrono(kPatience)), i);
  }
  go_on.set_value();
  for (auto& answer : refused) {
    EXPECT_EQ(ReasonOf(answer.get().status()), Reason::REASON_LIMIT_EXCEEDED);
  }
  for (auto& answer : written) EXPECT_TRUE(answer.get().ok());
}

TEST_F(LogWriterTest, RefusalsThatWaitForTheDiskCountAmongThoseThatWaitForTheWriter) {
  StoreOptions options;
  gate_.Close();
  auto held = Append(MakeCommit(1, {MakeEvent(TestStream(1))}));
  ASSERT_TRUE(gate_.Entered(1));
  std::vector<std::future<Result>> rest;
  for (uint64_t i = 0; i <= options.queue_commits; ++i) {
    rest.push_back(Append(MakeCommit(10 + i, {MakeEvent(TestStream(1))}, {{TestStream(1), 0}})));
  }
  ASSERT_TRUE(Comes(rest.back()));
  EXPECT_EQ(ReasonOf(rest.back().get().status()), Reason::REASON_OVERLOADED);
  rest.pop_back();
  EXPECT_FALSE(IsThere(rest.front()));
  gate_.Open();
  for (auto& answer : rest) {
    EXPECT_EQ(ReasonOf(answer.get().status()), Reason::REASON_REVISION_CONFLICT);
  }
  EXPECT_TRUE(held.get().ok());
}

}  // namespace
}  // namespace daybook::eventstore
