#pragma once

// Fields as people write them on a command line: NAME=VALUE.

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/app.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "daybook/type/v1/custom_value.pb.h"
#include "google/protobuf/message.h"

namespace daybook::cli {

// The two parts of "NAME=VALUE"; INVALID_ARGUMENT without the sign. An empty value clears a field.
absl::StatusOr<std::pair<std::string, std::string>> SplitAssignment(const std::string& text);

// Sets a field by its type, in the organisation's zone and currency; a currency may stand behind an
// amount: "1000.50 USD". INVALID_ARGUMENT names the field.
absl::Status SetText(App& app, const google::protobuf::FieldDescriptor* field, std::string text,
                     google::protobuf::Message* message);

// The value of a custom field, in the member that its definition asks for.
absl::StatusOr<type::v1::CustomValue> ParseCustomValue(App& app,
                                                       const setup::v1::FieldCatalog& catalog,
                                                       absl::string_view name,
                                                       const std::string& text);

}  // namespace daybook::cli
