#include "eventstore/recent_map.h"

#include "eventstore/recent_names.h"
#include "gtest/gtest.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

TEST(RecentMapTest, WhatWasPutStaysUntilTheSecondAge) {
  RecentMap<int, int> map(2);
  map.Put(1, 10);
  map.Age();  // not full: nothing ages
  map.Put(2, 20);
  map.Age();
  EXPECT_EQ(*map.Find(2), 20);  // and is young again
  map.Put(3, 30);
  map.Age();
  EXPECT_EQ(map.Find(1), nullptr);
  EXPECT_EQ(*map.Find(2), 20);
  EXPECT_EQ(*map.Find(3), 30);
  EXPECT_EQ(map.size(), 2u);
}

TEST(RecentMapTest, LastValueCounts) {
  RecentMap<int, int> map(1);
  map.Put(1, 10);
  map.Age();
  map.Put(1, 11);
  EXPECT_EQ(*map.Find(1), 11);
  map.Age();
  EXPECT_EQ(*map.Find(1), 11);
}

TEST(RecentNamesTest, WhatIsForgottenCountsAsNamed) {
  RecentNames names(10, 3);
  const StreamId one = TestStream(1), two = TestStream(2);
  EXPECT_FALSE(names.NoneBehind(one, 9));  // before the log was opened
  EXPECT_TRUE(names.NoneBehind(one, 10));
  names.Note(one, 11);
  names.Note(two, 11);
  names.Note(two, 12);
  EXPECT_FALSE(names.NoneBehind(one, 10));
  EXPECT_TRUE(names.NoneBehind(one, 11));
  EXPECT_FALSE(names.NoneBehind(two, 11));
  names.Note(two, 13);
  names.Note(two, 14);  // at 11 both names are forgotten
  EXPECT_FALSE(names.NoneBehind(one, 10));
  EXPECT_TRUE(names.NoneBehind(one, 11));
  EXPECT_FALSE(names.NoneBehind(two, 13));
  EXPECT_TRUE(names.NoneBehind(two, 14));
}

TEST(RecentNamesTest, RingAtItsLimit) {
  RecentNames names(0);
  const StreamId first = TestStream(1), other = TestStream(2);
  names.Note(first, 1);
  for (size_t i = 1; i < kRecentNamesMax; ++i) names.Note(other, 1 + i);
  EXPECT_TRUE(names.NoneBehind(first, 1));
  EXPECT_FALSE(names.NoneBehind(first, 0));
  names.Note(other, 1 + kRecentNamesMax);
  EXPECT_TRUE(names.NoneBehind(first, 1));
  names.Note(other, 2 + kRecentNamesMax);
  EXPECT_FALSE(names.NoneBehind(first, 1)) << "it is not known any more";
}

}  // namespace
}  // namespace daybook::eventstore
