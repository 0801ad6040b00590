#include "domain/base/uuid.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

#include "domain/base/clock.h"

namespace daybook::testing {
namespace {

// The fields of the example in RFC 9562, appendix A.6; there all bits after the time are random,
// 0xcc3 and 0x18c4dc0c0c07398f; here the first twelve are the fraction of the millisecond.
TEST(UuidTest, Version7HasTheLayoutOfTheStandard) {
  const std::array<uint8_t, 8> random = {0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
  const absl::Time now = absl::FromUnixMillis(0x017F22E279B0) + absl::Microseconds(797);
  EXPECT_EQ(Uuid::MakeV7(now, random).ToString(), "017f22e2-79b0-7cc0-98c4-dc0c0c07398f");
  EXPECT_EQ(Uuid::MakeV7(absl::FromUnixMillis(0x017F22E279B0), random).ToString(),
            "017f22e2-79b0-7000-98c4-dc0c0c07398f");
  EXPECT_EQ(Uuid::MakeV7(absl::FromUnixMillis(0x017F22E279B0) + absl::Microseconds(999), random)
                .ToString(),
            "017f22e2-79b0-7ffb-98c4-dc0c0c07398f");
}

RC_GTEST_PROP(UuidTest, IdsSortByTheMicrosecondTheyWereMadeIn, (uint64_t seed)) {
  SeededRandom random(seed);
  const auto instant = rc::gen::inRange<int64_t>(0, int64_t{1} << 52);
  const absl::Time first = absl::FromUnixMicros(*instant);
  const absl::Time second =
      *rc::gen::element(first + absl::Microseconds(1), absl::FromUnixMicros(*instant));
  const Uuid a = random.NewUuid(first);
  const Uuid b = random.NewUuid(second);
  RC_ASSERT(a != b);
  if (first != second) RC_ASSERT((a < b) == (first < second));
}

}  // namespace
}  // namespace daybook::testing
