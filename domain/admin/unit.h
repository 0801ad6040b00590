#pragma once

// An organisational unit, a node of one tree. OPEN -> CLOSED; a closed unit takes no changes and no
// units or users below it. What is below it when it closes stays as it is, and can be moved
// elsewhere. Rules: no cycle at any depth, depth at most kTreeDepthMax; the manager is an active
// user.

#include <vector>

#include "daybook/admin/v1/unit_events.pb.h"
#include "daybook/admin/v1/unit_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct Unit {
  static constexpr absl::string_view kName = "unit";
  using Record = admin::v1::Unit;
  struct State {
    Record record;
  };
  using Event = admin::v1::UnitEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "unit-external-key" while open.
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const admin::v1::CreateUnitRequest&, FactLoader&);
  static absl::Status Gather(const State&, const admin::v1::UpdateUnitRequest&, FactLoader&);
  static absl::Status Gather(const State&, const admin::v1::MoveUnitRequest&, FactLoader&);

  static Result Decide(const State&, const admin::v1::CreateUnitRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::UpdateUnitRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::MoveUnitRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::CloseUnitRequest&, const Context&);
};

}  // namespace daybook::domain
