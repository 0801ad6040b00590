#pragma once

// Writes a text into a field of a request, by the type of the field.

#include <string>

#include "absl/status/status.h"
#include "cli/import/shapes.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

struct ValueShape {
  NumberShape number;
  DateShape date;
  std::string currency;  // of amounts
};

// Sets the field, or adds to it when it is repeated. INVALID_ARGUMENT when the text does not fit
// the type; the message holds the text, not the field.
absl::Status SetFieldText(const google::protobuf::FieldDescriptor* field, const ValueShape& shape,
                          const std::string& text, google::protobuf::Message* message);

// A text field, set or added to.
void SetString(const google::protobuf::FieldDescriptor* field, std::string text,
               google::protobuf::Message* message);

}  // namespace daybook::cli
