#pragma once

// The project that a won deal asks for: its accepted job requests as jobs. REQUESTED; when the deal
// is reopened UNDECIDED, until somebody says KEPT or CANCELLED. Rules: one for each win; it holds
// what was ordered then, whatever becomes of the deal. Carrying projects out is not part of it.

#include <vector>

#include "daybook/sales/v1/project_request_events.pb.h"
#include "daybook/sales/v1/project_request_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct ProjectRequest {
  static constexpr absl::string_view kName = "project_request";
  using Record = sales::v1::ProjectRequest;
  struct State {
    Record record;
  };
  using Event = sales::v1::ProjectRequestEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using OpenRequest = sales::v1::OpenProjectRequestRequest;
  using SuspendRequest = sales::v1::SuspendProjectRequestRequest;
  using KeepRequest = sales::v1::KeepProjectRequestRequest;
  using CancelRequest = sales::v1::CancelProjectRequestRequest;
  using UpdateRequest = sales::v1::UpdateProjectRequestRequest;

  static void Evolve(State& state, const Event& event);
  // None.
  static std::vector<Claim> Claims(const State& state);

  // The deal.
  static absl::Status Gather(const State&, const SuspendRequest&, FactLoader&);

  static Result Decide(const State&, const OpenRequest&, const Context&);
  static Result Decide(const State&, const SuspendRequest&, const Context&);
  static Result Decide(const State&, const KeepRequest&, const Context&);
  static Result Decide(const State&, const CancelRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
};

}  // namespace daybook::domain
