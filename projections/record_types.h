#pragma once

// What folding and reading need to know of every type of record, worked out once.

#include <vector>

#include "absl/strings/string_view.h"
#include "domain/decider.h"
#include "domain/fields/registry.h"

namespace daybook::projections {

// One type of record. Immutable, lives as long as the program.
struct RecordType {
  const domain::AggregateType* aggregate = nullptr;
  const domain::ObjectType* object = nullptr;
  const google::protobuf::FieldDescriptor* id_field = nullptr;
  bool personal_record = false;  // the record can hold personal values
  bool personal_event = false;
  bool personal_natively = false;  // some native field is personal, so most records hold some
  std::vector<const domain::Index*> indexes;           // kept with the records
  std::vector<const domain::Index*> personal_indexes;  // kept apart
};

// In order of the object types' ids, from 1: type with id n stands at n - 1. Thread-safe.
const std::vector<RecordType>& RecordTypes();
// Null when there is no such aggregate.
const RecordType* FindRecordType(absl::string_view aggregate);
// REQUIRES: `object` is one of the registry's.
const RecordType& RecordTypeOf(const domain::ObjectType& object);

}  // namespace daybook::projections
