#pragma once

// How much a test that repeats something repeats it: little in every run, much in the nightly one
// (`scripts/test --nightly`, which sets DAYBOOK_NIGHTLY).

#include <cstdlib>

namespace daybook::testing {

inline bool IsNightly() { return std::getenv("DAYBOOK_NIGHTLY") != nullptr; }

// `usual` rounds, `nightly` ones in the nightly run.
inline int Rounds(int usual, int nightly) { return IsNightly() ? nightly : usual; }

}  // namespace daybook::testing
