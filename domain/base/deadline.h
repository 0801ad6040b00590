#pragma once

// Deadlines are points on a line that nobody sets: the wall clock as it was when the process began,
// carried on by the monotonic clock. So no call times out, and none waits for ever, because the
// wall clock was set meanwhile.

#include "absl/time/time.h"

namespace daybook {

// Now on that line. Thread-safe.
absl::Time DeadlineNow();

}  // namespace daybook
