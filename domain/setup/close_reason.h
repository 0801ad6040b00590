#pragma once

// Why deals are won, lost or abandoned. In choice or retired; deals that carry a retired reason
// keep it. Rules: the code is unique within its kind and written in small letters, digits and
// underscores. A reason for losses may have a group that checks them.

#include <vector>

#include "daybook/setup/v1/close_reason_events.pb.h"
#include "daybook/setup/v1/close_reason_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr uint32_t kReviewDaysMax = 365;

struct CloseReason {
  static constexpr absl::string_view kName = "close_reason";
  using Record = setup::v1::CloseReason;
  struct State {
    Record record;
  };
  using Event = setup::v1::CloseReasonEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using DefineRequest = setup::v1::DefineCloseReasonRequest;
  using UpdateRequest = setup::v1::UpdateCloseReasonRequest;
  using RetireRequest = setup::v1::RetireCloseReasonRequest;
  using ReactivateRequest = setup::v1::ReactivateCloseReasonRequest;
  using MapRequest = setup::v1::MapLostReasonRequest;

  static void Evolve(State& state, const Event& event);
  // "close-reason-code" ("LOST/price", also when retired) and "close_reason-external-key".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const DefineRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
  static Result Decide(const State&, const RetireRequest&, const Context&);
  static Result Decide(const State&, const ReactivateRequest&, const Context&);
  static Result Decide(const State&, const MapRequest&, const Context&);
};

}  // namespace daybook::domain
