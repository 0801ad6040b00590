#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace daybook::cli {

// A CSV field (RFC 4180), quoted where it must be.
std::string CsvField(absl::string_view text);

}  // namespace daybook::cli
