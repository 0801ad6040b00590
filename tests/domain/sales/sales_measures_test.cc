// The worked figures of FORMULAS.md 5.3 and 5.7.

#include "domain/sales/sales_measures.h"

#include <gtest/gtest.h>

namespace daybook::domain {
namespace {

TEST(SalesMeasuresTest, SharesAreRoundedOnceHalfToEven) {
  EXPECT_EQ(ShareOf(3, 10), 300'000'000);
  EXPECT_EQ(ShareOf(170'000, 500'000), 340'000'000);
  EXPECT_EQ(ShareOf(10, 20), 500'000'000);
  // 51.4 %: (120,000 + 24,000) / (144,000 + 16,000 + 120,000)
  EXPECT_EQ(ShareOf(144'000, 280'000), 514'285'714);
  EXPECT_EQ(ShareOf(1, 2'000'000'000), 0);
  EXPECT_EQ(ShareOf(3, 2'000'000'000), 2);
  EXPECT_EQ(ShareOf(1, 0), std::nullopt);
}

TEST(SalesMeasuresTest, F053VelocityIsMoneyPerDay) {
  // 40 x 25,000 x 25 % / 90 days = 2,777.78: one of four is won
  VelocityInput input;
  input.open = 40;
  input.accepted_minor = 2'500'000;
  input.won = 1;
  input.closed = 4;
  input.cycles = 4;
  input.cycle_seconds = absl::int128(4) * 90 * 86'400;
  EXPECT_EQ(VelocityPerDay(input), 277'778);
  // 30 open, average won 14,400 over ten, ten of twenty, 45 days: 4,800
  input.open = 30;
  input.accepted_minor = 14'400'000;
  input.won = 10;
  input.closed = 20;
  input.cycles = 20;
  input.cycle_seconds = absl::int128(20) * 45 * 86'400;
  EXPECT_EQ(VelocityPerDay(input), 480'000);
}

TEST(SalesMeasuresTest, VelocityThatNothingHoldsFitsNoAmountEither) {
  VelocityInput input;
  input.accepted_minor = absl::int128(INT64_MAX) * 1'000'000;
  input.open = input.won = input.closed = input.cycles = 1'000'000;
  input.cycle_seconds = 1;
  EXPECT_EQ(VelocityPerDay(input), absl::Int128Max());
}

TEST(SalesMeasuresTest, VelocityIsAbsentWhereItWouldMeanNothing) {
  VelocityInput input;
  input.open = 5;
  EXPECT_EQ(VelocityPerDay(input), std::nullopt);
  input.won = input.closed = input.cycles = 1;
  input.accepted_minor = 100;
  EXPECT_EQ(VelocityPerDay(input), std::nullopt) << "a cycle of no length";
  input.cycle_seconds = 86'400;
  EXPECT_EQ(VelocityPerDay(input), 500);
}

}  // namespace
}  // namespace daybook::domain
