#include "services/fatal_shortage.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

namespace daybook::services {
namespace {

constexpr int kExitShortage = 71;  // EX_OSERR
// An idle server with default options has mapped 314 MiB.
constexpr rlim_t kAddressSpaceMin = rlim_t{384} << 20;

// Without memory of its own: there may be none.
void Say(const char* text) {
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

[[noreturn]] void OutOfMemory() {
  Say("daybookd: out of memory, stopping: raise the limit (ulimit -v, the container's or the "
      "machine's memory) or lower --record-cache-mib and --block-cache-mib. What was acknowledged "
      "is on disk\n");
  std::_Exit(kExitShortage);
}

// Reached by exceptions of libraries that nobody catches: a thread that cannot be started is one.
[[noreturn]] void Terminated() {
  const std::exception_ptr cause = std::current_exception();
  if (cause == nullptr) std::abort();
  try {
    std::rethrow_exception(cause);
  } catch (const std::bad_alloc&) {
    OutOfMemory();
  } catch (const std::system_error& error) {
    Say("daybookd: the system refuses a resource, stopping: ");
    Say(error.what());
    Say(". Raise the limits of memory (ulimit -v) and threads (ulimit -u). What was acknowledged "
        "is on disk\n");
    std::_Exit(kExitShortage);
  } catch (...) {
    std::abort();
  }
}

// gRPC and RocksDB give up by abort, also when they get no thread or memory. What follows is what
// would have followed anyway.
void Aborted(int) {
  Say("daybookd: a library gave up, stopping. If the lines above speak of threads or memory, raise "
      "the limits (ulimit -u, ulimit -v); otherwise report them. What was acknowledged is on "
      "disk\n");
}

}  // namespace

void ReportFatalShortages() {
  std::set_new_handler(OutOfMemory);
  std::set_terminate(Terminated);
  struct sigaction aborted = {};
  aborted.sa_handler = Aborted;
  aborted.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGABRT, &aborted, nullptr);
  rlimit limit = {};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur >= kAddressSpaceMin) return;
  Say("daybookd: cannot start: the limit of address space is below 384 MiB: raise it (ulimit "
      "-v)\n");
  std::_Exit(kExitShortage);
}

}  // namespace daybook::services
