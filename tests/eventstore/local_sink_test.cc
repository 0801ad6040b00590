#include "eventstore/local_sink.h"

#include <atomic>

#include "absl/time/clock.h"
#include "eventstore/directory_files.h"
#include "eventstore/rocks_event_store.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

template <typename Condition>
bool Comes(const Condition& condition) {
  const absl::Time give_up = absl::Now() + kPatience;
  while (!condition() && absl::Now() < give_up) absl::SleepFor(absl::Milliseconds(5));
  return condition();
}

// Passes batches on, and counts.
class CountingSink final : public CommitSink {
 public:
  CountingSink(std::unique_ptr<CommitSink> next, std::atomic<int>* settled)
      : next_(std::move(next)), settled_(*settled) {}
  absl::Status Write(const CommitBatch& batch) override { return next_->Write(batch); }
  absl::Status Settle() override {
    const absl::Status status = next_->Settle();
    ++settled_;
    return status;
  }

 private:
  std::unique_ptr<CommitSink> next_;
  std::atomic<int>& settled_;
};

class LocalSinkTest : public testing::Test {
 protected:
  LocalSinkTest() : clock_(TestStart()), random_(1) {}

  void SetUp() override {
    const std::string path = folder_.path() + "/data";
    ASSERT_TRUE(CreateDataDirectory(path, clock_, random_).ok());
    const auto log_id = ReadIdentity(path);
    auto keys = RocksKeyStore::Open(KeysPath(path), *log_id, *KeyEncryption::Read(KekPath(path)),
                                    random_, RocksKeyStore::Access::kReadWrite);
    ASSERT_TRUE(keys.ok()) << keys.status();
    keys_ = *std::move(keys);
    auto log = RocksLog::Open(LogPath(path), OpenMode::kStrict, {}, nullptr);
    ASSERT_TRUE(log.ok() && (*log)->Load().ok());
    auto witness = Witness::Open(WitnessPath(path));
    ASSERT_TRUE(witness.ok()) << witness.status();
    generation_ = (*witness)->record().generation;
    const auto make_sink = [&](RocksLog* rocks) {
      auto sink = std::make_unique<LocalSink>(rocks, keys_.get(), *std::move(witness),
                                              Witness::Durability::kProcess);
      sink_ = sink.get();
      return std::make_unique<CountingSink>(std::move(sink), &settled_);
    };
    auto store = RocksEventStore::Make(*std::move(log), make_sink, DiskSpace::Unlimited(), clock_,
                                       random_, {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void Append() {
    ASSERT_TRUE(store_->AppendAndWait(MakeCommit(appended_++, {MakeEvent(TestStream(1))})).ok());
    ++generation_;
  }

  ScratchFolder folder_;
  ManualClock clock_;
  SeededRandom random_;
  std::unique_ptr<RocksKeyStore> keys_;
  std::atomic<int> settled_{0};
  const LocalSink* sink_ = nullptr;
  std::unique_ptr<EventStore> store_;
  uint64_t appended_ = 0;
  uint64_t generation_ = 0;  // of the witness, once for each batch
};

TEST_F(LocalSinkTest, WitnessIsSyncedOnceWritingHasEnded) {
  // Given a burst, of which the first batch alone is due to be synced at once
  for (int i = 0; i < 3; ++i) Append();
  // Then nothing more needs to be written for the last one to be
  const absl::Time begun = absl::Now();
  EXPECT_TRUE(Comes([&] { return sink_->witness().synced_generation() == generation_; }));
  std::printf("after %s\n", absl::FormatDuration(absl::Now() - begun).c_str());
}

TEST_F(LocalSinkTest, SettlesOnceForEachBurst) {
  EXPECT_EQ(settled_, 0) << "nothing was written";
  for (int burst = 1; burst <= 2; ++burst) {
    Append();
    EXPECT_TRUE(Comes([&] { return settled_ == burst; })) << settled_;
  }
  absl::SleepFor(absl::Milliseconds(1500));
  EXPECT_EQ(settled_, 2) << "nothing was written since";
}

}  // namespace
}  // namespace daybook::eventstore
