#pragma once

// A container of customers that are called on (outreach) or assigned to somebody. With CRM, deals
// are registered in it and go through its process; that may be switched on later, and off again
// while no deal of it is open. Rules: names are unique; CRM needs a process with a published
// version.

#include <vector>

#include "daybook/sales/v1/crm_project_events.pb.h"
#include "daybook/sales/v1/crm_project_service.pb.h"
#include "domain/decider.h"

namespace daybook::domain {

struct CrmProject {
  static constexpr absl::string_view kName = "crm_project";
  using Record = sales::v1::CrmProject;
  struct State {
    Record record;
  };
  using Event = sales::v1::CrmProjectEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using CreateRequest = sales::v1::CreateCrmProjectRequest;
  using UpdateRequest = sales::v1::UpdateCrmProjectRequest;
  using EnableRequest = sales::v1::EnableCrmRequest;
  using DisableRequest = sales::v1::DisableCrmRequest;

  static void Evolve(State& state, const Event& event);
  // "crm-project-name" and "crm_project-external-key".
  static std::vector<Claim> Claims(const State& state);

  static absl::Status Gather(const State&, const UpdateRequest&, FactLoader&);
  // The process it had.
  static absl::Status Gather(const State&, const EnableRequest&, FactLoader&);

  static Result Decide(const State&, const CreateRequest&, const Context&);
  static Result Decide(const State&, const UpdateRequest&, const Context&);
  static Result Decide(const State&, const EnableRequest&, const Context&);
  static Result Decide(const State&, const DisableRequest&, const Context&);
};

}  // namespace daybook::domain
