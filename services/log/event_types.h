#pragma once

// The aggregates and event types that this server knows, for those who ask for some of them.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::services {

// INVALID_FIELD with the nearest known names: nothing of that name will ever be in the log, so
// whoever followed it would wait for ever.
absl::Status CheckAggregateName(absl::string_view field, absl::string_view aggregate);
absl::Status CheckEventType(absl::string_view field, absl::string_view type);

}  // namespace daybook::services
