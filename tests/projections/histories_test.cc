// Over random histories: what the live views hold equals a rebuild, and as of every earlier
// position they answer with the rows that a fold of the log up to that position gives.

#include <map>

#include "gtest/gtest.h"
#include "projections/fold.h"
#include "projections/record_row.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

using Dump = std::map<std::string, std::string>;

// Rows in plain maps, without a database.
class MapStore final : public RowStore {
 public:
  explicit MapStore(size_t views) : rows(views), since_(views) {}

  absl::StatusOr<std::optional<StoredRow>> Read(size_t view, absl::string_view key) override {
    const auto found = rows[view].find(std::string(key));
    if (found == rows[view].end()) return std::optional<StoredRow>();
    return StoredRow{found->second, since_[view][found->first]};
  }
  void Write(size_t view, absl::string_view key, eventstore::LogPosition at,
             const RowVersion* before, const absl::string_view* after) override {
    Dump& dump = rows[view];
    const auto found = dump.find(std::string(key));
    EXPECT_EQ(found != dump.end(), before != nullptr);
    if (before != nullptr && found != dump.end()) {
      EXPECT_EQ(found->second, std::string(before->value));
      EXPECT_EQ(since_[view][found->first], before->since);
    }
    if (after == nullptr) {
      dump.erase(std::string(key));
    } else {
      dump[std::string(key)] = std::string(*after);
      since_[view][std::string(key)] = at;
    }
  }

  std::vector<Dump> rows;

 private:
  std::vector<std::map<std::string, eventstore::LogPosition>> since_;
};

Dump DumpOf(const Snapshot& snapshot, absl::string_view view) {
  Dump dump;
  const absl::Status status =
      snapshot.ScanRows(view, "", "", [&](absl::string_view key, absl::string_view value) {
        dump[std::string(key)] = std::string(value);
        return true;
      });
  EXPECT_TRUE(status.ok()) << status;
  return dump;
}

std::vector<const Projection*> Pointers() {
  std::vector<const Projection*> pointers;
  for (const Projection& projection : AllProjections()) pointers.push_back(&projection);
  return pointers;
}

// Compares every commit of the log from `after` on.
void ExpectEveryPositionAsFolded(LogBuilder& log, const Views& views,
                                 eventstore::LogPosition after) {
  MapStore store(AllProjections().size() + 1);
  Fold fold(store, Pointers(), {});
  const absl::Status status =
      log.store().ReadAll(0, SIZE_MAX, [&](const eventstore::RecordedEvent& event) {
        fold.Apply(event);
        if (event.position != event.commit_end() || event.position <= after) return true;
        const auto snapshot = views.AsOf(event.position);
        EXPECT_TRUE(snapshot.ok()) << snapshot.status();
        if (!snapshot.ok()) return false;
        EXPECT_EQ((*snapshot)->position(), event.position);
        EXPECT_EQ((*snapshot)->recorded_at(), event.recorded_at);
        EXPECT_EQ(DumpOf(**snapshot, kRecordsView), store.rows[0]) << event.position;
        for (size_t i = 0; i < AllProjections().size(); ++i) {
          EXPECT_EQ(DumpOf(**snapshot, AllProjections()[i].name), store.rows[i + 1])
              << AllProjections()[i].name << " as of " << event.position;
        }
        return !::testing::Test::HasFailure();
      });
  ASSERT_OK(status);
}

// 1,000 histories: 100 logs of ten histories each, the later ones on top of the earlier.
TEST(HistoriesTest, LiveEqualsRebuiltAndEveryEarlierPositionEqualsTheFoldUpToIt) {
  constexpr int kLogs = 100;
  constexpr int kHistories = 10;
  constexpr int kSteps = 6;
  for (int n = 0; n < kLogs; ++n) {
    SCOPED_TRACE(n);
    LogBuilder log(static_cast<uint64_t>(n) + 1);
    // given views that follow the log, in batches of any size
    ViewsOptions options;
    options.batch_events = static_cast<size_t>(1 + n % 5);
    auto views = OpenInMemory(log, options);
    // when histories happen
    for (int i = 0; i < kHistories; ++i) {
      RandomHistory(log, static_cast<uint64_t>(n * kHistories + i)).Steps(kSteps);
      ASSERT_OK(views->WaitForBlocking(log.store().GetHead().position, Soon()));
    }
    // then
    ExpectEveryPositionAsFolded(log, *views, 0);
    EXPECT_EQ(DigestsOf(*views), DigestsOf(*OpenCaughtUp(log)));
    if (HasFailure()) return;
  }
}

// The tables of a rebuild hold the same past as those written live.
TEST(HistoriesTest, RebuiltViewsAnswerEveryEarlierPositionToo) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    LogBuilder log(seed);
    RandomHistory(log, seed).Steps(60);
    ExpectEveryPositionAsFolded(log, *OpenCaughtUp(log), 0);
    ViewsOptions tight;
    tight.rebuild_memory_bytes = 1;  // a run of its own for every block that is read
    auto spilled = OpenInMemory(log, tight);
    ASSERT_OK(spilled->WaitForBlocking(log.store().GetHead().position, Soon()));
    EXPECT_EQ(DigestsOf(*spilled), DigestsOf(*OpenCaughtUp(log)));
  }
}

// The cut log itself, rebuilt, at a few positions: what AsOf must equal by definition.
TEST(HistoriesTest, AsOfEqualsARebuildOfTheLogCutThere) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    LogBuilder log(seed);
    RandomHistory(log, seed).Steps(40);
    auto views = OpenCaughtUp(log);
    const eventstore::LogPosition head = log.store().GetHead().position;
    for (eventstore::LogPosition p = 1; p <= head; p += 1 + head / 5) {
      const auto end = log.store().LowerToCommitEnd(p);
      ASSERT_TRUE(end.ok());
      const auto cut = log.CutAt(*end);
      ViewsOptions options;
      options.in_memory = true;
      auto rebuilt = Views::Open("/views", *cut, log.keys(), options);
      ASSERT_TRUE(rebuilt.ok()) << rebuilt.status();
      ASSERT_OK((*rebuilt)->WaitForBlocking(*end, Soon()));
      const auto snapshot = views->AsOf(p);
      ASSERT_TRUE(snapshot.ok());
      for (const ViewStatus& status : views->Status()) {
        EXPECT_EQ(DumpOf(**snapshot, status.name), DumpOf(*(*rebuilt)->Now(), status.name))
            << status.name << " at " << p;
      }
    }
  }
}

}  // namespace
}  // namespace daybook::projections
