#pragma once

// The records that a request refers to, by the `lookup` annotations of its fields.

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace daybook::services {

struct Reference {
  std::string field;  // path in the request, for error messages
  std::string aggregate;
  std::string id;
};

// Every set field with a `lookup`, at any depth, in field order. Requests without such fields cost
// one hash lookup. Thread-safe.
std::vector<Reference> ReferencesOf(const google::protobuf::Message& request);

}  // namespace daybook::services
