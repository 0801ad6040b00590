#pragma once

#include <cstddef>

namespace daybook::services {

// Related records that the value of one lookup or rollup may be made of, and records of a subtree
// it may reach over. Beyond that the value is not available: LIMIT_EXCEEDED.
inline constexpr size_t kRelatedMax = 10'000;
inline constexpr size_t kSubtreeMax = 1000;
// Related records that one answer reads to show values, all its records and fields together.
inline constexpr size_t kRelatedOfAnswerMax = 100'000;
// Values that one list or figure computes to filter and to sort, and related records that it reads
// for them. Beyond that it is refused: LIMIT_EXCEEDED.
inline constexpr size_t kListedValuesMax = 50'000;
inline constexpr size_t kRelatedOfListMax = 200'000;

// What computed fields may cost.
struct ComputedLimits {
  size_t related = kRelatedMax;
  size_t related_of_answer = kRelatedOfAnswerMax;
  size_t listed_values = kListedValuesMax;
  size_t related_of_list = kRelatedOfListMax;
};

}  // namespace daybook::services
