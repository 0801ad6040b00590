#pragma once

// The place of a contact in the org chart of an account: what the contact is there, to whom the
// place reports, who assists it, and how the contact thinks of us. All of it is dated: every
// command says from which day on, and what stood before stays known. Rules: the contact is linked
// to the account; one place for each contact in a chart; the manager and the assistants have places
// in the same chart; nobody reports to himself, however far up, on any day; at most kAssistantsMax
// assistants; attitudes go from kAttitudeMin to kAttitudeMax.
//
// A place whose manager leaves the chart keeps its reports_to_id; on days without the manager it is
// a top of the chart. That is decided at read, so one command takes out one contact.

#include <vector>

#include "daybook/party/v1/org_position_events.pb.h"
#include "daybook/party/v1/org_position_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kAssistantsMax = 2;
inline constexpr int kAttitudeMin = -2;
inline constexpr int kAttitudeMax = 2;
// Places looked at above one of them, over all days.
inline constexpr int kOrgPlacesAboveMax = 1000;

struct OrgPosition {
  static constexpr absl::string_view kName = "org_position";
  using Record = party::v1::OrgPosition;
  struct State {
    Record record;
  };
  using Event = party::v1::OrgPositionEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "org_position-contact" (account and contact) and "org_position-external-key".
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const party::v1::AddOrgPositionRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::ReturnToChartRequest&, FactLoader&);
  static absl::Status Gather(const State&, const party::v1::SetReportsToRequest&, FactLoader&);

  static Result Decide(const State&, const party::v1::AddOrgPositionRequest&, const Context&);
  static Result Decide(const State&, const party::v1::ReturnToChartRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetReportsToRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetPositionRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetAttitudeRequest&, const Context&);
  static Result Decide(const State&, const party::v1::SetAssistantsRequest&, const Context&);
  static Result Decide(const State&, const party::v1::RemoveFromChartRequest&, const Context&);
  static Result Decide(const State&, const party::v1::UpdateOrgPositionRequest&, const Context&);
};

}  // namespace daybook::domain
