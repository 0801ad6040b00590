#pragma once

// The custom fields of one type of record: one catalog for each type. Rules: a name is given once
// and never again; kind, whether it is personal and what a reference refers to never change; fields
// and choices are retired, not removed. What may be written into a field is checked where records
// are written (domain/record/custom_values.h); the rules of lookups and rollups in field_rules.h.

#include <string>
#include <vector>

#include "daybook/setup/v1/field_catalog_events.pb.h"
#include "daybook/setup/v1/field_catalog_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kCustomFieldsMax = 100;  // of one record type, retired ones included
// Of a part of records, of which a record holds many.
inline constexpr int kCustomPartFieldsMax = 20;
// Each is a copy of the records.
inline constexpr int kCoveringFieldsMax = 4;
inline constexpr uint32_t kCustomTextBytesMax = 1000;
// Of a part of records: all of them stand in the record, which has to fit a message.
inline constexpr uint32_t kCustomPartTextBytesMax = 200;
inline constexpr uint32_t kCustomNoteBytesMax = 10'000;

struct FieldCatalog {
  static constexpr absl::string_view kName = "field_catalog";
  using Record = setup::v1::FieldCatalog;
  struct State {
    Record record;
  };
  using Event = setup::v1::FieldCatalogEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const setup::v1::DefineFieldRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::ReviseFieldRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::RetireFieldRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::ReactivateFieldRequest&, const Context&);

  // The catalogs of other types, for rules that name their custom fields.
  static absl::Status Gather(const State&, const setup::v1::DefineFieldRequest&, FactLoader&);
  static absl::Status Gather(const State&, const setup::v1::ReviseFieldRequest&, FactLoader&);

  static std::string Target(const setup::v1::DefineFieldRequest& request);
  static std::string Target(const setup::v1::ReviseFieldRequest& request);
  static std::string Target(const setup::v1::RetireFieldRequest& request);
  static std::string Target(const setup::v1::ReactivateFieldRequest& request);
};

}  // namespace daybook::domain
