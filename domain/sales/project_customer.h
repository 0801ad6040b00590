#pragma once

// A customer in a project, and what was handed over from outreach to sales. Orthogonal: archived,
// that is out of the project. Rules: a customer is in a project once; each source id makes one
// deal, whatever becomes of it; nobody is handed over who asked not to be called.

#include <vector>

#include "daybook/sales/v1/project_customer_events.pb.h"
#include "daybook/sales/v1/project_customer_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

inline constexpr int kHandoversMax = 100;

struct ProjectCustomer {
  static constexpr absl::string_view kName = "project_customer";
  using Record = sales::v1::ProjectCustomer;
  struct State {
    Record record;
  };
  using Event = sales::v1::ProjectCustomerEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using AddRequest = sales::v1::AddProjectCustomerRequest;
  using HandOverRequest = sales::v1::HandOverFromOutreachRequest;
  using ArchiveRequest = sales::v1::ArchiveProjectCustomerRequest;
  using RestoreRequest = sales::v1::RestoreProjectCustomerRequest;
  using UpdateRequest = sales::v1::UpdateProjectCustomerRequest;

  static void Evolve(State& state, const Event& event);
  // "project-customer" ("<project>/<account>", also when archived).
  static std::vector<Claim> Claims(const State& state);

  // The account and all above it, for blacklists.
  static absl::Status Gather(const State&, const HandOverRequest&, FactLoader&);

  static Result Decide(const State&, const AddRequest&, const Context&);
  static Result Decide(const State&, const HandOverRequest&, const Context&);
  static Result Decide(const State&, const ArchiveRequest&, const Context&);
  static Result Decide(const State&, const RestoreRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);

  // Makes the deal, and links who was spoken to.
  static absl::StatusOr<FollowUps> Follow(const State&, const HandOverRequest&, const Context&);
};

}  // namespace daybook::domain
