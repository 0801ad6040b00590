#pragma once

// Open files: the process's limit, and how it is shared between connections and everything else
// (log, views, keys). Whoever takes the last descriptor stops more than himself: RocksDB fails its
// next flush, a listener cannot accept.

#include <cstddef>

namespace daybook::services {

// Raises the soft limit on open files to the hard one and logs what it is. Returns it.
size_t RaiseDescriptorLimit();

// The soft limit now.
size_t DescriptorLimit();

// Kept for files: a quarter of the limit, at least 512 and at most 4,096; half of a limit that is
// too low for that.
size_t ReservedDescriptors(size_t limit);

// At most so many connections fit beside the files.
inline constexpr size_t kConnectionsMax = 10'000;
size_t ConnectionsThatFit(size_t limit);

}  // namespace daybook::services
