#pragma once

// Writing custom fields. A request to create a record carries values in its field `custom`; an
// update names them in its mask, `custom.region`. decider.h calls these functions for every command
// of either shape, so no aggregate says a word about custom fields: the values become part of the
// record that was created and of the edit that was decided.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/fields/custom.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace daybook::domain {

struct Claim;
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

// The values of something new, in order of name; `at` is what paths in refusals begin with.
// INVALID_FIELD: unknown, retired or computed fields, a field given twice, values of another kind,
// beyond the definition's limits, no choice; a required field without a value. REFERENCE_NOT_FOUND.
absl::StatusOr<CustomValues> CheckNewCustom(absl::string_view record_type,
                                            const CustomValues& values, Required required,
                                            absl::string_view at, const Context& context);

// The same, put into the record inside `event`, the first event of a new record.
absl::Status AddCustomValues(absl::string_view record_type, const CustomValues& values,
                             Required required, const Context& context,
                             google::protobuf::Message* event);

// Checks the custom fields that an update names; a required one may not be cleared.
absl::Status CheckCustomEdit(absl::string_view record_type, const google::protobuf::FieldMask& mask,
                             const CustomValues& wanted, const Context& context);
// Whether the mask names a custom field.
bool NamesCustom(const google::protobuf::FieldMask& mask);

// For parts of records, which have no mask: `current` with `values` over it and without what
// `cleared` names. INVALID_FIELD as for an update, and a field given twice.
using FieldNames = google::protobuf::RepeatedPtrField<std::string>;
absl::StatusOr<CustomValues> ChangeCustom(absl::string_view record_type,
                                          const CustomValues& current, const CustomValues& values,
                                          const FieldNames& cleared, const Context& context);

// The claims of values of unique fields: kind "<aggregate>-custom-<name>", blanks around a value
// and the case of ASCII letters aside.
void ClaimUniqueValues(absl::string_view aggregate, const CustomValues& values,
                       std::vector<Claim>* claims);

// The custom values of the record inside an update request: of its field of the record's type.
const CustomValues& WantedCustom(const google::protobuf::Message& request,
                                 const google::protobuf::Descriptor* record);

}  // namespace daybook::domain
