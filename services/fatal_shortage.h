#pragma once

namespace daybook::services {

// A process that runs out of memory, threads or other resources at the wrong place ends: with a
// sentence on standard error and exit code 71 (EX_OSERR), not with a silent abort. Called first in
// main.
void ReportFatalShortages();

}  // namespace daybook::services
