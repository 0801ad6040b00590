// Rows in memory are those that a reader would find in the table.

#include "projections/row_cache.h"

#include <gtest/gtest.h>
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <atomic>
#include <deque>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_events.pb.h"
#include "domain/fields/filter.h"
#include "projections/record_row.h"
#include "projections/row_version.h"
#include "projections/views.h"
#include "tests/projections/views_support.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;

TEST(RowCacheTest, ReadersFindRowsThatStoodAtTheirPosition) {
  RowCache cache(1 << 20);
  EXPECT_FALSE(cache.Find("key", 9));
  cache.Offer("key", EncodeRow(5, "value"), 7);
  for (const eventstore::LogPosition position : {5, 6, 7, 100}) {
    const RowCache::Pin pin = cache.Find("key", position);
    ASSERT_TRUE(pin) << position;
    EXPECT_EQ(RowValue(pin.row()), "value");
  }
  EXPECT_FALSE(cache.Find("key", 4)) << "it did not stand yet";
  EXPECT_FALSE(cache.Find("other", 9));
}

TEST(RowCacheTest, RowsReadBeforeAChangeAreNotTakenAfterIt) {
  RowCache cache(1 << 20);
  cache.Offer("key", EncodeRow(5, "old"), 7);
  RowCache::Pin pin = cache.Find("key", 7);
  cache.Drop("key", 8);
  EXPECT_FALSE(cache.Find("key", 8));
  EXPECT_FALSE(cache.Find("key", 7));
  EXPECT_EQ(RowValue(pin.row()), "old") << "a pin holds what was dropped";
  cache.Offer("key", EncodeRow(5, "old"), 7);
  EXPECT_FALSE(cache.Find("key", 8)) << "read before the change";
  cache.Offer("key", EncodeRow(8, "new"), 8);
  EXPECT_EQ(RowValue(cache.Find("key", 8).row()), "new");
  EXPECT_FALSE(cache.Find("key", 7));
}

