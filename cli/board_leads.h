#pragma once

// The board of leads, for `board show leads`.

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"

namespace daybook::cli {

struct LeadBoardOptions {
  std::string as_of;
  std::string owner;   // name or id; empty: all
  std::string source;  // empty: all
  std::string by;      // "source", "owner" or empty
};

absl::Status ShowLeadBoard(App& app, const LeadBoardOptions& options);

}  // namespace daybook::cli
