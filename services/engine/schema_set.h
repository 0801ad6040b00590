#pragma once

#include <string>

#include "absl/status/status.h"
#include "eventstore/event_store.h"
#include "services/engine/engine.h"

namespace daybook::services {

// SHA-256 over the descriptors of all event files this program was built with.
eventstore::Hash EventSchemaHash();

// Makes sure that the log names the schema set this program writes: introduces it when the latest
// one differs, and tells the engine its number. Called once before any other command.
absl::Status EnsureSchemaSet(CommandEngine& engine, Clock& clock, Random& random,
                             absl::string_view release);

}  // namespace daybook::services
