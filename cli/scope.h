#pragma once

// Which deals a question is about: the options --owner, --process and --period, the same for all
// boards and analyses.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "daybook/type/v1/date.pb.h"

namespace daybook::cli {

struct Scope {
  std::string owner;
  std::string process;
  std::string period;
};

void AddOwnerAndProcess(Command* verb, Scope* scope);

// Ids of the owner and the process that were named; empty where none was.
absl::Status ResolveScope(Client& client, const Scope& scope, std::string* owner_id,
                          std::string* process_id);

inline constexpr char kPeriodHelp[] =
    "A year, a quarter, a month or two days, the second not included: 2017, 2017-Q2, 2017-04, "
    "2017-04-01..2017-07-01";

// A period as kPeriodHelp says. INVALID_ARGUMENT says how to write it.
absl::Status ParsePeriod(absl::string_view text, type::v1::Date* from, type::v1::Date* until);

}  // namespace daybook::cli
