// Rows in memory are those that a reader would find in the table.

#include "projections/row_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/party/v1/account_events.pb.h"
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

TEST(RowCacheTest, WhateverIsCommittedMeanwhileASnapshotShowsItsPosition) {
  LogBuilder log;
  std::vector<std::string> ids;
  for (eventstore::LogPosition i = 0; i < kAccounts; ++i) {
    ids.push_back(log.NewId());
    party::v1::AccountEvent event;
    event.mutable_created()->mutable_account()->set_id(ids.back());
    event.mutable_created()->mutable_account()->set_name(absl::StrCat(i));
    log.Add("account", ids.back(), event).Commit();
  }
  const auto views = OpenCaughtUp(log);
  std::atomic<bool> done = false;
  std::atomic<int> read = 0, wrong = 0;
  const auto reader = [&](uint64_t seed) {
    std::mt19937_64 random(seed);
    const auto& type = *domain::Registry::Get().Find("account");
    std::deque<std::unique_ptr<Snapshot>> held;
    while (!done) {
      held.push_back(views->Now());
      if (held.size() > 20) held.pop_front();
      // Old ones read beside new ones.
      for (int i = 0; i < 10; ++i) {
        const Snapshot& snapshot = *held[random() % held.size()];
        const eventstore::LogPosition account = random() % kAccounts;
        const auto record = snapshot.GetRecord(type, ids[account]);
        ++read;
        if (!record.ok() || *record == nullptr ||
            static_cast<const party::v1::Account&>(**record).name() !=
                NameAt(snapshot.position(), account)) {
          ++wrong;
        }
      }
    }
  };
  std::thread one(reader, 1), two(reader, 2);
  for (eventstore::LogPosition n = kAccounts + 1; n <= kCommits; ++n) {
    EXPECT_EQ(log.Add("account", ids[n % kAccounts], Renamed(n)).Commit(), n);
  }
  ASSERT_OK(views->WaitForBlocking(kCommits, Soon()));
  done = true;
  one.join();
  two.join();
  EXPECT_EQ(wrong, 0) << "of " << read;
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace daybook::projections
