#pragma once

namespace daybook::services {

// A process that runs out of memory, threads or other resources at the wrong place ends: with a
// sentence on standard error and exit code 71 (EX_OSERR), or SIGABRT where a library decides, not
// with a silent abort. Ends it at once when the limit of address space is too low to start with.
// Called first in main.
void ReportFatalShortages();

}  // namespace daybook::services
