#pragma once

// Writing custom fields. A request to create a record carries values in its field `custom`; an
// update names them in its mask, `custom.region`. decider.h calls these functions for every command
// of either shape, so no aggregate says a word about custom fields: the values become part of the
// record that was created and of the edit that was decided.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/fields/custom.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

struct Context;
class FactLoader;

// The stream of the one catalog of a record type.
std::string FieldCatalogId(absl::string_view record_type);

// For Gather: the catalog of the record type, and the records that reference fields among `values`
// refer to.
absl::Status LoadCustomFacts(absl::string_view record_type, const CustomValues& values,
                             FactLoader& loader);

// Whether required fields must be there: not in records that come about by commands on others (the
// next activity of a series, the deal of a hand-over), which could not be refused for it.
enum class Required { kDemanded, kNotDemanded };

// Checks the values of a new record and puts them into the record inside `event`, its first event.
// INVALID_FIELD: unknown, retired or computed fields, a field given twice, values of another kind,
// beyond the definition's limits, no choice; a required field without a value. REFERENCE_NOT_FOUND.
absl::Status AddCustomValues(absl::string_view record_type, const CustomValues& values,
                             Required required, const Context& context,
                             google::protobuf::Message* event);

// Checks the custom fields that an update names; a required one may not be cleared.
absl::Status CheckCustomEdit(absl::string_view record_type, const google::protobuf::FieldMask& mask,
                             const CustomValues& wanted, const Context& context);
// Whether the mask names a custom field.
bool NamesCustom(const google::protobuf::FieldMask& mask);

// The custom values of the record inside an update request: of its field of the record's type.
const CustomValues& WantedCustom(const google::protobuf::Message& request,
                                 const google::protobuf::Descriptor* record);

}  // namespace daybook::domain