TEST(RowCacheTest, HoldsNoMoreThanItMay) {
  constexpr size_t kBytes = 4 << 20;
  RowCache cache(kBytes);
  const std::string row = EncodeRow(1, std::string(1000, 'x'));
  for (int i = 0; i < 20'000; ++i) cache.Offer(absl::StrCat("key", i), row, 1);
  EXPECT_LE(cache.bytes_held(), kBytes);
  EXPECT_GT(cache.bytes_held(), kBytes / 2);
  EXPECT_TRUE(cache.Find("key19999", 1));
  EXPECT_FALSE(cache.Find("key0", 1));
}

// Commit n gives account n % kAccounts the name n.
constexpr eventstore::LogPosition kAccounts = 8;
constexpr eventstore::LogPosition kCommits = 4'000;

party::v1::AccountEvent Renamed(eventstore::LogPosition n) {
  party::v1::AccountEvent event;
  event.mutable_fields_changed()->mutable_fields()->add_paths("name");
  event.mutable_fields_changed()->mutable_after()->set_name(absl::StrCat(n));
  return event;
}

std::string NameAt(eventstore::LogPosition position, eventstore::LogPosition account) {
  const eventstore::LogPosition n = position - (position % kAccounts - account) % kAccounts;
  return absl::StrCat(n <= kAccounts ? account : n);
}

party::v1::AccountEvent Created(const std::string& id, absl::string_view name) {
  party::v1::AccountEvent event;
  event.mutable_created()->mutable_account()->set_id(id);
  event.mutable_created()->mutable_account()->set_name(std::string(name));
  return event;
}

const domain::ObjectType& Accounts() { return *domain::Registry::Get().Find("account"); }

// Bytes that reading a record takes from the database.
uint64_t BytesRead(const Snapshot& snapshot, const std::string& id) {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
  rocksdb::get_perf_context()->Reset();
  const auto record = snapshot.GetRecord(Accounts(), id);
  EXPECT_TRUE(record.ok() && *record != nullptr);
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  return rocksdb::get_perf_context()->multiget_read_bytes;
}

TEST(RowCacheTest, RecordsAreReadFromTheDatabaseOnceUntilTheyChange) {
  LogBuilder log;
  const std::string id = log.NewId();
  log.Add("account", id, Created(id, "first")).Commit();
  ViewsOptions options;
  for (const bool cached : {true, false}) {
    if (!cached) options.record_cache_bytes = 0;
    const auto views = OpenCaughtUp(log, options);
    EXPECT_GT(BytesRead(*views->Now(), id), 0u);
    EXPECT_EQ(BytesRead(*views->Now(), id) == 0, cached);
    log.Add("account", id, Renamed(2)).Commit();
    ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
    EXPECT_GT(BytesRead(*views->Now(), id), 0u);
    EXPECT_EQ(BytesRead(*views->Now(), id) == 0, cached);
  }
}

TEST(RowCacheTest, WalksOverManyRecordsLeaveNothing) {
  LogBuilder log;
  const std::string id = log.NewId();
  log.Add("account", id, Created(id, "first")).Commit();
  const auto views = OpenCaughtUp(log);
  const auto all = domain::ParseFilter(Accounts(), "name = \"first\"", {});
  ASSERT_TRUE(all.ok()) << all.status();
  int seen = 0;
  ASSERT_OK(views->Now()->VisitRecords(Accounts(), *all, [&](const google::protobuf::Message&) {
    ++seen;
    return absl::OkStatus();
  }));
  EXPECT_EQ(seen, 1);
  EXPECT_GT(BytesRead(*views->Now(), id), 0u);
}

TEST(RowCacheTest, RecordsAreInMemorySoonAfterAStart) {
  LogBuilder log;
  std::vector<std::string> ids;
  // more than are read at once
  for (int i = 0; i < 2'500; ++i) {
    ids.push_back(log.NewId());
    log.Add("account", ids.back(), Created(ids.back(), absl::StrCat(i)));
    if (i % 100 == 99) log.Commit();
  }
  const std::string path = FreshPath("warm");
  // So long after a start: how many records are in memory, the newest looked at first, since
  // looking brings them there.
  const auto warmed = [&](size_t cache_bytes, absl::Duration delay) {
    ViewsOptions options;
    options.record_cache_bytes = cache_bytes;
    const auto views = Views::Open(path, log.store(), log.keys(), options);
    EXPECT_TRUE(views.ok()) << views.status();
    EXPECT_TRUE((*views)->WaitForBlocking(log.store().GetHead().position, Soon()).ok());
    absl::SleepFor(delay);
    int found = 0;
    const auto now = (*views)->Now();
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) found += BytesRead(*now, *id) == 0 ? 1 : 0;
    return found;
  };
  EXPECT_EQ(warmed(64 << 20, absl::ZeroDuration()), 0) << "they are built first";
  int found = 0;
  for (int i = 1; i < 10 && found < 2'500; ++i) found = warmed(64 << 20, absl::Seconds(0.1 * i));
  EXPECT_EQ(found, 2'500);
  // As many as there is memory for.
  found = warmed(200'000, absl::Seconds(0.5));
  EXPECT_GT(found, 100);
  EXPECT_LT(found, 1'500);
}

// Readers of now and of the past, beside a log that goes on and a view that is built anew; with
// memory for all records, and for so few that they drive each other out.
class MeanwhileTest : public ::testing::TestWithParam<size_t> {
 protected:
  MeanwhileTest() {
    for (eventstore::LogPosition i = 0; i < kAccounts; ++i) {
      ids_.push_back(log_.NewId());
      log_.Add("account", ids_.back(), Created(ids_.back(), absl::StrCat(i))).Commit();
    }
    ViewsOptions options;
    options.record_cache_bytes = GetParam();
    views_ = OpenCaughtUp(log_, options);
  }

  void Read(uint64_t seed) {
    std::mt19937_64 random(seed);
    std::deque<std::unique_ptr<Snapshot>> held;
    while (!done_) {
      held.push_back(views_->Now());
      if (held.size() > 20) held.pop_front();
      Check(**views_->AsOf(kAccounts + random() % (held.back()->position() - kAccounts + 1)),
            random());
      // Old ones read beside new ones.
      for (int i = 0; i < 10; ++i) Check(*held[random() % held.size()], random());
    }
  }
  void Check(const Snapshot& snapshot, uint64_t random) {
    const eventstore::LogPosition account = random % kAccounts;
    const auto record = snapshot.GetRecord(Accounts(), ids_[account]);
    ++read_;
    const bool right = record.ok() && *record != nullptr &&
                       static_cast<const party::v1::Account&>(**record).name() ==
                           NameAt(snapshot.position(), account);
    if (!right) ++wrong_;
  }

  LogBuilder log_;
  std::vector<std::string> ids_;
  std::unique_ptr<Views> views_;
  std::atomic<bool> done_ = false;
  std::atomic<int> read_ = 0, wrong_ = 0;
};

TEST_P(MeanwhileTest, SnapshotsShowTheirPosition) {
  std::thread one([&] { Read(1); }), two([&] { Read(2); });
  absl::Status rebuilt;
  std::thread builder([&] {
    for (int i = 0; i < 3; ++i) {
      rebuilt.Update(views_->Rebuild(kRecordsView, [](const RebuildProgress&) {}));
    }
  });
  for (eventstore::LogPosition n = kAccounts + 1; n <= kCommits; ++n) {
    EXPECT_EQ(log_.Add("account", ids_[n % kAccounts], Renamed(n)).Commit(), n);
  }
  const absl::Status caught_up = views_->WaitForBlocking(kCommits, Soon());
  builder.join();
  done_ = true;
  one.join();
  two.join();
  EXPECT_TRUE(caught_up.ok()) << caught_up;
  EXPECT_TRUE(rebuilt.ok()) << rebuilt;
  EXPECT_EQ(wrong_, 0) << "of " << read_;
  EXPECT_GT(read_, 1000);
}

INSTANTIATE_TEST_SUITE_P(RowCacheTest, MeanwhileTest, ::testing::Values(1 << 20, 2'000));

}  // namespace
}  // namespace daybook::projections
