#include "domain/record/dated.h"

#include "daybook/party/v1/brand.pb.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "tests/support/proto_matchers.h"

namespace daybook::testing {
namespace {

using domain::Covers;
using domain::Fit;
using domain::Interval;
using domain::IntervalOf;
using domain::PutDated;
using party::v1::BrandManager;
using List = domain::Entries<BrandManager>;

absl::CivilDay Day(int day) { return absl::CivilDay(2026, 1, 1) + day; }
Interval Closed(int from, int until) { return {Day(from), Day(until)}; }
Interval Open(int from) { return {Day(from), std::nullopt}; }

BrandManager Entry(const Interval& days, const std::string& user) {
  BrandManager entry;
  entry.set_user_id(user);
  *entry.mutable_effective_from() = ToProto(days.from);
  if (days.until.has_value()) *entry.mutable_effective_until() = ToProto(*days.until);
  return entry;
}

std::string HolderOn(const List& entries, int day) {
  const auto* standing = domain::StandingOn(entries, Day(day));
  return standing == nullptr ? "" : standing->user_id();
}

TEST(DatedTest, IntervalsAreHalfOpen) {
  EXPECT_FALSE(Covers(Closed(2, 4), Day(1)));
  EXPECT_TRUE(Covers(Closed(2, 4), Day(2)));
  EXPECT_TRUE(Covers(Closed(2, 4), Day(3)));
  EXPECT_FALSE(Covers(Closed(2, 4), Day(4)));
  EXPECT_TRUE(Covers(Open(2), Day(9999)));
  EXPECT_FALSE(Overlap(Closed(0, 2), Closed(2, 4)));
  EXPECT_TRUE(Overlap(Closed(0, 3), Open(2)));
  EXPECT_EQ(Intersect(Closed(0, 3), Open(2)), Closed(2, 3));
  EXPECT_EQ(Describe(Closed(0, 2)), "2026-01-01 to 2026-01-02");
  EXPECT_EQ(Describe(Open(0)), "from 2026-01-01");
}

TEST(DatedTest, AnOpenEntryLastsUntilTheNextPlannedOne) {
  Interval wanted = Open(5);
  EXPECT_TRUE(Fit({Open(0)}, &wanted).ok());
  EXPECT_EQ(wanted, Open(5));
  EXPECT_TRUE(Fit({Closed(0, 9), Open(9)}, &wanted).ok());
  EXPECT_EQ(wanted, Closed(5, 9));
}

TEST(DatedTest, AClosedEntryMustLieWhereNothingStands) {
  const std::vector<Interval> series = {Closed(0, 3), Open(9)};
  Interval fits = Closed(3, 9);
  EXPECT_TRUE(Fit(series, &fits).ok());
  for (Interval wanted : {Closed(2, 4), Closed(8, 10), Closed(1, 20)}) {
    EXPECT_THAT(Fit(series, &wanted), HasReason(Reason::REASON_INTERVAL_OVERLAP));
  }
  Interval correction = Closed(0, 9);
  EXPECT_TRUE(Fit(series, &correction).ok());
  Interval backwards = Closed(4, 4);
  EXPECT_THAT(Fit(series, &backwards), HasReason(Reason::REASON_INVALID_FIELD));
}

TEST(DatedTest, PuttingAnEntryEndsWhatStoodThen) {
  List entries;
  PutDated(Entry(Open(0), "a"), &entries);
  PutDated(Entry(Open(9), "c"), &entries);
  const auto put = PutDated(Entry(Closed(5, 9), "b"), &entries);
  EXPECT_EQ(put.at, 1);
  EXPECT_FALSE(put.replaced);
  EXPECT_TRUE(PutDated(Entry(Closed(5, 9), "B"), &entries).replaced);
  EXPECT_EQ(HolderOn(entries, 4), "a");
  EXPECT_EQ(HolderOn(entries, 5), "B");
  EXPECT_EQ(HolderOn(entries, 9), "c");
  EXPECT_EQ(EndDated(Day(6), domain::kOneSeries, &entries), 1);
  EXPECT_EQ(HolderOn(entries, 5), "B");
  EXPECT_EQ(HolderOn(entries, 6), "");
}

TEST(DatedTest, TooManyEntriesAreRefused) {
  EXPECT_TRUE(domain::CheckDatedRoom(domain::kDatedEntriesMax - 1).ok());
  EXPECT_THAT(domain::CheckDatedRoom(domain::kDatedEntriesMax),
              HasReason(Reason::REASON_LIMIT_EXCEEDED));
}

int Choose(int from, int until) { return *rc::gen::resize(1000, rc::gen::inRange(from, until)); }

// Whatever is put in, entries never overlap, stand in order, and on each day the last one that was
// put there holds.
void PutAtRandom() {
  List entries;
  std::vector<std::string> expected(40);
  domain::Context context;
  context.zone = absl::UTCTimeZone();
  const int count = Choose(1, 25);
  for (int i = 0; i < count; ++i) {
    const int from = Choose(0, 30);
    const int length = Choose(0, 9);
    const std::string user(1, static_cast<char>('a' + i));
    BrandManager entry = Entry(length == 0 ? Open(from) : Closed(from, from + length), user);
    if (!FitDated(entries, context, domain::kOneSeries, &entry).ok()) continue;
    const Interval days = IntervalOf(entry);
    for (int day = 0; day < 40; ++day) {
      const auto* stands = domain::StandingOn(entries, Day(day));
      // What stood from before the new entry ends where that begins; a corrected one goes.
      const bool ends = stands != nullptr && (IntervalOf(*stands).from == days.from ||
                                              Covers(IntervalOf(*stands), days.from));
      if (ends && day >= from) expected[day].clear();
      if (Covers(days, Day(day))) expected[day] = user;
    }
    PutDated(entry, &entries);
  }
  for (int i = 1; i < entries.size(); ++i) {
    RC_ASSERT(IntervalOf(entries[i - 1]).from < IntervalOf(entries[i]).from);
    RC_ASSERT(!Overlap(IntervalOf(entries[i - 1]), IntervalOf(entries[i])));
  }
  for (int day = 0; day < 40; ++day) RC_ASSERT(HolderOn(entries, day) == expected[day]);
}

TEST(DatedTest, EntriesNeverOverlapWhateverComes) {
  EXPECT_TRUE(rc::check([] { PutAtRandom(); }));
}

}  // namespace
}  // namespace daybook::testing
