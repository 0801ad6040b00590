#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace daybook::services {

using LogFields = std::initializer_list<std::pair<absl::string_view, std::string>>;

// Structured logs: one JSON object a line on standard error with time, level, message and fields.
// Never hand over personal values: ids, positions, reasons and counts only. Thread-safe.
void LogInfo(absl::string_view message, LogFields fields = {});
void LogWarning(absl::string_view message, LogFields fields = {});
void LogError(absl::string_view message, LogFields fields = {});

// Sends the log to standard error in the format above; called once at start.
void InitLogging();

}  // namespace daybook::services
