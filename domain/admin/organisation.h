#pragma once

// The one organisation whose history the log holds. Created once by `daybook init`; its id is the
// log's id. Rules: the currency is an ISO 4217 code and never changes; the zone is one of the IANA
// database; the default group of loss reviews is an open unit, and switches them on.

#include <vector>

#include "daybook/admin/v1/organisation_events.pb.h"
#include "daybook/admin/v1/organisation_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct Organisation {
  static constexpr absl::string_view kName = "organisation";
  using Record = admin::v1::Organisation;
  struct State {
    Record record;
  };
  using Event = admin::v1::OrganisationEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "organisation-singleton": there is one at most.
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const admin::v1::UpdateOrganisationRequest&,
                             FactLoader&);

  static Result Decide(const State&, const admin::v1::CreateOrganisationRequest&, const Context&);
  static Result Decide(const State&, const admin::v1::UpdateOrganisationRequest&, const Context&);
  // That the log takes it under any clock is the engine's doing (Commit::accepts_clock).
  static Result Decide(const State&, const admin::v1::AcceptClockRequest&, const Context&);
};

}  // namespace daybook::domain
