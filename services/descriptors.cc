#include "services/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "services/logging.h"

namespace daybook::services {
namespace {

constexpr size_t kReservedMin = 512;
constexpr size_t kReservedMax = 4096;
// Below this the server runs, but hardly for many.
constexpr size_t kDescriptorsWanted = 4096;

}  // namespace

size_t RaiseDescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    LogWarning("the limit on open files could not be raised", {{"error", std::strerror(errno)}});
  }
  const size_t now = DescriptorLimit();
  const size_t connections = ConnectionsThatFit(now);
  LogInfo("limit on open files", {{"soft", absl::StrCat(before)},
                                  {"raised_to", absl::StrCat(now)},
                                  {"for_connections", absl::StrCat(connections)}});
  if (now < kDescriptorsWanted) {
    LogWarning("the limit on open files is low; raise it (ulimit -n, LimitNOFILE=)",
               {{"limit", absl::StrCat(now)}, {"wanted", absl::StrCat(kDescriptorsWanted)}});
  }
  return now;
}

size_t DescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return limit.rlim_cur == RLIM_INFINITY ? (size_t{1} << 20) : static_cast<size_t>(limit.rlim_cur);
}

size_t ReservedDescriptors(size_t limit) {
  return std::min(std::clamp(limit / 4, kReservedMin, kReservedMax), limit / 2);
}

size_t ConnectionsThatFit(size_t limit) {
  return std::clamp<size_t>(limit - ReservedDescriptors(limit), 1, kConnectionsMax);
}

}  // namespace daybook::services
