#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "domain/decider.h"

namespace daybook::domain {

// Every aggregate of the product, one line each in registry.cc, in a fixed order. Built once;
// thread-safe.
const std::vector<AggregateType>& AllAggregates();

// Null when there is no such aggregate.
const AggregateType* FindAggregate(absl::string_view name);

// The aggregate and command whose request message has this full name; nulls when there is none.
struct CommandRef {
  const AggregateType* aggregate = nullptr;
  const CommandType* command = nullptr;
};
CommandRef FindCommand(absl::string_view request_full_name);

}  // namespace daybook::domain
