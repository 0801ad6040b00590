#include "eventstore/recent_map.h"

#include "gtest/gtest.h"

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

}  // namespace
}  // namespace daybook::eventstore
