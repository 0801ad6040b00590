#pragma once

// The rules of lookup and rollup fields: which records they relate to, what they read there, and
// what kind of value comes out. Bound once against the record types, when a field is defined and
// again whenever it is computed, so that both mean the same. Pure functions.

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "daybook/setup/v1/field_catalog.pb.h"
#include "domain/fields/filter.h"
#include "domain/fields/registry.h"

namespace daybook::domain {

// From a record type to those of a relation.
struct Relation {
  bool inverse = false;  // true: `field` is a field of the other type
  std::string type;      // of the related records
  std::string field;     // the reference, "account_id"
};

// The record type with its custom fields; null when there is no such type. The result lives as long
// as the binding.
using TypeSource =
    absl::FunctionRef<std::shared_ptr<const ObjectType>(absl::string_view record_type)>;

// A rule ready to be computed.
struct BoundRule {
  Relation relation;
  std::shared_ptr<const ObjectType> own;      // of the records that have the field
  std::shared_ptr<const ObjectType> related;  // of the records it reads
  const Field* reference = nullptr;           // of `related` when inverse, else of `own`
  const Field* source = nullptr;              // null: records are counted
  const Field* by = nullptr;                  // lookups: what picks
  BoundFilter filter;                         // every record where the rule has none
  setup::v1::CustomFieldKind kind = setup::v1::CUSTOM_FIELD_KIND_UNSPECIFIED;
};

// The record type that a rule reads; empty where its relation is malformed. Needs no types.
std::string RelatedTypeOf(const setup::v1::FieldDefinition& definition, const ObjectType& own);

// INVALID_FIELD naming the part of the rule: unknown relations and fields, structures, computed
// fields, personal fields in rollups and filters, missing pick rules, filters that do not bind,
// operations on values that have none, amounts without a currency mode, subtrees of types without.
absl::StatusOr<BoundRule> BindRule(const setup::v1::FieldDefinition& definition,
                                   absl::string_view record_type, TypeSource types,
                                   absl::string_view currency);

}  // namespace daybook::domain
