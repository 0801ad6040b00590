#pragma once

// One generation of the event schema, introduced by the server at its first start with changed
// event files, and never changed. Events of the log name it by number. Rules: the number is above 0
// and unique; the hash is a SHA-256.

#include <vector>

#include "daybook/setup/v1/schema_set_events.pb.h"
#include "daybook/setup/v1/schema_set_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct SchemaSet {
  static constexpr absl::string_view kName = "schema_set";
  using Record = setup::v1::SchemaSet;
  struct State {
    Record record;
  };
  using Event = setup::v1::SchemaSetEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "schema-set-number".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const setup::v1::IntroduceSchemaSetRequest&, const Context&);
};

}  // namespace daybook::domain
