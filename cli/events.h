#pragma once

// Printing events of the log: shared by `log tail` and `stream show`.

#include <string>

#include "absl/status/status.h"
#include "cli/app.h"
#include "daybook/log/v1/log_service.pb.h"

namespace daybook::cli {

// Reads events with the request and prints them as they come: lines for people, CSV, or one JSON
// object per line. Ends when the server ends the stream, or with success when the reader interrupts
// it.
absl::Status PrintEvents(App& app, const log::v1::ReadEventsRequest& request);

// The payload as one line of JSON; empty when its type is unknown here.
std::string PayloadJson(const log::v1::Event& event);

}  // namespace daybook::cli
